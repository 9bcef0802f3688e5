package app

import "obelisk/pbx"

// What Dial tells call completion (CCSS): whom it calls, who was busy or rang, and its end.

// completes begins that.
func (d *dialing) completes() { d.later = d.c.BeginCompletion() }

// calls tells of a destination that was dialled; callee is nil where there is no channel.
func (d *dialing) calls(callee *pbx.Channel, dest string) {
	if d.later != nil {
		d.later.Calls(callee, dest)
	}
}

// offers tells of a leg that rings or is busy. One in place of another is nobody whom the
// caller has called.
func (d *dialing) offers(l *dialLeg, e pbx.Event) {
	if d.later == nil || l.by != nil {
		return
	}
	switch e.Kind {
	case pbx.EventRinging, pbx.EventProgress, pbx.EventDiverted:
		d.later.Offers(l.ch, pbx.CCNR)
	case pbx.EventBusy:
		d.later.Offers(l.ch, pbx.CCBS)
	}
}

// settled tells that nobody is waited for any more.
func (d *dialing) settled(failed bool) {
	if d.later != nil {
		d.later.Over(failed)
		d.later = nil
	}
}
