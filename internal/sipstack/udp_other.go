//go:build !linux

package sipstack

import (
	"net"
	"net/netip"

	"obelisk/internal/rawnet"
)

// systemSocket does not exist here: Go's own sockets are used.
type systemSocket struct{ udpSocket }

func newSystemSocket(a netip.AddrPort, index int, _ rawnet.Marks) (udpSocket, error) {
	return newConnSocket(func(a netip.AddrPort) (net.PacketConn, error) {
		return net.ListenUDP("udp", net.UDPAddrFromAddrPort(a))
	}, a, index)
}

func readSystem([]*systemSocket, func() bool) []func(deliver) { return nil }
