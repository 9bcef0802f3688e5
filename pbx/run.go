package pbx

import (
	"cmp"
	"runtime/debug"
	"strconv"
	"time"

	"obelisk/dialplan"
)

// run is the channel's goroutine: the dialplan, then the end.
func (c *Channel) run() {
	defer c.core.remove(c)
	defer c.finish()
	defer c.catch()
	if c.only != nil {
		if c.one(c.only); !c.goesOn() {
			return
		}
	}
	c.walk()
	if c.core.Heard() {
		c.tell("SoftHangupRequest", "call", Field{"Cause", strconv.Itoa(int(cmp.Or(c.View().Cause, CauseNormal)))})
	}
	c.hangupExtension()
	c.hangupHandlers()
}

// single is one application that runs instead of the dialplan.
type single struct{ app, args string }

// one runs it; what it leaves of an incoming call is refused.
func (c *Channel) one(s *single) {
	a := c.core.App(s.app)
	if a == nil {
		c.Warn("No such application '" + s.app + "'")
		return
	}
	c.locked(func() { c.app, c.appData = a.Name, s.args })
	c.recordStep()
	if a.Exec(c, s.args) == dialplan.Continue && !c.outgoing && !c.Gone() {
		c.leg.Indicate(IndicateCongestion)
		c.Sleep(c.lingering())
	}
}

// catch ends the call after a panic in an application.
func (c *Channel) catch() {
	if r := recover(); r != nil {
		c.core.cfg.Log.Error().Ctx(c.trace.Context()).Msgf("the call of %s is given up: %v\n%s", c.Name(), r, debug.Stack())
		c.trace.Verdict("The call was given up because of an internal error: %v", r)
		c.SetCause(CauseNetwork)
	}
}

// While a call is up its goroutine waits in BridgeCall, below walk, Exec and the
// application. What these need beforehand and afterwards is done in functions of
// their own, so that little stack is held meanwhile: the collector halves a stack
// of which less than a quarter is in use.

// walk runs the dialplan until it ends or the channel is hung up.
func (c *Channel) walk() {
	for !c.Gone() || c.goesOn() {
		p, on := c.advance()
		if p != nil {
			c.machine.Done(c.Exec(p))
		} else if !on && !c.goesOn() {
			return
		}
	}
}

// goesOn says whether a call that was about to end does not: it was sent elsewhere, or
// there is an extension for the absolute timeout.
func (c *Channel) goesOn() bool { return c.redirected() || c.expired && c.timeoutExtension() }

// advance finds the next step. Without one it waits for digits, or the end has come.
//
//go:noinline
func (c *Channel) advance() (p *dialplan.Priority, on bool) {
	step := c.machine.Next(c.Query())
	if inv := c.machine.TakeInvalid(); inv != "" {
		c.SetVar("INVALID_EXTEN", inv)
		if at := c.machine.At(); at.Exten == "e" {
			at.Exten = inv
			c.exception = &Exception{"INVALID", at}
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
	c.expired = false
	at, q := c.machine.At(), c.Query()
	if c.View().Gone {
		return false
	}
	c.trace.Note("the absolute timeout has fired")
	for _, special := range []string{"T", "e"} {
		if c.machine.Plan().Exists(at.Context, special, q) {
			c.exception = &Exception{"ABSOLUTETIMEOUT", at}
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
	if c.deadline = (time.Time{}); absolute > 0 {
		c.deadline = time.Now().Add(absolute)
		c.absolute = time.AfterFunc(absolute, func() { c.Post(Event{Kind: EventExpired}) })
	}
}

// Exec runs one step's application.
func (c *Channel) Exec(p *dialplan.Priority) dialplan.Result {
	app, args := c.begin(p)
	if app == nil {
		return dialplan.End
	}
	result := app.Exec(c, args)
	if result.Ended() {
		c.showEnd()
	}
	return result
}

// begin expands a step's arguments and notes what runs; nil when there is no such
// application.
//
//go:noinline
func (c *Channel) begin(p *dialplan.Priority) (app *App, args string) {
	args = p.Args.Expand(c)
	at := c.machine.At()
	c.pos = p.Pos
	app = c.core.App(p.App)
	c.trace.Words(at.Exten, "@", at.Context, ":", strconv.Itoa(at.Priority), " ", p.App, "(", args, ") [", p.Pos.String(), "]")
	if app == nil {
		c.core.cfg.Log.Warn().Ctx(c.trace.Context()).Msgf("No application '%s' for extension (%s, %s, %d) [%s]", p.App, at.Context, at.Exten, at.Priority, p.Pos)
		c.trace.Verdict("The call ended because application '%s' at %s is not there.", p.App, p.Pos)
		return nil, ""
	}
	c.showStep(app.Name, args)
	c.locked(func() { c.app, c.appData = app.Name, args })
	c.tellStep(app.Name, args)
	c.recordStep()
	return app, args
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
	c.SetCause(cause)
	c.Records().Look()
	c.Indicate(i)
}

// lingering: an answered caller hears the tone for ten seconds; an unanswered
// one has had its final answer and is gone.
func (c *Channel) lingering() time.Duration {
	if c.View().State == StateUp {
		return 10 * time.Second
	}
	return 0
}

// hangupExtension runs "h" of the context the call was in.
func (c *Channel) hangupExtension() {
	at, q := c.machine.At(), c.Query()
	plan := c.machine.Plan()
	if at.Exten == "h" || !plan.Exists(at.Context, "h", q) {
		return
	}
	c.ending = true
	for n := 1; n < 1000; n++ {
		h, ok := plan.Find(at.Context, "h", n, q)
		if !ok {
			return
		}
		c.machine.Goto(dialplan.Location{Context: at.Context, Exten: "h", Priority: n})
		c.SetLocation(c.machine.At())
		if c.Exec(h.Priority).Ended() {
			return
		}
	}
}

// finish ends the leg and closes the records.
func (c *Channel) finish() {
	c.SetTimeouts(-1, -1, 0)
	v := c.View()
	c.leg.Hangup(v.Cause)
	c.locked(func() { c.gone = true })
	c.tellHangup()
	c.core.tally.outcome(c.disposition())
	c.finishRecords()
	who := "the switchboard"
	if v.Gone {
		who = c.Name()
	}
	switch {
	case !v.Answered.IsZero():
		c.trace.Verdict("The call was answered and lasted %d s; %s hung up (cause %d, %s).", int(time.Since(v.Answered).Seconds()), who, v.Cause, v.Cause.Text())
	default:
		c.trace.Verdict("The call was not answered: %s (cause %d, %s).", c.endedBecause(), v.Cause, v.Cause.Text())
	}
}

func (c *Channel) endedBecause() string {
	if s := c.Variable("DIALSTATUS"); s != "" {
		return "DIALSTATUS is " + s
	}
	if c.View().Gone {
		return "the caller gave up"
	}
	return "the dialplan ended it"
}

// End ends an outgoing channel.
func (c *Channel) End(cause Cause) {
	already := c.View().Gone
	c.locked(func() {
		if c.gone = true; c.cause == CauseNone {
			c.cause = cause
		}
	})
	if !already || c.outgoing {
		c.leg.Hangup(cause)
	}
	c.dropShortcut(cause)
	if c.core.remove(c) {
		c.tellHangup()
		c.finishRecords()
	}
}
