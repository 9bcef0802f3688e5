package cel

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
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
	bridges  map[string][]string // names of who is in one, in the order in which they came
	linked   map[string]int      // how many channels have a linkedid
}

// heard is news with its time.
type heard struct {
	news pbx.News
	at   time.Time
}

// channel is what events say beside the news.
type channel struct {
	app, data, dialStatus, linked, source string

	bridge string        // in which it is
	peer   string        // who else is there, in events of entering and leaving
	seen   *pbx.Snapshot // as it was when it was last heard of
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
func (l *Log) hear(n *pbx.News) {
	switch n.Name {
	case "Newchannel", "Newstate", "Newexten", "BridgeEnter", "BridgeLeave", "HangupRequest", "Hangup", "DTMFEnd", "BlindTransfer",
		"AttendedTransfer", "Pickup", "LocalOptimizationBegin", "LocalOptimizationEnd", pbx.UserCEL, pbx.StreamBegins, pbx.StreamEnds, "MusicOnHoldStart", "MusicOnHoldStop",
		"ParkedCall", "UnParkedCall", "ParkedCallTimeOut", "ParkedCallGiveUp", "ParkedCallSwap":
	case "DialEnd":
		if n.Chan == nil {
			return
		}
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
	if who := subjects[n.Name]; who != "" {
		n.Chan = n.Who(who)
	}
	c := l.channels[n.Chan.Name]
	switch {
	case c == nil && subjects[n.Name] != "": // it has ended meanwhile
		c = &channel{app: n.Chan.App, data: n.Chan.AppData}
	case c == nil:
		c = &channel{linked: n.Chan.LinkedID}
		l.channels[n.Chan.Name] = c
		l.linked[c.linked]++
	}
	if c.seen != nil && c.linked != n.Chan.LinkedID {
		l.joins(cfg, c, h)
	}
	event := func(kind, extra string) { l.event(cfg, kind, extra, c, h) }
	switch n.Name {
	case "Newchannel":
		began := *n.Chan // nobody knows yet who has called whom
		began.ANI, began.RDNIS, began.DNID = "", "", ""
		n.Chan = &began
		event("CHAN_START", "")
	case "Newstate":
		if n.Chan.State == pbx.StateUp {
			event("ANSWER", "")
		}
	case "Newexten":
		l.step(cfg, c, h, event)
	case "BridgeEnter":
		c.bridge = n.Bridge.ID
		c.peer = strings.Join(l.bridges[c.bridge], ",")
		l.bridges[c.bridge] = append(l.bridges[c.bridge], n.Chan.Name)
		event("BRIDGE_ENTER", bridgeExtra(n))
		c.peer = ""
	case "BridgeLeave":
		c.peer = strings.Join(l.leave(n.Bridge.ID, n.Chan.Name), ",")
		event("BRIDGE_EXIT", bridgeExtra(n))
		c.bridge, c.peer = "", ""
	case "HangupRequest":
		if strings.HasPrefix(n.Chan.Name, "Local/") {
			return // nobody outside has asked for it
		}
		c.endedBy(n.Chan.Name)
		if two := l.bridges[c.bridge]; len(two) == 2 {
			for _, name := range two {
				if o := l.channels[name]; o != nil {
					o.endedBy(n.Chan.Name)
				}
			}
		}
	case "DialEnd":
		if status := n.Field("DialStatus"); c.dialStatus == "" || status == "ANSWER" { // the first failure is the status
			c.dialStatus = status
		}
		if n.Field("Forward") == "" {
			return
		}
		event("FORWARD", fmt.Sprintf(`{"forward":%q}`, n.Field("Forward")))
	case "BlindTransfer", "AttendedTransfer", "Pickup", "LocalOptimizationBegin", "LocalOptimizationEnd":
		event(meeting(n))
		if n.Name == "Pickup" { // what is left of who picked up runs nothing
			c.app, c.data = "", ""
		}
	case "ParkedCall":
		event("PARK_START", fmt.Sprintf(`{"parker_dial_string":%s,"parking_lot":%s}`, jsonText(n.Field("ParkerDialString")),
			jsonText(n.Field("Parkinglot"))))
	case "UnParkedCall":
		event("PARK_END", fmt.Sprintf(`{"reason":"ParkedCallUnparked","retriever":%s}`, jsonText(n.Who("Retriever").Name)))
	case "ParkedCallTimeOut", "ParkedCallGiveUp", "ParkedCallSwap":
		event("PARK_END", fmt.Sprintf(`{"reason":%q}`, n.Name))
	case pbx.StreamBegins:
		event("STREAM_BEGIN", fmt.Sprintf(`{"sound":%s,"format":%s,"language":%s}`, jsonText(n.Field("Sound")), jsonText(n.Field("Format")),
			jsonText(n.Field("Language"))))
	case "MusicOnHoldStart":
		event("STREAM_BEGIN", fmt.Sprintf(`{"class":%s}`, jsonText(n.Field("Class"))))
	case pbx.StreamEnds, "MusicOnHoldStop":
		event("STREAM_END", "")
	case pbx.UserCEL:
		event(userDefined, fmt.Sprintf(`{"extra":%s}`, jsonText(n.Field("Extra"))))
	case "DTMFEnd":
		event("DTMF", fmt.Sprintf(`{"digit":%q,"duration_ms":100}`, n.Field("Digit")))
	case "Hangup":
		l.appEnd(cfg, c, h)
		if strings.HasPrefix(n.Chan.App, "AppDial") { // it was hung up by a subroutine that it ran aside
			c.app, c.data = n.Chan.App, n.Chan.AppData
		}
		if !strings.HasPrefix(c.app, "AppDial") && c.app != "AppQueue" { // whose channel has no dialplan
			c.app, c.data = "", ""
		}
		event("HANGUP", fmt.Sprintf(`{"hangupcause":%s,"hangupsource":%q,"dialstatus":%q}`, n.Field("Cause"), c.source, c.dialStatus))
		event("CHAN_END", "")
		delete(l.channels, n.Chan.Name)
		if c.bridge != "" {
			l.leave(c.bridge, n.Chan.Name)
		}
		if l.linked[c.linked]--; l.linked[c.linked] <= 0 {
			delete(l.linked, c.linked)
			event("LINKEDID_END", "")
		}
	}
	c.seen = n.Chan
}

// joins is a channel that has become one of another call: its own one ends with the last of its channels.
func (l *Log) joins(cfg *Config, c *channel, h heard) {
	was := c.linked
	c.linked = h.news.Chan.LinkedID
	l.linked[c.linked]++
	if l.linked[was]--; l.linked[was] <= 0 {
		delete(l.linked, was)
		h.news.Chan = c.seen
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
		h.news.Chan = c.seen
	}
	l.event(cfg, "APP_END", "", c, h)
}

// endedBy notes who has asked for the end; the first one stays.
func (c *channel) endedBy(source string) { c.source = cmp.Or(c.source, source) }

// step notes the application that runs; another one before it has ended.
func (l *Log) step(cfg *Config, c *channel, h heard, event func(kind, extra string)) {
	if h.news.Field("Application") == c.app {
		c.data = h.news.Field("AppData")
		return
	}
	l.appEnd(cfg, c, h)
	c.app, c.data = h.news.Field("Application"), h.news.Field("AppData")
	if c.app == "Hangup" {
		c.endedBy("dialplan/builtin")
	}
	if cfg.Apps[strings.ToLower(c.app)] {
		event("APP_START", "")
	}
}

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

// subjects of events about several channels: the one that the event is of.
var subjects = map[string]string{"BlindTransfer": "Transferer", "AttendedTransfer": "OrigTransferer", "Pickup": "Target",
	"LocalOptimizationBegin": "LocalOne", "LocalOptimizationEnd": "LocalOne", "ParkedCall": "Parkee", "UnParkedCall": "Parkee",
	"ParkedCallTimeOut": "Parkee", "ParkedCallGiveUp": "Parkee", "ParkedCallSwap": "Parkee"}

// meeting is the kind of an event about several channels, and what it says of the others.
func meeting(n *pbx.News) (kind, extra string) {
	bridge := func(prefix string) string {
		for _, p := range n.Parts {
			if p.Bridge != nil && p.Prefix == prefix {
				return p.Bridge.ID
			}
		}
		return ""
	}
	who := func(prefix string) *pbx.Snapshot {
		if s := n.Who(prefix); s != nil {
			return s
		}
		return &pbx.Snapshot{}
	}
	transferee, target, second, two := who("Transferee"), who("TransferTarget"), who("SecondTransferer"), who("LocalTwo")
	switch n.Name {
	case "BlindTransfer":
		return "BLINDTRANSFER",
			fmt.Sprintf(`{"extension":%q,"context":%q,"bridge_id":%q,"transferee_channel_name":%q,"transferee_channel_uniqueid":%q}`,
				n.Field("Extension"), n.Field("Context"), bridge(""), transferee.Name, transferee.UniqueID)
	case "AttendedTransfer":
		if app := n.Field("DestApp"); app != "" {
			return "ATTENDEDTRANSFER",
				fmt.Sprintf(`{"bridge1_id":%q,"channel2_name":%q,"channel2_uniqueid":%q,"app":%q,"transferee_channel_name":%q,"transferee_channel_uniqueid":%q,"transfer_target_channel_name":"N/A","transfer_target_channel_uniqueid":"N/A"}`,
					bridge("Orig"), second.Name, second.UniqueID, app, transferee.Name, transferee.UniqueID)
		}
		return "ATTENDEDTRANSFER",
			fmt.Sprintf(`{"bridge1_id":%q,"channel2_name":%q,"channel2_uniqueid":%q,"bridge2_id":%q,"transferee_channel_name":%q,"transferee_channel_uniqueid":%q,"transfer_target_channel_name":%q,"transfer_target_channel_uniqueid":%q}`,
				bridge("Orig"), second.Name, second.UniqueID, bridge("Second"), transferee.Name, transferee.UniqueID, target.Name, target.UniqueID)
	case "Pickup":
		return "PICKUP", fmt.Sprintf(`{"pickup_channel":%q,"pickup_channel_uniqueid":%q}`, who("").Name, who("").UniqueID)
	case "LocalOptimizationBegin":
		return "LOCAL_OPTIMIZE_BEGIN", fmt.Sprintf(`{"local_two":%q,"local_two_uniqueid":%q}`, two.Name, two.UniqueID)
	}
	return "LOCAL_OPTIMIZE", fmt.Sprintf(`{"local_two":%q,"local_two_uniqueid":%q}`, two.Name, two.UniqueID)
}

func bridgeExtra(n *pbx.News) string {
	return fmt.Sprintf(`{"bridge_id":%q,"bridge_technology":%q}`, n.Bridge.ID, n.Bridge.Technology)
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
		l.write(m.File, m.Text.Expand(env{kind, h.news.Field("UserDefType"), when, extra, s, c}))
	}
	if cfg.Manager {
		f := func(name, value string) pbx.Field { return pbx.Field{Name: name, Value: value} }
		name, user := kind, []pbx.Field(nil)
		if kind == userDefined && cfg.ShowUserDefined {
			user = []pbx.Field{f("UserDefType", h.news.Field("UserDefType"))}
		} else if kind == userDefined {
			name = h.news.Field("UserDefType")
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
	s                       *pbx.Snapshot
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
