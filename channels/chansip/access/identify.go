package access

import (
	"net/netip"
	"slices"
	"strings"

	"obelisk/channels/chansip/location"
	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/auth"
	"obelisk/internal/config"
	"obelisk/internal/sipstack"
	"obelisk/internal/trace"
)

// Facts are what identification looks at.
type Facts struct {
	FromUser   string // decoded
	FromHost   string
	DigestUser string // user name of the credentials, "" without
	CalledUser string // Request-URI user
	Source     netip.AddrPort
	Proto      sipstack.Proto
}

// Identity is the result: an endpoint, or a guest.
type Identity struct {
	Peer *sipconf.Peer // nil for a guest and for the bogus endpoint
	Rule string        // how it was found, one clause
	Pos  config.Pos
	// Bogus is a caller who walks the path of authentication without ever succeeding
	// (alwaysauthreject=yes): unknown while allowguest=no, or from an address that the
	// endpoint, Denied, must not have.
	Bogus  bool
	Denied *sipconf.Peer
	Name   string // that he goes by
}

// Identify finds who sends an INVITE, in chan_sip's order: by From user among
// users and friends, by source address among peers whose callbackextension is
// the called user, by source address among all peers, then the guest policy.
// It is pure; tried gets one sentence for each rule.
func Identify(d *sipconf.Directory, live *location.Bindings, f Facts, tried func(string)) (Identity, *trace.Refusal) {
	name := f.FromUser
	if d.MatchAuthUsername && f.DigestUser != "" {
		name = f.DigestUser
	}
	if name == "" {
		name = f.FromHost
	}
	if p := d.Of(name, f.FromHost); p != nil && p.IsUser {
		return admit(d, p, "by name '"+name+"'", f)
	}
	tried("no user or friend is named '" + name + "'")
	if f.CalledUser != "" {
		if p := byAddress(d, live, f, func(p *sipconf.Peer) bool { return strings.EqualFold(p.CallbackExtension, f.CalledUser) }); p != nil {
			return admit(d, p, "by address "+f.Source.String()+" and callbackextension", f)
		}
	}
	if p := byAddress(d, live, f, func(*sipconf.Peer) bool { return true }); p != nil {
		return admit(d, p, "by address "+f.Source.String(), f)
	}
	tried("no peer has the address " + f.Source.String())
	if d.AllowGuest {
		return Identity{Rule: "as a guest", Pos: d.Line("allowguest")}, nil
	}
	if d.AlwaysAuthReject {
		return Identity{Name: name, Rule: "unknown, challenged all the same (alwaysauthreject)", Pos: d.Line("allowguest"), Bogus: true}, nil
	}
	return Identity{}, &trace.Refusal{Status: 403, Reason: "Forbidden", Cause: 21, Rule: "'" + name + "' from " + f.Source.String() +
		" matches no endpoint and allowguest=no", Pos: d.Line("allowguest")}
}

// admit checks the address list.
// Differs: with alwaysauthreject=yes and allowguest=no a refused sender is challenged first, as every
// sender is; chan_sip answers 403 at once, which tells that there is such an endpoint. While guests are
// let in a challenge would tell it as well.
func admit(d *sipconf.Directory, p *sipconf.Peer, rule string, f Facts) (Identity, *trace.Refusal) {
	if !p.ACL.Allows(f.Source.Addr()) && d.AlwaysAuthReject && !d.AllowGuest {
		return Identity{Name: p.Name, Denied: p, Bogus: true, Pos: p.Line("deny"),
			Rule: "'" + p.Name + "', whose permit/deny does not allow " + f.Source.Addr().String() +
				"; challenged all the same (alwaysauthreject)"}, nil
	}
	if !p.ACL.Allows(f.Source.Addr()) {
		return Identity{}, &trace.Refusal{Status: 403, Reason: "Forbidden", Cause: 21, Rule: "permit/deny of '" + p.Name + "' does not allow " +
			f.Source.Addr().String(), Pos: p.Line("deny")}
	}
	return Identity{Peer: p, Rule: rule, Pos: p.Pos}, nil
}

// PeerBySource finds the endpoint that sends from an address. What is done without
// credentials goes by that: a name is no more than a claim.
func PeerBySource(d *sipconf.Directory, live *location.Bindings, f Facts) *sipconf.Peer {
	p := byAddress(d, live, f, func(*sipconf.Peer) bool { return true })
	if p == nil || !p.ACL.Allows(f.Source.Addr()) {
		return nil
	}
	return p
}

// byAddress searches with the port first, then without it for insecure=port
// (UDP) or for the ephemeral ports of streams. Static hosts come in file order,
// then phones in the order in which they registered.
func byAddress(d *sipconf.Directory, live *location.Bindings, f Facts, fits func(*sipconf.Peer) bool) *sipconf.Peer {
	ip := f.Source.Addr()
	static := d.StaticPeers(ip)
	if d.Realtime() != nil {
		static = append(slices.Clip(static), d.Realtime().At(ip)...)
	}
	for pass := range 2 {
		for _, p := range static {
			if fits(p) && p.AllowsTransport(f.Proto) && (p.Addr() == f.Source || pass == 1 && p.MatchesAnyPort(f.Proto, true)) {
				return p
			}
		}
		var found *sipconf.Peer
		live.EachAt(ip, func(b *location.Binding) bool {
			p := d.Lookup(b.Name)
			if p == nil || !p.IsPeer || !p.Dynamic || !fits(p) || !p.AllowsTransport(f.Proto) {
				return false
			}
			if b.Addr == f.Source || pass == 1 && p.MatchesAnyPort(f.Proto, false) {
				found = p
			}
			return found != nil
		})
		if found != nil {
			return found
		}
	}
	return nil
}

// FactsOf collects what identification needs.
func FactsOf(m *sipstack.Message, dir *sipconf.Directory) Facts {
	from := m.From.ParsedURI()
	called, _ := sipstack.ParseURI(m.RequestURI)
	f := Facts{FromUser: sipstack.Unescape(from.User), FromHost: from.Host, CalledUser: sipstack.Unescape(called.User), Source: m.Flow.Remote,
		Proto: m.Flow.Proto}
	for _, header := range [2]string{"Authorization", "Proxy-Authorization"} {
		if user, ok := digestUser(m, header, dir.RealmFor(m)); ok {
			f.DigestUser = user
			break
		}
	}
	return f
}

// digestUser is whose credentials a request has for a realm, else for any.
func digestUser(m *sipstack.Message, header, realm string) (user string, ok bool) {
	for h := range m.Each(header) {
		switch u, r, digest := auth.DigestUser(h); {
		case digest && r == realm:
			return u, true
		case digest && !ok:
			user, ok = u, true
		}
	}
	return user, ok
}
