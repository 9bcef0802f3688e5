package registrar

import (
	"net/netip"
	"strings"

	"obelisk/channels/chansip/access"
	"obelisk/channels/chansip/location"
	"obelisk/channels/chansip/qualify"
	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/sipstack"
	"obelisk/pbx/event"
)

// Register answers a REGISTER by the decision table of chan_sip.
func (rg *Registrar) Register(sh *sipstack.Shard, tx *sipstack.ServerTx, m *sipstack.Message) {
	dir := rg.cfg.Directory()
	to := m.To.ParsedURI()
	if to.Host == "" {
		dir.Respond(tx, 404, "Not found")
		return
	}
	if rg.cfg.Core.Draining() && !removes(m) { // another node takes it
		dir.Respond(tx, 503, "Unavailable", sipstack.Header{Name: "Retry-After", Value: sipstack.RetryAfter()})
		return
	}
	r := request{rg: rg, dir: dir, sh: sh, tx: tx, m: m}
	name := sipstack.Unescape(to.User)
	if name == "" {
		name = to.Host
	}
	peer := dir.Of(name, to.Host)
	r.name, r.named = name, peer
	tx.NAT = rg.cfg.Access.NATOfUnknown(m)
	if _, local := dir.LocalDomain(to.Host); len(dir.Domains) > 0 && !local {
		r.hide(404, "Not found (unknown domain)", "Not a local domain", "Not a local domain")
		return
	}
	switch {
	case r.unknown():
	case peer == nil || !peer.IsPeer:
		r.hide(404, "Not found", "Wrong password", "No matching peer found")
	case !peer.ACL.Allows(m.Flow.Remote.Addr()):
		r.hide(404, "Not found", "Device does not match ACL", "Device does not match ACL")
	case !peer.Dynamic:
		rg.cfg.Log.Error().Msgf("Peer '%s' is trying to register, but not configured as host=dynamic", peer.Name)
		r.hide(403, "Forbidden", "Peer is not supposed to register", "Peer is not supposed to register")
	default:
		r.peer = peer
		r.verify()
	}
}

// removes says whether a REGISTER takes contacts back and has no new ones.
func removes(m *sipstack.Message) bool {
	none := strings.TrimSpace(m.Header("Expires")) == "0"
	for _, value := range m.List("Contact") {
		c, _ := sipstack.ParseNameAddr(value)
		if own, given := c.Param("expires"); given && strings.Trim(own, "0") != "" || !given && !none {
			return false
		}
	}
	return true
}

// request is one REGISTER being judged.
type request struct {
	rg   *Registrar
	dir  *sipconf.Directory
	sh   *sipstack.Shard
	tx   *sipstack.ServerTx
	m    *sipstack.Message
	peer *sipconf.Peer
	name string
	// named is the endpoint of that name, also where it must not register.
	named  *sipconf.Peer
	before []*location.Binding // what the endpoint has when its Contacts are looked at
	info   string              // Authentication-Info of the answer
}

// hide refuses: at once with alwaysauthreject=no, otherwise by the same way a
// wrong password takes.
func (r *request) hide(status int, reason, hidden, open string) {
	if r.dir.AlwaysAuthReject {
		nobody := r.rg.cfg.Access.DecoyAccount(r.m, r.name, r.named)
		if v := r.rg.cfg.Access.CheckDigest(r.sh, r.m, &nobody); v == access.NeedsChallenge {
			r.rg.cfg.Access.SendChallenge(r.sh, r.tx, r.m, &nobody, false)
			return
		}
		status, reason, open = 403, "Forbidden", hidden
	}
	r.refuse(status, reason, open)
}

// refuse answers and writes the line that log watchers look for. The address
// comes from the socket alone.
func (r *request) refuse(status int, reason, why string) {
	r.rg.cfg.Log.Warn().Msgf("Registration from '%s' failed for '%s' - %s", access.Unquoted(r.m.ToRaw), r.m.Flow.Remote, why)
	what, name := access.ChallengeResponseFailed, sipstack.Unescape(r.m.To.ParsedURI().User)
	switch {
	case why == "Device does not match ACL":
		what = access.FailedACL
	case r.peer == nil:
		what = access.InvalidAccountID
	}
	r.rg.cfg.Access.SecurityEvent(what, name, r.m)
	r.tellRejected(name, why)
	r.dir.Respond(r.tx, status, reason)
}

func (r *request) verify() {
	if !r.peer.Secured() {
		r.rg.cfg.Access.UsePeerNAT(r.tx, r.m, r.peer)
	}
	if r.peer.Secured() {
		a := r.rg.cfg.Access.AccountOf(r.m, r.peer)
		switch r.rg.cfg.Access.CheckDigest(r.sh, r.m, &a) {
		case access.OK:
			r.info = a.Info
			r.rg.cfg.Access.UsePeerNAT(r.tx, r.m, r.peer)
			r.tx.Shown()
		case access.NeedsChallenge:
			r.rg.cfg.Access.SendChallenge(r.sh, r.tx, r.m, &a, false)
			return
		case access.StaleNonce:
			r.rg.cfg.Access.SendChallenge(r.sh, r.tx, r.m, &a, true)
			return
		case access.WrongPassword:
			r.refuse(403, "Forbidden", "Wrong password")
			return
		case access.WrongUser:
			if r.dir.AlwaysAuthReject {
				r.refuse(403, "Forbidden", "Username/auth name mismatch")
			} else {
				r.refuse(404, "Not found", "Username/auth name mismatch")
			}
			return
		case access.WrongURI:
			r.refuse(403, "Forbidden", "Credentials for another URI")
			return
		}
	}
	if !r.peer.AllowsTransport(r.m.Flow.Proto) {
		r.refuse(403, "Forbidden", "Device not configured to use this transport type")
		return
	}
	r.rg.cfg.Access.ReportSuccess(r.m, r.peer.Secured())
	r.takeContacts()
}

// nextHop is the proxy that a Path names first, or where the REGISTER came from when
// that is no address, or over a stream.
func (r *request) nextHop(path string) netip.AddrPort {
	n, _ := sipstack.ParseNameAddr(sipstack.SplitList(path)[0])
	u := n.ParsedURI()
	a, isAddr := u.Addr()
	if !isAddr || r.m.Flow.Proto.Reliable() {
		return r.m.Flow.Remote
	}
	return netip.AddrPortFrom(sipstack.Scoped(a, r.m.Flow), sipstack.PortOr(u.Port, r.m.Flow.Proto))
}

// address is where requests to the phone go: the packet's source when
// force_rport is active, the Via carried rport or the phone is on a stream,
// else the Contact's host. A name in the Contact is not looked up; the source
// is used instead.
func (r *request) address(u sipstack.URI) netip.AddrPort {
	a, isAddr := u.Addr()
	if r.tx.NAT.ForceRport || r.m.Via.RPort || r.m.Flow.Proto.Reliable() || !isAddr {
		return r.m.Flow.Remote
	}
	return netip.AddrPortFrom(sipstack.Scoped(a, r.m.Flow), sipstack.PortOr(u.Port, r.m.Flow.Proto))
}

// ok answers, with what an endpoint is told that was let in.
func (r *request) ok(extra ...sipstack.Header) {
	if r.info != "" {
		extra = append(extra, sipstack.Header{Name: "Authentication-Info", Value: r.info})
	}
	for _, uri := range r.peer.Reg.Associated {
		extra = append(extra, sipstack.Header{Name: "P-Associated-URI", Value: "<" + uri + ">"})
	}
	for _, uri := range r.peer.Reg.ServiceRoutes {
		extra = append(extra, sipstack.Header{Name: "Service-Route", Value: "<" + uri + ">"})
	}
	r.dir.Respond(r.tx, 200, "OK", extra...)
}

// tellRejected makes a failed registration known (authfailureevents).
func (r *request) tellRejected(name, why string) {
	if !r.dir.AuthFailureEvents {
		return
	}
	cause, ok := map[string]string{"Wrong password": "AUTH_SECRET_FAILED", "Username/auth name mismatch": "AUTH_USERNAME_MISMATCH",
		"Peer is not supposed to register": "AUTH_PEER_NOT_DYNAMIC",
		"No matching peer found":           "URI_NOT_FOUND"}[why]
	if ok {
		qualify.TellPeerStatus(r.rg.cfg.Core, name, "Rejected",
			event.PeerStatus{Cause: cause, Address: r.m.Flow.Remote})
	}
}
