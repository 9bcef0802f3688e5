package chansip

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
func (d *Driver) Answers(asked netip.AddrPort, by netip.Addr) bool {
	if d.names.SameName(asked.Addr(), by) {
		return true
	}
	dir := d.Directory()
	peers := d.peersAt(dir, asked.Addr())
	if len(peers) == 0 {
		return dir.AnswersFromAny
	}
	for _, p := range peers {
		if p.AnswersFromAny || d.isAt(p, by) {
			return true
		}
	}
	return false
}

// peersAt are those that an address is of.
func (d *Driver) peersAt(dir *sipconf.Directory, a netip.Addr) (out []*sipconf.Peer) {
	out = append(out, dir.StaticPeers(a)...)
	if dir.Realtime() != nil {
		out = append(out, dir.Realtime().At(a)...)
	}
	d.live.EachAt(a, func(b *location.Binding) bool {
		if p := dir.Lookup(b.Name); p != nil {
			out = append(out, p)
		}
		return false
	})
	return out
}

// isAt says whether an address is one of a peer's: its hosts', its contacts', or where
// it has registered from.
func (d *Driver) isAt(p *sipconf.Peer, a netip.Addr) bool {
	if sipstack.SameHost(p.DefaultAddr.Addr(), a) {
		return true
	}
	for _, h := range p.HostEntry.Targets() {
		if sipstack.SameHost(h.Addr.Addr(), a) {
			return true
		}
	}
	for _, b := range d.live.All(p.Name) {
		if sipstack.SameHost(b.Addr.Addr(), a) || sipstack.SameHost(b.Flow.Remote.Addr(), a) {
			return true
		}
	}
	return false
}

// knows says whether a flow is the far side's: from the host that the dialog's requests
// go to, or that its last one came from, or from another address of its peer. Any port
// will do: NAT gives new ones. What was encrypted stays so.
func (g *dialog) knows(f sipstack.Flow) bool {
	if g.flow.Proto.Secure() && !f.Proto.Secure() {
		return false
	}
	a := f.Remote.Addr()
	return sipstack.SameHost(g.flow.Remote.Addr(), a) || sipstack.SameHost(g.source, a) || g.peer != nil && g.d.isAt(g.peer, a)
}

// admits judges a request in the dialog by where it comes from (securedialog), and
// answers one that is not let in. tx is nil for an ACK.
func (g *dialog) admits(sh *sipstack.Shard, tx *sipstack.ServerTx, m *sipstack.Message) bool {
	policy := g.endpoint().SecureDialog
	if policy == sipconf.SecureDialogNo || g.knows(m.Flow) {
		return true
	}
	if tx != nil && policy == sipconf.SecureDialogChallenge && g.peer != nil && g.peer.Secured() && !g.peer.Insecure.Invite {
		r := g.d.access.Verify(sh, tx, m, access.Identity{Peer: g.peer}, func(string, ...any) {})
		if r == nil {
			return !tx.Final()
		}
	}
	g.notAdmitted(m)
	if tx != nil {
		g.d.respond(tx, 403, "Forbidden")
	}
	return false
}

func (g *dialog) notAdmitted(m *sipstack.Message) {
	g.d.stack.Counters.Foreign.Add(1)
	g.d.log.Warn().Msgf("%s of Call-ID %s from %s was refused: the dialog is with %s (securedialog)", m.Method, m.CallID, m.Flow.Remote, g.flow.Remote)
}
