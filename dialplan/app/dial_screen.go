package app

import (
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/pbx"
)

// Dial's U: a subroutine on the channel that has answered, before the caller reaches it.

// screened runs it; not on when it has decided against the call, which then has a result.
// The caller still hears what he heard.
//
//go:noinline
func (d *dialing) screened(l *dialLeg) (result dialplan.Result, on bool) {
	begun := time.Now()
	context, list, more := strings.Cut(d.opt.Arg('U'), "^")
	var args []string
	if more {
		args = strings.Split(list, "^")
	}
	to := dialplan.Location{Context: context, Exten: "s", Priority: 1}
	if !d.c.Machine().Plan().Exists(to.Context, to.Exten, d.c.Query()) {
		d.c.Warn("Dial option U: there is no extension 's' in context '" + context + "'")
		return result, true
	}
	returned := runAside(d.c, l.ch, to, args)
	verdict := l.ch.Variable("GOSUB_RESULT")
	if returned && verdict != "" {
		if value, set := l.ch.Var("GOSUB_RETVAL"); set {
			d.c.SetVar("GOSUB_RETVAL", value)
		}
	}
	status := "ANSWER"
	switch {
	case !returned:
		l.ended("ANSWER")
		return d.parted(l, l.ch, begun), false
	case verdict == "ABORT":
		l.ended(verdict)
		return d.parted(l, l.ch, begun), false
	case verdict == "BUSY", verdict == "CONGESTION", verdict == "CHANUNAVAIL":
		status = verdict
	case verdict == "CONTINUE":
	case strings.HasPrefix(verdict, "GOTO:"):
		target := strings.ReplaceAll(strings.TrimPrefix(verdict, "GOTO:"), "^", ",")
		if to, err := d.c.Machine().Target(target, d.c.Query()); err != nil {
			d.c.Warn("Dial option U: " + err.Error())
		} else {
			d.c.Machine().Goto(to)
		}
	default:
		return result, true
	}
	d.c.Trace().Note("the subroutine of option U decides: %s", verdict)
	l.ended(strings.ReplaceAll(verdict, "^", ","))
	l.over(pbx.CauseNormal)
	d.c.SetVar("DIALSTATUS", status)
	return dialplan.Continue, false
}
