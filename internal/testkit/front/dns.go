// Package front stands before several switchboards in tests: a name server with SRV records, and a dispatcher as a SIP proxy is
// one. Neither shares code with the switchboard.
package front

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"obelisk/internal/testkit"

	"golang.org/x/net/dns/dnsmessage"
)

// Zone is what a name server knows.
type Zone struct {
	conn    net.PacketConn
	records []dnsmessage.Resource
}

// NewZone makes a name server of the lines of a zone, "NAME TTL IN SRV|A DATA"; ';' begins a remark.
func NewZone(listen testkit.Listen, at netip.AddrPort, text string) (*Zone, error) {
	z := &Zone{}
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, ";")
		if f := strings.Fields(line); len(f) > 0 {
			r, err := record(f)
			if err != nil {
				return nil, err
			}
			z.records = append(z.records, r)
		}
	}
	conn, err := listen(at)
	if err != nil {
		return nil, err
	}
	z.conn = conn
	go z.serve()
	return z, nil
}

func record(f []string) (r dnsmessage.Resource, err error) {
	bad := fmt.Errorf("no record: %s", strings.Join(f, " "))
	if len(f) < 5 {
		return r, bad
	}
	name, err := dnsmessage.NewName(f[0])
	if err != nil {
		return r, err
	}
	r.Header = dnsmessage.ResourceHeader{Name: name, Class: dnsmessage.ClassINET}
	if _, err := fmt.Sscan(f[1], &r.Header.TTL); err != nil {
		return r, bad
	}
	switch f[3] {
	case "SRV":
		var s dnsmessage.SRVResource
		var target string
		if _, err := fmt.Sscan(strings.Join(f[4:], " "), &s.Priority, &s.Weight, &s.Port, &target); err != nil {
			return r, bad
		}
		if s.Target, err = dnsmessage.NewName(target); err != nil {
			return r, err
		}
		r.Header.Type, r.Body = dnsmessage.TypeSRV, &s
	case "A":
		a, err := netip.ParseAddr(f[4])
		if err != nil || !a.Is4() {
			return r, bad
		}
		r.Header.Type, r.Body = dnsmessage.TypeA, &dnsmessage.AResource{A: a.As4()}
	default:
		return r, bad
	}
	return r, nil
}

func (z *Zone) serve() {
	buf := make([]byte, 2048)
	for {
		n, from, err := z.conn.ReadFrom(buf)
		if err != nil {
			return
		}
		var q dnsmessage.Message
		if q.Unpack(buf[:n]) != nil || len(q.Questions) != 1 {
			continue
		}
		out := dnsmessage.Message{Header: dnsmessage.Header{ID: q.ID, Response: true, Authoritative: true}, Questions: q.Questions}
		for _, r := range z.records {
			if r.Header.Type == q.Questions[0].Type && strings.EqualFold(r.Header.Name.String(), q.Questions[0].Name.String()) {
				out.Answers = append(out.Answers, r)
			}
		}
		if data, err := out.Pack(); err == nil {
			z.conn.WriteTo(data, from)
		}
	}
}

// Close ends it.
func (z *Zone) Close() { z.conn.Close() }

// Servers are where a phone looks for SIP over UDP in a domain, in the order in which it tries them: by priority, at
// random by weight (RFC 2782). The name server is at ns.
func Servers(listen testkit.Listen, from, ns netip.AddrPort, domain string, r *rand.Rand) (out []netip.AddrPort, err error) {
	conn, err := listen(from)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	found, err := ask(conn, ns, "_sip._udp."+domain, dnsmessage.TypeSRV)
	if err != nil {
		return nil, err
	}
	var list []*dnsmessage.SRVResource
	for _, x := range found {
		list = append(list, x.Body.(*dnsmessage.SRVResource))
	}
	for len(list) > 0 {
		best, sum := list[0].Priority, 0
		for _, x := range list {
			best = min(best, x.Priority)
		}
		for _, x := range list {
			if x.Priority == best {
				sum += int(x.Weight) + 1
			}
		}
		at := r.IntN(sum)
		i := slices.IndexFunc(list, func(x *dnsmessage.SRVResource) bool {
			if x.Priority == best {
				at -= int(x.Weight) + 1
			}
			return at < 0
		})
		hosts, err := ask(conn, ns, list[i].Target.String(), dnsmessage.TypeA)
		if err != nil {
			return nil, err
		}
		for _, h := range hosts {
			out = append(out, netip.AddrPortFrom(netip.AddrFrom4(h.Body.(*dnsmessage.AResource).A), list[i].Port))
		}
		list = slices.Delete(list, i, i+1)
	}
	return out, nil
}

// ask asks a name server, twice where it must.
func ask(conn net.PacketConn, ns netip.AddrPort, name string, kind dnsmessage.Type) ([]dnsmessage.Resource, error) {
	n, err := dnsmessage.NewName(name)
	if err != nil {
		return nil, err
	}
	q := dnsmessage.Message{Header: dnsmessage.Header{ID: uint16(len(name)), RecursionDesired: true},
		Questions: []dnsmessage.Question{{Name: n, Type: kind, Class: dnsmessage.ClassINET}}}
	data, err := q.Pack()
	if err != nil {
		return nil, err
	}
	buf := make([]byte, 2048)
	for range 2 {
		conn.WriteTo(data, net.UDPAddrFromAddrPort(ns))
		conn.SetReadDeadline(time.Now().Add(2 * time.Second))
		size, _, e := conn.ReadFrom(buf)
		var got dnsmessage.Message
		if err = e; e == nil {
			if err = got.Unpack(buf[:size]); err == nil {
				return got.Answers, nil
			}
		}
	}
	return nil, err
}
