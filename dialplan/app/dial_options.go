package app

import (
	"strconv"
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/pbx"
)

// Dial's smaller options.

// shown is whom the callees see: the caller, or what f(caller id) says.
func (d *dialing) shown() pbx.CallerID {
	if text := d.opt.Arg('f'); text != "" {
		return pbx.ParseCallerID(text)
	}
	return d.c.View().CallerID
}

// elsewhere is the cause for those who do not get the call (Q).
func (d *dialing) elsewhere() pbx.Cause {
	text := d.opt.Arg('Q')
	if cause, ok := pbx.ParseCause(text); ok {
		return cause
	}
	if strings.EqualFold(text, "NONE") {
		return pbx.CauseNone
	}
	return pbx.CauseAnsweredElsewhere
}

// exits says whether a digit of the caller leads elsewhere (d), and goes there.
func (d *dialing) exits(digit byte) bool {
	if !d.opt.Has('d') {
		return false
	}
	context := d.c.Variable("EXITCONTEXT")
	if context == "" {
		context = d.c.View().At.Context
	}
	if !d.c.Machine().Plan().Exists(context, string(digit), d.c.Query()) {
		return false
	}
	d.c.Trace().Note("the caller pressed %c and goes to %c@%s", digit, digit, context)
	d.c.Machine().Goto(dialplan.Location{Context: context, Exten: string(digit), Priority: 1})
	return true
}

// left is the end of a Dial that the caller left with a digit.
func (d *dialing) left() dialplan.Result {
	d.over("CANCEL", pbx.CauseNormal)
	return after(d.c)
}

// limited has the caller put out after the time of L or S, whoever he is with by then; nil: there is
// no limit.
func (d *dialing) limited() *pbx.Features {
	var limit time.Duration
	if ms, _, _ := strings.Cut(d.opt.Arg('L'), ":"); ms != "" {
		n, _ := strconv.ParseFloat(ms, 64)
		limit = time.Duration(n * float64(time.Millisecond))
	}
	if d.opt.Has('S') {
		limit, _ = dialplan.Seconds(d.opt.Arg('S'))
	}
	if limit <= 0 {
		return nil
	}
	return &pbx.Features{Limit: limit}
}

// place reads "context^extension^priority".
func (d *dialing) place(option byte) (dialplan.Location, error) {
	return d.c.Machine().Target(strings.ReplaceAll(d.opt.Arg(option), "^", ","), d.c.Query())
}

// sendBoth sends the caller and who has answered to a place each (G), without a bridge.
func (d *dialing) sendBoth(l *dialLeg) dialplan.Result {
	to, err := d.place('G')
	l.ended("ANSWER")
	if err != nil {
		d.c.Warn("Dial option G: " + err.Error())
		l.over(pbx.CauseNormal)
		return dialplan.Continue
	}
	l.release()
	d.c.SpendHop()
	d.c.Machine().Goto(to)
	to.Priority++
	l.ch.Enter(to)
	return dialplan.Continue
}

// goesOn lets the callee go on when the caller is gone (F); nil: it is hung up then.
func (d *dialing) goesOn() pbx.After {
	if !d.opt.Has('F') {
		return nil
	}
	to := d.c.Machine().At()
	to.Priority++
	if d.opt.Arg('F') != "" {
		var err error
		if to, err = d.place('F'); err != nil {
			d.c.Warn("Dial option F: " + err.Error())
			return nil
		}
	}
	return func(callee *pbx.Channel, left pbx.Left) dialplan.Result {
		if left.Why == pbx.PeerLeft && left.By == d.c {
			callee.Redirect(to)
		}
		return dialplan.Continue
	}
}
