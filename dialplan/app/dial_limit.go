package app

import (
	"strconv"
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/dialplan/expr"
	"obelisk/media/soundfile"
	"obelisk/pbx"
	"obelisk/pbx/prompt"
)

// Dial's L and S: how long a call lasts, and who is warned of its end. Both hang at the members of
// the bridge.

// measured says whether L and S say anything; false when they do not, and the call is over.
func (d *dialing) measured() bool {
	whole := func(text string) int {
		n, _ := seconds(text)
		return int(n)
	}
	if text := d.opt.Arg('S'); text != "" && whole(text) == 0 {
		d.c.Warn("Dial does not accept S(" + text + ")")
		d.c.SetVar("DIALSTATUS", "INVALIDARGS")
		return false
	}
	if text, _, _ := strings.Cut(d.opt.Arg('L'), ":"); d.opt.Arg('L') != "" && whole(text) == 0 {
		d.c.Warn("Bridge does not accept L(" + text + ")")
		return false
	}
	return true
}

// limits are what L and S give to the caller and the callee; nil: nothing.
//
//go:noinline
func (d *dialing) limits() (mine, its *pbx.Features) {
	limit, _ := dialplan.Seconds(d.opt.Arg('S'))
	if d.opt.Arg('L') != "" {
		mine, its = d.warned()
		limit = mine.Limit
	}
	if limit <= 0 {
		return nil, nil
	}
	if mine == nil {
		mine = &pbx.Features{}
	}
	if its == nil {
		its = &pbx.Features{}
	}
	its.Limit, mine.Limit = limit, limit+later
	return mine, its
}

// later is the caller's: who was called has come first, and leaves first.
const later = time.Millisecond

// soon is when a prompt is played that is for the beginning.
const soon = 50 * time.Millisecond

// timeLeft is the warning that says how long there is.
const timeLeft = "timeleft"

// mostWarnings bounds how many a call has.
const mostWarnings = 1000

// warned are the limit x, the first warning y before it and another each z, from "x:y:z" in
// milliseconds, with the variables LIMIT_ of the caller.
func (d *dialing) warned() (mine, its *pbx.Features) {
	limit, warn, again := limitTimes(d.opt.Arg('L'))
	timed := d.announced(limit, warn, again)
	mine = &pbx.Features{Limit: limit}
	if last := d.c.Variable("LIMIT_TIMEOUT_FILE"); last != "" {
		timed = append(timed, pbx.Timed{After: limit, Do: d.says(last)})
		mine.Limit += d.lasts(last) // it is heard to its end
	}
	toCaller, toCallee := true, expr.True(d.c.Variable("LIMIT_PLAYAUDIO_CALLEE"))
	if v, set := d.c.Var("LIMIT_PLAYAUDIO_CALLER"); set {
		toCaller = expr.True(v)
	}
	if toCallee && len(timed) > 0 {
		its = &pbx.Features{Timed: timed}
	}
	if toCaller || !toCallee {
		mine.Timed = timed
	}
	return mine, its
}

// limitTimes reads "x:y:z". A first warning that would come before the call is put off by the
// interval until it is within it.
func limitTimes(text string) (limit, warn, again time.Duration) {
	f := append(strings.Split(text, ":"), "", "")
	ms := func(text string) time.Duration {
		n, _ := strconv.ParseFloat(strings.TrimSpace(text), 64)
		return time.Duration(n * float64(time.Millisecond))
	}
	limit, warn, again = ms(f[0]), max(ms(f[1]), 0), max(ms(f[2]), 0)
	if warn > limit {
		if again > 0 {
			warn -= again * (1 + (warn-limit-1)/again)
		}
		if again == 0 || warn < time.Millisecond {
			warn, again = 0, 0
		}
	}
	return limit, warn, again
}

// announced is what is said while the call lasts: at its beginning and before its end. The time
// to the next warning counts from the end of one.
func (d *dialing) announced(limit, warn, again time.Duration) (out []pbx.Timed) {
	if first := d.c.Variable("LIMIT_CONNECT_FILE"); first != "" {
		out = append(out, pbx.Timed{After: soon, Do: d.says(first)})
	}
	if warn <= 0 {
		return out
	}
	file := d.c.Variable("LIMIT_WARNING_FILE")
	for at := limit - warn; at < limit && len(out) < mostWarnings; {
		names := []string{file}
		if file == "" || strings.EqualFold(file, timeLeft) {
			names = d.remaining(limit - at)
		}
		out = append(out, pbx.Timed{After: at, Do: d.says(names...)})
		if again <= 0 {
			break
		}
		for at += again; len(names) > 0; names = names[1:] {
			at += d.lasts(names[0])
		}
	}
	return out
}

// says plays prompts to a member, who hears nobody else meanwhile.
func (d *dialing) says(names ...string) func(*pbx.Channel) {
	p := d.player
	return func(c *pbx.Channel) { p.List(c, names, prompt.How{}) }
}

// lasts is how long a prompt is for the caller, 0 for one that is not there.
func (d *dialing) lasts(name string) time.Duration {
	file, data, err := d.Lib.Find(name, d.c.View().Language)
	if err != nil {
		return 0
	}
	clip, err := soundfile.Decode(file, data)
	if err != nil || clip.Rate == 0 {
		return 0
	}
	return time.Duration(len(clip.PCM)) * time.Second / time.Duration(clip.Rate)
}

// remaining says a time: minutes from two on, and seconds.
func (d *dialing) remaining(left time.Duration) []string {
	seconds, minutes := int(left.Seconds()), 0
	if seconds <= 0 {
		return nil
	}
	if seconds/60 > 1 {
		minutes, seconds = seconds/60, seconds%60
	}
	v, names := d.Voice(d.c, ""), []string{"vm-youhave"}
	if minutes > 0 {
		names = append(append(names, v.Number(minutes, "")...), "queue-minutes")
	}
	if seconds > 0 {
		names = append(append(names, v.Number(seconds, "")...), "queue-seconds")
	}
	return names
}
