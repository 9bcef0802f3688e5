// Package confbridge is conferences: confbridge.conf as Asterisk reads it, ConfBridge and what is
// around it. Each conference is a bridge that mixes (pbx), with rules of who waits for whom.
package confbridge

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"obelisk/dialplan"
	"obelisk/internal/config"
	"obelisk/media"
	"obelisk/pbx"
	"obelisk/pbx/prompt"
)

// Module owns the conferences. It implements pbx.Furnisher, pbx.Configured, pbx.Optioned,
// pbx.Commander, pbx.Actor, pbx.Meter, pbx.Rehearsed and pbx.Closer.
type Module struct {
	core   *pbx.Core
	play   *prompt.Player
	spool  string // <astspooldir>, under which names are kept
	folder string // of recordings
	config atomic.Pointer[Config]
	meetme atomic.Pointer[meetRooms]

	mu      sync.Mutex           // guards all below; a room's mu may be taken with it held, not the other way round
	rooms   map[string]*room     // by name, in lower case
	known   map[string]bool      // devices that were told of once
	owns    map[*pbx.Channel]own // what CONFBRIDGE() has made
	sweepAt int                  // more of those have them be looked through
	count   counters
}

// counters are since the start.
type counters struct{ rooms, members atomic.Uint64 }

var (
	_ pbx.Furnisher  = (*Module)(nil)
	_ pbx.Configured = (*Module)(nil)
	_ pbx.Optioned   = (*Module)(nil)
	_ pbx.Commander  = (*Module)(nil)
	_ pbx.Actor      = (*Module)(nil)
	_ pbx.Meter      = (*Module)(nil)
	_ pbx.Rehearsed  = (*Module)(nil)
	_ pbx.Described  = (*Module)(nil)
	_ pbx.Starter    = (*Module)(nil)
)

// New makes the module. spool is <astspooldir>, monitor the folder of recordings.
func New(player *prompt.Player, spool, monitor string) *Module {
	m := &Module{play: player, spool: spool, folder: monitor, rooms: map[string]*room{}, known: map[string]bool{},
		owns: map[*pbx.Channel]own{}}
	c, _ := ReadConfig(nil)
	m.config.Store(c)
	m.meetme.Store(&meetRooms{})
	return m
}

// Name implements pbx.Module.
func (m *Module) Name() string { return "app_confbridge" }

// Synopsis implements pbx.Described.
func (m *Module) Synopsis() string { return "Conference Bridge Application" }

// Furnish implements pbx.Furnisher.
func (m *Module) Furnish(core *pbx.Core) {
	m.core = core
	core.RegisterDevices("confbridge", m)
	for _, a := range append(m.apps(), m.meetApps()...) {
		core.RegisterApp(a)
	}
	for _, f := range m.functions() {
		core.RegisterFunc(f)
	}
}

// Prepare implements pbx.Configured.
func (m *Module) Prepare(src pbx.Files) (pbx.Next, []config.Diagnostic) {
	c, diags := ReadConfig(src.File("confbridge.conf"))
	meet, more := readMeetMe(src.File("meetme.conf"))
	return &next{m, c, meet}, append(diags, more...)
}

// next is a reading that is not in force yet. It implements pbx.Checked and pbx.Naming.
type next struct {
	m    *Module
	c    *Config
	meet *meetRooms
}

// Changes implements pbx.Next.
func (n *next) Changes() []string { return n.m.config.Load().changes(n.c) }

// Commit implements pbx.Next. Conferences that are there keep what they began with.
func (n *next) Commit() {
	n.m.config.Store(n.c)
	n.m.meetme.Store(n.meet)
}

// Discard implements pbx.Next.
func (n *next) Discard() {}

// find is a conference by its name, any case; nil: there is none.
func (m *Module) find(name string) *room {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.rooms[strings.ToLower(name)]
}

// list are all conferences, by name.
func (m *Module) list() []*room {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := make([]*room, 0, len(m.rooms))
	for _, r := range m.rooms {
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b *room) int { return cmp.Compare(a.name, b.name) })
	return out
}

// admit lets somebody into the conference of a name, which is made where it is not there. says is
// the option of the prompt that he is told; in: he may come in.
func (m *Module) admit(name string, p *bridge, x *member) (says string, in bool) {
	for {
		r, fresh := m.room(name, p)
		var over, refused bool
		if fresh {
			m.opened(r)
		}
		r.with(func(t *told) {
			switch {
			case r.over:
				over = true
			case r.full() && !x.u.admin && !fresh:
				refused = true
			default:
				x.r = r
				says = r.enter(t, x)
			}
		})
		if !over {
			m.count.members.Add(1)
			return says, !refused
		}
		time.Sleep(time.Millisecond) // the one before it is about to go
	}
}

// room is the one of a name, or a new one.
func (m *Module) room(name string, p *bridge) (r *room, fresh bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	key := strings.ToLower(name)
	if r := m.rooms[key]; r != nil {
		return r, false
	}
	r = &room{m: m, name: name, p: p, begun: time.Now(), cleaned: make(chan struct{})}
	r.says = announcer{r: r, stop: make(chan struct{})}
	mixing := media.Mixing{Loudest: p.loudest, Narrow: p.rate == 8000 || p.maximumRate > 0 && p.maximumRate < 16000}
	r.bridge = m.core.NewBridge(pbx.Policy{Kind: pbx.KindBase, Creator: "ConfBridge", Name: name, Ends: pbx.Never, Mixes: true,
		Mixing: mixing, Profile: p})
	m.rooms[key] = r
	return r, true
}

// opened is for a conference that begins.
func (m *Module) opened(r *room) {
	m.count.rooms.Add(1)
	r.recount()
	r.showVideo()
	if r.p.record {
		r.startTape("")
	}
	r.tell("ConfbridgeStart")
	m.device(r.name, true)
	m.tellNodes(r.name, true)
	m.register(r, true)
}

// gone is for when somebody has left; last: nobody is there any more.
func (m *Module) gone(r *room, last bool) {
	if !last {
		return
	}
	m.mu.Lock()
	delete(m.rooms, strings.ToLower(r.name))
	m.mu.Unlock()
	m.tellNodes(r.name, false)
	r.bridge.Do(func() { // once BridgeLeave was told
		r.says.close()
		r.tell("ConfbridgeEnd")
		r.stopTape()
		r.bridge.Close(pbx.CauseNormal)
		m.device(r.name, false)
		// It is shut with what is done next, and BridgeDestroy is told then.
		r.bridge.Do(func() { r.bridge.Do(func() { r.later(func() { m.cleared(r) }) }) })
	})
}

// cleared takes away what is left of a conference outside, which takes its time.
func (m *Module) cleared(r *room) {
	m.register(r, false)
	close(r.cleaned)
}

// DeviceState implements pbx.DeviceTeller, for confbridge:NAME.
func (m *Module) DeviceState(device string) pbx.DeviceState {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch key := strings.ToLower(device); {
	case m.rooms[key] != nil:
		return pbx.DeviceInUse
	case m.known[key]:
		return pbx.DeviceNotInUse
	}
	return pbx.DeviceInvalid
}

// mostKnown are the names of conferences that are remembered when they are over.
const mostKnown = 10000

// device makes a conference's state known.
func (m *Module) device(name string, there bool) {
	state := pbx.DeviceNotInUse
	m.mu.Lock()
	if key := strings.ToLower(name); !there && len(m.known) < mostKnown {
		m.known[key] = true
	}
	if there || m.rooms[strings.ToLower(name)] != nil {
		state = pbx.DeviceInUse
	}
	m.mu.Unlock()
	m.core.DeviceChangedTo("confbridge:"+name, state)
}

// register has the conference's name be an extension of regcontext, or ends that.
func (m *Module) register(r *room, there bool) {
	if r.p.regContext == "" {
		return
	}
	m.core.EditPlan(func(p *dialplan.Plan) (*dialplan.Plan, error) {
		g := []dialplan.Given{{Context: r.p.regContext, Exten: r.name}}
		switch {
		case there && p.Contexts[r.p.regContext] != nil:
			return p.WithGiven("ConfBridge", nil, g), nil
		case there:
			m.core.Log().Warn().Msgf("conference %s: there is no context '%s' (regcontext)", r.name, r.p.regContext)
		case m.find(r.name) == nil:
			return p.WithGiven("ConfBridge", g, nil), nil
		}
		return p, nil
	})
}

// Measure implements pbx.Meter.
func (m *Module) Measure(to *pbx.Measures) {
	members, talking := 0, 0
	list := m.list()
	for _, r := range list {
		r.mu.Lock()
		members += len(r.active) + len(r.waiting)
		talking += r.count(func(x *member) bool { return x.talking })
		r.mu.Unlock()
	}
	to.Metrics = append(to.Metrics,
		pbx.Metric{Name: "obelisk_conferences", Help: "Conferences that are there.", Value: float64(len(list))},
		pbx.Metric{Name: "obelisk_conference_members", Help: "Members of conferences.", Value: float64(members)},
		pbx.Metric{Name: "obelisk_conference_talkers", Help: "Members who talk, of those whose talk is detected.", Value: float64(talking)},
		pbx.Metric{Name: "obelisk_conferences_total", Help: "Conferences since the start.", Counter: true, Value: float64(m.count.rooms.Load())},
		pbx.Metric{Name: "obelisk_conference_members_total", Help: "Members of conferences since the start.", Counter: true,
			Value: float64(m.count.members.Load())})
}
