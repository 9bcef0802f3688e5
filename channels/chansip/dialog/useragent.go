// Package dialog builds the requests that we send: in a dialog (RFC 3261 section 12), which a
// call and a subscription have in common, and outside of one. It knows where they go, by
// which flow, and with which credentials; it does not know what they are for.
package dialog

import (
	"obelisk/channels/chansip/access"
	"obelisk/channels/chansip/dnsmgr"
	"obelisk/channels/chansip/location"
	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/sipstack"

	"github.com/rs/zerolog"
)

// Config is what an Agent needs.
type Config struct {
	Directory func() *sipconf.Directory // the one in force
	Bindings  *location.Bindings
	Names     *dnsmgr.Manager
	Access    *access.Control
	Log       zerolog.Logger
}

// Agent is the user agent (RFC 3261 section 6) that dialogs belong to.
type Agent struct {
	cfg   Config
	stack *sipstack.Stack
}

// New makes an Agent. Attach gives it the stack.
func New(cfg Config) *Agent { return &Agent{cfg: cfg} }

// Attach gives it the stack, before the first request.
func (ua *Agent) Attach(s *sipstack.Stack) { ua.stack = s }
