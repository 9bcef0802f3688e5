package sipconf

import (
	"cmp"
	"net/netip"

	"obelisk/internal/sipstack"
)

// Which of our addresses a peer is told.

// inLocalNet says whether an address is in localnet.
func (g *General) inLocalNet(a netip.Addr) bool {
	for _, n := range g.LocalNets {
		if n.Net.Contains(a.WithZone("")) == n.Allow {
			return true
		}
	}
	return false
}

// Advertised is the address we give to a peer: ours, or externaddr for targets
// outside every localnet. Other nodes of the switchboard are told ours.
func (g *General) Advertised(f sipstack.Flow) netip.AddrPort {
	local := netip.AddrPortFrom(f.Local.Addr().WithZone(""), f.Local.Port())
	outside := g.ExternAddr
	if g.extern != nil {
		outside = g.extern.now()
	}
	if !outside.IsValid() || len(g.LocalNets) == 0 || f.Proto == sipstack.Node {
		return local
	}
	if g.inLocalNet(f.Remote.Addr()) || g.MatchExternLocal && !g.inLocalNet(local.Addr()) {
		return local
	}
	port := cmp.Or(outside.Port(), local.Port())
	switch {
	case f.Proto == sipstack.TCP:
		port = cmp.Or(g.ExternTCPPort, port)
	case f.Proto == sipstack.TLS: // the port of externaddr is the one of UDP
		port = cmp.Or(g.ExternTLSPort, local.Port())
	}
	return netip.AddrPortFrom(outside.Addr(), port)
}

// FromHost is our address as it stands in From: with the port where it is unusual.
func (g *General) FromHost(f sipstack.Flow) string {
	me := g.Advertised(f)
	return sipstack.HostPort(me.Addr().String(), sipstack.NonStandard(me.Port(), f.Proto))
}

// RTPAddr is the address RTP is bound to: rtpbindaddr, or where the SIP
// message came in.
func (g *General) RTPAddr(f sipstack.Flow) netip.Addr {
	if g.RTPBind.IsUnspecified() && f.Local.Addr().IsValid() && !f.Local.Addr().IsUnspecified() && f.Local.Addr().Is4() == g.RTPBind.Is4() {
		return f.Local.Addr()
	}
	return g.RTPBind
}
