package listen

import (
	"strconv"
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/media"
	"obelisk/pbx"
	"obelisk/pbx/hear"
)

const toneUsage = "" +
	"WaitForTone(hz[,ms[,seconds[,times[,options]]]]): a tone of one frequency, for so long in a row (500), so many times (1)\n" +
	"  seconds: not longer than that; none or 0: for ever. Tones are parted by 40 ms without\n" +
	"  d(n): so many decibels louder than all else (16); s has no effect\n" +
	"  WAITFORTONESTATUS is SUCCESS, TIMEOUT, HANGUP or ERROR"

const scanUsage = "ToneScan([zone[,seconds[,threshold[,options]]]]): what the tones of a line say, us, uk, cr or br\n" +
	"  seconds: not longer than that; none or 0: for ever. threshold: how sure it is to be (1)\n" +
	"  f: the answer of a fax machine too; v: a voice too\n" +
	"  TONESCANSTATUS is RINGING, BUSY, DIALTONE, SIT, NUT, DTMF, FAX, VOICE, TIMEOUT, HANGUP or ERROR"

const (
	faxAnswer     = 2100 // Hz, of a fax machine that answers (ITU-T T.30 4.2.1)
	faxAnswerLast = 2600 * time.Millisecond
	voiceLast     = 500 * time.Millisecond // of sound that is no tone of a line
)

// hitch is what is wrong in arguments, in Asterisk's words.
type hitch string

// Error implements error.
func (h hitch) Error() string { return string(h) }

// frequency reads one in Hz, and how long it lasts; usual is 500 ms.
func frequency(hz, ms string) (float64, time.Duration, error) {
	if hz = strings.TrimSpace(hz); hz == "" {
		return 0, 0, hitch("No frequency specified")
	}
	n, err := strconv.Atoi(hz)
	if err != nil {
		return 0, 0, hitch("Frequency must be an integer: " + hz)
	}
	long, ok := count(ms, 1, 500)
	if !ok {
		return 0, 0, hitch("Invalid duration: " + ms)
	}
	return float64(n), time.Duration(long) * time.Millisecond, nil
}

// decibels reads option d; 0 is the usual.
func decibels(o *dialplan.Options) (float64, error) {
	if o.Arg('d') == "" {
		return 0, nil
	}
	n, err := strconv.ParseFloat(o.Arg('d'), 64)
	if err != nil {
		return 0, hitch("Invalid decibel level: " + o.Arg('d'))
	}
	return n, nil
}

// limitOf reads seconds, also parts of them; 0 is for ever.
func limitOf(text string) (time.Duration, error) {
	if text = strings.TrimSpace(text); text == "" {
		return 0, nil
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || !(n >= 0 && n < 1<<31) {
		return 0, hitch("Invalid timeout: " + text)
	}
	return time.Duration(n * float64(time.Second)), nil
}

func waitForTone(c *pbx.Channel, args string) dialplan.Result {
	const status = "WAITFORTONESTATUS"
	f := append(dialplan.SplitArgs(args, 5), "", "", "", "", "")
	hz, long, err := frequency(f[0], f[1])
	limit, err2 := limitOf(f[2])
	times, ok := count(f[3], 1, 1)
	o := dialplan.ParseOptions(f[4], "ds")
	db, err3 := decibels(&o)
	var err4 error
	if !ok {
		err4 = hitch("Invalid number of times: " + f[3])
	}
	if failed(c, status, err, err2, err4, err3) {
		return dialplan.End
	}
	for _, p := range o.Problems {
		c.Warn(p)
	}
	finder := media.NewToneFinder(hz, long, db)
	return listenTo(c, status, limit, func(pcm []int16) string {
		if times -= finder.Take(pcm); times <= 0 {
			return "SUCCESS"
		}
		return ""
	})
}

// failed tells of the first thing that is wrong, if there is one.
func failed(c *pbx.Channel, status string, list ...error) bool {
	for _, err := range list {
		if err != nil {
			c.SetVar(status, "ERROR")
			c.Warn(err.Error())
			return true
		}
	}
	return false
}

func toneScan(c *pbx.Channel, args string) dialplan.Result {
	const status = "TONESCANSTATUS"
	f := append(dialplan.SplitArgs(args, 4), "", "", "", "")
	limit, err := limitOf(f[1])
	threshold, ok := count(f[2], 1, 1)
	ear := media.NewProgressEar(strings.TrimSpace(f[0]), threshold)
	var err1, err2 error
	if ear == nil {
		err1 = hitch("Invalid call progress zone: " + f[0])
	}
	if !ok {
		err2 = hitch("Invalid threshold: " + f[2])
	}
	if failed(c, status, err1, err, err2) {
		return dialplan.End
	}
	o := dialplan.ParseOptions(f[3], "fv")
	for _, p := range o.Problems {
		c.Warn(p)
	}
	fax := media.NewToneFinder(faxAnswer, faxAnswerLast, 0)
	voice := hear.NewMeter(8000, 0)
	return listenTo(c, status, limit, func(pcm []int16) string {
		says := string(ear.Take(pcm))
		if says == "" && o.Has('f') && fax.Take(pcm) > 0 {
			says = "FAX"
		}
		if voice.Add(pcm, nil); says == "" && o.Has('v') && voice.Loud() >= voiceLast {
			says = "VOICE"
		}
		return says
	})
}

// listenTo hears the caller until judge says something, which is the status then. Keys are lost meanwhile.
func listenTo(c *pbx.Channel, status string, limit time.Duration, judge func(pcm []int16) string) dialplan.Result {
	l, err := hear.Listen(c, media.In)
	if failed(c, status, err) {
		return dialplan.End
	}
	defer l.Close()
	end := time.Now().Add(limit)
	for {
		w := pbx.Wait{Keys: true}
		if limit > 0 {
			w.For = max(time.Until(end), 1)
		}
		pcm, _, why := l.Next(w)
		switch why {
		case pbx.Came: // a key
		case pbx.Also:
			if says := judge(pcm); says != "" {
				c.SetVar(status, says)
				return dialplan.Continue
			}
			if limit > 0 && !time.Now().Before(end) {
				c.SetVar(status, "TIMEOUT")
				return dialplan.Continue
			}
		case pbx.TimedOut:
			c.SetVar(status, "TIMEOUT")
			return dialplan.Continue
		default:
			c.SetVar(status, "HANGUP")
			return dialplan.End
		}
	}
}
