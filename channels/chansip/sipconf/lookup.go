package sipconf

import (
	"net/netip"
	"slices"
	"strings"

	"obelisk/internal/sipstack"
)

// What is asked of the directory in operation.

// Of finds the endpoint of a user at a domain: by both, which is how one user may be
// under several domains, else by the user alone.
func (d *Directory) Of(user, host string) *Peer {
	if (d.tenants || d.table != nil) && host != "" {
		if p := d.Lookup(user + "@" + host); p != nil {
			return p
		}
	}
	return d.Lookup(user)
}

// Lookup finds an endpoint by its exact name.
func (d *Directory) Lookup(name string) *Peer {
	if p := d.byName[name]; p != nil {
		return p
	}
	if d.table != nil {
		if p := d.table.Lookup(name); p != nil {
			return p
		}
	}
	if d.auto != nil {
		return d.auto.Lookup(name)
	}
	return nil
}

// InFile finds an endpoint that has a section in the file.
func (d *Directory) InFile(name string) *Peer { return d.byName[name] }

// PeerSource has endpoints that are in no file.
type PeerSource interface {
	Lookup(name string) *Peer // nil: there is none
}

// HostSource is a PeerSource that knows its endpoints by their addresses too.
type HostSource interface {
	PeerSource
	At(ip netip.Addr) []*Peer
}

// Join adds the endpoints of the table sippeers and of autocreatepeer; either may be nil. It
// is called before the directory is published.
func (d *Directory) Join(table HostSource, auto PeerSource) { d.table, d.auto = table, auto }

// Realtime is the table sippeers; nil: there is none.
func (d *Directory) Realtime() HostSource { return d.table }

// LocalDomain says whether a host is in a non-empty domain list, and its
// context.
func (d *Directory) LocalDomain(host string) (DomainLine, bool) {
	for _, l := range d.Domains {
		if strings.EqualFold(l.Name, host) {
			return l, true
		}
	}
	return DomainLine{}, false
}

func (p *Peer) MatchesAnyPort(proto sipstack.Proto, static bool) bool {
	if proto == sipstack.UDP {
		return p.Insecure.Port
	}
	return static || !p.NAT.ForceRport
}

// RealmFor is the realm of a challenge: with domainsasrealm the domain of From, else of
// To, where it is one of ours.
func (d *Directory) RealmFor(m *sipstack.Message) string {
	if d.DomainsAsRealm {
		for _, n := range []sipstack.NameAddr{m.From, m.To} {
			if l, ok := d.LocalDomain(n.ParsedURI().Host); ok {
				return l.Name
			}
		}
	}
	return d.Realm
}

// TakesSubscriptions says whether anybody may subscribe.
func (d *Directory) TakesSubscriptions() bool {
	return d.AllowSubscribe || slices.ContainsFunc(d.Peers, func(p *Peer) bool { return p.AllowSubscribe })
}

// StandIn is one of the accounts that phones log in with; nil without any.
func (d *Directory) StandIn(n uint64) *Peer {
	if len(d.loginPeers) == 0 {
		return nil
	}
	return d.loginPeers[n%uint64(len(d.loginPeers))]
}

// LooksLikePeer says whether a name, or what precedes a dash in it, is an endpoint's.
func (d *Directory) LooksLikePeer(name string) bool {
	for i := range len(name) + 1 {
		if i < len(name) && name[i] != '-' {
			continue
		}
		for _, n := range [...]string{name[:i], strings.ToLower(name[:i]), strings.ToUpper(name[:i])} {
			if d.Lookup(n) != nil {
				return true
			}
		}
	}
	return false
}

func (d *Directory) PeerNames() []string {
	var out []string
	for _, p := range d.Peers {
		out = append(out, p.Name)
	}
	return out
}
