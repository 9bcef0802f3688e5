// Package outreg sends the REGISTER requests of register lines and of callbackextension, and keeps
// what registrars have answered (sip show registry).
package outreg

import (
	"slices"
	"sync"

	"obelisk/channels/chansip/dialog"
	"obelisk/channels/chansip/dnsmgr"
	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/sipstack"
	"obelisk/internal/store"
	"obelisk/pbx"

	"github.com/rs/zerolog"
)

// Config is what a Registry needs.
type Config struct {
	Directory func() *sipconf.Directory // the one in force
	Names     *dnsmgr.Manager
	Agent     *dialog.Agent
	Core      *pbx.Core
	DB        *store.DB // our name towards registrars (RFC 5626)
	Log       zerolog.Logger
}

// Registry are our registrations at others. Its methods may be called from anywhere.
type Registry struct {
	cfg   Config
	stack *sipstack.Stack

	mu    sync.Mutex // guards trunks, and the instance in the astdb
	lines []*registration

	end  chan struct{} // closed with Stop
	ends sync.Once
}

// New makes a Registry. Attach gives it the stack.
func New(cfg Config) *Registry { return &Registry{cfg: cfg, end: make(chan struct{})} }

// Attach gives it the stack, before the first Apply.
func (rg *Registry) Attach(s *sipstack.Stack) {
	rg.stack = s
	if rg.cfg.Core.Elsewhere() != nil {
		go rg.follow()
	}
}

// Resolved goes on with the registrations that wait for a name.
func (rg *Registry) Resolved(name *dnsmgr.Entry) {
	rg.mu.Lock()
	all := slices.Clone(rg.lines)
	rg.mu.Unlock()
	for _, t := range all {
		if t.waitsFor.CompareAndSwap(name, nil) {
			t.schedule(0)
		}
	}
}
