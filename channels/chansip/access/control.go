// Package access says who sends a request, and whether it may be let in: identification in
// chan_sip's order, digest authentication in both directions, and the security events that
// tell of it. It knows neither calls nor registrations.
package access

import (
	"sync"

	"obelisk/channels/chansip/location"
	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/auth"
	"obelisk/internal/sipstack"
	"obelisk/internal/store"
	"obelisk/pbx"

	"github.com/rs/zerolog"
)

// Config is what a Control needs.
type Config struct {
	Directory func() *sipconf.Directory // the one in force
	Bindings  *location.Bindings
	Core      *pbx.Core
	DB        *store.DB // sequence numbers of SIM cards
	Log       zerolog.Logger
	// Challenges are the open challenges of a shard, by Call-ID. The map is the shard's own.
	Challenges func(*sipstack.Shard) map[string]*Challenge
	// Security gets each security event in Asterisk's form; nil: none does.
	Security func(text string)
	// Informed reports whether Security gets events of severity Informational; nil: no.
	Informed func() bool
}

// Control identifies and authenticates senders. Its methods that take a shard run on it; the
// others may run anywhere.
type Control struct {
	cfg    Config
	stack  *sipstack.Stack
	nonces *auth.Nonces // with noncelife
	decoy  decoy

	mu sync.Mutex // held while a card's sequence number is taken
}

// New makes a Control. Attach gives it the stack.
func New(cfg Config) *Control {
	return &Control{cfg: cfg, nonces: auth.NewNonces(), decoy: newDecoy()}
}

// Attach gives it the stack, before the first request.
func (ac *Control) Attach(s *sipstack.Stack) { ac.stack = s }

// respond answers a request outside a dialog.
func (ac *Control) respond(tx *sipstack.ServerTx, status int, reason string, extra ...sipstack.Header) {
	ac.cfg.Directory().Respond(tx, status, reason, extra...)
}
