package sipstack

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// udpSocket is one listening UDP socket with its reader.
type udpSocket struct {
	conn  net.PacketConn
	udp   *net.UDPConn   // nil on a test network
	local netip.AddrPort // as bound
	info  bool           // bound to the wildcard: the local address comes with each packet
}

const socketBuffer = 4 << 20

func listenUDP(addr netip.AddrPort) (net.PacketConn, error) {
	lc := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		return c.Control(func(fd uintptr) {
			// The kernel caps it at net.core.rmem_max; what it grants is enough to start with.
			unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF, socketBuffer)
			if addr.Addr().IsUnspecified() {
				unix.SetsockoptInt(int(fd), unix.IPPROTO_IP, unix.IP_PKTINFO, 1)
				unix.SetsockoptInt(int(fd), unix.IPPROTO_IPV6, unix.IPV6_RECVPKTINFO, 1)
			}
		})
	}}
	network := "udp6"
	if addr.Addr().Is4() {
		network = "udp4"
	} else if addr.Addr().IsUnspecified() {
		network = "udp" // dual stack
	}
	return lc.ListenPacket(context.Background(), network, addr.String())
}

func newUDPSocket(conn net.PacketConn) *udpSocket {
	s := &udpSocket{conn: conn}
	s.udp, _ = conn.(*net.UDPConn)
	if a, ok := conn.LocalAddr().(*net.UDPAddr); ok {
		s.local = unmap(a.AddrPort())
	}
	s.info = s.udp != nil && s.local.Addr().IsUnspecified()
	return s
}

func unmap(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()) }

// read delivers datagrams until the socket is closed. A transient error does
// not end it.
func (s *udpSocket) read(index int, deliver func(Flow, []byte)) {
	buf, oob := make([]byte, 65536), make([]byte, 128)
	for {
		n, local, from, err := s.readOne(buf, oob)
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			time.Sleep(time.Millisecond)
			continue
		}
		if isKeepalive(buf[:n]) {
			continue
		}
		deliver(Flow{Proto: UDP, Sock: uint8(index), Local: local, Remote: from}, append([]byte(nil), buf[:n]...))
	}
}

func (s *udpSocket) readOne(buf, oob []byte) (n int, local, from netip.AddrPort, err error) {
	switch {
	case s.info:
		var no int
		n, no, _, from, err = s.udp.ReadMsgUDPAddrPort(buf, oob)
		return n, netip.AddrPortFrom(packetInfo(oob[:no], s.local.Addr()), s.local.Port()), unmap(from), err
	case s.udp != nil:
		n, from, err = s.udp.ReadFromUDPAddrPort(buf)
		return n, s.local, unmap(from), err
	}
	var a net.Addr
	n, a, err = s.conn.ReadFrom(buf)
	if u, ok := a.(*net.UDPAddr); ok {
		from = unmap(u.AddrPort())
	}
	return n, s.local, from, err
}

// packetInfo finds the address a datagram was sent to.
func packetInfo(oob []byte, fallback netip.Addr) netip.Addr {
	msgs, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return fallback
	}
	for _, m := range msgs {
		switch {
		case m.Header.Level == unix.IPPROTO_IP && m.Header.Type == unix.IP_PKTINFO && len(m.Data) >= 12:
			return netip.AddrFrom4([4]byte(m.Data[8:12]))
		case m.Header.Level == unix.IPPROTO_IPV6 && m.Header.Type == unix.IPV6_PKTINFO && len(m.Data) >= 16:
			return netip.AddrFrom16([16]byte(m.Data[:16])).Unmap()
		}
	}
	return fallback
}

// write sends from the flow's local address.
func (s *udpSocket) write(f Flow, b []byte) error {
	if s.udp == nil {
		_, err := s.conn.WriteTo(b, net.UDPAddrFromAddrPort(f.Remote))
		return err
	}
	if s.info && f.Local.Addr().IsValid() && !f.Local.Addr().IsUnspecified() {
		var oob []byte
		if a := f.Local.Addr(); a.Is4() {
			oob = unix.PktInfo4(&unix.Inet4Pktinfo{Spec_dst: a.As4()})
		} else {
			oob = unix.PktInfo6(&unix.Inet6Pktinfo{Addr: a.As16()})
		}
		_, _, err := s.udp.WriteMsgUDPAddrPort(b, oob, f.Remote)
		return err
	}
	_, err := s.udp.WriteToUDPAddrPort(b, f.Remote)
	return err
}
