package sipstack

import (
	"net"
	"net/netip"
	"sync"
	"time"
)

// sources are which of the machine's addresses reaches whom. Asking costs some system
// calls, so that what the system said is good for some seconds.
var sources struct {
	sync.RWMutex // guards known
	known        map[netip.Addr]source
}

type source struct {
	addr  netip.Addr
	until time.Time
}

const (
	sourceKept = 5 * time.Second
	maxSources = 4096 // that are kept; with one more all are asked for again
)

// sourceFor is the machine's address towards a peer; that of loopback where none is.
func sourceFor(to netip.AddrPort) netip.Addr {
	now := time.Now()
	sources.RLock()
	k, ok := sources.known[to.Addr()]
	sources.RUnlock()
	if ok && now.Before(k.until) {
		return k.addr
	}
	a, ok := askSource(to)
	if !ok {
		return netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	sources.Lock()
	defer sources.Unlock()
	if sources.known == nil || len(sources.known) >= maxSources {
		sources.known = map[netip.Addr]source{}
	}
	sources.known[to.Addr()] = source{a, now.Add(sourceKept)}
	return a
}

// askSource asks the system.
func askSource(to netip.AddrPort) (netip.Addr, bool) {
	c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(to))
	if err != nil {
		return netip.Addr{}, false
	}
	defer c.Close()
	return c.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap(), true
}
