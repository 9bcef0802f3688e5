package cel

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"obelisk/internal/strftime"
	"obelisk/pbx"
	"obelisk/pbx/event"
)

// Log makes events. Channels hand theirs over and go on; one goroutine does the rest.
type Log struct {
	core  *pbx.Core
	write func(file, line string)

	mu     sync.Mutex // guards all below
	cfg    Config
	end    func() // of listening; nil while it is off
	queue  []heard
	kick   chan struct{}
	closed bool
	done   chan struct{}

	// Owned by the goroutine.
	channels map[string]*channel // by name
	bridges  map[string][]string // names of who is in one, in the order in which they came
	linked   map[string]int      // how many channels have a linkedid
}

// heard is an event with its time.
type heard struct {
	what event.Event
	of   *event.Channel // whom it is about
	at   time.Time
}

// channel is what events say beside what was heard.
type channel struct {
	app, data, dialStatus, linked, source string

	bridge string         // in which it is
	peer   string         // who else is there, in events of entering and leaving
	seen   *event.Channel // as it was when it was last heard of
}

// New makes a log that is off. write adds a line to a file below cel-custom; it must not
// wait.
func New(core *pbx.Core, write func(file, line string)) *Log {
	l := &Log{core: core, write: write, kick: make(chan struct{}, 1), done: make(chan struct{}), channels: map[string]*channel{},
		bridges: map[string][]string{}, linked: map[string]int{}}
	go l.run()
	return l
}

// SetConfig applies cel.conf.
func (l *Log) SetConfig(c Config) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cfg = c
	switch {
	case c.Enabled && l.end == nil:
		l.end = l.core.Listen(l.hear)
	case !c.Enabled && l.end != nil:
		l.end()
		l.end = nil
	}
}

// Config is the cel.conf in force.
func (l *Log) Config() Config {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cfg
}

// Close writes what is waiting.
func (l *Log) Close() {
	l.SetConfig(Config{})
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	l.wake()
	<-l.done
}

func (l *Log) wake() {
	select {
	case l.kick <- struct{}{}:
	default:
	}
}

// hear queues what events are made of.
func (l *Log) hear(e event.Event) {
	of := subject(e)
	if of == nil {
		return
	}
	l.mu.Lock()
	l.queue = append(l.queue, heard{e, of, time.Now()})
	l.mu.Unlock()
	l.wake()
}

// subject is the channel that an event is about; nil: the log does not tell of it.
func subject(e event.Event) *event.Channel {
	switch e := e.(type) {
	case event.ChannelBegins:
		return e.Channel
	case event.StateChanges:
		return e.Channel
	case event.Step:
		return e.Channel
	case event.BridgeEntered:
		return e.Channel
	case event.BridgeLeft:
		return e.Channel
	case event.HangupAsked:
		if !e.Soft {
			return e.Channel
		}
	case event.Hangup:
		return e.Channel
	case event.Key:
		if e.Ends {
			return e.Channel
		}
	case event.Dial:
		if e.Stage == event.DialEnds {
			return e.Caller
		}
	case event.Logged:
		return e.Channel
	case event.Prompt:
		return e.Channel
	case event.Music:
		return e.Channel
	}
	return first(e)
}

// first is the channel that an event about several ones is of; nil: it is about one.
func first(e event.Event) *event.Channel {
	switch e := e.(type) {
	case event.BlindTransfer:
		return e.By
	case event.AttendedTransfer:
		return e.First
	case event.Pickup:
		return e.Target
	case event.LocalOptimized:
		return e.One
	case event.Parked:
		return e.Parkee
	}
	return nil
}

func (l *Log) run() {
	defer close(l.done)
	for range l.kick {
		l.mu.Lock()
		list, closed, cfg := l.queue, l.closed, l.cfg
		l.queue = nil
		l.mu.Unlock()
		for _, h := range list {
			l.take(&cfg, h)
		}
		if closed {
			return
		}
	}
}

// take makes events of what was heard.
func (l *Log) take(cfg *Config, h heard) {
	c := l.channels[h.of.Name]
	switch {
	case c == nil && first(h.what) != nil: // it has ended meanwhile
		c = &channel{app: h.of.App, data: h.of.AppData}
	case c == nil:
		c = &channel{linked: h.of.LinkedID}
		l.channels[h.of.Name] = c
		l.linked[c.linked]++
	}
	if c.seen != nil && c.linked != h.of.LinkedID {
		l.joins(cfg, c, h)
	}
	if _, begins := h.what.(event.ChannelBegins); begins {
		began := *h.of // nobody knows yet who has called whom
		began.ANI, began.RDNIS, began.DNID = "", "", ""
		h.of = &began
	}
	l.makeEvents(cfg, c, h)
	c.seen = h.of
}

// joins is a channel that has become one of another call: its own one ends with the last of its channels.
func (l *Log) joins(cfg *Config, c *channel, h heard) {
	was := c.linked
	c.linked = h.of.LinkedID
	l.linked[c.linked]++
	if l.linked[was]--; l.linked[was] <= 0 {
		delete(l.linked, was)
		h.of = c.seen
		l.event(cfg, "LINKEDID_END", "", c, h)
	}
}

// leave takes a channel out of a bridge; the others are what is left.
func (l *Log) leave(bridge, name string) (others []string) {
	others = slices.DeleteFunc(l.bridges[bridge], func(o string) bool { return o == name })
	if l.bridges[bridge] = others; len(others) == 0 {
		delete(l.bridges, bridge)
	}
	return others
}

// appEnd is the end of an application, with the channel as it was before it went on.
func (l *Log) appEnd(cfg *Config, c *channel, h heard) {
	if !cfg.Apps[strings.ToLower(c.app)] {
		return
	}
	if c.seen != nil {
		h.of = c.seen
	}
	l.event(cfg, "APP_END", "", c, h)
}

// endedBy notes who has asked for the end; the first one stays.
func (c *channel) endedBy(source string) { c.source = cmp.Or(c.source, source) }

// userDefined is the kind of the events of CELGenUserEvent.
const userDefined = "USER_DEFINED"

// jsonText writes a text as JSON has it, with slashes and angle brackets as they are.
func jsonText(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(s) != nil {
		return `""`
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// event writes one, to all who want it.
func (l *Log) event(cfg *Config, kind, extra string, c *channel, h heard) {
	if !cfg.Events[kind] {
		return
	}
	s := h.of
	logged, _ := h.what.(event.Logged)
	when := fmt.Sprintf("%d.%06d", h.at.Unix(), h.at.Nanosecond()/1000)
	if cfg.DateFormat != "" {
		when = strftime.Format(h.at, cfg.DateFormat)
	}
	for _, m := range cfg.Custom {
		l.write(m.File, m.Text.Expand(env{kind, logged.Type, when, extra, s, c}))
	}
	if cfg.Manager {
		f := func(name, value string) pbx.Field { return pbx.Field{Name: name, Value: value} }
		name, user := kind, []pbx.Field(nil)
		if kind == userDefined && cfg.ShowUserDefined {
			user = []pbx.Field{f("UserDefType", logged.Type)}
		} else if kind == userDefined {
			name = logged.Type
		}
		fields := []pbx.Field{f("EventName", name), f("AccountCode", s.AccountCode), f("CallerIDnum", s.CallerID.Num),
			f("CallerIDname", s.CallerID.Name), f("CallerIDani", s.ANI), f("CallerIDrdnis", s.RDNIS), f("CallerIDdnid", s.DNID),
			f("Exten", s.At.Exten), f("Context", s.At.Context), f("Channel", s.Name), f("Application", c.app), f("AppData", c.data),
			f("EventTime", h.at.Format(time.DateTime)), f("AMAFlags", s.AMAFlags), f("UniqueID", s.UniqueID), f("LinkedID", s.LinkedID),
			f("Userfield", s.UserField), f("Peer", c.peer), f("PeerAccount", s.PeerAccount)}
		l.core.Tell(pbx.News{Name: "CEL", Class: "call", Fields: append(append(fields, user...), f("Extra", extra))})
	}
}

// env is what the texts of cel_custom.conf may use.
type env struct {
	kind, user, when, extra string // user: what CELGenUserEvent has called it, "" for all others
	s                       *event.Channel
	c                       *channel
}

// Variable implements dialplan.Env.
func (e env) Variable(name string) string {
	switch name {
	case "eventtype":
		return cmp.Or(e.user, e.kind)
	case "eventenum":
		return e.kind
	case "userdeftype":
		return e.user
	case "eventtime":
		return e.when
	case "eventextra":
		return e.extra
	case "BRIDGEPEER":
		return e.c.peer
	}
	return ""
}

// Function implements dialplan.Env.
func (e env) Function(name, args string) (string, bool) {
	switch name + "/" + strings.ToLower(args) {
	case "CALLERID/name":
		return e.s.CallerID.Name, true
	case "CALLERID/num", "CALLERID/number":
		return e.s.CallerID.Num, true
	case "CALLERID/ani":
		return e.s.ANI, true
	case "CALLERID/rdnis":
		return e.s.RDNIS, true
	case "CALLERID/dnid":
		return e.s.DNID, true
	case "CHANNEL/peeraccount":
		return e.s.PeerAccount, true
	case "CHANNEL/userfield":
		return e.s.UserField, true
	case "CHANNEL/exten":
		return e.s.At.Exten, true
	case "CHANNEL/context":
		return e.s.At.Context, true
	case "CHANNEL/channame", "CHANNEL/name":
		return e.s.Name, true
	case "CHANNEL/appname":
		return e.c.app, true
	case "CHANNEL/appdata":
		return e.c.data, true
	case "CHANNEL/amaflags": // as a number, as the function has it
		return map[string]string{"OMIT": "1", "BILLING": "2", "DOCUMENTATION": "3"}[e.s.AMAFlags], true
	case "CHANNEL/accountcode":
		return e.s.AccountCode, true
	case "CHANNEL/uniqueid":
		return e.s.UniqueID, true
	case "CHANNEL/linkedid":
		return e.s.LinkedID, true
	case "CHANNEL/peer":
		return e.c.peer, true
	}
	switch name {
	case "CSV_QUOTE":
		return `"` + strings.ReplaceAll(args, `"`, `""`) + `"`, true
	case "CALLERID", "CHANNEL":
		return "", true
	}
	return "", false
}

// Warn implements dialplan.Env.
func (env) Warn(string) {}
