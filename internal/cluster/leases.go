package cluster

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"
)

// What only one node does is remembered for leaseShown after it was last asked who does it, and no more than maxLeases of them.
const (
	leaseShown = time.Minute
	maxLeases  = 10_000
)

// leases are what only one node does, as far as this one has asked who, for people to see.
type leases struct {
	mu   sync.Mutex // guards list
	list map[leaseKey]time.Time
}

// leaseKey is what is done: a registration at a provider ("register"), a conference, who rings a member ("queue").
type leaseKey struct{ kind, key string }

// asked remembers that it was asked who does it.
func (l *leases) asked(now time.Time, kind, key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.list == nil {
		l.list = map[leaseKey]time.Time{}
	}
	x := leaseKey{kind, key}
	if _, known := l.list[x]; !known && len(l.list) >= maxLeases {
		l.forget(now)
		if len(l.list) >= maxLeases {
			return
		}
	}
	l.list[x] = now
}

// forget drops what nobody has asked for lately; mu is held.
func (l *leases) forget(now time.Time) {
	for x, at := range l.list {
		if now.Sub(at) > leaseShown {
			delete(l.list, x)
		}
	}
}

// known lists them by kind and key.
func (l *leases) known(now time.Time) (out []leaseKey) {
	l.mu.Lock()
	l.forget(now)
	for x := range l.list {
		out = append(out, x)
	}
	l.mu.Unlock()
	slices.SortFunc(out, func(a, b leaseKey) int { return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.key, b.key)) })
	return out
}

// showLeases tells who does what only one does.
func (m *Module) showLeases(w io.Writer, args []string) bool {
	node := m.here(w)
	if node == nil || len(args) > 0 {
		return m.devices == nil
	}
	const row = "%-12s %-20.20s %s\n"
	fmt.Fprintf(w, row, "Kind", "Node", "What")
	list := m.leases.known(time.Now())
	for _, x := range list {
		name := node.owner(x.kind, x.key)
		if name == "" {
			name = "(not known yet)"
		}
		fmt.Fprintf(w, row, x.kind, name, x.key)
	}
	fmt.Fprintf(w, "%d leases\n", len(list))
	return true
}
