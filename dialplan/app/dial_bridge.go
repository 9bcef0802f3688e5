package app

import (
	"time"

	"obelisk/dialplan"
	"obelisk/pbx"
)

// Dial once somebody has answered.

// connect bridges the leg that answered first and lets the others go.
func (d *dialing) connect(l *dialLeg) dialplan.Result {
	d.answered(l)
	if d.opt.Has('a') {
		d.c.AnswerHeard(0)
	}
	if result, on := d.vetted(l); !on {
		return result
	}
	for _, o := range []byte("MU") {
		if !d.opt.Has(o) {
			continue
		}
		if result, on := d.screened(l, o); !on {
			d.quiet()
			return result
		}
	}
	if d.opt.Has('G') {
		d.quiet()
		return d.sendBoth(l)
	}
	l.ended("ANSWER")
	d.presses(l)
	answer := d.meet()
	mine, its := d.limits()
	mayCaller, mayCalled := d.c.MayOf(d.opt.Has)
	d.legs = nil // the others are over
	return d.c.Pair(l.ch, pbx.Member{Features: mine, May: mayCaller, After: func(_ *pbx.Channel, left pbx.Left) dialplan.Result {
		return d.parted(l.ch, left, answer)
	}}, pbx.Member{Features: its, May: mayCalled, After: d.goesOn()})
}

// vetted is what comes before a subroutine is asked: the callee's own decision, and what is
// announced. Not on: the call is over, with a result.
//
//go:noinline
func (d *dialing) vetted(l *dialLeg) (result dialplan.Result, on bool) {
	if status, wanted := d.screening(l); !wanted {
		d.quiet()
		l.ended(status)
		d.letGo(l)
		d.c.SetVar("DIALSTATUS", status)
		return after(d.c), false
	}
	if !d.between(l) {
		return dialplan.End, false
	}
	return result, true
}

// answered settles on a leg.
//
//go:noinline
func (d *dialing) answered(l *dialLeg) {
	if (!d.single() || intercepted(d.c, connectedLine)) && !l.absent && !d.opt.Has('I') {
		d.c.Meet(l.ch)
	}
	for _, o := range d.legs {
		if o != l && !o.done {
			o.ch.SetCause(d.elsewhere())
			o.finish("CANCEL", time.Time{}, d.elsewhere())
		}
	}
	d.c.SetCause(pbx.CauseNormal)
	l.ch.SetCause(pbx.CauseNormal)
	l.ch.MarkAnswered()
	d.c.SetVar("DIALSTATUS", "ANSWER")
	d.c.SetVar("DIALEDPEERNAME", l.ch.Name())
	d.c.SetVar("DIALEDPEERNUMBER", l.dest)
	at := l.ch.View().At
	at.Exten = ""
	l.ch.SetLocation(at)
}

// meet is the moment before the two are bridged.
//
//go:noinline
func (d *dialing) meet() time.Time {
	d.quiet()
	return time.Now()
}

// quiet ends what the caller hears while it rings.
func (d *dialing) quiet() {
	d.c.StopMusic()
	d.c.StopTone()
}

// parted is the end of the bridge, for the caller.
//
//go:noinline
func (d *dialing) parted(callee *pbx.Channel, left pbx.Left, answer time.Time) dialplan.Result {
	if callee.View().Gone && len(callee.HangupHandlers()) > 0 { // they come first
		d.c.Until(callee.Ended())
	}
	d.elapsed("ANSWEREDTIME", answer)
	d.elapsed("DIALEDTIME", d.begun)
	if left.Why == pbx.Sent && left.By != d.c { // transferred
		return dialplan.Continue
	}
	d.c.SetVar("DIALSTATUS", "ANSWER")
	switch left.Why {
	case pbx.Gave: // he has sent the other one elsewhere
		d.c.SetCause(pbx.CauseNormal)
		return d.goOn()
	case pbx.Replaced: // his part is done
		d.c.SetCause(pbx.CauseNormal)
		return dialplan.End
	case pbx.Sent:
		return dialplan.Continue
	}
	if left.By != nil {
		d.c.Trace().Note("%s hung up first", left.By.Name())
	}
	return d.goOn()
}

// goOn is what follows a call that was put through: with g the dialplan.
func (d *dialing) goOn() dialplan.Result {
	if d.opt.Has('g') && !d.c.Gone() {
		d.c.Stay()
		return dialplan.Continue
	}
	return dialplan.End
}
