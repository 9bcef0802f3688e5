package chansip

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"obelisk/internal/sipstack"
)

// Resolver looks names up.
type Resolver struct {
	// Addr is the address of a host; IPv4 comes first.
	Addr func(host string) (netip.Addr, error)
	// Services are a domain's SRV records for a transport, in the order of RFC
	// 2782. nil: there are none.
	Services func(proto sipstack.Proto, domain string) []Service
}

// Service is where an SRV record points to.
type Service struct {
	Host string
	Port uint16
}

// SystemResolver asks the system.
var SystemResolver = Resolver{Addr: systemAddr, Services: systemServices}

func systemAddr(host string) (netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return a.Unmap(), nil
	}
	ips, err := net.LookupIP(host)
	if err != nil {
		return netip.Addr{}, err
	}
	for _, ip := range ips {
		if a, ok := netip.AddrFromSlice(ip); ok && a.Unmap().Is4() {
			return a.Unmap(), nil
		}
	}
	if len(ips) > 0 {
		a, _ := netip.AddrFromSlice(ips[0])
		return a, nil
	}
	return netip.Addr{}, fmt.Errorf("no address for %s", host)
}

// systemServices asks for the labels of RFC 3263 4.1.
func systemServices(p sipstack.Proto, domain string) (out []Service) {
	service, proto := "sip", "tcp"
	switch p {
	case sipstack.UDP:
		proto = "udp"
	case sipstack.TLS:
		service = "sips"
	}
	_, list, _ := net.LookupSRV(service, proto, domain)
	for _, r := range list {
		if host := strings.TrimSuffix(r.Target, "."); host != "" {
			out = append(out, Service{Host: host, Port: r.Port})
		}
	}
	return out
}

// hop is where a request goes next.
type hop struct {
	proto sipstack.Proto
	addr  netip.AddrPort
	name  string // whom a certificate must name
}

// hops finds the ways to a host, the best first (RFC 3263 4.2): with srvlookup,
// a name and no port those of its SRV records, else its address. There is at
// least one without an error.
func (g *general) hops(r Resolver, proto sipstack.Proto, host string, port int) (out []hop, err error) {
	host = strings.Trim(host, "[]")
	if _, notName := netip.ParseAddr(host); g.SrvLookup && port == 0 && notName != nil && r.Services != nil {
		for _, s := range r.Services(proto, host) {
			if a, err := r.Addr(s.Host); err == nil {
				out = append(out, hop{proto, netip.AddrPortFrom(a, s.Port), host})
			}
		}
	}
	if len(out) > 0 {
		return out, nil
	}
	a, err := r.Addr(host)
	if err != nil {
		return nil, err
	}
	return []hop{{proto, netip.AddrPortFrom(a, portOr(port, proto)), host}}, nil
}

// portOr is a port, or the one of the transport.
func portOr(port int, p sipstack.Proto) uint16 {
	if port == 0 {
		return p.Port()
	}
	return uint16(port)
}

// nonStandard is a port to be written, 0 for the one of the transport.
func nonStandard(port uint16, p sipstack.Proto) int {
	if port == p.Port() {
		return 0
	}
	return int(port)
}

// splitHost reads host[:port], an IPv6 address in brackets.
func splitHost(text string) (host string, port int) {
	text = strings.TrimSpace(text)
	if h, p, err := net.SplitHostPort(text); err == nil {
		port, _ = strconv.Atoi(p)
		return h, port
	}
	return text, 0
}

// proxyHops reads an outboundproxy: "[transport://]host[:port][,force]".
func (g *general) proxyHops(r Resolver, text string, proto sipstack.Proto) ([]hop, error) {
	text, _, _ = strings.Cut(text, ",")
	if scheme, rest, ok := strings.Cut(text, "://"); ok {
		p, known := sipstack.ParseProto(scheme)
		if !known {
			return nil, fmt.Errorf("'%s' is not a transport", scheme)
		}
		proto, text = p, rest
	}
	host, port := splitHost(text)
	return g.hops(r, proto, host, port)
}

// reach is the way to a hop: the one that a phone has registered over, where there is
// one.
func (d *Driver) reach(h hop, registered sipstack.Flow) sipstack.Flow {
	if !registered.Local.IsValid() {
		return d.flowTo(h)
	}
	registered.Remote = h.addr
	return registered
}

// unasked is a request of ours to a peer outside any dialog, and the flow it takes;
// false when the peer cannot be reached. b is where it is registered, nil for a peer
// that is not; fromUser is the user in From.
func (d *Driver) unasked(dir *Directory, p *Peer, b *Binding, method, fromUser string) (o *sipstack.Outgoing, f sipstack.Flow, ok bool) {
	to, uri, ok := pokeTarget(p, b)
	if !ok {
		return nil, f, false
	}
	var registered sipstack.Flow
	var routes []string
	if b != nil {
		registered, routes = b.Flow, b.routes()
	}
	f = d.reach(to, registered)
	me := dir.advertised(f)
	user := cmp.Or(fromUser, dir.CallerID)
	at, routes := sipstack.Routed(uri, routes)
	return &sipstack.Outgoing{Method: method, URI: at, From: fmt.Sprintf(`"asterisk" <sip:%s@%s>;tag=%s`, user, dir.hostFor(f), sipstack.Tag()), To: "<" + uri + ">",
		Contact: contactAt(user, me.String(), f.Proto), CallID: sipstack.Hex32() + "@" + me.String(), CSeq: 102, MaxForwards: p.MaxForwards,
		Routes: routes, Headers: dir.requestHeaders(), ForceRport: p.NAT.ForceRport}, f, true
}

// places are where a peer is: its bindings, or nil for one that is not registered.
func (d *Driver) places(name string) []*Binding {
	if list := d.live.All(name); len(list) > 0 {
		return list
	}
	return []*Binding{nil}
}

// hostFor is our address as it stands in From: with the port where it is unusual.
func (g *general) hostFor(f sipstack.Flow) string {
	me := g.advertised(f)
	return sipstack.HostPort(me.Addr().String(), nonStandard(me.Port(), f.Proto))
}

// flowTo is the way to a hop.
func (d *Driver) flowTo(h hop) sipstack.Flow {
	f := d.stack.Route(h.proto, h.addr)
	f.Name = h.name
	return f
}
