package pbx

import (
	"slices"
	"strings"

	"obelisk/pbx/event"
)

// SecurityTime is the form of times in security events.
const SecurityTime = "2006-01-02T15:04:05.000-0700"

// What events are made of, and those that only the manager interface tells of.
type (
	News     = event.News
	Part     = event.Part
	Field    = event.Field
	Snapshot = event.Channel // a channel at a moment
	Bridging = event.Bridge  // a bridge at a moment
)

// Listen has f told of all that happens, by whoever makes it happen: f must not wait, nor ask for
// anything of the core. end stops it.
func (c *Core) Listen(f func(event.Event)) (end func()) {
	if !c.Heard() {
		c.refreshRows()
	}
	l := &f
	c.mu.Lock()
	defer c.mu.Unlock()
	list := append(slices.Clone(c.listeners()), l)
	c.news.Store(&list)
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		list := slices.DeleteFunc(slices.Clone(c.listeners()), func(o *func(event.Event)) bool { return o == l })
		c.news.Store(&list)
	}
}

func (c *Core) listeners() []*func(event.Event) {
	if p := c.news.Load(); p != nil {
		return *p
	}
	return nil
}

// Heard says whether anybody listens; news need not be written otherwise.
func (c *Core) Heard() bool { return len(c.listeners()) > 0 }

// Tell makes an event known.
func (c *Core) Tell(e event.Event) {
	for _, f := range c.listeners() {
		(*f)(e)
	}
}

// Snapshot is the channel as it is now.
func (c *Channel) Snapshot() *Snapshot {
	s, shown := c.snapshot()
	for _, name := range shown {
		s.Shown = append(s.Shown, [2]string{name, c.shownValue(name)})
	}
	return s
}

// shownValue is what programs are shown of a variable, or of a function.
func (c *Channel) shownValue(name string) (value string) {
	open := strings.IndexByte(name, '(')
	if open < 0 || !strings.HasSuffix(name, ")") {
		value, _ = c.Var(name)
		return value
	}
	if f := c.core.funcs[name[:open]]; f != nil && f.Read != nil {
		value, _ = f.Read(c, name[open+1:len(name)-1])
	}
	return value
}

// snapshot reads the channel, and the names of what programs are shown besides.
func (c *Channel) snapshot() (s *Snapshot, shown []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s = &Snapshot{Name: c.Name(), State: c.state, CallerID: c.callerID.party(), Connected: c.connected.party(), Language: c.language,
		AccountCode: c.accountCode, At: c.at, UniqueID: c.UniqueID(), LinkedID: c.linkedID}
	s.PeerAccount, s.AMAFlags = c.peerAccount, c.seldom.flags()
	s.ANI, _ = c.fact("ani.num")
	s.DNID, _ = c.fact("dnid.num")
	s.UserField = c.facts["userfield"]
	if c.redirecting != nil {
		s.RDNIS = c.redirecting.Num
	}
	for _, name := range c.core.ChannelVars() {
		v, _ := c.vars.Get(name)
		s.Vars = append(s.Vars, [2]string{name, v})
	}
	s.Created, s.App, s.AppData = c.created, c.app, c.appData
	s.CallID, _ = c.vars.Get("SIPCALLID")
	if p := c.core.shownVars.Load(); p != nil {
		shown = *p
	}
	if own := c.facts[factShown]; own != "" {
		shown = slices.Concat(shown, strings.Split(own, ","))
	}
	return s, shown
}

// factShown names the variables of one channel that programs are shown.
const factShown = "shown"

// ShowVariable has snapshots of the channel tell of one more variable.
func (c *Channel) ShowVariable(name string) {
	own, _ := c.Fact(factShown)
	if p := c.core.shownVars.Load(); p != nil && slices.Contains(*p, name) || slices.Contains(strings.Split(own, ","), name) {
		return
	}
	if own != "" {
		own += ","
	}
	c.SetFact(factShown, own+name)
}

// ShowVariables names the variables, and functions, that snapshots of all channels tell of beside
// those of SetChannelVars (ari.conf: channelvars).
func (c *Core) ShowVariables(names []string) { c.shownVars.Store(&names) }

// ChannelVars are the variables whose values snapshots hold.
func (c *Core) ChannelVars() []string {
	if p := c.channelVars.Load(); p != nil {
		return *p
	}
	return nil
}

// SetChannelVars names them (manager.conf: channelvars).
func (c *Core) SetChannelVars(names []string) { c.channelVars.Store(&names) }

// tell makes an event of the channel known, if anybody listens.
func (c *Channel) tell(of func(*Snapshot) event.Event) {
	if c.core.Heard() {
		c.core.Tell(of(c.Snapshot()))
	}
}

func (c *Channel) tellState() {
	c.tell(func(s *Snapshot) event.Event { return event.StateChanges{Channel: s} })
	c.tellBack()
}

// tellBack makes known that a channel is back at the application in whose midst it has run a subroutine.
func (c *Channel) tellBack() {
	if c.owes {
		v := c.View()
		c.tellStep(v.App, v.AppData)
	}
}

func (c *Channel) tellCallerID(id CallerID) {
	c.tell(func(s *Snapshot) event.Event {
		p := id.Presented()
		return event.CallerIDChanges{Channel: s, Presentation: int(p.Number), PresentationText: p.Text}
	})
}

func (c *Channel) tellConnected() {
	c.tell(func(s *Snapshot) event.Event { return event.ConnectedLineChanges{Channel: s} })
}

func (c *Channel) tellAccount(old string) {
	c.tell(func(s *Snapshot) event.Event { return event.AccountChanges{Channel: s, Old: old} })
}

func (c *Channel) tellVariable(name, value string) {
	c.tell(func(s *Snapshot) event.Event { return event.VariableSet{Channel: s, Name: name, Value: value} })
}

func (c *Channel) tellHandler(what event.HandlerChange, handler string) {
	c.tell(func(s *Snapshot) event.Event { return event.HangupHandler{Channel: s, What: what, Handler: handler} })
}

// TellHold makes known that the channel is put on hold, or taken back.
func (c *Channel) TellHold(on bool) {
	c.tell(func(s *Snapshot) event.Event { return event.Hold{Channel: s, On: on} })
}

// TellPrompt makes known that a file begins to be played to the channel, from any goroutine.
func (c *Channel) TellPrompt(sound, format, language string) {
	c.tell(func(s *Snapshot) event.Event {
		return event.Prompt{Channel: s, On: true, Sound: sound, Format: format, Language: language}
	})
}

// TellPromptEnd makes known that it is no longer played.
func (c *Channel) TellPromptEnd() {
	c.tell(func(s *Snapshot) event.Event { return event.Prompt{Channel: s} })
}

// TellSoftHangup makes known that the switchboard is about to end the channel.
func (c *Channel) TellSoftHangup(cause int) {
	c.tell(func(s *Snapshot) event.Event { return event.HangupAsked{Channel: s, Soft: true, Cause: cause} })
}

// TellTimeout makes known that a call is ended because the far side is silent: RTPTimeout or
// SIPSessionTimer.
func (c *Channel) TellTimeout(source string) {
	c.tell(func(s *Snapshot) event.Event { return event.SessionTimeout{Channel: s, Source: source} })
}

// TellDialBegin makes known that a channel is dialled by another; caller is nil for a call that the switchboard
// begins.
func TellDialBegin(caller, callee *Channel, dialString string) {
	tellDial(event.Dial{Stage: event.DialBegins, DialString: dialString}, caller, callee)
}

// TellDialState makes known how it goes: RINGING, PROGRESS, PROCEEDING.
func TellDialState(caller, callee *Channel, status string) {
	tellDial(event.Dial{Stage: event.DialGoesOn, Status: status}, caller, callee)
}

// TellDialEnd makes known how it ended; forward is where the callee has sent the call, "" for nowhere.
func TellDialEnd(caller, callee *Channel, status, forward string) {
	tellDial(event.Dial{Stage: event.DialEnds, Status: status, Forward: forward}, caller, callee)
}

func tellDial(e event.Dial, caller, callee *Channel) {
	recordDial(&e, caller, callee)
	showDial(&e, caller, callee)
	core := callee.core
	if !core.Heard() {
		return
	}
	if caller != nil && (e.Stage == event.DialGoesOn || e.Status == "ANSWER") {
		caller.tellBack()
	}
	if e.Callee = callee.Snapshot(); caller != nil {
		e.Caller = caller.Snapshot()
	}
	if e.Stage == event.DialBegins {
		callee.asTold(e.Callee)
		if caller != nil {
			caller.asTold(e.Caller)
		}
	}
	core.Tell(e)
}

// asTold shows a channel where it was when it was last told of.
func (c *Channel) asTold(s *Snapshot) {
	if c.owes {
		s.At = c.stepAt
	}
}

// tellStep makes an application that runs known.
func (c *Channel) tellStep(app, data string) {
	c.stepAt, c.toldApp, c.owes = c.View().At, app, false
	if app != "" && c.core.Heard() {
		c.core.Tell(event.Step{Channel: c.Snapshot(), Exten: c.View().At.Exten, App: app, Data: data})
	}
}

// tellNextStep is tellStep for an application of the dialplan: one at the place that was told of last, to
// which the dialplan has jumped or was sent, is no news, as in Asterisk.
func (c *Channel) tellNextStep(app, data string) {
	if c.View().At == c.stepAt {
		c.toldApp, c.owes = app, false
		return
	}
	c.tellStep(app, data)
}

// announce makes a channel known: it is down first, then has its variables, and then the
// state that it was made with. A half of a Local channel has that from the beginning.
func (c *Channel) announce(vars [][2]string) {
	if !c.core.Heard() {
		return
	}
	first := c.Snapshot()
	if _, half := c.leg.(Paired); !half && first.State != StateUp {
		first.State = StateDown
	}
	c.core.Tell(event.ChannelBegins{Channel: first})
	for _, v := range vars {
		c.core.Tell(event.VariableSet{Channel: first, Name: v[0], Value: v[1]})
	}
	if c.View().State != first.State {
		c.tellState()
	}
}

// tellHangup is the channel's last event.
func (c *Channel) tellHangup() {
	v, idle := c.View(), c.idleApp()
	c.tell(func(s *Snapshot) event.Event {
		if idle.app != "" && s.App != "" { // after its last application it is one that was called
			s.App, s.AppData = idle.app, idle.data
		}
		return event.Hangup{Channel: s, Cause: int(v.Cause), Text: v.Cause.Text()}
	})
}
