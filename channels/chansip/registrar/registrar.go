// Package registrar answers REGISTER (RFC 3261 section 10.3) as chan_sip does, makes the peers of
// autocreatepeer and the extensions of regcontext.
package registrar

import (
	"obelisk/channels/chansip/access"
	"obelisk/channels/chansip/location"
	"obelisk/channels/chansip/qualify"
	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/sipstack"
	"obelisk/pbx"

	"github.com/rs/zerolog"
)

// Config is what a Registrar needs.
type Config struct {
	Directory     func() *sipconf.Directory // the one in force
	Bindings      *location.Bindings
	Access        *access.Control
	Health        *qualify.Qualifier
	Core          *pbx.Core
	Log           zerolog.Logger
	Changed       func(name string) // is called when the contacts of an endpoint have changed
	TellMailboxes func(name string) // is called when a phone with mailboxes has registered
}

// Registrar answers REGISTER. Register runs on the shard of the request.
type Registrar struct {
	cfg        Config
	stack      *sipstack.Stack
	Auto       *AutoPeers
	Extensions *Extensions
}

// New makes a Registrar. Attach gives it the stack.
func New(cfg Config) *Registrar {
	rg := &Registrar{cfg: cfg}
	rg.Auto, rg.Extensions = newAutoPeers(&rg.cfg), newExtens(&rg.cfg)
	return rg
}

// Attach gives it the stack, before the first request.
func (rg *Registrar) Attach(s *sipstack.Stack) { rg.stack = s }
