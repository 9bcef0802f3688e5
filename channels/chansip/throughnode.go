package chansip

import (
	"net/netip"
	"time"

	"obelisk/channels/chansip/elsewhere"
	"obelisk/internal/sipstack"
	"obelisk/pbx"
)

// through is the other node that a call to a phone goes through: the phone is registered there.
type through struct {
	*elsewhere.Contact
	watch sipstack.Timer
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
	f := l.Flow
	if l.through != nil {
		f.Remote = l.through.Addr
	}
	return f
}

// nodeCheck is how often it is looked whether the node is there of a phone that is called.
const nodeCheck = 500 * time.Millisecond

// watchNode ends an unanswered call when the node of the called phone is silent. A stateless proxy
// answers nothing itself, so that else only Timer B would.
func (l *Leg) watchNode() {
	if l.through == nil || l.state >= legUp {
		return
	}
	l.sh.After(&l.through.watch, nodeCheck, func() {
		switch {
		case l.state >= legUp || l.cancelled:
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
