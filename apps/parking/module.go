// Package parking is res_parking.conf: calls wait in lots until somebody fetches them from their
// space, or come back.
package parking

import (
	"fmt"
	"reflect"
	"sync"

	"obelisk/dialplan"
	"obelisk/internal/config"
	"obelisk/pbx"
	"obelisk/pbx/prompt"
)

// Module owns the lots.
//
// mu is held for a moment only, and never while calling out.
type Module struct {
	core *pbx.Core
	play *prompt.Player

	mu   sync.Mutex // guards all below, and lots with their calls
	set  *settings
	lots map[string]*lot
	back []dialplan.OwnStep // of park-dial, the newest last

	giving sync.Mutex // held while extensions are given; before mu
	saying sync.Mutex // held while other nodes are told; before mu
}

var (
	_ pbx.Furnisher  = (*Module)(nil)
	_ pbx.Configured = (*Module)(nil)
	_ pbx.Described  = (*Module)(nil)
	_ pbx.Optioned   = (*Module)(nil)
	_ pbx.Commander  = (*Module)(nil)
	_ pbx.Actor      = (*Module)(nil)
	_ pbx.Meter      = (*Module)(nil)
	_ pbx.Rehearsed  = (*Module)(nil)
	_ pbx.Parking    = (*Module)(nil)
	_ pbx.Extending  = (*next)(nil)
	_ pbx.Checked    = (*next)(nil)
	_ pbx.Naming     = (*next)(nil)
)

const moduleName = "res_parking"

// New makes the module.
func New(play *prompt.Player) *Module {
	return &Module{play: play, set: &settings{}, lots: map[string]*lot{}}
}

// Name implements pbx.Module.
func (m *Module) Name() string { return moduleName }

// Synopsis implements pbx.Described.
func (m *Module) Synopsis() string { return "Call Parking Resource" }

// Options implements pbx.Optioned.
func (m *Module) Options() []config.OptionRow { return append(general.Rows(), lotTable.Rows()...) }

// Furnish implements pbx.Furnisher.
func (m *Module) Furnish(core *pbx.Core) {
	m.core = core
	core.SetParking(m)
	core.RegisterDevices("park", m)
	for _, a := range m.apps() {
		core.RegisterApp(a)
	}
	core.RegisterFunc(pbx.Func{Name: "PARK_GET_CHANNEL", Synopsis: "The channel that is parked in a space",
		Usage: "PARK_GET_CHANNEL(space,lot): its name, empty for a space that is free", Read: m.channelAt})
}

// Prepare implements pbx.Configured.
func (m *Module) Prepare(src pbx.Files) (pbx.Next, []config.Diagnostic) {
	s, diags := read(src.File(file))
	return &next{m, s}, diags
}

// next is a res_parking.conf that is not in force yet.
type next struct {
	m *Module
	s *settings
}

// Changes implements pbx.Next.
func (n *next) Changes() (out []string) {
	n.m.mu.Lock()
	defer n.m.mu.Unlock()
	for _, r := range n.s.lots {
		old := n.m.set.named(r.name)
		switch {
		case old == nil:
			out = append(out, fmt.Sprintf("lot '%s' is new", r.name))
		case !same(old, r):
			out = append(out, fmt.Sprintf("lot '%s' changes: calls that wait there keep their space and their time", r.name))
		}
	}
	for _, r := range n.m.set.lots {
		if n.s.named(r.name) == nil {
			out = append(out, fmt.Sprintf("lot '%s' goes, once nobody waits there", r.name))
		}
	}
	return out
}

// same says whether two lots have the same rules, wherever they stand.
func same(a, b *rules) bool {
	x, y := *a, *b
	x.pos, y.pos = config.Pos{}, config.Pos{}
	return reflect.DeepEqual(x, y)
}

// Steps implements pbx.Extending.
func (n *next) Steps() []dialplan.OwnStep { return stepsOf(n.s.lots) }

// Commit implements pbx.Next. Calls that are parked stay where they are.
func (n *next) Commit() {
	m := n.m
	m.mu.Lock()
	m.set = n.s
	for _, l := range m.lots {
		l.gone = !l.dynamic && n.s.named(l.rules.name) == nil
	}
	for _, r := range n.s.lots {
		if l := m.lots[r.name]; l == nil {
			m.lots[r.name] = newLot(r)
		} else {
			l.rules, l.dynamic = r, false
		}
	}
	m.sweep()
	m.mu.Unlock()
	m.give()
	m.joinNodes()
}

// Discard implements pbx.Next.
func (n *next) Discard() {}
