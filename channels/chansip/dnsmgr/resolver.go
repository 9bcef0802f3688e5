package dnsmgr

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
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

// Target is where a request goes next.
type Target struct {
	Proto   sipstack.Proto
	Addr    netip.AddrPort
	TLSName string // whom a certificate must name
}

// targets asks for the ways to a place (RFC 3263 4.2): those of SRV records where the query
// asks for them and there are some, else the address. There is at least one without an error.
// hosts are all addresses of the names that were asked for.
func (r Resolver) targets(q Query) (ways []Target, hosts []netip.Addr, err error) {
	if q.SRV && r.Services != nil {
		if ways, hosts = r.serviceTargets(q); len(ways) > 0 {
			return ways, hosts, nil
		}
	}
	if hosts, err = r.addrs(q.Host); err != nil {
		return nil, nil, err
	}
	return []Target{{q.Proto, netip.AddrPortFrom(hosts[0], sipstack.PortOr(q.Port, q.Proto)), q.Host}}, hosts, nil
}

// addrs are the addresses of a host, the one to use first. There is at least one without
// an error.
func (r Resolver) addrs(host string) ([]netip.Addr, error) {
	if r.Addrs != nil {
		return r.Addrs(host)
	}
	a, err := r.Addr(host)
	if err == nil && !a.IsValid() {
		err = fmt.Errorf("no address for %s", host)
	}
	if err != nil {
		return nil, err
	}
	return []netip.Addr{a.Unmap()}, nil
}

// serviceTargets asks for the SRV records, and for the addresses of all of them at a time.
func (r Resolver) serviceTargets(q Query) (ways []Target, hosts []netip.Addr) {
	services := r.Services(q.Proto, q.Host)
	addrs := make([][]netip.Addr, len(services))
	var all sync.WaitGroup
	for i, s := range services {
		all.Go(func() { addrs[i], _ = r.addrs(s.Host) })
	}
	all.Wait()
	for i, s := range services {
		if len(addrs[i]) > 0 {
			ways = append(ways, Target{q.Proto, netip.AddrPortFrom(addrs[i][0], s.Port), q.Host})
			hosts = append(hosts, addrs[i]...)
		}
	}
	return ways, hosts
}
