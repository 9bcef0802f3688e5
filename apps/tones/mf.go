package tones

import (
	"strconv"
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/media"
	"obelisk/pbx"
	"obelisk/pbx/hear"
)

// mfTones are the pairs of frequencies of MF signalling R1 (ITU-T Q.320), in Hz; *, #, A, B and C are
// KP, ST, STP, ST2P and ST3P.
var mfTones = map[byte][2]int{
	'1': {700, 900}, '2': {700, 1100}, '3': {900, 1100}, '4': {700, 1300}, '5': {900, 1300}, '6': {1100, 1300}, '7': {700, 1500},
	'8': {900, 1500}, '9': {1100, 1500}, '0': {1300, 1500}, '*': {1100, 1700}, '#': {1500, 1700}, 'A': {900, 1700}, 'B': {1300, 1700},
	'C': {700, 1700},
}

const starts = "#ABC"

const sendMFUsage = `SendMF(digits[,pause[,digit[,KP[,ST[,channel]]]]])
  digits 0-9; * is KP, # ST, A STP, B ST2P, C ST3P; w a pause of half a second, h 2600 Hz for 250 ms
  milliseconds between two (50), of a digit (55), of KP (120) and of ST and its like (65)`

func sendMF(c *pbx.Channel, args string) dialplan.Result {
	f := append(dialplan.SplitArgs(args, 6), make([]string, 6)...)
	if f[0] == "" {
		c.Warn("SendMF requires an argument")
		return dialplan.Continue
	}
	ms := func(i, usual int) int {
		if n, err := strconv.Atoi(strings.TrimSpace(f[i])); err == nil && n > 0 && n < 60_000 {
			return n
		}
		return usual
	}
	list, bad := mfOf(f[0], ms(1, 50), ms(2, 55), ms(3, 120), ms(4, 65))
	for _, b := range []byte(bad) {
		c.Warn("Illegal MF character '" + string(b) + "' in string. (0-9*#ABCwWfFhH allowed)")
	}
	return playOn(c, f[5], list)
}

// playOn plays tones on another channel, or its own: "".
func playOn(c *pbx.Channel, name string, list media.Tone) dialplan.Result {
	if name == "" || name == c.Name() {
		return play(c, list)
	}
	on := c.Core().Channel(name)
	if on == nil {
		c.Warn("No such channel: " + name)
		return dialplan.Continue
	}
	c.Off(func() { _ = on.Visit(func(on *pbx.Channel) { play(on, list) }) })
	if c.Gone() {
		return dialplan.End
	}
	return dialplan.Continue
}

// mfOf are the tones of digits; bad are signs that are none.
func mfOf(digits string, between, digit, kp, st int) (list media.Tone, bad string) {
	list = append(list, pause(100))
	for _, d := range []byte(digits) {
		if len(list) > mostSteps {
			break
		}
		pair, ok := mfTones[d]
		switch {
		case ok && d == '*':
			list = append(list, mfStep(pair, kp))
		case ok && strings.IndexByte(starts, d) >= 0:
			list = append(list, mfStep(pair, st))
		case ok:
			list = append(list, mfStep(pair, digit))
		case d == 'w':
			list = append(list, pause(500))
			continue
		case d == 'h', d == 'H':
			list = append(list, media.ToneStep{Hz: []float64{2600}, MS: 250})
			continue
		case strings.IndexByte("WfF", d) >= 0: // no line here can do it
		default:
			bad += string(d)
			continue
		}
		list = append(list, pause(between))
	}
	return list, bad
}

func mfStep(pair [2]int, ms int) media.ToneStep {
	return media.ToneStep{Hz: []float64{float64(pair[0]), float64(pair[1])}, MS: ms}
}

const receiveMFUsage = `ReceiveMF(variable[,seconds[,options]])
  digits up to ST, STP, ST2P or ST3P, and not longer than so many seconds; what comes before KP is left out
  k     no sign for KP in the variable
  l     KP is not needed
  n(n)  so many digits end it
  o     another KP begins anew
  s     no sign for ST and its like
  d, m, q and r have no effect
  RECEIVEMFSTATUS is START, MAXDIGITS, TIMEOUT, HANGUP or ERROR`

// mostMF digits are received.
const mostMF = 255

func receiveMF(c *pbx.Channel, args string) dialplan.Result {
	const status = "RECEIVEMFSTATUS"
	f := append(dialplan.SplitArgs(args, 3), make([]string, 3)...)
	if f[0] == "" {
		c.Warn("Invalid! Usage: ReceiveMF(variable[,timeout][,option])")
		return dialplan.End
	}
	o := dialplan.ParseOptions(f[2], "dlkmnoqrs")
	r := &mfReader{ear: newMFEar(), lax: o.Has('l'), again: o.Has('o'), noKP: o.Has('k'), noST: o.Has('s'), most: mostMF}
	if n, err := strconv.Atoi(strings.TrimSpace(o.Arg('n'))); o.Has('n') && err == nil && n > 0 {
		r.most = min(n, mostMF)
	}
	return receive(c, "ReceiveMF", status, f[1], f[0], r.takeAll, func() string { return r.digits })
}

// receive listens to a channel until take has a word for how it has ended, or for so many seconds:
// the word goes into the variable status, the digits into to.
func receive(c *pbx.Channel, app, status, seconds, to string, take func(pcm []int16) string, digits func() string) dialplan.Result {
	l, err := hear.Listen(c, media.In)
	if err != nil {
		c.Warn(app + ": " + err.Error())
		c.SetVar(status, "ERROR")
		return dialplan.End
	}
	defer l.Close()
	limit, _ := dialplan.Seconds(seconds)
	c.SetVar(status, listen(l, limit, take))
	c.SetVar(to, digits())
	if c.Gone() {
		return dialplan.End
	}
	return dialplan.Continue
}

// listen gives take what is heard until it has a word, or until the limit (0: none) or the call is over.
func listen(l *hear.Listener, limit time.Duration, take func(pcm []int16) string) string {
	end := time.Now().Add(limit)
	for {
		w := pbx.Wait{Keys: true}
		if limit > 0 {
			w.For = max(time.Until(end), 1)
		}
		pcm, _, why := l.Next(w)
		switch {
		case why == pbx.Came:
			continue
		case why == pbx.TimedOut:
			return "TIMEOUT"
		case why != pbx.Also:
			return "HANGUP"
		}
		if word := take(pcm); word != "" {
			return word
		}
	}
}

// mfReader puts digits together.
type mfReader struct {
	ear                    *mfEar
	lax, again, noKP, noST bool
	most                   int
	digits                 string
	n                      int // that have come, with KP
}

// takeAll takes what has been heard; "" while there is more to come.
func (r *mfReader) takeAll(pcm []int16) string {
	for _, d := range r.ear.take(pcm) {
		if word := r.take(d); word != "" {
			return word
		}
	}
	return ""
}

// take takes a digit; "" while there is more to come.
func (r *mfReader) take(d byte) string {
	start := strings.IndexByte(starts, d) >= 0
	switch {
	case r.n == 0 && !r.lax && d != '*':
		return ""
	case d == '*' && r.again && r.n > 0:
		r.digits, r.n = "", 1
	default:
		r.n++
	}
	if !(d == '*' && r.noKP) && !(start && r.noST) {
		r.digits += string(d)
	}
	switch {
	case start:
		return "START"
	case r.n >= r.most:
		return "MAXDIGITS"
	}
	return ""
}

// Actions implements pbx.Actor.
func (m *Module) Actions() []pbx.Action {
	return []pbx.Action{{Name: "PlayMF", Synopsis: "Play MF digit on a specific channel.", Classes: "call", Run: m.playMF}}
}

// playMF plays digits as SendMF does, each as long as the first one lasts or Duration says; signs that
// are no digit are left out, as in Asterisk.
func (m *Module) playMF(q pbx.Asked) {
	c := m.core.Channel(q.Get("Channel"))
	digits, duration := q.Get("Digit"), q.Get("Duration")
	ms := mfLength(digits)
	var err error
	if duration != "" {
		ms, err = strconv.Atoi(duration)
	}
	switch {
	case c == nil:
		q.Fail("Channel not found")
	case digits == "":
		q.Fail("No digit specified")
	case err != nil || ms < 0:
		q.Fail("Could not convert Duration parameter")
	default:
		ms = min(ms, 60_000)
		list, _ := mfOf(digits, 100, ms, ms, ms)
		if c.Visit(func(c *pbx.Channel) { play(c, list) }) != nil {
			q.Fail("Could not play digit")
			return
		}
		q.OK("MF successfully queued")
	}
}

// mfLength is how long a digit lasts, in milliseconds.
func mfLength(digit string) int {
	switch {
	case digit == "*":
		return 120
	case len(digit) == 1 && strings.Contains(starts, digit):
		return 65
	}
	return 55
}
