package app

import (
	"cmp"
	"strings"

	"obelisk/dialplan"
	"obelisk/pbx"
)

// Dial's smaller options.

// shown is whom the callees see: the caller, or what f(caller id) says. With f alone those to
// whom the call is forwarded see the extension that was dialled.
func (d *dialing) shown(forwarded bool) pbx.CallerID {
	caller := d.c.View()
	id := pbx.ParseCallerID(d.opt.Arg('f'))
	switch {
	case !d.opt.Has('f'), d.opt.Arg('f') == "" && !forwarded:
		return caller.CallerID
	case d.opt.Arg('f') == "":
		id = pbx.CallerID{Num: cmp.Or(d.c.Variable("MACRO_EXTEN"), caller.At.Exten)}
	}
	id.Tag = d.opt.Arg('s')
	if d.opt.Has('u') {
		if p := pbx.PresentationOf(d.opt.Arg('u')); p.Word == d.opt.Arg('u') {
			id.Pres, id.Private = p.Word, p.Prohibited()
		}
	}
	return id
}

// original is what the callees' channels have as their own number with o.
func (d *dialing) original() pbx.CallerID {
	if text := d.opt.Arg('o'); text != "" {
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
func (d *dialing) exits(digit byte) bool { return d.opt.Has('d') && d.leads(digit) }

// disconnects says whether the caller has typed the code that ends a call, while it rings (H).
func (d *dialing) disconnects(digit byte) bool {
	if !d.opt.Has('H') {
		return false
	}
	code := d.c.Feature("disconnect")
	d.typed += string(digit)
	d.typed = d.typed[max(0, len(d.typed)-16):]
	if code == "" || !strings.HasSuffix(d.typed, code) {
		return false
	}
	d.final = true
	d.c.Trace().Note("the caller ends the call by keys")
	return true
}

// leads goes to the extension that a digit is, if there is one.
func (d *dialing) leads(digit byte) bool {
	context := d.c.Variable("EXITCONTEXT")
	if context == "" {
		context = d.c.View().At.Context
	}
	if !d.c.Machine().Plan().Exists(context, string(digit), d.c.Query()) {
		return false
	}
	d.c.Trace().Note("the caller pressed %c and goes to %c@%s", digit, digit, context)
	d.c.Machine().Goto(dialplan.Location{Context: context, Exten: string(digit), Priority: 1})
	d.final = true
	return true
}

// left is the end of a Dial that the caller left with a digit.
func (d *dialing) left() dialplan.Result {
	d.over("CANCEL", pbx.CauseNormal)
	return after(d.c)
}

// place reads "context^extension^priority".
func (d *dialing) place(option byte) (dialplan.Location, error) {
	return d.c.Machine().Target(strings.ReplaceAll(d.opt.Arg(option), "^", ","), d.c.Query())
}

// sendBoth sends the caller and who has answered to a place each (G), without a bridge.
func (d *dialing) sendBoth(l *dialLeg) dialplan.Result {
	to, err := d.place('G')
	if err != nil {
		l.ended("ANSWER")
		d.c.Warn("Dial option G: " + err.Error())
		l.over(pbx.CauseNormal)
		return dialplan.Continue
	}
	d.final = true
	l.release()
	d.c.SpendHop()
	d.c.Machine().Goto(to)
	d.c.SetLocation(to)
	to.Priority++
	l.ch.ShowAt(to)
	l.ended("ANSWER")
	l.ch.Enter(to)
	return dialplan.Continue
}

// goesOn lets the callee go on when the caller is gone (F); nil: it is hung up then.
func (d *dialing) goesOn() pbx.After {
	if d.opt.Has('e') {
		return d.ending()
	}
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
	return pbx.GoesOn(to, d.c)
}
