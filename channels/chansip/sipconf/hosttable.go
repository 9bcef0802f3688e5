package sipconf

import (
	"fmt"
	"net/netip"
	"slices"

	"obelisk/channels/chansip/dnsmgr"
	"obelisk/internal/config"
)

// hostName is a name in sip.conf that is looked up.
type hostName struct {
	entry *dnsmgr.Entry
	pos   config.Pos
	what  string // what it is, for diagnostics
}

// addHost returns the entry of a host, which is looked up while the directory is in force.
func (d *Directory) addHost(q dnsmgr.Query, pos config.Pos, what string) *dnsmgr.Entry {
	p := d.names.Entry(q)
	if p.IsName() {
		d.hostNames = append(d.hostNames, hostName{p, pos, what})
	}
	return p
}

// addProxyHosts adds each outboundproxy once.
func (d *Directory) addProxyHosts() {
	seen := map[string]bool{"": true}
	add := func(e *Endpoint, pos config.Pos) {
		if seen[e.OutboundProxy] {
			return
		}
		seen[e.OutboundProxy] = true
		if q, err := d.ProxyQuery(e.OutboundProxy, e.Transports[0]); err == nil {
			d.addHost(q, pos, "outboundproxy '"+e.OutboundProxy+"'")
		}
	}
	add(&d.Endpoint, d.Line("outboundproxy"))
	for _, p := range d.Peers {
		add(&p.Endpoint, p.Line("outboundproxy"))
	}
}

// HostEntries are the names that dnsmgr is to look up while the directory is in force.
func (d *Directory) HostEntries() (out []*dnsmgr.Entry) {
	for _, w := range d.hostNames {
		out = append(out, w.entry)
	}
	return out
}

// HostName is a name of the file that is looked up, and what it is.
type HostName struct {
	Host, What string
	Pos        config.Pos
}

// HostNames lists them, for tools.
func (d *Directory) HostNames() (out []HostName) {
	for _, w := range d.hostNames {
		out = append(out, HostName{w.entry.Query.Host, w.what, w.pos})
	}
	return out
}

// Settle waits up to dnsmgr.SettleLimit for the first answers and reports the names that have
// no address yet. Such a name is no mistake in sip.conf: it is looked up again while the
// directory is in force.
func (d *Directory) Settle() (out []config.Diagnostic) {
	dnsmgr.AwaitAll(d.HostEntries(), dnsmgr.SettleLimit)
	for _, w := range d.hostNames {
		if w.entry.Targets() == nil {
			out = append(out, config.Diagnostic{Pos: w.pos, Text: fmt.Sprintf("%s has no address yet, and is looked up again: %v", w.what,
				w.entry.Err())})
		}
	}
	return out
}

// hostTable finds the peers whose host is a name by address.
type hostTable struct {
	generation uint64 // of the names, when it was made
	peers      map[netip.Addr][]*Peer
}

// StaticPeers lists the peers whose host has an address, in file order.
func (d *Directory) StaticPeers(ip netip.Addr) []*Peer {
	if len(d.NamedHosts) == 0 {
		return d.byIP[ip]
	}
	t := d.hostTable.Load()
	if t == nil || t.generation != d.names.Generation() {
		t = d.buildHostTable()
	}
	if list := t.peers[ip]; list != nil {
		return list
	}
	return d.byIP[ip]
}

// buildHostTable makes the table from the addresses as they are now.
func (d *Directory) buildHostTable() *hostTable {
	t := &hostTable{generation: d.names.Generation(), peers: map[netip.Addr][]*Peer{}}
	mixed := map[netip.Addr]bool{}
	for _, p := range d.NamedHosts {
		for _, h := range p.HostEntry.Targets() {
			ip := h.Addr.Addr()
			if t.peers[ip] == nil && d.byIP[ip] != nil {
				t.peers[ip], mixed[ip] = slices.Clone(d.byIP[ip]), true
			}
			if !slices.Contains(t.peers[ip], p) {
				t.peers[ip] = append(t.peers[ip], p)
			}
		}
	}
	for ip := range mixed { // rare
		slices.SortFunc(t.peers[ip], func(a, b *Peer) int { return slices.Index(d.Peers, a) - slices.Index(d.Peers, b) })
	}
	d.hostTable.Store(t)
	return t
}
