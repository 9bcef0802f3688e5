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
	answer := d.meet()
	stop := d.limited()
	d.legs = nil // the others are over
	return d.c.Into(l.ch, func(end pbx.Parting) dialplan.Result {
		stop()
		return d.bridgeOver(l, end, answer)
	})
}

// bridgeOver goes on when the bridge has ended.
func (d *dialing) bridgeOver(l *dialLeg, end pbx.Parting, answer time.Time) dialplan.Result {
	d.elapsed("ANSWEREDTIME", answer)
	d.elapsed("DIALEDTIME", d.begun)
	switch {
	case end.Callee == nil:
		return d.gaveAway(l, answer)
	case end.Transfer != nil:
		l.ch = end.Callee
		return d.transfer(l, end.Transfer, answer)
	}
	l.ch = end.Callee
	return d.parted(l, end.First, answer)
}

// gaveAway is the end for a half of a Local channel whose callee went on without it.
//
//go:noinline
func (d *dialing) gaveAway(l *dialLeg, answer time.Time) dialplan.Result {
	l.release()
	d.c.SetCause(pbx.CauseNormal)
	d.c.SetVar("DIALSTATUS", "ANSWER")
	return dialplan.End
}

// answered settles on a leg.
//
//go:noinline
func (d *dialing) answered(l *dialLeg) {
	if !d.single() && !l.absent && !d.opt.Has('I') {
		introduce(d.c, l.ch)
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

// parted is the end of a bridge that first left.
//
//go:noinline
func (d *dialing) parted(l *dialLeg, first *pbx.Channel, answer time.Time) dialplan.Result {
	d.c.Trace().Note("%s hung up first", first.Name())
	cause := first.View().Cause
	d.c.SetVar("DIALSTATUS", "ANSWER")
	if first == d.c && d.opt.Has('F') && d.goesOn(l, answer) {
		return dialplan.End
	}
	if to, sent := l.ch.TakeRedirect(); sent { // it is sent elsewhere too
		l.release()
		l.ch.Enter(to)
	} else {
		l.finish("ANSWER", answer, cause)
	}
	if d.opt.Has('g') && !d.c.Gone() {
		d.c.Stay()
		return dialplan.Continue
	}
	return dialplan.End
}

// transfer parts a bridge of which one side sends the other to an extension: the
// caller goes on there itself, a callee gets a dialplan of its own.
func (d *dialing) transfer(l *dialLeg, t *pbx.Transferred, answer time.Time) dialplan.Result {
	d.c.Trace().Note("%s transfers the other party to %s@%s", t.By.Name(), t.To.Exten, t.To.Context)
	if t.By == l.ch {
		l.finish("ANSWER", answer, pbx.CauseNormal)
		d.c.Machine().Goto(t.To)
		return dialplan.Continue
	}
	l.release()
	l.ch.Enter(t.To)
	d.c.SetCause(pbx.CauseNormal)
	return dialplan.End
}
