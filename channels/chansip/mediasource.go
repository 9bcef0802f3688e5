package chansip

import (
	"net/netip"

	"obelisk/internal/sipstack"
	"obelisk/media"
)

// expectation is what the far side's signalling tells of where its media comes from and
// goes to (docs/source-learning.md); the rest of the parameters is the media's own.
func (l *Leg) expectation(remote netip.AddrPort) media.Params {
	return media.Params{Remote: l.scoped(remote), Host: l.hostOf(l.Flow.Remote.Addr()), Symmetric: l.symmetric,
		Strangers: l.strangers(remote.Addr())}
}

// strangers reports whether media may come from a host that neither SIP nor SDP names: the
// signalling comes from a proxy, and the SDP names a private address behind a NAT.
func (l *Leg) strangers(named netip.Addr) bool {
	return l.Endpoint().AnySource || l.symmetric && (l.proxied || len(l.RouteSet) > 0 && l.through == nil) && inside(named)
}

// inside says whether an address means something in its own network only.
func inside(a netip.Addr) bool {
	return a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || carrierNAT.Contains(a)
}

// carrierNAT is the space between a carrier's NAT and its customers' (RFC 6598).
var carrierNAT = netip.MustParsePrefix("100.64.0.0/10")

// relayed says whether a request or a response has passed a proxy.
func relayed(m *sipstack.Message) bool {
	return m.Has("Record-Route") || m.IsRequest() && len(m.List("Via")) > 1
}

// strange tells of media that is not taken, when nothing else comes.
func (l *Leg) strange(from netip.AddrPort, sdp netip.AddrPort) {
	l.trace.Note("media comes from %s, which neither the SDP (%s) nor signalling (%s) names: it is not taken", from, sdp,
		l.hostOf(l.Flow.Remote.Addr()))
	l.d.log.Warn().Ctx(l.trace.Context()).Msgf("Media of '%s' comes from %s only, which neither its SDP (%s) nor its signalling (%s) "+
		"names: it is not taken (mediasource=any takes it)",
		l.resource, from, sdp, l.hostOf(l.Flow.Remote.Addr()))
}
