// Package crowd bounds what strangers hold: connections that have not logged in, sessions.
// Who comes is let in; when there are too many, the source that holds most gives up its
// oldest. So a stranger who opens as many as he can takes his own place, not another's.
package crowd

import (
	"net/netip"
	"sync"
	"time"
)

// Limits of a crowd; 0 is no limit.
type Limits struct {
	All    int // in all
	Source int // of one source
}

// Crowd is what is held now. It is safe for use by several goroutines.
type Crowd[T comparable] struct {
	mu      sync.Mutex // guards all below
	members []member[T]
	held    map[netip.Addr]int
	out     uint64
	said    time.Time
}

type member[T comparable] struct {
	source netip.Addr
	what   T
}

// Source is what counts as one source: an IPv4 address, or a /64 of IPv6, which is what a
// subscriber has.
func Source(a netip.Addr) netip.Addr {
	if a = a.Unmap(); a.Is4() || !a.IsValid() {
		return a
	}
	p, _ := a.WithZone("").Prefix(64)
	return p.Addr()
}

// Add lets one in. gone has to leave for it, when full is true.
func (c *Crowd[T]) Add(from netip.Addr, what T, l Limits) (gone T, full bool) {
	from = Source(from)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held == nil {
		c.held = map[netip.Addr]int{}
	}
	whose := netip.Addr{}
	switch {
	case l.Source > 0 && c.held[from] >= l.Source:
		whose, full = from, true
	case l.All > 0 && len(c.members) >= l.All:
		whose, full = c.greediest(), true
	}
	if full {
		for _, m := range c.members {
			if m.source == whose {
				gone = m.what
				break
			}
		}
		c.remove(gone)
		c.out++
	}
	c.members = append(c.members, member[T]{from, what})
	c.held[from]++
	return gone, full
}

// greediest is the source that holds most; of several that which came first.
func (c *Crowd[T]) greediest() (whose netip.Addr) {
	most := 0
	for _, m := range c.members {
		if n := c.held[m.source]; n > most {
			whose, most = m.source, n
		}
	}
	return whose
}

// Remove takes one out that is gone or no stranger any more; false when it was not there.
func (c *Crowd[T]) Remove(what T) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.remove(what)
}

func (c *Crowd[T]) remove(what T) bool {
	for i, m := range c.members {
		if m.what != what {
			continue
		}
		c.members = append(c.members[:i], c.members[i+1:]...)
		if c.held[m.source]--; c.held[m.source] == 0 {
			delete(c.held, m.source)
		}
		return true
	}
	return false
}

// Len is how many there are.
func (c *Crowd[T]) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.members)
}

// Out counts those that had to leave.
func (c *Crowd[T]) Out() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.out
}

// Quiet is how long nothing is said after something was.
const Quiet = 10 * time.Second

// Tells says whether it is time for a line in the log about those who had to leave: one in
// ten seconds.
func (c *Crowd[T]) Tells() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := time.Now(); now.Sub(c.said) >= Quiet {
		c.said = now
		return true
	}
	return false
}
