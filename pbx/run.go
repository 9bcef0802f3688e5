package pbx

import (
	"cmp"
	"runtime"
	"runtime/debug"
	"strconv"
	"time"

	"obelisk/dialplan"
	"obelisk/pbx/event"
)

// run is the channel's goroutine, from its beginning.
func (c *Channel) run() { c.drive(false) }

// drive is the channel's goroutine: what follows a bridge from which it comes back, the dialplan,
// then the end; or another bridge, after which another goroutine goes on. A panic costs what
// panics: the rest of the end is gone through all the same.
func (c *Channel) drive(back bool) {
	c.probe.take()
	well := c.guarded(func() { c.live(back) })
	if o := c.goes; o != nil { // also when it is hung up: its After is told
		c.probe.give()
		if c.hold(o.to); o.to.list(c) {
			o.to.run()
		}
		return
	}
	if c.called() {
		c.probe.give()
		c.End(CauseNormal)
		return
	}
	defer c.probe.give()
	defer c.core.remove(c)
	defer c.finish()
	if !well {
		c.dismiss()
	}
	c.guarded(c.wind)
	c.guarded(c.forsake)
	if c.only == nil {
		c.guarded(c.hangupExtension)
	}
	c.guarded(c.hangupHandlers)
}

// live is the application that the channel was begun for, or its dialplan, until that ends or
// the channel leaves for a bridge.
func (c *Channel) live(back bool) {
	if back && !c.comeBack() {
		return
	}
	if !back && c.only != nil {
		if c.one(c.only); !c.goesOn() {
			return
		}
		if c.goes == nil { // else it ends with the bridge to which it is sent
			c.only = nil
		}
	}
	if c.goes == nil {
		c.walk()
	}
}

// comeBack is what follows a bridge; false when nothing does, because the channel is one that was
// dialled and has no dialplan, or leaves for a bridge again.
func (c *Channel) comeBack() bool {
	after, l := c.after, c.told
	c.after, c.told = nil, Left{}
	r := c.followed(after, l)
	switch {
	case r == dialplan.Away:
		return false
	case c.called():
		return c.goesOn()
	case c.machine != nil && c.only == nil:
		if r = c.kept(r); c.within || r.Ended() { // else an order came between two steps
			c.done(r)
		}
		c.within = false
		return true
	}
	c.only = nil
	return c.goesOn()
}

// kept is the result of an application that an order has ended: the dialplan goes on from there,
// once the channel comes back.
func (c *Channel) kept(r dialplan.Result) dialplan.Result {
	if r.Ended() && c.flags.Load()&(flagSent|flagHangup) == flagSent {
		return dialplan.Continue
	}
	return r
}

// done is the end of a step.
func (c *Channel) done(r dialplan.Result) {
	if r.Ended() {
		c.showEnd()
	}
	c.machine.Done(r)
	c.paced()
}

// single is one application that runs instead of the dialplan.
type single struct{ app, args string }

// Single says whether the channel is there for one application, and has no dialplan: it has dialled pickupexten.
func (c *Channel) Single() bool { return c.only != nil }

// one runs it; what it leaves of an incoming call is refused.
func (c *Channel) one(s *single) {
	a := c.core.App(s.app)
	if a == nil {
		c.Warn("No such application '" + s.app + "'")
		return
	}
	c.locked(func() { c.app, c.appData = a.Name, s.args })
	c.recordStep()
	r := c.Below(func() dialplan.Result { return a.Exec(c, s.args) })
	if r == dialplan.Continue && !c.outgoing && !c.Gone() {
		c.leg.Indicate(IndicateCongestion)
		c.Sleep(c.lingering())
	}
}

// guarded runs a part of the call; a panic in it ends the call, and is not well.
func (c *Channel) guarded(f func()) (well bool) {
	defer c.caught()
	f()
	return true
}

// caught ends the call after a panic, on whatever goroutine.
func (c *Channel) caught() {
	if r := recover(); r != nil {
		c.panicked(r)
	}
}

// panicked ends the call after a panic.
func (c *Channel) panicked(r any) {
	c.core.tally.panics.Add(1)
	c.core.cfg.Log.Error().Ctx(c.trace.Context()).Msgf("the call of %s is given up: %v\n%s", c.Name(), r, debug.Stack())
	c.trace.Verdict("The call was given up because of an internal error: %v", r)
	c.hangup(CauseNetwork, true)
}

// walk runs the dialplan until it ends, the channel is hung up, or leaves for a bridge.
// Before each step it does what others want of the channel, and looks whether it may go on.
func (c *Channel) walk() {
	for c.attend(); !c.Gone() || c.goesOn(); c.attend() {
		if c.goes != nil {
			return
		}
		p, on := c.advance()
		if p != nil {
			r := c.exec(p)
			if r == dialplan.Away {
				c.within = true
				return
			}
			c.done(c.kept(r))
		} else if !on && !c.goesOn() {
			return
		}
	}
}

// A dialplan that never waits leaves room for others: after every few steps, and with a
// pause once it has gone round so often that it is no doubt a loop.
const (
	stepsTogether = 32
	stepsOfLoop   = 20000
	loopPause     = time.Millisecond
)

// paced has others run, now and then.
func (c *Channel) paced() {
	if c.steps++; c.steps%stepsTogether != 0 {
		return
	}
	runtime.Gosched()
	if c.steps < stepsOfLoop {
		return
	}
	if c.steps%stepsOfLoop == 0 {
		c.over(&c.core.tally.loops, "its dialplan has run "+strconv.Itoa(c.steps)+" steps without waiting, and is slowed down")
	}
	time.Sleep(loopPause)
}

// goesOn says whether a call that was about to end does not: it was sent elsewhere, or
// there is an extension for the absolute timeout.
func (c *Channel) goesOn() bool {
	return c.redirected() || c.flags.Load()&flagExpired != 0 && c.timeoutExtension()
}

// advance finds the next step. Without one it waits for digits, or the end has come.
//
//go:noinline
func (c *Channel) advance() (p *dialplan.Priority, on bool) {
	step := c.machine.Next(c.Query())
	if inv := c.machine.TakeInvalid(); inv != "" {
		if at := c.machine.At(); at.Exten == "e" {
			at.Exten = inv
			c.exception = &Exception{"INVALID", at}
		} else {
			c.SetVar("INVALID_EXTEN", inv)
		}
	}
	c.SetLocation(c.machine.At())
	switch step.Kind {
	case dialplan.StepRun:
		return step.Hit.Priority, true
	case dialplan.StepCollect:
		c.collect(step.First)
		return nil, true
	case dialplan.StepFallthrough:
		c.fallThrough(step.Reason)
	case dialplan.StepEnd:
		c.trace.Note("dialplan: %s", step.Reason)
	}
	return nil, false
}

// timeoutExtension goes to "T", else "e", after the absolute timeout.
func (c *Channel) timeoutExtension() bool {
	if c.hung() || c.called() {
		return false
	}
	at, q := c.machine.At(), c.Query()
	c.locked(func() { c.flags.And(^flagExpired) })
	c.trace.Note("the absolute timeout has fired")
	for _, special := range []string{"T", "e"} {
		if c.machine.Plan().Exists(at.Context, special, q) {
			if special == "e" { // T tells it by its name
				c.exception = &Exception{"ABSOLUTETIMEOUT", at}
			}
			c.machine.Goto(dialplan.Location{Context: at.Context, Exten: special, Priority: 1})
			return true
		}
	}
	return false
}

// Timeouts returns TIMEOUT(digit), TIMEOUT(response) and what is left of
// TIMEOUT(absolute), 0 for none.
func (c *Channel) Timeouts() (digit, response, absolute time.Duration) {
	if !c.deadline.IsZero() {
		absolute = max(time.Until(c.deadline), 0)
	}
	return c.digit, c.response, absolute
}

// SetTimeouts changes those that are not negative; an absolute one of 0 is
// cancelled.
func (c *Channel) SetTimeouts(digit, response, absolute time.Duration) {
	if digit >= 0 {
		c.digit = digit
	}
	if response >= 0 {
		c.response = response
	}
	if absolute < 0 {
		return
	}
	if c.absolute != nil {
		c.absolute.Stop()
	}
	c.locked(func() { c.flags.And(^flagExpired) })
	if c.deadline = (time.Time{}); absolute > 0 {
		c.deadline = time.Now().Add(absolute)
		c.absolute = time.AfterFunc(absolute, c.expire)
	}
}

// Exec runs one step's application, below another one.
func (c *Channel) Exec(p *dialplan.Priority) dialplan.Result {
	result := c.Below(func() dialplan.Result { return c.exec(p) })
	if result.Ended() {
		c.showEnd()
	}
	return result
}

func (c *Channel) exec(p *dialplan.Priority) dialplan.Result {
	if app, args := c.begin(p); app != nil {
		return app.Exec(c, args)
	}
	return c.absent(p)
}

// begin expands a step's arguments and notes what runs; nil when there is no such
// application.
//
//go:noinline
func (c *Channel) begin(p *dialplan.Priority) (app *App, args string) {
	idle := c.idleApp()
	c.locked(func() { c.app, c.appData = idle.app, idle.data }) // nothing runs while arguments are worked out
	args = p.Args.Expand(c)
	at := c.machine.At()
	c.pos = p.Pos
	app = c.core.App(p.App)
	c.trace.Words(at.Exten, "@", at.Context, ":", strconv.Itoa(at.Priority), " ", p.App, "(", args, ") [", p.Pos.String(), "]")
	if app == nil {
		return nil, ""
	}
	c.showStep(app.Name, args)
	c.locked(func() { c.app, c.appData = app.Name, args })
	c.ran = step{app.Name, args}
	c.tellNextStep(app.Name, args)
	c.recordStep()
	return app, args
}

// step is an application and its arguments.
type step struct{ app, data string }

// idleApp is what a channel shows between its applications: one that was dialled that it was.
func (c *Channel) idleApp() step {
	if c.outApp == "" {
		return step{}
	}
	return step{c.outApp, event.OutgoingLine}
}

// ShowArgs has the application that runs be shown with other arguments, also in its record.
func (c *Channel) ShowArgs(args string) {
	c.locked(func() { c.appData = args })
	c.ran.data = args
	c.recordStep()
}

// collect waits for the digits of an extension.
func (c *Channel) collect(typed string) {
	q, at := c.Query(), c.machine.At()
	wait := c.response
	if typed != "" {
		wait = c.digit
	}
	for c.machine.Plan().MatchMore(at.Context, typed, q) {
		d := c.WaitDigit(wait)
		if d == 0 {
			break
		}
		typed += string(d)
		wait = c.digit
	}
	if !c.Gone() {
		c.machine.Collected(typed, q)
		if typed == "" {
			c.exception = &Exception{"RESPONSETIMEOUT", at}
		}
	}
}

// fallThrough ends an extension that ran off its end, by the result of the
// last Dial.
func (c *Channel) fallThrough(reason string) {
	status := cmp.Or(c.Variable("DIALSTATUS"), "UNKNOWN")
	c.trace.Note("dialplan: %s; auto fallthrough, status %s", reason, status)
	c.Show(3, "pbx.c", "Auto fallthrough, channel '%s' status is '%s'", c.Name(), status)
	switch status {
	case "CONGESTION", "CHANUNAVAIL":
		c.complain(IndicateCongestion, CauseCongestion, "congestion")
		c.Sleep(c.lingering())
	case "BUSY":
		c.complain(IndicateBusy, CauseBusy, "busy")
		c.Sleep(c.lingering())
	}
}

// complain gives an unanswered caller his final answer, and another one the tone.
func (c *Channel) complain(i Indication, cause Cause, tone string) {
	if c.View().State == StateUp {
		c.PlayTone(c.Tone(tone))
		return
	}
	c.Refuse(i, cause)
}

// Refuse gives an unanswered caller his final answer, which tells of the cause that there was. The
// channel stays, busy, until it is hung up.
func (c *Channel) Refuse(i Indication, cause Cause) {
	c.Leg().Indicate(i)
	c.SetCause(cause)
	c.Records().Look()
	c.stepAt = c.View().At
	c.SetState(StateBusy)
}

// lingering: an answered caller hears the tone for ten seconds; an unanswered
// one has had its final answer and is gone.
func (c *Channel) lingering() time.Duration {
	if c.View().State == StateUp {
		return 10 * time.Second
	}
	return 0
}
