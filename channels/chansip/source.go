package chansip

import (
	"net/netip"
	"strings"

	"obelisk/internal/sipstack"
)

// Where messages of a dialog and answers come from. Who has seen a message knows its
// tags; whether he may use them from another host is for the owner to say.

// sourcePolicy is securedialog: what becomes of a request in a dialog from a host that
// is not the far side's.
type sourcePolicy string

const (
	sourceAny       sourcePolicy = "no"        // it is taken, as by chan_sip
	sourceChallenge sourcePolicy = "challenge" // with the peer's credentials only
	sourceRefuse    sourcePolicy = "refuse"
)

func setSecureDialog(r *optionReader, v string) {
	switch p := sourcePolicy(strings.ToLower(v)); p {
	case sourceAny, sourceChallenge, sourceRefuse:
		r.e.SecureDialog = p
	default:
		r.bad(v, "no, challenge, refuse")
	}
}

func setAnswersFrom(r *optionReader, v string) {
	switch strings.ToLower(v) {
	case "peer", "any":
		r.e.AnswersFromAny = strings.EqualFold(v, "any")
	default:
		r.bad(v, "peer, any")
	}
}

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
func (d *Driver) peersAt(dir *Directory, a netip.Addr) (out []*Peer) {
	out = append(out, dir.static(a)...)
	if dir.outer != nil {
		out = append(out, dir.outer.at(a)...)
	}
	d.live.at(a, func(b *Binding) bool {
		if p := dir.Lookup(b.Name); p != nil {
			out = append(out, p)
		}
		return false
	})
	return out
}

// isAt says whether an address is one of a peer's: its hosts', its contacts', or where
// it has registered from.
func (d *Driver) isAt(p *Peer, a netip.Addr) bool {
	if sipstack.SameHost(p.DefaultAddr.Addr(), a) {
		return true
	}
	for _, h := range p.at.Targets() {
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
	if policy == sourceAny || g.knows(m.Flow) {
		return true
	}
	if tx != nil && policy == sourceChallenge && g.peer != nil && g.peer.Secured() && !g.peer.Insecure.Invite {
		r := g.d.verify(sh, tx, m, identity{Peer: g.peer}, func(string, ...any) {})
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
