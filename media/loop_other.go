//go:build !linux

package media

import (
	"net"
	"net/netip"
)

type rawAddr struct{}

func (*rawAddr) Set(netip.AddrPort) {}

// systemBackend without epoll: a reader goroutine per socket.
func systemBackend() (backend, error) {
	return newConnBackend(func(a netip.AddrPort) (net.PacketConn, error) {
		return net.ListenUDP("udp", net.UDPAddrFromAddrPort(a))
	}), nil
}
