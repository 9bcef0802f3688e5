// Package agents is the pool of agents: people who log in once by a call that stays up, hear
// music, and get the calls that ask for them. agents.conf as Asterisk reads it, with the
// applications, the function, the manager actions and the commands around it.
package agents

import (
	"slices"
	"strings"
	"sync"

	"obelisk/internal/config"
	"obelisk/pbx"
	"obelisk/pbx/prompt"
)

// Module owns the agents. It implements pbx.Furnisher, pbx.Configured, pbx.Optioned, pbx.Commander,
// pbx.Actor, pbx.Meter, pbx.Rehearsed, pbx.Described and pbx.Closer.
//
// An agent who waits is a member of the holding bridge pool; no goroutine is his. mu guards all
// agents, and is held for a moment only.
type Module struct {
	core *pbx.Core
	play *prompt.Player

	mu     sync.Mutex
	agents map[string]*agent
	pool   *pbx.Bridge // where they wait; nil until the first one comes
	coming []*agent    // who are on their way there
	logins uint64
	calls  uint64
}

var (
	_ pbx.Furnisher  = (*Module)(nil)
	_ pbx.Configured = (*Module)(nil)
	_ pbx.Optioned   = (*Module)(nil)
	_ pbx.Commander  = (*Module)(nil)
	_ pbx.Actor      = (*Module)(nil)
	_ pbx.Meter      = (*Module)(nil)
	_ pbx.Rehearsed  = (*Module)(nil)
	_ pbx.Described  = (*Module)(nil)
	_ pbx.Closer     = (*Module)(nil)
)

// New makes the module.
func New(player *prompt.Player) *Module {
	return &Module{play: player, agents: map[string]*agent{}}
}

// Name implements pbx.Module.
func (m *Module) Name() string { return "app_agent_pool" }

// Synopsis implements pbx.Described.
func (m *Module) Synopsis() string { return "Call center agent pool applications" }

// Furnish implements pbx.Furnisher.
func (m *Module) Furnish(core *pbx.Core) {
	m.core = core
	core.RegisterDevices("Agent", m)
	core.RegisterApp(pbx.App{Name: "AgentLogin", Synopsis: "Log an agent in, who waits for calls", Usage: loginUsage, Check: checkLogin,
		Exec: m.login})
	core.RegisterApp(pbx.App{Name: "AgentRequest", Synopsis: "Call an agent who is logged in", Usage: requestUsage, Exec: m.request})
	core.RegisterFunc(m.function())
}

// Prepare implements pbx.Configured.
func (m *Module) Prepare(src pbx.Files) (pbx.Next, []config.Diagnostic) {
	list, diags := readConfig(src.File("agents.conf"))
	return &next{m, list}, diags
}

// Options implements pbx.Optioned.
func (m *Module) Options() []config.OptionRow { return table.Rows() }

// next are the agents of an agents.conf that is not in force yet. It implements pbx.Checked and
// pbx.Naming.
type next struct {
	m    *Module
	list []*settings
}

// Changes implements pbx.Next.
func (n *next) Changes() (out []string) {
	n.m.mu.Lock()
	defer n.m.mu.Unlock()
	now := map[string]bool{}
	for _, s := range n.list {
		now[s.id] = true
		switch old := n.m.agents[s.id]; {
		case old == nil || old.removed:
			out = append(out, "+ agent "+s.id)
		case !old.s.same(s):
			out = append(out, "~ agent "+s.id)
		}
	}
	for _, a := range n.m.sorted() {
		if !now[a.s.id] && !a.removed {
			out = append(out, "- agent "+a.s.id)
		}
	}
	return out
}

// Commit implements pbx.Next. Who is logged in stays as he has logged in; one who is not in the
// file any more is an agent until he logs off.
func (n *next) Commit() {
	m := n.m
	m.mu.Lock()
	var changed []*agent
	now := map[string]bool{}
	for _, s := range n.list {
		now[s.id] = true
		a := m.agents[s.id]
		if a == nil {
			a = &agent{m: m}
			m.agents[s.id] = a
			changed = append(changed, a)
		}
		a.s, a.removed = s, false
	}
	for id, a := range m.agents {
		if now[id] {
			continue
		}
		if a.removed = true; a.state == loggedOff {
			delete(m.agents, id)
			changed = append(changed, a)
		}
	}
	m.mu.Unlock()
	for _, a := range changed {
		m.core.DeviceChanged("Agent:" + a.s.id)
	}
}

// Discard implements pbx.Next.
func (n *next) Discard() {}

// find is an agent by his id; nil: there is none.
func (m *Module) find(id string) *agent {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.agents[id]
}

// sorted are all by id; mu is held.
func (m *Module) sorted() []*agent {
	out := make([]*agent, 0, len(m.agents))
	for _, a := range m.agents {
		out = append(out, a)
	}
	slices.SortFunc(out, func(a, b *agent) int { return strings.Compare(a.s.id, b.s.id) })
	return out
}

// DeviceState implements pbx.DeviceTeller, for Agent:ID.
func (m *Module) DeviceState(id string) pbx.DeviceState {
	m.mu.Lock()
	defer m.mu.Unlock()
	a := m.agents[id]
	if a == nil {
		return pbx.DeviceInvalid
	}
	return a.state.device()
}

// Measure implements pbx.Meter.
func (m *Module) Measure(out *pbx.Measures) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := map[string]int{}
	for _, a := range m.agents {
		n[a.state.String()]++
	}
	for _, s := range stateNames {
		out.Gauge("obelisk_agents", "agents of agents.conf, by what they do", float64(n[s]), "state", s)
	}
	out.Count("obelisk_agent_logins_total", "logins of agents", float64(m.logins))
	out.Count("obelisk_agent_calls_total", "calls that agents took", float64(m.calls))
}

// Close implements pbx.Closer.
func (m *Module) Close() {
	m.mu.Lock()
	pool := m.pool
	m.mu.Unlock()
	if pool != nil {
		pool.Close(pbx.CauseNormal)
	}
}
