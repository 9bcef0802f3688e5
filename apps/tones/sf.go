package tones

import (
	"strconv"
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/media"
	"obelisk/pbx"
)

// Times of SF signalling, as lines of one frequency dialled: ten pulses a second, two thirds of
// each a tone. A digit is over when no pulse has come for so long.
const (
	sfHz    = 2600
	sfTone  = 67 // ms
	sfPause = 33
	sfAfter = 600
	sfOver  = 500 * time.Millisecond
)

const sendSFUsage = `SendSF(digits[,frequency[,channel]])
  digits 0-9, as pulses of a tone of the frequency (2600 Hz); w a pause of half a second, h 2600 Hz for 250 ms
  f, F and W have no effect: no line here can do it`

func sendSF(c *pbx.Channel, args string) dialplan.Result {
	f := append(dialplan.SplitArgs(args, 3), make([]string, 3)...)
	if f[0] == "" {
		c.Warn("SendSF requires an argument")
		return dialplan.Continue
	}
	list, bad := sfOf(f[0], frequency(c, f[1]))
	for _, b := range []byte(bad) {
		c.Warn("Illegal SF character '" + string(b) + "' in string. (0-9wWfFhH allowed)")
	}
	return playOn(c, f[2], list)
}

// frequency reads one in Hz.
func frequency(c *pbx.Channel, text string) int {
	if text = strings.TrimSpace(text); text == "" {
		return sfHz
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 100 || n > 4000 {
		c.Warn("'" + text + "' is no frequency of 100 to 4000 Hz")
		return sfHz
	}
	return n
}

// sfOf are the tones of digits; bad are signs that are none.
func sfOf(digits string, hz int) (list media.Tone, bad string) {
	pulse := media.ToneStep{Hz: []float64{float64(hz)}, MS: sfTone}
	for _, d := range []byte(digits) {
		if len(list) > mostSteps {
			break
		}
		switch {
		case d >= '0' && d <= '9':
			for range (int(d-'0')+9)%10 + 1 {
				list = append(list, pulse, pause(sfPause))
			}
			list = append(list, pause(sfAfter))
		case d == 'w':
			list = append(list, pause(500))
		case d == 'h', d == 'H':
			list = append(list, media.ToneStep{Hz: []float64{sfHz}, MS: 250})
		case strings.IndexByte("WfF", d) >= 0: // no line here can do it
		default:
			bad += string(d)
		}
	}
	return list, bad
}

const receiveSFUsage = `ReceiveSF(variable[,digits[,seconds[,frequency[,options]]]])
  not more digits than so many, and not longer than so many seconds
  e     11 to 16 pulses are *, #, D, A, B and C
  t(s)  no pulse for so many seconds after a digit ends it, 0.6 at least
  d, m, q and r have no effect
  RECEIVESFSTATUS is MAXDIGITS, TIMEOUT, HANGUP or ERROR`

func receiveSF(c *pbx.Channel, args string) dialplan.Result {
	const status = "RECEIVESFSTATUS"
	f := append(dialplan.SplitArgs(args, 5), make([]string, 5)...)
	if f[0] == "" {
		c.Warn("Invalid! Usage: ReceiveSF(variable[,digits[,timeout[,frequency[,option]]]])")
		return dialplan.End
	}
	o := dialplan.ParseOptions(f[4], "demtqr")
	r := &sfReader{ear: sfEar{hz: frequency(c, f[3])}, extra: o.Has('e'), most: mostMF}
	if n, err := strconv.Atoi(strings.TrimSpace(f[1])); err == nil && n > 0 {
		r.most = min(n, mostMF)
	}
	if s, ok := dialplan.Seconds(o.Arg('t')); o.Has('t') && ok {
		r.after = max(s, 600*time.Millisecond)
	}
	return receive(c, "ReceiveSF", status, f[2], f[0], r.take, func() string { return r.digits })
}

// sfReader puts digits together.
type sfReader struct {
	ear    sfEar
	extra  bool
	most   int
	after  time.Duration // of silence that ends it; 0: none does
	digits string
}

// take takes samples at 8 kHz; "" while there is more to come.
func (r *sfReader) take(pcm []int16) string {
	for _, s := range pcm {
		pulses, silence := r.ear.take(s)
		if d := sfDigit(pulses, r.extra); d != 0 {
			if r.digits += string(d); len(r.digits) >= r.most {
				return "MAXDIGITS"
			}
		}
		if r.after > 0 && r.digits != "" && silence >= r.after {
			return "TIMEOUT"
		}
	}
	return ""
}

// sfDigit is the digit of so many pulses, 0 for none.
func sfDigit(pulses int, extra bool) byte {
	switch {
	case pulses > 0 && pulses < 11:
		return "1234567890"[pulses-1]
	case extra && pulses > 10 && pulses < 17:
		return "*#DABC"[pulses-11]
	}
	return 0
}

// sfEar counts pulses of one frequency.
type sfEar struct {
	hz     int
	block  []float64
	tone   int // blocks that the tone has lasted, 0 in a pause
	quiet  time.Duration
	pulses int
}

// sfLeast blocks of a tone are a pulse: 20 ms. One that lasts half a second is none: the line is
// free.
const (
	sfLeast = 2
	sfMost  = 50
)

// take takes a sample. pulses are those of a digit that is over, else 0; silence is how long there
// was no tone.
func (e *sfEar) take(s int16) (pulses int, silence time.Duration) {
	if e.block = append(e.block, float64(s)); len(e.block) < mfBlock {
		return 0, 0
	}
	energy := goertzel(e.block, e.hz)
	all := 0.0
	for _, x := range e.block {
		all += x * x
	}
	e.block = e.block[:0]
	if energy > mfLeast && energy*2/mfBlock > mfShare*all {
		e.tone++
		e.quiet = 0
		return 0, 0
	}
	if e.tone >= sfLeast && e.tone < sfMost {
		e.pulses++
	}
	e.tone = 0
	if e.quiet += 10 * time.Millisecond; e.quiet >= sfOver && e.pulses > 0 {
		pulses, e.pulses = e.pulses, 0
	}
	return pulses, e.quiet
}
