package chansip

import (
	"fmt"
	"net/netip"
	"slices"

	"obelisk/channels/chansip/dnsmgr"
	"obelisk/internal/config"
	"obelisk/internal/sipstack"
)

// wanted is a name of sip.conf.
type wanted struct {
	place *dnsmgr.Entry
	pos   config.Pos
	what  string // for people
}

// want has a name looked up for as long as the directory is in force.
func (d *Directory) want(q dnsmgr.Query, pos config.Pos, what string) *dnsmgr.Entry {
	p := d.names.Entry(q)
	if p.IsName() {
		d.wanted = append(d.wanted, wanted{p, pos, what})
	}
	return p
}

// wantProxies wants each outboundproxy once.
func (d *Directory) wantProxies() {
	seen := map[string]bool{"": true}
	add := func(e *endpoint, pos config.Pos) {
		if seen[e.OutboundProxy] {
			return
		}
		seen[e.OutboundProxy] = true
		if q, err := d.proxyQuestion(e.OutboundProxy, e.Transports[0]); err == nil {
			d.want(q, pos, "outboundproxy '"+e.OutboundProxy+"'")
		}
	}
	add(&d.endpoint, d.Line("outboundproxy"))
	for _, p := range d.Peers {
		add(&p.endpoint, p.Line("outboundproxy"))
	}
}

// wants are the places of the names of the directory.
func (d *Directory) wants() (out []*dnsmgr.Entry) {
	for _, w := range d.wanted {
		out = append(out, w.place)
	}
	return out
}

// Settle looks up, side by side and for a short time, what nobody has asked for yet, and
// tells which names have no address. These are no mistakes of sip.conf: they are looked up
// again while the directory is in force.
func (d *Directory) Settle() (out []config.Diagnostic) {
	dnsmgr.AwaitAll(d.wants(), dnsmgr.SettleLimit)
	for _, w := range d.wanted {
		if w.place.Targets() == nil {
			out = append(out, config.Diagnostic{Pos: w.pos, Text: fmt.Sprintf("%s has no address yet, and is looked up again: %v", w.what, w.place.Err())})
		}
	}
	return out
}

// placed is where the peers are whose hosts are names.
type placed struct {
	changes uint64 // of the names, of which it was made
	peers   map[netip.Addr][]*Peer
}

// static lists the peers whose host has an address, in file order.
func (d *Directory) static(ip netip.Addr) []*Peer {
	if len(d.named) == 0 {
		return d.byIP[ip]
	}
	t := d.placed.Load()
	if t == nil || t.changes != d.names.Generation() {
		t = d.place()
	}
	if list := t.peers[ip]; list != nil {
		return list
	}
	return d.byIP[ip]
}

// place makes the table of the named anew.
func (d *Directory) place() *placed {
	t := &placed{changes: d.names.Generation(), peers: map[netip.Addr][]*Peer{}}
	mixed := map[netip.Addr]bool{}
	for _, p := range d.named {
		for _, h := range p.at.Targets() {
			ip := h.Addr.Addr()
			if t.peers[ip] == nil && d.byIP[ip] != nil {
				t.peers[ip], mixed[ip] = slices.Clone(d.byIP[ip]), true
			}
			if !slices.Contains(t.peers[ip], p) {
				t.peers[ip] = append(t.peers[ip], p)
			}
		}
	}
	for ip := range mixed { // which is rare
		slices.SortFunc(t.peers[ip], func(a, b *Peer) int { return slices.Index(d.Peers, a) - slices.Index(d.Peers, b) })
	}
	d.placed.Store(t)
	return t
}

// moved is told when the address of a name was found, or another one: who waits for it
// goes on.
func (d *Driver) moved(at *dnsmgr.Entry) {
	d.log.Info().Msgf("'%s' is at %s", at.Query.Host, at.Addr())
	for _, p := range d.Directory().named {
		if p.at == at {
			d.health.poke(p.Name)
			d.core.DeviceChanged("SIP/" + p.Name)
		}
	}
	d.mu.Lock()
	trunks, watches := slices.Clone(d.trunks), slices.Clone(d.watches)
	d.mu.Unlock()
	for _, t := range trunks {
		if t.waits.CompareAndSwap(at, nil) {
			t.schedule(0)
		}
	}
	for _, w := range watches {
		if w.waits.CompareAndSwap(at, nil) {
			w.schedule(0)
		}
	}
}

// somewhere is a flow to a place that is not known yet: of it the transport counts, and
// the family of our socket.
func (d *Driver) somewhere(p sipstack.Proto) sipstack.Flow {
	return sipstack.Flow{Proto: p, Local: d.stack.Local()}
}
