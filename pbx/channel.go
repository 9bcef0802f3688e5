package pbx

import (
	"fmt"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"

	"obelisk/dialplan"
	"obelisk/internal/config"
	"obelisk/internal/trace"
)

// Channel is one party of a call. A channel that entered the dialplan is run
// by its own goroutine; an outgoing channel is worked by the one that dialled
// it. Everything below mu may be read from anywhere.
type Channel struct {
	core     *Core
	leg      Leg
	tech     string
	name     string
	uniqueID string
	trace    *trace.Call
	created  time.Time
	outgoing bool
	queue    chan Event

	// Owned by the working goroutine.
	machine         *dialplan.Machine
	cdr             cdrTrack
	digit, response time.Duration // TIMEOUT(digit), TIMEOUT(response)
	digits          []byte        // typed ahead
	pos             config.Pos    // line of the step that runs
	expired         bool          // TIMEOUT(absolute) has fired and was not handled yet
	absolute        *time.Timer
	deadline        time.Time

	mu          sync.Mutex // guards all below
	linkedID    string
	state       State
	callerID    CallerID
	connected   CallerID
	accountCode string
	language    string
	at          dialplan.Location
	app         string
	appData     string
	vars        dialplan.Vars
	cause       Cause
	gone        bool // hung up, by whichever side
	answered    time.Time
	bridged     *Channel
	userField   string
}

// Name, UniqueID, Tech and the like never change.
func (c *Channel) Name() string               { return c.name }
func (c *Channel) UniqueID() string           { return c.uniqueID }
func (c *Channel) TechName() string           { return c.tech }
func (c *Channel) Core() *Core                { return c.core }
func (c *Channel) Leg() Leg                   { return c.leg }
func (c *Channel) Trace() *trace.Call         { return c.trace }
func (c *Channel) Created() time.Time         { return c.created }
func (c *Channel) Outgoing() bool             { return c.outgoing }
func (c *Channel) Queue() <-chan Event        { return c.queue }
func (c *Channel) Machine() *dialplan.Machine { return c.machine }

// View is a reading of what may change.
type View struct {
	State               State
	CallerID, Connected CallerID
	AccountCode         string
	Language            string
	LinkedID            string
	At                  dialplan.Location
	App, AppData        string
	Cause               Cause
	Answered            time.Time
	Bridged             *Channel
	Gone                bool
}

// View reads the channel.
func (c *Channel) View() View {
	c.mu.Lock()
	defer c.mu.Unlock()
	return View{c.state, c.callerID, c.connected, c.accountCode, c.language, c.linkedID, c.at, c.app, c.appData, c.cause, c.answered, c.bridged, c.gone}
}

func (c *Channel) locked(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f()
}

// SetState, SetCallerID and the like change what View shows.
func (c *Channel) SetState(s State)                { c.locked(func() { c.state = s }) }
func (c *Channel) SetCallerID(id CallerID)         { c.locked(func() { c.callerID = id }) }
func (c *Channel) SetConnected(id CallerID)        { c.locked(func() { c.connected = id }) }
func (c *Channel) SetLanguage(l string)            { c.locked(func() { c.language = l }) }
func (c *Channel) SetAccountCode(a string)         { c.locked(func() { c.accountCode = a }) }
func (c *Channel) SetLocation(l dialplan.Location) { c.locked(func() { c.at = l }) }

// SetCause notes why the call ends (HANGUPCAUSE).
func (c *Channel) SetCause(k Cause) { c.locked(func() { c.cause = k }) }

// Post gives the channel an event. It never blocks; false means that the
// channel does not keep up and the leg must be ended.
func (c *Channel) Post(e Event) bool {
	e.From = c
	select {
	case c.queue <- e:
		return true
	default:
		return false
	}
}

// listenDigits turns telephone events of the leg's stream into channel events.
func (c *Channel) listenDigits() {
	if s := c.leg.Stream(); s != nil {
		s.OnDigit(func(d byte) { c.Post(Event{Kind: EventDigit, Digit: d}) })
	}
}

// SoftHangup asks the channel's worker to end the call.
func (c *Channel) SoftHangup(cause Cause) { c.Post(Event{Kind: EventHungUp, Cause: cause}) }

// Handle takes in an event that the current work does not care about, and
// says whether the channel lives on.
func (c *Channel) Handle(e Event) bool {
	switch e.Kind {
	case EventHungUp:
		c.locked(func() {
			c.gone = true
			if c.cause == CauseNone || e.Cause != CauseNone {
				c.cause = e.Cause
			}
		})
		return false
	case EventExpired:
		c.expired = true
	case EventDigit:
		c.digits = append(c.digits, e.Digit)
	case EventHeld:
		c.trace.Note("%s put the call on hold", c.name)
	case EventUnheld:
		c.trace.Note("%s took the call back", c.name)
	}
	return !c.Gone()
}

// Gone says whether the work at hand must stop: the channel is hung up, or its
// absolute timeout has fired.
func (c *Channel) Gone() bool {
	return c.expired || c.View().Gone
}

// Sleep waits, handling events; false when the channel is hung up.
func (c *Channel) Sleep(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	for !c.Gone() {
		select {
		case e := <-c.queue:
			c.Handle(e)
		case <-t.C:
			return true
		}
	}
	return false
}

// WaitHangup handles events until the channel is hung up.
func (c *Channel) WaitHangup() {
	for !c.Gone() {
		c.Handle(<-c.queue)
	}
}

// WaitDigit returns the next digit, typed ahead or within d; 0 when none came
// or the channel is hung up.
func (c *Channel) WaitDigit(d time.Duration) byte {
	t := time.NewTimer(d)
	defer t.Stop()
	for !c.Gone() {
		if len(c.digits) > 0 {
			b := c.digits[0]
			c.digits = c.digits[1:]
			return b
		}
		select {
		case e := <-c.queue:
			c.Handle(e)
		case <-t.C:
			return 0
		}
	}
	return 0
}

// Answer answers an incoming channel that is not up yet.
func (c *Channel) Answer() {
	if c.outgoing || c.View().State == StateUp || c.Gone() {
		return
	}
	c.leg.Answer()
	c.MarkAnswered()
}

// MarkAnswered notes that the channel is up.
func (c *Channel) MarkAnswered() {
	c.locked(func() {
		c.state = StateUp
		if c.answered.IsZero() {
			c.answered = time.Now()
		}
	})
	c.cdr.answered()
}

// Var reads a channel variable, without built-in names and globals.
func (c *Channel) Var(name string) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.vars.Get(name)
}

// SetVar writes one; leading underscores say how far it is inherited.
func (c *Channel) SetVar(name, value string) { c.locked(func() { c.vars.Set(name, value) }) }

// EachVar visits the variables, newest first.
func (c *Channel) EachVar(f func(name, value string)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.vars.Each(f)
}

// Variable implements dialplan.Env: built-in names, channel, globals.
func (c *Channel) Variable(name string) string {
	if v, ok := c.builtIn(name); ok {
		return v
	}
	if v, ok := c.Var(name); ok {
		return v
	}
	v, _ := c.core.Global(name)
	return v
}

func (c *Channel) builtIn(name string) (string, bool) {
	v := c.View()
	switch name {
	case "EXTEN":
		return v.At.Exten, true
	case "CONTEXT":
		return v.At.Context, true
	case "PRIORITY":
		return strconv.Itoa(v.At.Priority), true
	case "CHANNEL":
		return c.name, true
	case "UNIQUEID":
		return c.uniqueID, true
	case "HANGUPCAUSE":
		return strconv.Itoa(int(v.Cause)), true
	case "EPOCH":
		return strconv.FormatInt(time.Now().Unix(), 10), true
	case "SYSTEMNAME":
		return c.core.cfg.SystemName, true
	case "CALLINGPRES":
		if v.CallerID.Num == "" {
			return "67", true
		}
		return "0", true
	case "CALLINGANI2", "CALLINGTON", "CALLINGTNS":
		return "0", true
	}
	s, ok := c.core.cfg.BuiltIns[name]
	return s, ok
}

// Function implements dialplan.Env.
func (c *Channel) Function(name, args string) (string, bool) {
	f := c.core.funcs[name]
	if f == nil {
		c.Warn("Function " + name + " not registered")
		return "", false
	}
	v, err := f.Read(c, args)
	if err != nil {
		c.Warn(name + "(" + args + "): " + err.Error())
	}
	return v, true
}

// WriteFunction assigns NAME(args)=value.
func (c *Channel) WriteFunction(name, args, value string) error {
	f := c.core.funcs[name]
	if f == nil {
		return fmt.Errorf("Function %s not registered", name)
	}
	if f.Write == nil {
		return fmt.Errorf("Function %s cannot be written to", name)
	}
	return f.Write(c, args, value)
}

// Warn implements dialplan.Env: a problem in the dialplan text.
func (c *Channel) Warn(text string) {
	v := c.View()
	c.core.cfg.Log.Warn().Str("channel", c.name).Msgf("%s at %s@%s:%d [%s]", text, v.At.Exten, v.At.Context, v.At.Priority, c.pos)
	c.trace.Note("warning: %s", text)
}

// Query is what lookups on behalf of this channel see.
func (c *Channel) Query() dialplan.Query {
	return dialplan.Query{CallerID: c.View().CallerID.Num, Now: time.Now()}
}

// QueryFor is what lookups on behalf of a channel see; nil is nobody.
func QueryFor(c *Channel) dialplan.Query {
	if c == nil {
		return dialplan.Query{Now: time.Now()}
	}
	return c.Query()
}

// run is the channel's goroutine: the dialplan, then the end.
func (c *Channel) run() {
	defer c.core.remove(c)
	defer c.finish()
	defer c.catch()
	c.walk()
	c.hangupExtension()
}

// catch ends the call after a panic in an application.
func (c *Channel) catch() {
	if r := recover(); r != nil {
		c.core.cfg.Log.Error().Str("channel", c.name).Str("panic", fmt.Sprint(r)).Bytes("stack", debug.Stack()).Msg("the call is given up")
		c.trace.Verdict("The call was given up because of an internal error: %v", r)
		c.SetCause(CauseNetwork)
	}
}

// walk runs the dialplan until it ends or the channel is hung up.
func (c *Channel) walk() {
	for !c.Gone() || c.expired && c.timeoutExtension() {
		step := c.machine.Next(c.Query())
		if inv := c.machine.TakeInvalid(); inv != "" {
			c.SetVar("INVALID_EXTEN", inv)
		}
		c.SetLocation(c.machine.At())
		switch step.Kind {
		case dialplan.StepRun:
			c.machine.Done(c.Exec(step.Hit.Priority))
		case dialplan.StepCollect:
			c.collect(step.First)
		case dialplan.StepFallthrough:
			c.fallThrough(step.Reason)
			return
		case dialplan.StepEnd:
			c.trace.Note("dialplan: %s", step.Reason)
			return
		}
	}
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
	args := p.Args.Expand(c)
	at := c.machine.At()
	c.pos = p.Pos
	app := c.core.apps[strings.ToLower(p.App)]
	c.trace.Note("%s@%s:%d %s(%s) [%s]", at.Exten, at.Context, at.Priority, p.App, args, p.Pos)
	if app == nil {
		c.core.cfg.Log.Warn().Msgf("No application '%s' for extension (%s, %s, %d) [%s]", p.App, at.Context, at.Exten, at.Priority, p.Pos)
		c.trace.Verdict("The call ended because application '%s' at %s is not there.", p.App, p.Pos)
		return dialplan.End
	}
	c.core.cfg.Log.Debug().Msgf("Executing [%s@%s:%d] %s(\"%s\", \"%s\") in new stack", at.Exten, at.Context, at.Priority, app.Name, c.name, args)
	c.locked(func() { c.app, c.appData = app.Name, args })
	c.cdr.app(c, app.Name, args)
	return app.Exec(c, args)
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
	}
}

// fallThrough ends an extension that ran off its end, by the result of the
// last Dial.
func (c *Channel) fallThrough(reason string) {
	status := c.Variable("DIALSTATUS")
	c.trace.Note("dialplan: %s; auto fallthrough, status %s", reason, orUnknown(status))
	c.core.cfg.Log.Debug().Msgf("Auto fallthrough, channel '%s' status is '%s'", c.name, orUnknown(status))
	switch status {
	case "CONGESTION", "CHANUNAVAIL":
		c.leg.Indicate(IndicateCongestion)
		c.Sleep(c.lingering())
	case "BUSY":
		c.leg.Indicate(IndicateBusy)
		c.Sleep(c.lingering())
	}
}

// lingering: an answered caller hears the tone for ten seconds; an unanswered
// one has had its final answer and is gone.
func (c *Channel) lingering() time.Duration {
	if c.View().State == StateUp {
		return 10 * time.Second
	}
	return 0
}

func orUnknown(s string) string {
	if s == "" {
		return "UNKNOWN"
	}
	return s
}

// hangupExtension runs "h" of the context the call was in.
func (c *Channel) hangupExtension() {
	at, q := c.machine.At(), c.Query()
	plan := c.machine.Plan()
	if at.Exten == "h" || !plan.Exists(at.Context, "h", q) {
		return
	}
	c.cdr.frozen = true
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
	c.cdr.finish(c)
	who := "the switchboard"
	if v.Gone {
		who = c.name
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
	c.locked(func() { c.gone = true })
	if !already || c.outgoing {
		c.leg.Hangup(cause)
	}
	c.core.remove(c)
}
