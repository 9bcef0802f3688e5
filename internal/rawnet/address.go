package rawnet

import "net/netip"

// Unmapped is an address as it is compared: an IPv4 address that came by an IPv6 socket is one of IPv4.
func Unmapped(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()) }
