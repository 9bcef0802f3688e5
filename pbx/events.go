package pbx

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"obelisk/dialplan"
)

// SecurityTime is the form of times in security events.
const SecurityTime = "2006-01-02T15:04:05.000-0700"

// News is something that happened, as programs beside a PBX are told of it: the events of
// Asterisk's manager interface, with their names and fields.
type News struct {
	Name   string // Asterisk's name of the event
	Class  string // who may hear of it: call, dialplan, dtmf, cdr, security, system ...
	Chan   *Snapshot
	Dest   *Snapshot // who is called, in the events of Dial
	Bridge *Bridging
	Fields []Field // what follows these, in Asterisk's order
	Parts  []Part  // of events about several channels: all of it, in this order
}

// Part of News: a channel or a bridge, with what stands before the names of its fields, or
// some fields.
type Part struct {
	Prefix string
	Chan   *Snapshot
	Bridge *Bridging
	Fields []Field
}

// Field of News.
type Field struct{ Name, Value string }

// Snapshot is a channel at a moment.
type Snapshot struct {
	Name                string
	State               State
	CallerID, Connected CallerID
	Language            string
	AccountCode         string
	PeerAccount         string
	ANI, DNID, RDNIS    string
	AMAFlags, UserField string
	At                  dialplan.Location
	UniqueID, LinkedID  string
	Vars                [][2]string // those that manager.conf's channelvars names
	Created             time.Time
	App, AppData        string      // what runs
	CallID              string      // that of the protocol, "" for none
	Shown               [][2]string // variables and functions that ari.conf's channelvars, or a program, names
}

// Field finds one by its name, "" without it.
func (n *News) Field(name string) string {
	for _, f := range n.Fields {
		if f.Name == name {
			return f.Value
		}
	}
	for _, p := range n.Parts {
		for _, f := range p.Fields {
			if f.Name == name {
				return f.Value
			}
		}
	}
	return ""
}

// Who is the channel of a part, nil when there is none of that name.
func (n *News) Who(prefix string) *Snapshot {
	for _, p := range n.Parts {
		if p.Prefix == prefix && p.Chan != nil {
			return p.Chan
		}
	}
	return nil
}

// Listen has f told of all news, by whoever makes them: it must not wait, nor ask for
// anything of the core. end stops it.
func (c *Core) Listen(f func(*News)) (end func()) {
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
		list := slices.DeleteFunc(slices.Clone(c.listeners()), func(o *func(*News)) bool { return o == l })
		c.news.Store(&list)
	}
}

func (c *Core) listeners() []*func(*News) {
	if p := c.news.Load(); p != nil {
		return *p
	}
	return nil
}

// Heard says whether anybody listens; news need not be written otherwise.
func (c *Core) Heard() bool { return len(c.listeners()) > 0 }

// UserCEL is the news of CELGenUserEvent, for the log of channel events alone: a field
// UserDefType, and Extra.
const UserCEL = "UserCEL"

// StreamBegins and StreamEnds are the news of a prompt that is played to a channel, for that log alone: fields Sound,
// Format, Language.
const (
	StreamBegins = "StreamBegins"
	StreamEnds   = "StreamEnds"
)

// TellStream tells of one of the two, from any goroutine.
func (c *Channel) TellStream(name string, fields ...Field) {
	if c.core.Heard() {
		c.core.Tell(News{Name: name, Chan: c.Snapshot(), Fields: fields})
	}
}

// Tell makes news known.
func (c *Core) Tell(n News) {
	for _, f := range c.listeners() {
		(*f)(&n)
	}
}

// Snapshot reads the channel for News.
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
	s = &Snapshot{Name: c.Name(), State: c.state, CallerID: c.callerID, Connected: c.connected, Language: c.language,
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

// unknownParty is what programs are shown of a party without a number or name.
const unknownParty = "<unknown>"

// Fields are those of the channel as programs are shown them, each with a prefix.
func (s *Snapshot) Fields(prefix string) (out []Field) {
	out = []Field{{"Channel", s.Name}, {"ChannelState", strconv.Itoa(int(s.State))}, {"ChannelStateDesc", s.State.String()},
		{"CallerIDNum", cmp.Or(s.CallerID.Num, unknownParty)}, {"CallerIDName", cmp.Or(s.CallerID.Name, unknownParty)},
		{"ConnectedLineNum", cmp.Or(s.Connected.Num, unknownParty)}, {"ConnectedLineName", cmp.Or(s.Connected.Name, unknownParty)},
		{"Language", cmp.Or(s.Language, "en")}, {"AccountCode", s.AccountCode}, {"Context", s.At.Context}, {"Exten", s.At.Exten},
		{"Priority", strconv.Itoa(max(s.At.Priority, 1))}, {"Uniqueid", s.UniqueID}, {"Linkedid", s.LinkedID}}
	for _, v := range s.Vars {
		out = append(out, Field{"ChanVariable", v[0] + "=" + v[1]})
	}
	if prefix != "" {
		for i := range out {
			out[i].Name = prefix + out[i].Name
		}
	}
	return out
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

// tell makes news of a channel known, if anybody listens.
func (c *Channel) tell(name, class string, fields ...Field) {
	if c.core.Heard() {
		c.core.Tell(News{Name: name, Class: class, Chan: c.Snapshot(), Fields: fields})
	}
}

// TellSoftHangup makes known that the switchboard is about to end the channel.
func (c *Channel) TellSoftHangup(cause int) {
	c.tell("SoftHangupRequest", "call", Field{"Cause", strconv.Itoa(cause)})
}

// TellTimeout makes known that a call is ended because the far side is silent: RTPTimeout or
// SIPSessionTimer.
func (c *Channel) TellTimeout(source string) {
	c.tell("SessionTimeout", "call", Field{"Source", source})
}

// TellDial makes known how the dialling of a channel by another goes: DialBegin,
// DialState, DialEnd. caller is nil for a call that the switchboard begins.
func TellDial(name string, caller, callee *Channel, fields ...Field) {
	core := callee.core
	recordDial(name, caller, callee, fields)
	showDial(name, caller, callee, fields)
	if !core.Heard() {
		return
	}
	n := News{Name: name, Class: "call", Dest: callee.Snapshot(), Fields: fields}
	if caller != nil {
		n.Chan = caller.Snapshot()
	}
	core.Tell(n)
}

// tellStep makes an application that runs known.
func (c *Channel) tellStep(app, data string) {
	c.stepAt, c.toldApp = c.View().At, app
	if app != "" && c.core.Heard() {
		c.tell("Newexten", "dialplan", Field{"Extension", c.View().At.Exten}, Field{"Application", app}, Field{"AppData", data})
	}
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
	c.core.Tell(News{Name: "Newchannel", Class: "call", Chan: first})
	for _, v := range vars {
		c.core.Tell(News{Name: "VarSet", Class: "dialplan", Chan: first, Fields: []Field{{"Variable", v[0]}, {"Value", v[1]}}})
	}
	if c.View().State != first.State {
		c.tell("Newstate", "call")
	}
}

// tellHangup is the channel's last news.
func (c *Channel) tellHangup() {
	v := c.View()
	c.tell("Hangup", "call", Field{"Cause", strconv.Itoa(int(v.Cause))}, Field{"Cause-txt", v.Cause.Text()})
}
