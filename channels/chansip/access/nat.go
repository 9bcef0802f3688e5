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
