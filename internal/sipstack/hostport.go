package sipstack

import (
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// PortOr is a port, or the one of the transport.
func PortOr(port int, p Proto) uint16 {
	if port == 0 {
		return p.Port()
	}
	return uint16(port)
}

// NonStandard is a port to be written, 0 for the one of the transport.
func NonStandard(port uint16, p Proto) int {
	if port == p.Port() {
		return 0
	}
	return int(port)
}

// SplitHost reads host[:port], an IPv6 address in brackets.
func SplitHost(text string) (host string, port int) {
	text = strings.TrimSpace(text)
	if h, p, err := net.SplitHostPort(text); err == nil {
		port, _ = strconv.Atoi(p)
		return h, port
	}
	return text, 0
}

// ParseAddress reads an address as people type it, IPv6 with or without brackets, with a port or with the
// one that is meant otherwise.
func ParseAddress(text string, port uint16) (netip.AddrPort, error) {
	if a, err := netip.ParseAddrPort(text); err == nil {
		return a, nil
	}
	a, err := netip.ParseAddr(strings.Trim(text, "[]"))
	return netip.AddrPortFrom(a, port), err
}
