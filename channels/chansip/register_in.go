package chansip

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
	"unique"

	"obelisk/internal/sipstack"
)

// register answers a REGISTER by the decision table of chan_sip.
func (d *Driver) register(sh *sipstack.Shard, tx *sipstack.ServerTx, m *sipstack.Message) {
	dir := d.Directory()
	to := m.To.ParsedURI()
	if to.Host == "" {
		d.respond(tx, 404, "Not found")
		return
	}
	r := registration{d: d, dir: dir, sh: sh, tx: tx, m: m}
	name := sipstack.Unescape(to.User)
	if name == "" {
		name = to.Host
	}
	peer := dir.Lookup(name)
	if peer != nil {
		tx.NAT = d.answerNAT(m, peer.NAT)
	}
	if _, local := dir.localDomain(to.Host); len(dir.Domains) > 0 && !local {
		r.hide(404, "Not found (unknown domain)", "Not a local domain", "Not a local domain")
		return
	}
	switch {
	case peer == nil || !peer.IsPeer:
		r.hide(404, "Not found", "Wrong password", "No matching peer found")
	case !peer.ACL.Allows(m.Flow.Remote.Addr()):
		r.hide(404, "Not found", "Device does not match ACL", "Device does not match ACL")
	case !peer.Dynamic:
		d.log.Error().Msgf("Peer '%s' is trying to register, but not configured as host=dynamic", peer.Name)
		r.hide(403, "Forbidden", "Peer is not supposed to register", "Peer is not supposed to register")
	default:
		r.peer = peer
		r.verify()
	}
}

// registration is one REGISTER being judged.
type registration struct {
	d    *Driver
	dir  *Directory
	sh   *sipstack.Shard
	tx   *sipstack.ServerTx
	m    *sipstack.Message
	peer *Peer
	info string // Authentication-Info of the answer
}

// hide refuses: at once with alwaysauthreject=no, otherwise by the same way a
// wrong password takes.
func (r *registration) hide(status int, reason, hidden, open string) {
	if r.dir.AlwaysAuthReject {
		nobody := r.d.loginOf(r.m, nil)
		if v := r.d.authenticate(r.sh, r.m, &nobody); v == authChallenge {
			r.d.sendChallenge(r.sh, r.tx, r.m, &nobody, false)
			return
		}
		status, reason, open = 403, "Forbidden", hidden
	}
	r.refuse(status, reason, open)
}

// refuse answers and writes the line that log watchers look for. The address
// comes from the socket alone.
func (r *registration) refuse(status int, reason, why string) {
	r.d.log.Warn().Msgf("Registration from '%s' failed for '%s' - %s", strings.ReplaceAll(r.m.ToRaw, "'", "_"), r.m.Flow.Remote, why)
	what, name := invalidPassword, sipstack.Unescape(r.m.To.ParsedURI().User)
	switch {
	case why == "Device does not match ACL":
		what = failedACL
	case r.peer == nil:
		what = invalidAccount
	}
	r.d.alarm(what, name, r.m)
	r.d.respond(r.tx, status, reason)
}

func (r *registration) verify() {
	if r.peer.Secured() {
		a := r.d.loginOf(r.m, r.peer)
		switch r.d.authenticate(r.sh, r.m, &a) {
		case authOK:
			r.info = a.info
		case authChallenge:
			r.d.sendChallenge(r.sh, r.tx, r.m, &a, false)
			return
		case authStale:
			r.d.sendChallenge(r.sh, r.tx, r.m, &a, true)
			return
		case authWrongPassword:
			r.refuse(403, "Forbidden", "Wrong password")
			return
		case authWrongUser:
			if r.dir.AlwaysAuthReject {
				r.refuse(403, "Forbidden", "Username/auth name mismatch")
			} else {
				r.refuse(404, "Not found", "Username/auth name mismatch")
			}
			return
		}
	}
	if !r.peer.allowsTransport(r.m.Flow.Proto) {
		r.refuse(403, "Forbidden", "Device not configured to use this transport type")
		return
	}
	r.contact()
}

// contact does what the Contact header asks for.
func (r *registration) contact() {
	list := r.m.List("Contact")
	expires, given := r.expiry(list)
	star := false
	for _, c := range list {
		star = star || strings.TrimSpace(c) == "*"
	}
	switch {
	case star && (len(list) > 1 || expires != 0 || !given):
		r.d.log.Warn().Msg("Failed to parse contact info")
		r.d.respond(r.tx, 400, "Bad Request")
	case len(list) == 0:
		r.query()
	case star || expires == 0:
		r.unregister()
	default:
		r.bind(list[0], expires)
	}
}

// expiry: the Expires header beats the Contact parameter; clamped, never 423.
func (r *registration) expiry(contacts []string) (seconds int, given bool) {
	text := strings.TrimSpace(r.m.Header("Expires"))
	if text == "" && len(contacts) > 0 {
		if c, ok := sipstack.ParseNameAddr(contacts[0]); ok {
			text, _ = c.Param("expires")
		}
	}
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return int(r.dir.DefaultExpiry.Seconds()), false
	}
	if n == 0 {
		return 0, true
	}
	low, high := uint64(r.dir.MinExpiry.Seconds()), uint64(r.dir.MaxExpiry.Seconds())
	return int(min(max(n, low), high)), true
}

// query answers with the current binding and its remaining time.
func (r *registration) query() {
	b := r.d.live.Get(r.peer.Name)
	if b == nil {
		r.ok()
		return
	}
	left := max(since(time.Until(b.Expires)), 0)
	r.ok(sipstack.Header{Name: "Expires", Value: strconv.Itoa(left)}, sipstack.Header{Name: "Contact", Value: fmt.Sprintf("<%s>;expires=%d", b.Contact, left)})
}

func (r *registration) unregister() {
	if r.d.live.Remove(r.peer.Name) {
		r.d.log.Info().Msgf("Unregistered SIP '%s'", r.peer.Name)
	}
	r.d.health.forget(r.peer.Name)
	r.d.core.DeviceChanged("SIP/" + r.peer.Name)
	r.ok(sipstack.Header{Name: "Expires", Value: "0"})
}

// bind replaces the endpoint's contact.
func (r *registration) bind(value string, expires int) {
	c, ok := sipstack.ParseNameAddr(value)
	u, good := sipstack.ParseURI(c.URI)
	if !ok || !good || u.Scheme != "sip" && u.Scheme != "sips" {
		r.d.log.Warn().Msgf("Failed to parse contact info '%s'", value)
		r.d.respond(r.tx, 400, "Bad Request")
		return
	}
	path := ""
	if r.peer.SupportPath {
		path = strings.Clone(strings.Join(r.m.List("Path"), ", "))
	}
	addr := r.address(u)
	if path != "" {
		addr = r.nextHop(path)
	}
	if r.dir.ExcludeStatic && len(r.dir.byIP[addr.Addr()]) > 0 || !r.dir.ContactACL.Allows(addr.Addr()) || !r.peer.ContactACL.Allows(addr.Addr()) {
		r.d.log.Warn().Msgf("Registration denied because of contact ACL: '%s' for '%s'", addr, r.peer.Name)
		r.d.respond(r.tx, 603, "Denied")
		return
	}
	c.URI = strings.Clone(c.URI) // it stays, the message does not
	b := Binding{Name: r.peer.Name, Addr: addr, Contact: c.URI, User: strings.Clone(u.User), UserAgent: unique.Make(r.m.Header("User-Agent")).Value(), Path: path,
		Granted: time.Duration(expires) * time.Second, Expires: time.Now().Add(time.Duration(expires) * time.Second), Flow: r.m.Flow}
	r.d.stack.Trust(r.m.Flow)
	old := r.d.live.Get(r.peer.Name)
	r.d.live.Set(b)
	if old == nil || old.Addr != addr {
		r.d.log.Info().Msgf("Registered SIP '%s' at %s", r.peer.Name, addr)
	}
	h := []sipstack.Header{{Name: "Expires", Value: strconv.Itoa(expires)}, {Name: "Contact", Value: fmt.Sprintf("<%s>;expires=%d", c.URI, expires)}}
	if path != "" {
		h = append(h, sipstack.Header{Name: "Path", Value: path})
	}
	r.ok(append(h, dateHeader())...)
	r.d.health.poke(r.peer.Name)
	r.d.core.DeviceChanged("SIP/" + r.peer.Name)
	if len(r.peer.Mailboxes) > 0 {
		r.d.tellMailboxes(r.peer.Name)
	}
}

// nextHop is the proxy that a Path names first, or where the REGISTER came from when
// that is no address, or over a stream.
func (r *registration) nextHop(path string) netip.AddrPort {
	n, _ := sipstack.ParseNameAddr(sipstack.SplitList(path)[0])
	u := n.ParsedURI()
	a, isAddr := u.Addr()
	if !isAddr || r.m.Flow.Proto.Reliable() {
		return r.m.Flow.Remote
	}
	return netip.AddrPortFrom(a, portOr(u.Port, r.m.Flow.Proto))
}

// address is where requests to the phone go: the packet's source when
// force_rport is active, the Via carried rport or the phone is on a stream,
// else the Contact's host. A name in the Contact is not looked up; the source
// is used instead.
func (r *registration) address(u sipstack.URI) netip.AddrPort {
	a, isAddr := u.Addr()
	if r.tx.NAT.ForceRport || r.m.Via.RPort || r.m.Flow.Proto.Reliable() || !isAddr {
		return r.m.Flow.Remote
	}
	return netip.AddrPortFrom(a, portOr(u.Port, r.m.Flow.Proto))
}

func (r *registration) ok(extra ...sipstack.Header) { r.d.respond(r.tx, 200, "OK", extra...) }
