package chansip

import (
	"net/netip"
	"time"

	"obelisk/channels/chansip/dnsmgr"
	"obelisk/channels/chansip/elsewhere"
	"obelisk/internal/sipstack"
	"obelisk/pbx"
)

// through is the other node that a call to a phone goes through: the phone is registered there.
type through struct {
	*elsewhere.Contact
	visit bool // the far side is that node itself, for a call of this one or of that one
	watch sipstack.Timer
}

// nodeHop is the way to the node of a contact.
func nodeHop(c *elsewhere.Contact) dnsmgr.Target {
	if c.SIP.TLS {
		return dnsmgr.Target{Proto: sipstack.Node, Addr: c.SIP.AddrPort, TLSName: c.Node}
	}
	return dnsmgr.Target{Proto: sipstack.UDP, Addr: c.SIP.AddrPort}
}

// hostOf is the host that the far side is at, as signalling has it: that of the phone where its
// messages come from another node.
func (l *Leg) hostOf(source netip.Addr) netip.Addr {
	if l.through != nil {
		return l.through.Addr.Addr()
	}
	return source
}

// mediaFlow is the flow to the far side that its media would take: which of our addresses it is told
// depends on where it is, not on who passes its signalling on.
func (l *Leg) mediaFlow() sipstack.Flow {
	switch {
	case l.through == nil:
		return l.Flow
	case l.Flow.Proto == sipstack.Node: // which is another network, perhaps
		return l.d.stack.Route(sipstack.UDP, l.through.Addr)
	}
	f := l.Flow
	f.Remote = l.through.Addr
	return f
}

// nodeCheck is how often it is looked whether the node is there of a phone that is called.
const nodeCheck = 500 * time.Millisecond

// watchNode ends an unanswered call when the node of the called phone is silent. A stateless proxy
// answers nothing itself, so that else only Timer B would. A visit ends when the other node is gone, also
// when it is up: nobody else would say so.
func (l *Leg) watchNode() {
	if l.through == nil || l.state == legEnded || l.state == legUp && !l.through.visit {
		return
	}
	l.sh.After(&l.through.watch, nodeCheck, func() {
		switch {
		case l.state == legEnded || l.cancelled:
		case l.state == legUp && !l.through.visit:
		case l.state == legUp || !l.outbound:
			if l.d.phones.Known(l.through.Node) {
				l.watchNode()
				return
			}
			l.trace.Note("node '%s' is gone", l.through.Node)
			l.tell(pbx.Event{Kind: pbx.EventHungUp, Cause: pbx.CauseAbsent})
			l.retire()
		case l.d.phones.Alive(l.through.Node):
			l.watchNode()
		default:
			l.nodeFailed("is silent")
		}
	})
}

// nodeFailed ends an unanswered call, as one to a phone that is not there.
func (l *Leg) nodeFailed(why string) {
	l.trace.Note("node '%s', where '%s' is registered, %s", l.through.Node, l.resource, why)
	l.tell(pbx.Event{Kind: pbx.EventHungUp, Cause: pbx.CauseAbsent})
	if l.client != nil {
		l.client.Cancel(nil) // perhaps the phone hears it
	}
	l.retire()
}
