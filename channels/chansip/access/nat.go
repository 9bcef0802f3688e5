package access

import (
	"net/netip"
	"strings"

	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/sipstack"
)

// AnswerNAT says how an answer to this source goes back.
func AnswerNAT(m *sipstack.Message, n sipconf.NATMode) sipstack.NAT {
	return sipstack.NAT{ForceRport: n.ForceRport || n.AutoForceRport && NATDetected(m)}
}

// NATDetected: the topmost Via names another address than the packet's source.
func NATDetected(m *sipstack.Message) bool {
	host, _, _ := strings.Cut(m.Via.Host, "%")
	a, err := netip.ParseAddr(host)
	return err != nil || !sipstack.SameHost(a.Unmap(), m.Flow.Remote.Addr())
}

// UsePeerNAT has the settings of who is known, and no sooner, decide how answers go back.
func (ac *Control) UsePeerNAT(tx *sipstack.ServerTx, m *sipstack.Message, p *sipconf.Peer) {
	if p != nil {
		tx.NAT, tx.T1 = AnswerNAT(m, p.NAT), p.T1
	}
}

// NATOfUnknown is how an answer goes back before the sender is authenticated. It does not depend
// on the account in the request, which would tell whether there is one: where accounts differ
// in nat, the answer goes both ways.
func (ac *Control) NATOfUnknown(m *sipstack.Message) sipstack.NAT {
	dir := ac.cfg.Directory()
	n := AnswerNAT(m, dir.NAT)
	modes := dir.NATModes
	if dir.Realtime() != nil { // of rows that may be read
		modes = []sipconf.NATMode{{}, {ForceRport: true}}
	}
	for _, mode := range modes {
		if AnswerNAT(m, mode) != n {
			return sipstack.NAT{Both: true}
		}
	}
	return n
}
