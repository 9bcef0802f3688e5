package dialog

import (
	"net/netip"

	"obelisk/channels/chansip/access"
	"obelisk/channels/chansip/location"
	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/sipstack"
)

// Where messages of a dialog and answers come from. Who has seen a message knows its
// tags; whether he may use them from another host is for the owner to say.

// Answers says whether a host may answer a request that went to another: both are
// addresses of one peer or of one name, or that peer has answersfrom=any.
func (ua *Agent) Answers(asked netip.AddrPort, by netip.Addr) bool {
	if ua.cfg.Names.SameName(asked.Addr(), by) {
		return true
	}
	dir := ua.cfg.Directory()
	peers := ua.peersAt(dir, asked.Addr())
	if len(peers) == 0 {
		return dir.AnswersFromAny
	}
	for _, p := range peers {
		if p.AnswersFromAny || ua.IsAt(p, by) {
			return true
		}
	}
	return false
}

// peersAt are those that an address is of.
func (ua *Agent) peersAt(dir *sipconf.Directory, a netip.Addr) (out []*sipconf.Peer) {
	out = append(out, dir.StaticPeers(a)...)
	if dir.Realtime() != nil {
		out = append(out, dir.Realtime().At(a)...)
	}
	ua.cfg.Bindings.EachAt(a, func(b *location.Binding) bool {
		if p := dir.Lookup(b.Name); p != nil {
			out = append(out, p)
		}
		return false
	})
	return out
}

// IsAt says whether an address is one of a peer's: its hosts', its contacts', or where
// it has registered from.
func (ua *Agent) IsAt(p *sipconf.Peer, a netip.Addr) bool {
	if sipstack.SameHost(p.DefaultAddr.Addr(), a) {
		return true
	}
	for _, h := range p.HostEntry.Targets() {
		if sipstack.SameHost(h.Addr.Addr(), a) {
			return true
		}
	}
	for _, b := range ua.cfg.Bindings.All(p.Name) {
		if sipstack.SameHost(b.Addr.Addr(), a) || sipstack.SameHost(b.Flow.Remote.Addr(), a) {
			return true
		}
	}
	return false
}

// FromPeer says whether a flow is the far side's: from the host that the dialog's requests
// go to, or that its last one came from, or from another address of its peer. Any port
// will do: NAT gives new ones. What was encrypted stays so.
func (g *Dialog) FromPeer(f sipstack.Flow) bool {
	if g.Flow.Proto.Secure() && !f.Proto.Secure() {
		return false
	}
	a := f.Remote.Addr()
	return sipstack.SameHost(g.Flow.Remote.Addr(), a) || sipstack.SameHost(g.Source, a) || g.Peer != nil && g.Agent.IsAt(g.Peer, a)
}

// Admits judges a request in the dialog by where it comes from (securedialog), and
// answers one that is not let in. tx is nil for an ACK.
func (g *Dialog) Admits(sh *sipstack.Shard, tx *sipstack.ServerTx, m *sipstack.Message) bool {
	policy := g.Endpoint().SecureDialog
	if policy == sipconf.SecureDialogNo || g.FromPeer(m.Flow) {
		return true
	}
	if tx != nil && policy == sipconf.SecureDialogChallenge && g.Peer != nil && g.Peer.Secured() && !g.Peer.Insecure.Invite {
		r := g.Agent.cfg.Access.Verify(sh, tx, m, access.Identity{Peer: g.Peer}, func(string, ...any) {})
		if r == nil {
			return !tx.Final()
		}
	}
	g.ReportForeign(m)
	if tx != nil {
		g.Agent.cfg.Directory().Respond(tx, 403, "Forbidden")
	}
	return false
}

func (g *Dialog) ReportForeign(m *sipstack.Message) {
	g.Agent.stack.Counters.Foreign.Add(1)
	g.Agent.cfg.Log.Warn().Msgf("%s of Call-ID %s from %s was refused: the dialog is with %s (securedialog)", m.Method, m.CallID,
		m.Flow.Remote, g.Flow.Remote)
}
