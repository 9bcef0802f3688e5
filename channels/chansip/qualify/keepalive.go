package qualify

import (
	"sync"
	"time"

	"obelisk/channels/chansip/dialog"
	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/sipstack"
)

// Keepalives send an empty line to peers with keepalive= while they can be reached, so
// that NAT on the way keeps its hole open.
type Keepalives struct {
	directory func() *sipconf.Directory
	agent     *dialog.Agent
	stack     *sipstack.Stack

	mu     sync.Mutex // guards all below
	timers map[string]*time.Timer
	closed bool
}

// NewKeepalives makes them. Attach gives them the stack.
func NewKeepalives(directory func() *sipconf.Directory, agent *dialog.Agent) *Keepalives {
	return &Keepalives{directory: directory, agent: agent, timers: map[string]*time.Timer{}}
}

// Attach gives them the stack, before the first apply.
func (k *Keepalives) Attach(s *sipstack.Stack) { k.stack = s }

// Apply takes a new directory.
func (k *Keepalives) Apply(dir *sipconf.Directory) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for name, t := range k.timers {
		if p := dir.Lookup(name); p == nil || p.KeepAlive == 0 {
			t.Stop()
			delete(k.timers, name)
		}
	}
	for _, p := range dir.Peers {
		k.add(p)
	}
}

// Follow begins with a peer that is not of sip.conf.
func (k *Keepalives) Follow(p *sipconf.Peer) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.add(p)
}

// add begins with a peer that wants it; mu is held.
func (k *Keepalives) add(p *sipconf.Peer) {
	if p.KeepAlive > 0 && p.IsPeer && k.timers[p.Name] == nil && !k.closed {
		k.timers[p.Name] = time.AfterFunc(p.KeepAlive, func() { k.fire(p.Name) })
	}
}

// fire sends one and waits for the next time.
func (k *Keepalives) fire(name string) {
	p := k.directory().Lookup(name)
	k.mu.Lock()
	t := k.timers[name]
	if k.closed || t == nil || p == nil || p.KeepAlive == 0 {
		k.mu.Unlock()
		return
	}
	t.Reset(p.KeepAlive)
	k.mu.Unlock()
	for _, b := range k.agent.Places(name) {
		var registered sipstack.Flow
		if b != nil {
			registered = b.Flow
		}
		if to, _, ok := dialog.PeerTarget(p, b); ok {
			k.stack.KeepAlive(k.agent.Reach(to, registered))
		}
	}
}

func (k *Keepalives) Stop() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.closed = true
	for _, t := range k.timers {
		t.Stop()
	}
}
