package cel

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"obelisk/pbx"

	"github.com/itchyny/timefmt-go"
)

// Log makes events. Channels hand their news over and go on; one goroutine does the rest.
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
	linked   map[string]int      // how many channels have a linkedid
}

// heard is news with its time.
type heard struct {
	news pbx.News
	at   time.Time
}

// channel is what events say beside the news.
type channel struct{ app, data, peer, dialStatus, linked string }

// New makes a log that is off. write adds a line to a file below cel-custom; it must not
// wait.
func New(core *pbx.Core, write func(file, line string)) *Log {
	l := &Log{core: core, write: write, kick: make(chan struct{}, 1), done: make(chan struct{}), channels: map[string]*channel{}, linked: map[string]int{}}
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
func (l *Log) hear(n *pbx.News) {
	switch n.Name {
	case "Newchannel", "Newstate", "Newexten", "VarSet", "BridgeEnter", "BridgeLeave", "Hangup", "DTMFEnd":
	default:
		return
	}
	l.mu.Lock()
	l.queue = append(l.queue, heard{*n, time.Now()})
	l.mu.Unlock()
	l.wake()
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

// take makes events of one piece of news.
func (l *Log) take(cfg *Config, h heard) {
	n := &h.news
	c := l.channels[n.Chan.Name]
	if c == nil {
		c = &channel{linked: n.Chan.LinkedID}
		l.channels[n.Chan.Name] = c
		l.linked[c.linked]++
	}
	event := func(kind, extra string) { l.event(cfg, kind, extra, c, h) }
	switch n.Name {
	case "Newchannel":
		event("CHAN_START", "")
	case "Newstate":
		if n.Chan.State == pbx.StateUp {
			event("ANSWER", "")
		}
	case "VarSet":
		if n.Field("Variable") == "DIALSTATUS" {
			c.dialStatus = n.Field("Value")
		}
	case "Newexten":
		l.step(cfg, c, h, event)
	case "BridgeEnter":
		l.meet(c, n)
		event("BRIDGE_ENTER", bridgeExtra(n))
	case "BridgeLeave":
		event("BRIDGE_EXIT", bridgeExtra(n))
		c.peer = ""
	case "DTMFEnd":
		event("DTMF", fmt.Sprintf(`{"digit":%q,"duration_ms":100}`, n.Field("Digit")))
	case "Hangup":
		if cfg.Apps[strings.ToLower(c.app)] {
			event("APP_END", "")
		}
		event("HANGUP", fmt.Sprintf(`{"hangupcause":%s,"hangupsource":"","dialstatus":%q}`, n.Field("Cause"), c.dialStatus))
		event("CHAN_END", "")
		delete(l.channels, n.Chan.Name)
		if l.linked[c.linked]--; l.linked[c.linked] <= 0 {
			delete(l.linked, c.linked)
			event("LINKEDID_END", "")
		}
	}
}

// step notes the application that runs; the one before has ended.
func (l *Log) step(cfg *Config, c *channel, h heard, event func(kind, extra string)) {
	if cfg.Apps[strings.ToLower(c.app)] {
		event("APP_END", "")
	}
	c.app, c.data = h.news.Field("Application"), h.news.Field("AppData")
	if cfg.Apps[strings.ToLower(c.app)] {
		event("APP_START", "")
	}
}

func bridgeExtra(n *pbx.News) string {
	return fmt.Sprintf(`{"bridge_id":%q,"bridge_technology":"simple_bridge"}`, n.Bridge.ID)
}

// meet notes who is in a bridge already.
func (l *Log) meet(c *channel, n *pbx.News) {
	for name, o := range l.channels {
		if name != n.Chan.Name && o.peer == "\x00"+n.Bridge.ID {
			o.peer, c.peer = n.Chan.Name, name
			return
		}
	}
	c.peer = "\x00" + n.Bridge.ID // alone so far
}

func (c *channel) partner() string {
	if strings.HasPrefix(c.peer, "\x00") {
		return ""
	}
	return c.peer
}

// event writes one, to all who want it.
func (l *Log) event(cfg *Config, kind, extra string, c *channel, h heard) {
	if !cfg.Events[kind] {
		return
	}
	s := h.news.Chan
	when := fmt.Sprintf("%d.%06d", h.at.Unix(), h.at.Nanosecond()/1000)
	if cfg.DateFormat != "" {
		when = timefmt.Format(h.at, cfg.DateFormat)
	}
	for _, m := range cfg.Custom {
		l.write(m.File, m.Text.Expand(env{kind, when, extra, s, c}))
	}
	if cfg.Manager {
		f := func(name, value string) pbx.Field { return pbx.Field{Name: name, Value: value} }
		l.core.Tell(pbx.News{Name: "CEL", Class: "call", Fields: []pbx.Field{f("EventName", kind), f("AccountCode", s.AccountCode), f("CallerIDnum", s.CallerID.Num), f("CallerIDname", s.CallerID.Name),
			f("CallerIDani", ""), f("CallerIDrdnis", ""), f("CallerIDdnid", ""), f("Exten", s.At.Exten), f("Context", s.At.Context), f("Channel", s.Name), f("Application", c.app), f("AppData", c.data),
			f("EventTime", h.at.Format(time.DateTime)), f("AMAFlags", "DOCUMENTATION"), f("UniqueID", s.UniqueID), f("LinkedID", s.LinkedID), f("Userfield", ""), f("Peer", c.partner()),
			f("PeerAccount", ""), f("Extra", extra)}})
	}
}

// env is what the texts of cel_custom.conf may use.
type env struct {
	kind, when, extra string
	s                 *pbx.Snapshot
	c                 *channel
}

// Variable implements dialplan.Env.
func (e env) Variable(name string) string {
	switch name {
	case "eventtype", "eventenum":
		return e.kind
	case "eventtime":
		return e.when
	case "eventextra":
		return e.extra
	case "BRIDGEPEER":
		return e.c.partner()
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
	case "CHANNEL/amaflags":
		return "3", true
	case "CHANNEL/accountcode":
		return e.s.AccountCode, true
	case "CHANNEL/uniqueid":
		return e.s.UniqueID, true
	case "CHANNEL/linkedid":
		return e.s.LinkedID, true
	case "CHANNEL/peer":
		return e.c.partner(), true
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
