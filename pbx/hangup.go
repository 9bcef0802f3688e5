package pbx

import (
	"slices"
	"strconv"
	"time"

	"obelisk/dialplan"
	"obelisk/pbx/event"
)

// The end of a channel: "h", hang-up handlers, records, leg.

// mostAside is how many steps "h", a handler or a subroutine aside may take: they go on when
// the channel is hung up, and a loop there has no other end.
const mostAside = 10000

// wind ends what the channel was doing. From here on it is gone for whatever still runs on
// it: nothing waits.
func (c *Channel) wind() {
	if c.Gone() && c.byFar() { // else its music goes on through "h"
		c.StopMusic()
	}
	if c.farEnded() {
		c.endQuality(false)
	}
	if c.only == nil && c.core.Heard() {
		at := c.View().At
		c.SetLocation(c.stepAt)
		c.TellSoftHangup(int(CauseNormal))
		c.SetLocation(at)
	}
	c.HangupHere(CauseNone)
	c.runAtEnd()
	if c.outgoing {
		c.restore()
	}
}

// restore shows of a channel that was called what it has shown before its own dialplan began.
func (c *Channel) restore() {
	if c.outApp == "" { // it was never called by a dialplan's word
		c.locked(func() { c.app, c.appData = "", "" })
		return
	}
	c.locked(func() { c.app, c.appData = c.outApp, event.OutgoingLine })
}

// hangupExtension runs "h" of the context the call was in. A message that came in has no call that
// could be hung up, and no "h".
func (c *Channel) hangupExtension() {
	at := c.machine.At()
	if c.tech == "Message" || at.Exten == "h" || !c.machine.Plan().Exists(at.Context, "h", c.Query()) {
		return
	}
	c.ending = true
	c.machine.Goto(dialplan.Location{Context: at.Context, Exten: "h", Priority: 1})
	c.runOn(0)
}

// RunEnd runs h of a context on a channel that was dialled and whose call is over, if there is
// one (Dial's e). It is for its worker; the channel ends afterwards.
func (c *Channel) RunEnd(context string) {
	if !c.hung() {
		c.HangupHere(CauseNone)
	}
	defer c.borrowPlan()()
	at := c.View().At
	at.Context = context
	c.machine.Goto(at)
	c.hangupExtension()
}

// runOn runs steps on a channel that may be gone: to the end of the extension, or until
// fewer than some subroutines run, which it tells.
func (c *Channel) runOn(frames int) (returned bool) {
	for range mostAside {
		if len(c.frames) < frames {
			return true
		}
		c.Step()
		step := c.machine.Next(c.Query())
		c.SetLocation(c.machine.At())
		if step.Kind != dialplan.StepRun {
			return false
		}
		r := c.Exec(step.Hit.Priority)
		if r.Ended() {
			return false
		}
		c.machine.Done(r)
	}
	c.over(&c.core.tally.loops, "a subroutine or 'h' has run "+strconv.Itoa(mostAside)+" steps, and is ended")
	return false
}

// HangupHandlers lists the hang-up handlers, the one that runs first at its beginning.
func (c *Channel) HangupHandlers() (out []string) {
	c.locked(func() { out = slices.Clone(c.handlers) })
	slices.Reverse(out)
	return out
}

// mostHandlers is how many hang-up handlers a channel may have, and how many of them are run:
// one that pushes itself would run for ever.
const mostHandlers = 100

// hangupHandlers runs them, the last one first. One that panics does not keep the others
// from it.
func (c *Channel) hangupHandlers() {
	for n := 0; len(c.handlers) > 0; n++ {
		if n == mostHandlers {
			c.over(&c.core.tally.handlers, strconv.Itoa(mostHandlers)+" hang-up handlers have run; the others are left out")
			return
		}
		text := c.handlers[len(c.handlers)-1]
		c.locked(func() { c.handlers = c.handlers[:len(c.handlers)-1] })
		c.guarded(func() { c.hangupHandler(text) })
	}
}

func (c *Channel) hangupHandler(text string) {
	c.tellHandler(event.HandlerRuns, text)
	target, args := dialplan.CutCall(text)
	to, err := c.machine.Target(target, c.Query())
	if err != nil {
		c.Warn("hangup handler '" + text + "': " + err.Error())
		return
	}
	c.ending = true
	c.RunSub(to, args)
}

// finish ends the leg and closes the records.
func (c *Channel) finish() {
	defer c.shut()
	c.SetTimeouts(-1, -1, 0)
	c.StopMusic()
	v := c.View()
	c.leg.Hangup(v.Cause)
	c.endQuality(true)
	c.tellHangup()
	c.endCompleting()
	c.core.tally.outcome(c.disposition())
	c.finishRecords()
	who := "the switchboard"
	if c.byFar() {
		who = c.Name()
	}
	switch {
	case !v.Answered.IsZero():
		c.trace.Verdict("The call was answered and lasted %d s; %s hung up (cause %d, %s).", int(time.Since(v.Answered).Seconds()), who, v.Cause,
			v.Cause.Text())
	default:
		c.trace.Verdict("The call was not answered: %s (cause %d, %s).", c.endedBecause(), v.Cause, v.Cause.Text())
	}
}

// byFar says whether it was not its dialplan that ended the call.
func (c *Channel) byFar() (far bool) {
	c.locked(func() { far = !c.hanging.here })
	return far
}

// farEnded says whether the far end itself has hung up.
func (c *Channel) farEnded() (far bool) {
	c.locked(func() { far = c.hung() && !c.hanging.here && !c.hanging.soft })
	return far
}

func (c *Channel) endedBecause() string {
	if s := c.Variable("DIALSTATUS"); s != "" {
		return "DIALSTATUS is " + s
	}
	if c.byFar() {
		return "the caller gave up"
	}
	return "the dialplan ended it"
}

// End ends a channel that was dialled: on its worker, or once nobody works it. Its hang-up
// handlers run on a goroutine of its own; done is closed after them, nil without any.
func (c *Channel) End(cause Cause) (done <-chan struct{}) {
	c.locked(func() {
		c.flags.Or(flagHangup)
		c.hanging.seen = true
		if c.cause == CauseNone {
			c.cause = cause
		}
	})
	c.leg.Hangup(cause)
	sent := false
	c.locked(func() { sent = c.order != nil && c.order.afters() != nil })
	if len(c.handlers) == 0 && !sent || c.plan == nil {
		c.gone()
		return nil
	}
	at := c.View().At
	return c.lend(func() {
		defer func() {
			c.SetLocation(at)
			c.tellStep(c.outApp, event.OutgoingLine)
		}()
		c.guarded(c.forsake)
		defer c.borrowPlan()()
		c.hangupHandlers()
	}, c.gone)
}

// gone takes a channel that was dialled off the list.
func (c *Channel) gone() {
	c.shut()
	if c.core.remove(c) {
		c.endQuality(true)
		c.tellHangup()
		c.finishRecords()
	}
}

// dismiss ends the channels that this one has dialled and works still: where what it did
// was given up in the midst.
func (c *Channel) dismiss() {
	for _, o := range c.core.workedBy(c) {
		o.End(CauseNetwork)
	}
}
