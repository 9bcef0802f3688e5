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

func waitUsage(what, status string) string {
	return "WaitFor" + what + "([ms[,times[,seconds]]])\n" +
		"  so many milliseconds in a row (1000), so many times (1), and not longer than so many seconds\n" +
		"  WAITSTATUS is " + status + ", TIMEOUT or HANGUP"
}

// kind is what is waited for.
type kind struct {
	status string
	lasts  func(*hear.Meter) time.Duration
}

var (
	silence = kind{"SILENCE", (*hear.Meter).Silent}
	noise   = kind{"NOISE", (*hear.Meter).Loud}
)

// count reads a whole number, at least low; usual where there is none.
func count(text string, low, usual int) (int, bool) {
	if text = strings.TrimSpace(text); text == "" {
		return usual, true
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= low && n < 1<<31
}

func waitFor(k kind) func(*pbx.Channel, string) dialplan.Result {
	return func(c *pbx.Channel, args string) dialplan.Result {
		const status = "WAITSTATUS"
		f := append(dialplan.SplitArgs(args, 3), "", "", "")
		ms, ok1 := count(f[0], 0, 1000)
		times, ok2 := count(f[1], 1, 1)
		limit, ok3 := count(f[2], 0, 0)
		if !ok1 || !ok2 || !ok3 {
			c.Warn("WaitForSilence and WaitForNoise take milliseconds, a number of times and seconds, not '" + args + "'")
			return dialplan.End
		}
		c.Answer()
		l, err := hear.Listen(c, media.In)
		if err != nil {
			c.Warn(err.Error())
			return dialplan.End
		}
		defer l.Close()
		end := time.Time{}
		if limit > 0 {
			end = time.Now().Add(time.Duration(limit) * time.Second)
		}
		for ; times > 0; times-- {
			switch lasting(l, k, time.Duration(ms)*time.Millisecond, end) {
			case pbx.Also:
			case pbx.TimedOut:
				c.SetVar(status, "TIMEOUT")
				return dialplan.Continue
			default:
				c.SetVar(status, "HANGUP")
				return dialplan.End
			}
		}
		c.SetVar(status, k.status)
		return dialplan.Continue
	}
}

// lasting waits until it has lasted for so long (pbx.Also), or the end.
func lasting(l *hear.Listener, k kind, long time.Duration, end time.Time) pbx.Why {
	m := hear.NewMeter(l.Rate(), 0)
	for {
		w := pbx.Wait{Keys: true}
		if !end.IsZero() {
			w.For = max(time.Until(end), 1)
		}
		pcm, _, why := l.Next(w)
		if why == pbx.Came { // a key, which is lost
			continue
		}
		if why != pbx.Also {
			return why
		}
		reached := false
		m.Add(pcm, func() bool { reached = k.lasts(m) >= long; return !reached })
		if reached {
			return pbx.Also
		}
	}
}
