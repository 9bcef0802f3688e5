package chansip

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"obelisk/internal/sipstack"
)

// Resolver looks names up.
type Resolver struct {
	// Addr is the address of a host; IPv4 comes first.
	Addr func(host string) (netip.Addr, error)
	// Addrs are all its addresses, that of Addr first. nil: Addr's is the only one.
	Addrs func(host string) ([]netip.Addr, error)
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
var SystemResolver = Resolver{Addr: systemAddr, Addrs: systemAddrs, Services: systemServices}

// systemLimit is how long the system may take over one look-up of its own.
const systemLimit = 3 * time.Second

func systemAddr(host string) (netip.Addr, error) {
	all, err := systemAddrs(host)
	if err != nil {
		return netip.Addr{}, err
	}
	return all[0], nil
}

func systemAddrs(host string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a.Unmap()}, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), systemLimit)
	defer cancel()
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err == nil && len(ips) == 0 {
		err = fmt.Errorf("no address for %s", host)
	}
	if err != nil {
		return nil, err
	}
	for i := range ips {
		ips[i] = ips[i].Unmap()
	}
	slices.SortStableFunc(ips, func(a, b netip.Addr) int { return cmp.Compare(a.BitLen(), b.BitLen()) })
	return ips, nil
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
	ctx, cancel := context.WithTimeout(context.Background(), systemLimit)
	defer cancel()
	_, list, _ := net.DefaultResolver.LookupSRV(ctx, service, proto, domain)
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

// question is what a host is asked for: with srvlookup, a name and no port its SRV records
// first (RFC 3263 4.2).
func (g *general) question(proto sipstack.Proto, host string, port int) question {
	return question{proto: proto, host: strings.Trim(host, "[]"), port: port, srv: g.SrvLookup && port == 0}
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

// proxyQuestion reads an outboundproxy: "[transport://]host[:port][,force]".
func (g *general) proxyQuestion(text string, proto sipstack.Proto) (q question, err error) {
	text, _, _ = strings.Cut(text, ",")
	if scheme, rest, ok := strings.Cut(text, "://"); ok {
		p, known := sipstack.ParseProto(scheme)
		if !known {
			return q, fmt.Errorf("'%s' is not a transport", scheme)
		}
		proto, text = p, rest
	}
	host, port := splitHost(text)
	return g.question(proto, host, port), nil
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
