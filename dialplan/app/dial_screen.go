package app

import (
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/pbx"
)

// Dial's U and M: a subroutine or a macro on the channel that has answered, before the caller
// reaches it.

// screened runs what the option names; not on when it has decided against the call, which then has
// a result. The caller still hears what he heard.
//
//go:noinline
func (d *dialing) screened(l *dialLeg, option byte) (result dialplan.Result, on bool) {
	verdict, ended := d.ask(l, option)
	status := "ANSWER"
	switch {
	case ended:
		l.ended(status)
		return d.unwanted(l), false
	case verdict == "ABORT":
		l.ended(verdict)
		d.letGo(l)
		return d.unwanted(l), false
	case verdict == "BUSY", verdict == "CONGESTION", verdict == "CHANUNAVAIL":
		status = verdict
	case verdict == "CONTINUE":
	case strings.HasPrefix(verdict, "GOTO:"):
		target := strings.ReplaceAll(strings.TrimPrefix(verdict, "GOTO:"), "^", ",")
		if to, err := d.c.Machine().Target(target, d.c.Query()); err != nil {
			d.c.Warn("Dial option " + string(option) + ": " + err.Error())
		} else {
			d.c.Machine().Goto(to)
		}
	default:
		return result, true
	}
	d.c.Trace().Note("what option %c runs decides: %s", option, verdict)
	l.ended(strings.ReplaceAll(verdict, "^", ","))
	d.letGo(l)
	d.c.SetVar("DIALSTATUS", status)
	return dialplan.Continue, false
}

// ask runs it; ended says that it has ended the call of the one who has answered. One that is not
// there has no verdict.
func (d *dialing) ask(l *dialLeg, option byte) (verdict string, ended bool) {
	name, list, more := strings.Cut(d.opt.Arg(option), "^")
	var args []string
	if more {
		args = strings.Split(list, "^")
	}
	if option == 'M' {
		at, from := l.ch.View().At, d.c.View().At
		at.Context, at.Exten = from.Context, from.Exten // which the macro knows it by (MACRO_EXTEN), and events from now on
		l.ch.SetLocation(at)
		returned := besides(d.c, l.ch, func() (on bool) {
			l.ch.Aside(func() { on = !macro(l.ch, strings.Join(append([]string{name}, args...), ",")).Ended() })
			return on
		})
		return l.ch.Variable("MACRO_RESULT"), !returned
	}
	to := dialplan.Location{Context: name, Exten: "s", Priority: 1}
	if !d.c.Machine().Plan().Exists(to.Context, to.Exten, d.c.Query()) {
		d.c.Warn("Dial option U: there is no extension 's' in context '" + name + "'")
		return "", false
	}
	returned := runAside(d.c, l.ch, to, args)
	verdict = l.ch.Variable("GOSUB_RESULT")
	_, decided := l.ch.Var("GOSUB_RESULT") // to "" too
	if value, set := l.ch.Var("GOSUB_RETVAL"); set && returned && (decided || verdict != "") {
		d.c.SetVar("GOSUB_RETVAL", value)
	}
	return verdict, !returned
}

// unwanted is the end of a Dial whose callee has answered and is not put through.
func (d *dialing) unwanted(l *dialLeg) dialplan.Result {
	d.c.Trace().Note("%s hung up first", l.ch.Name())
	d.c.SetVar("DIALSTATUS", "ANSWER")
	if !l.done {
		l.done = true
		l.ch.LetGo(l.ch.View().Cause)
	}
	return d.goOn()
}

// otherHalfPatience is how long a caller waits at most for the other half of a Local channel that
// he lets go.
const otherHalfPatience = 100 * time.Millisecond

// letGo ends a leg that has answered and is not wanted. The other half of a Local channel ends
// first, so that its record comes first, as in Asterisk.
func (d *dialing) letGo(l *dialLeg) {
	var other *pbx.Channel
	if half, ok := l.ch.Leg().(pbx.Paired); ok {
		other = half.Pair()
	}
	if l.over(pbx.CauseNormal); other != nil {
		d.c.Await(pbx.Wait{For: otherHalfPatience, Also: other.Ended()})
	}
}
