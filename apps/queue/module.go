// Package queue is the queues of a call centre: callers wait, members ring, by the strategy of
// their queue. queues.conf and queuerules.conf as Asterisk reads them, with the applications,
// functions, manager actions and commands around them.
package queue

import (
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"obelisk/internal/config"
	"obelisk/internal/store"
	"obelisk/internal/store/realtime"
	"obelisk/pbx"
	"obelisk/pbx/prompt"
)

// Module owns the queues. It implements pbx.Furnisher, pbx.Configured, pbx.Optioned, pbx.Commander,
// pbx.Rehearsed, pbx.Actor, pbx.Closer and pbx.Meter.
//
// Each caller is worked by its channel's own goroutine; what all share is guarded by mu, which is
// held for a moment only, and never while calling out: what is to be told of a change is told
// after it (told).
type Module struct {
	core   *pbx.Core
	db     *store.DB // of persistent members; nil: none are kept
	tables Tables    // of queues and members in a database; nil: there is none
	play   *prompt.Player
	roll   func(n int) int // a random number below n

	listening sync.Mutex // guards unlisten; taken before mu
	unlisten  func()     // nil while nobody talks

	mu      sync.Mutex // guards all below, and queues, members and callers
	config  *Config
	begun   bool    // the files were read once
	started bool    // calls are taken
	wish    []scope // what the reload that is at work is about; nil: all
	queues  map[string]*queue
	order   []*queue             // as Asterisk visits them
	faces   map[string][]*member // by interface, in lower case
	eyes    map[string]*eye      // by state interface, in lower case
	ringing map[string]bool      // interfaces that are called for a caller, or are about to be
	shown   map[string]pbx.DeviceState
	talks   map[*talk]bool       // calls that are up
	asked   map[string]time.Time // when the tables were asked for a queue

	ruleRows []realtime.Row // penalty rules, as the table had them last
	nodes    *nodes         // nil: this machine is alone
}

var (
	_ pbx.Furnisher  = (*Module)(nil)
	_ pbx.Configured = (*Module)(nil)
	_ pbx.Optioned   = (*Module)(nil)
	_ pbx.Commander  = (*Module)(nil)
	_ pbx.Rehearsed  = (*Module)(nil)
	_ pbx.Actor      = (*Module)(nil)
	_ pbx.Meter      = (*Module)(nil)
	_ pbx.Closer     = (*Module)(nil)
)

// New makes the module. db and tables may be nil.
func New(player *prompt.Player, db *store.DB, tables Tables) *Module {
	return &Module{db: db, tables: tables, asked: map[string]time.Time{}, play: player, roll: rand.IntN, config: &Config{},
		queues: map[string]*queue{}, faces: map[string][]*member{}, eyes: map[string]*eye{}, ringing: map[string]bool{},
		shown: map[string]pbx.DeviceState{}, talks: map[*talk]bool{}}
}

// Name implements pbx.Module.
func (m *Module) Name() string { return "app_queue" }

// Furnish implements pbx.Furnisher.
func (m *Module) Furnish(core *pbx.Core) {
	m.core = core
	core.RegisterDevices("Queue", m)
	for _, a := range m.apps() {
		core.RegisterApp(a)
	}
	for _, f := range m.functions() {
		core.RegisterFunc(f)
	}
}

// Start implements pbx.Starter. What the devices of members did until now was no news: those who know
// of them were read after the queues.
func (m *Module) Start() {
	m.joinNodes()
	m.mu.Lock()
	list := m.newcomers()
	m.mu.Unlock()
	states := map[string]pbx.DeviceState{}
	for _, x := range list {
		states[x.state] = m.statusOf(x.state)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.started = true
	for _, x := range m.newcomers() {
		x.fresh = false
		if s, known := states[x.state]; known {
			x.status = s
			x.q.stale()
		}
	}
}

// newcomers are the members of whose devices nothing is news yet; mu is held.
func (m *Module) newcomers() (out []*member) {
	for _, q := range m.queues {
		for _, x := range q.members {
			if x.fresh {
				out = append(out, x)
			}
		}
	}
	return out
}

// Prepare implements pbx.Configured.
func (m *Module) Prepare(src pbx.Files) (pbx.Next, []config.Diagnostic) {
	c, diags := ReadConfig(src.File("queues.conf"), src.File("queuerules.conf"))
	m.addStoredRules(c)
	return &next{m, c}, diags
}

// next is a reading that is not in force yet. It implements pbx.Checked.
type next struct {
	m *Module
	c *Config
}

// Changes implements pbx.Next.
func (n *next) Changes() []string {
	n.m.mu.Lock()
	defer n.m.mu.Unlock()
	return n.m.config.changes(n.c)
}

// Commit implements pbx.Next. Callers who wait go on waiting, with the new options.
func (n *next) Commit() {
	n.m.mu.Lock()
	wish := n.m.wish
	n.m.wish = nil
	n.m.mu.Unlock()
	if wish == nil {
		wish = []scope{{everything, ""}}
	}
	for _, s := range wish {
		n.m.reload(n.c, s.what, s.queue)
	}
}

// scope is what a reload is about: parts, of a queue or with "" of all.
type scope struct {
	what  parts
	queue string
}

// reread has the files read anew, and puts parts of them in force.
func (m *Module) reread(list ...scope) error {
	m.mu.Lock()
	m.wish = list
	m.mu.Unlock()
	defer func() {
		m.mu.Lock()
		m.wish = nil
		m.mu.Unlock()
	}()
	return m.core.Reload(m.Name())
}

// Discard implements pbx.Next.
func (n *next) Discard() {}

// now is the time in whole seconds, as all of queues counts it.
func now() int64 { return time.Now().Unix() }

// told is what is to be said of a change once mu is free again, in this order.
type told []func()

func (t *told) say(f func()) { *t = append(*t, f) }

// with changes what mu guards, and then tells what f has left to be told.
func (m *Module) with(f func(t *told)) {
	var t told
	m.mu.Lock()
	f(&t)
	m.mu.Unlock()
	for _, say := range t {
		say()
	}
}

// log writes a line of queue_log.
func (m *Module) log(t *told, id, queue, agent, event string, data ...string) {
	t.say(func() { m.core.QueueLog(id, queue, agent, event, data...) })
}

// find is a queue by its name, any case; mu is held.
func (m *Module) find(name string) *queue { return m.queues[strings.ToLower(name)] }

// DeviceState implements pbx.DeviceTeller: what was told last of Queue:NAME, Queue:NAME_avail or
// Queue:NAME_pause_INTERFACE.
func (m *Module) DeviceState(device string) pbx.DeviceState {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.shown[device]
}

// show has a device of that name in a state.
func (m *Module) show(t *told, device string, s pbx.DeviceState) {
	if was, known := m.shown[device]; known && was == s {
		return
	}
	m.shown[device] = s
	t.say(func() { m.core.DeviceChangedTo("Queue:"+device, s) })
}
