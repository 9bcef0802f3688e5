package cluster

import (
	"net/netip"
	"slices"
	"sync/atomic"

	"obelisk/pbx"
)

// others are the other nodes as the core sees them.
type others struct {
	*devices
	node     *atomic.Pointer[Node] // nil in it: this one is alone, as yet or for good
	draining *atomic.Bool
}

var _ pbx.Elsewhere = others{}

// SIPOf implements pbx.Elsewhere.
func (o others) SIPOf(node string) (netip.AddrPort, bool) {
	for _, x := range o.reachable() {
		if x.name == node {
			return x.sip, x.alive
		}
	}
	return netip.AddrPort{}, false
}

// Draining implements pbx.Elsewhere.
func (o others) Draining() bool { return o.draining.Load() }

// NodeAt implements pbx.Elsewhere.
func (o others) NodeAt(a netip.AddrPort) (string, bool) {
	list := o.reachable()
	i := slices.IndexFunc(list, func(x reach) bool { return x.sip == a || a.Port() == 0 && x.sip.Addr() == a.Addr() })
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
	sip   netip.AddrPort
	alive bool
}

// publish lets others read who is there without a lock; that of soft is held.
func (n *Node) publish() {
	list := make([]reach, 0, len(n.machine.list))
	for _, who := range n.machine.Sorted() {
		if a, err := netip.ParseAddrPort(who.SIP); err == nil && !a.Addr().IsUnspecified() && who.Status != Foreign {
			list = append(list, reach{who.Name, a, who.Status == Alive})
		}
	}
	n.reach.Store(&list)
}
