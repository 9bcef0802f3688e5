package app

import (
	"strconv"
	"time"

	"obelisk/dialplan"
	"obelisk/pbx"
	"obelisk/pbx/prompt"
)

func (p player) retryDialApp() pbx.App {
	return pbx.App{Name: "RetryDial", Synopsis: "Dial, and try again after a while", Usage: "RetryDial(announce,seconds,times,dial " +
		"arguments)\n  announce  a prompt before each further try\n  seconds  between them, 10 without it; the caller hears music\n  times  " +
		"0 is for ever\n  with Dial's d a digit of the caller leads to the extension of that name, in EXITCONTEXT or here",
		Check:   func(args string) []string { return checkDial(retried(args)) },
		Targets: func(args string) []string { return dialTargets(retried(args)) }, Exec: p.retryDial}
}

// retried are the arguments of its Dial.
func retried(args string) string {
	if f := dialplan.SplitArgs(args, 4); len(f) == 4 {
		return f[3]
	}
	return ""
}

// usualRetry is how long it waits where nobody says so.
const usualRetry = 10 * time.Second

func (p player) retryDial(c *pbx.Channel, args string) dialplan.Result {
	f := append(dialplan.SplitArgs(args, 4), "", "", "", "")
	if f[3] == "" {
		c.Warn("RetryDial requires a 4th argument (dialdata)")
		return dialplan.End
	}
	wait := usualRetry
	if n, _ := strconv.Atoi(word(f, 1)); n >= 1 {
		wait = time.Duration(n) * time.Second
	}
	times, _ := strconv.Atoi(word(f, 2))
	c.ShowArgs("Retrying")
	for n := 1; ; n++ {
		c.StopMusic()
		d := p.prepare(c, f[3])
		if d == nil {
			return dialplan.Continue
		}
		r := c.Below(func() dialplan.Result { return d.run() })
		if r != dialplan.Continue || d.final {
			return r
		}
		if key := p.waitToRetry(c, word(f, 0), wait, d); key != 0 && d.leads(key) {
			return dialplan.Continue
		}
		switch {
		case c.Gone():
			return dialplan.End
		case n == times:
			return dialplan.Continue
		}
	}
}

// waitToRetry is what the caller hears between two tries, and his key while there is music. With
// d a key ends the announcement too.
func (p player) waitToRetry(c *pbx.Channel, announce string, wait time.Duration, d *dialing) (key byte) {
	how := prompt.How{}
	if d.opt.Has('d') {
		how.Stops = prompt.AnyKey
	}
	if announce != "" {
		if p.Has(c, announce) {
			p.List(c, []string{announce}, how)
		} else {
			c.Warn("Announce file \"" + announce + "\" specified in Retrydial does not exist")
		}
	}
	if c.Gone() {
		return 0
	}
	c.StartMusic("")
	defer c.StopMusic()
	return c.WaitDigit(wait)
}
