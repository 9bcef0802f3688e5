package cluster

import (
	"crypto/sha256"
	"encoding/binary"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"

	"obelisk/pbx"
)

// others are the other nodes as the core sees them.
type others struct {
	*devices
	node     *atomic.Pointer[Node] // nil in it: this one is alone, as yet or for good
	draining *atomic.Bool
	alone    *atomic.Bool // for good: there is no bus
	asks     *asks
	leases   *leases
	conf     *Config
}

var _ pbx.Elsewhere = others{}

// Nodes implements pbx.Elsewhere.
func (o others) Nodes() (out []string) {
	for _, x := range o.reachable() {
		if x.alive {
			out = append(out, x.name)
		}
	}
	return out
}

// SIPOf implements pbx.Elsewhere.
func (o others) SIPOf(node string) (pbx.NodeSIP, bool) {
	for _, x := range o.reachable() {
		if x.name == node {
			way := o.conf.way(&x)
			return way, x.alive && way.IsValid()
		}
	}
	return pbx.NodeSIP{}, false
}

// way is how SIP goes to a node: plain UDP only where cluster.conf has no certificates, or says so.
func (c *Config) way(x *reach) pbx.NodeSIP {
	switch {
	case c.TLS() && x.tls.IsValid():
		return pbx.NodeSIP{AddrPort: x.tls, TLS: true}
	case c.TLS() && !c.Plain:
		return pbx.NodeSIP{}
	}
	return pbx.NodeSIP{AddrPort: x.sip}
}

// Owner implements pbx.Elsewhere: the node that ranks highest for the key (rendezvous hashing), so that
// one that comes or goes changes no more than its own share. A silent node keeps its share until it is
// dead, one that is being emptied gives it to the others.
func (o others) Owner(kind, key string) (name string, here bool) {
	node := o.node.Load()
	if node == nil {
		return "", o.alone.Load()
	}
	o.leases.asked(time.Now(), kind, key)
	name = node.owner(kind, key)
	return name, name != "" && name == node.soft.Node()
}

// owner is the node that ranks highest for a key; "": it is too early to know.
func (n *Node) owner(kind, key string) (name string) {
	if list := n.able.Load(); list != nil {
		return owner(*list, kind, key)
	}
	return ""
}

// owner is the node of a list that ranks highest.
func owner(list []string, kind, key string) (name string) {
	var best uint64
	for _, x := range list {
		if rank := rankOf(x, kind, key); name == "" || rank > best {
			name, best = x, rank
		}
	}
	return name
}

// rankOf is how high a node ranks for a key.
func rankOf(node, kind, key string) uint64 {
	sum := sha256.Sum256([]byte(node + "\x00" + kind + "\x00" + key))
	return binary.BigEndian.Uint64(sum[:])
}

// Ask implements pbx.Elsewhere.
func (o others) Ask(node, topic, text string, patience time.Duration) (string, error) {
	return o.asks.ask(node, topic, text, patience)
}

// Answer implements pbx.Elsewhere.
func (o others) Answer(topic string, f func(node, text string) string) { o.asks.answer(topic, f) }

// HardCalls implements pbx.Elsewhere.
func (o others) HardCalls() bool { return o.conf.HardLimits }

// GroupLimit implements pbx.Elsewhere.
func (o others) GroupLimit(group, category string) int { return o.conf.Groups[group+"@"+category] }

// Take implements pbx.Elsewhere. A node without a bus counts alone, which the log has said.
func (o others) Take(limit string, most int, patience time.Duration) bool {
	if node := o.node.Load(); node != nil {
		return node.Take(limit, most, patience)
	}
	return o.alone.Load()
}

// Give implements pbx.Elsewhere.
func (o others) Give(limit string) {
	if node := o.node.Load(); node != nil {
		node.Give(limit)
	}
}

// Draining implements pbx.Elsewhere.
func (o others) Draining() bool { return o.draining.Load() }

// NodeAt implements pbx.Elsewhere.
func (o others) NodeAt(a netip.AddrPort) (string, bool) {
	list := o.reachable()
	i := slices.IndexFunc(list, func(x reach) bool {
		way := o.conf.way(&x)
		return way.AddrPort == a || a.Port() == 0 && (x.sip.Addr() == a.Addr() || way.Addr() == a.Addr())
	})
	if i < 0 {
		return "", false
	}
	return list[i].name, true
}

func (o others) reachable() []reach {
	if node := o.node.Load(); node != nil {
		if list := node.reach.Load(); list != nil {
			return *list
		}
	}
	return nil
}

// reach is how a node is reached.
type reach struct {
	name  string
	sip   netip.AddrPort // over UDP
	tls   netip.AddrPort // not valid: it has none
	alive bool
}

// addressOf reads an address that a node can be reached at; the zero value where it is none.
func addressOf(text string) netip.AddrPort {
	a, err := netip.ParseAddrPort(text)
	if err != nil || a.Addr().IsUnspecified() {
		return netip.AddrPort{}
	}
	return a
}

// publish lets others read who is there without a lock; that of soft is held.
func (n *Node) publish() {
	list := make([]reach, 0, len(n.machine.list))
	for _, who := range n.machine.Sorted() {
		if plain, secure := addressOf(who.SIP), addressOf(who.TLS); who.Status != Foreign && (plain.IsValid() || secure.IsValid()) {
			list = append(list, reach{who.Name, plain, secure, who.Status == Alive})
		}
	}
	n.reach.Store(&list)
	if time.Since(n.joined) >= SuspectAfter { // who is there has been heard
		able := n.machine.able()
		n.able.Store(&able)
	}
}

// able are the nodes that may be given work, by name: all that are there, where each of them is being emptied.
func (m *Machine) able() (out []string) {
	all := []string{m.self}
	if !m.beat.Drains {
		out = all
	}
	for _, who := range m.Sorted() {
		if who.Status == Alive || who.Status == Suspect {
			if all = append(all, who.Name); !who.Drains {
				out = append(out, who.Name)
			}
		}
	}
	if len(out) == 0 {
		out = all
	}
	slices.Sort(out)
	return out
}
