// Package features is features.conf: what people do by keys while they talk.
package features

import (
	"reflect"
	"sync"
	"sync/atomic"

	"obelisk/internal/config"
	"obelisk/pbx"
	"obelisk/pbx/prompt"
)

// Module implements pbx.Furnisher and pbx.Configured.
type Module struct {
	core *pbx.Core
	play *prompt.Player
	set  atomic.Pointer[settings]

	mu       sync.Mutex                // guards consults
	consults map[*pbx.Channel]*consult // attended transfers at work, by who transfers
}

var (
	_ pbx.Furnisher  = (*Module)(nil)
	_ pbx.Configured = (*Module)(nil)
	_ pbx.Described  = (*Module)(nil)
	_ pbx.Optioned   = (*Module)(nil)
	_ pbx.Commander  = (*Module)(nil)
	_ pbx.Actor      = (*Module)(nil)
)

// New makes the module.
func New(play *prompt.Player) *Module {
	m := &Module{play: play, consults: map[*pbx.Channel]*consult{}}
	m.set.Store(defaults())
	return m
}

// Name implements pbx.Module.
func (m *Module) Name() string { return "features" }

// Synopsis implements pbx.Described.
func (m *Module) Synopsis() string { return "Call Features" }

// Options implements pbx.Optioned.
func (m *Module) Options() []config.OptionRow { return append(general.Rows(), mapRows()...) }

// Furnish implements pbx.Furnisher.
func (m *Module) Furnish(core *pbx.Core) {
	m.core = core
	core.SetKeys(m.keysOf)
	core.SetFeatures(func(c *pbx.Channel, name string) string {
		s := m.of(c)
		if text, ok := s.texts()[name]; ok {
			return text
		}
		return s.codeOf(c, name)
	})
	for _, a := range m.applications() {
		core.RegisterApp(a)
	}
	for _, f := range m.functions() {
		core.RegisterFunc(f)
	}
}

// Prepare implements pbx.Configured.
func (m *Module) Prepare(src pbx.Files) (pbx.Next, []config.Diagnostic) {
	s, diags := read(src.File("features.conf"))
	return &next{m, s}, diags
}

// next is a features.conf that is not in force yet.
type next struct {
	m *Module
	s *settings
}

// Changes implements pbx.Next.
func (n *next) Changes() []string {
	if reflect.DeepEqual(n.s, n.m.set.Load()) {
		return nil
	}
	return []string{"features.conf changes: it is in force for those who come together from now on"}
}

// Commit implements pbx.Next.
func (n *next) Commit() {
	n.m.set.Store(n.s)
	n.m.core.SetPickupExten(n.s.pickupExten)
}

// Discard implements pbx.Next.
func (n *next) Discard() {}
