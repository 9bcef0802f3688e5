package auth

import (
	"fmt"
	"math/bits"
	"net/netip"
	"strings"
)

// ACL is an ordered list of permit and deny rules; the last that matches
// decides, and without any the address is allowed.
type ACL []Rule

// Rule is one permit or deny line.
type Rule struct {
	Allow bool
	Net   netip.Prefix
	Text  string // as written
}

// Allows applies the rules. IPv4 rules never match IPv6 addresses.
func (a ACL) Allows(addr netip.Addr) bool {
	allowed := true
	addr = addr.Unmap().WithZone("")
	for _, r := range a {
		if r.Net.Contains(addr) {
			allowed = r.Allow
		}
	}
	return allowed
}

// Access is a list of one's own and named ones (acl.conf); each must allow an address.
type Access struct {
	ACL
	Named []ACL
}

// Allows applies all lists.
func (a Access) Allows(addr netip.Addr) bool {
	for _, n := range a.Named {
		if !n.Allows(addr) {
			return false
		}
	}
	return a.ACL.Allows(addr)
}

// Any says whether there is anything to apply.
func (a Access) Any() bool { return len(a.ACL) > 0 || len(a.Named) > 0 }

// Nobody allows no address: what a named list that does not exist comes to.
var Nobody = ACL{{Net: netip.MustParsePrefix("0.0.0.0/0")}, {Net: netip.MustParsePrefix("::/0")}}

// Named is the list of acl.conf with a name; Nobody where there is none of it, which known says.
func Named(lists map[string]ACL, name string) (list ACL, known bool) {
	if list, known = lists[name]; !known {
		list = Nobody
	}
	return list, known
}

// Add reads the value of a permit or deny line: networks separated by commas,
// each "addr", "addr/bits" or "addr/mask", a leading "!" inverts.
func (a *ACL) Add(allow bool, value string) error {
	for _, text := range strings.Split(value, ",") {
		text = strings.TrimSpace(text)
		net, inverted := strings.CutPrefix(text, "!")
		p, err := ParseNet(net)
		if err != nil {
			return err
		}
		*a = append(*a, Rule{Allow: allow != inverted, Net: p, Text: text})
	}
	return nil
}

// ParseNet reads "addr", "addr/bits" or "addr/mask".
func ParseNet(s string) (netip.Prefix, error) {
	host, mask, masked := strings.Cut(strings.TrimSpace(s), "/")
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("'%s' is not an address or network", s)
	}
	mapped := 0 // bits of the prefix ::ffff:0:0/96
	if addr.Is4In6() {
		addr, mapped = addr.Unmap(), 96
	}
	if !masked {
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	n := 0
	if m, err := netip.ParseAddr(mask); err == nil && m.Is4() && addr.Is4() {
		b := m.As4()
		v := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
		n, mapped = bits.LeadingZeros32(^v), 0
		if n < 32 && v<<n != 0 {
			return netip.Prefix{}, fmt.Errorf("mask '%s' has holes", mask)
		}
	} else if _, err := fmt.Sscanf(mask, "%d", &n); err != nil || n < mapped || n-mapped > addr.BitLen() {
		return netip.Prefix{}, fmt.Errorf("'%s' is not a network mask", mask)
	}
	return netip.PrefixFrom(addr, n-mapped).Masked(), nil
}
