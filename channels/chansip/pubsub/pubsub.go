// Package pubsub is SUBSCRIBE and NOTIFY (RFC 6665) in both directions: phones that follow hints,
// mailboxes and registrations, mailboxes at other servers (mwi lines), and NOTIFY outside a
// dialog (sip notify, unsolicited MWI).
package pubsub

import (
	"slices"
	"sync"
	"sync/atomic"

	"obelisk/channels/chansip/access"
	"obelisk/channels/chansip/dialog"
	"obelisk/channels/chansip/dnsmgr"
	"obelisk/channels/chansip/location"
	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/sipstack"
	"obelisk/pbx"

	"github.com/rs/zerolog"
)

// Config is what a PubSub needs.
type Config struct {
	Directory func() *sipconf.Directory // the one in force
	Names     *dnsmgr.Manager
	Bindings  *location.Bindings
	Access    *access.Control
	Agent     *dialog.Agent
	Core      *pbx.Core
	// Elsewhere are the phones of an endpoint at other nodes.
	Elsewhere func(name string) []*location.Binding
	Log       zerolog.Logger
	// Subscriptions and Watches are those of a shard, by Call-ID. The maps are the shard's own.
	Subscriptions func(*sipstack.Shard) map[string][]*Subscription
	Watches       func(*sipstack.Shard) map[string]*RemoteWatch
}

// PubSub serves subscriptions and has its own. Methods that take a shard run on it.
type PubSub struct {
	cfg           Config
	stack         *sipstack.Stack
	limits        limits
	registrations registrationWatchers
	stopped       atomic.Bool

	mu        sync.Mutex // guards boxes, watches
	mailboxes []*pbx.MailboxWatch
	lines     []*RemoteWatch
}

// New makes a PubSub. Attach gives it the stack.
func New(cfg Config) *PubSub {
	return &PubSub{cfg: cfg, limits: limits{subs: map[owner][]*Subscription{}}}
}

// Attach gives it the stack, before the first request.
func (ps *PubSub) Attach(s *sipstack.Stack) { ps.stack = s }

// Apply takes a new directory: mailboxes of peers and mwi lines.
func (ps *PubSub) Apply(dir *sipconf.Directory) {
	ps.watchMailboxes(dir)
	ps.applyLines(dir)
}

// Stop ends the subscriptions at others.
func (ps *PubSub) Stop() {
	ps.stopped.Store(true)
	ps.stopWatches()
}

// InDialog handles a request of a subscription's dialog; false where it is none.
func (ps *PubSub) InDialog(sh *sipstack.Shard, tx *sipstack.ServerTx, m *sipstack.Message) bool {
	switch m.Method {
	case "SUBSCRIBE":
		s := ps.findSubscription(sh, m)
		if s == nil {
			return false
		}
		if s.Admits(sh, tx, m) {
			s.Allowance.Shown()
			s.refresh(tx, m)
		}
		return true
	case "NOTIFY":
		w := ps.findWatch(sh, m)
		if w == nil {
			return false
		}
		if w.Admits(sh, tx, m) {
			w.notified(sh, tx, m)
		}
		return true
	}
	return false
}

// Resolved goes on with the mwi lines that wait for a name.
func (ps *PubSub) Resolved(name *dnsmgr.Entry) {
	ps.mu.Lock()
	all := slices.Clone(ps.lines)
	ps.mu.Unlock()
	for _, w := range all {
		if w.waitsFor.CompareAndSwap(name, nil) {
			w.schedule(0)
		}
	}
}

// ContactsChanged tells who follows the registration of an endpoint.
func (ps *PubSub) ContactsChanged(name string) {
	ps.registrations.mu.Lock()
	list := ps.registrations.by[name]
	ps.registrations.mu.Unlock()
	for _, w := range list {
		w.tell()
	}
}

// Limits lists the limits of subscriptions and what they have refused.
func (ps *PubSub) Limits(g *sipconf.General) []access.LimitInfo { return ps.limits.list(g) }

// respond answers a request outside a dialog.
func (ps *PubSub) respond(tx *sipstack.ServerTx, status int, reason string, extra ...sipstack.Header) {
	ps.cfg.Directory().Respond(tx, status, reason, extra...)
}
