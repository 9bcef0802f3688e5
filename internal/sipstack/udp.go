package sipstack

import (
	"errors"
	"net"
	"net/netip"
	"time"

	"obelisk/internal/rawnet"
)

// udpSocket is one bound UDP socket.
type udpSocket interface {
	// addr is the address as bound, the port filled in.
	addr() netip.AddrPort
	// send writes a datagram from the flow's local address. It does not block.
	send(f Flow, b []byte) error
	// halt ends the reader; close comes after it.
	halt()
	close()
}

// packet is one message as it came, the receiver's to keep.
type packet struct {
	flow    Flow
	data    []byte
	arrived time.Time
	more    bool // the reader has more to read at once
}

// deliver takes one packet.
type deliver func(packet)

// readers are the loops that read the sockets: one for all sockets of the
// system, one for each other. They end when their sockets are halted.
// streams says whether there are stream connections.
func readers(socks []udpSocket, streams func() bool) []func(deliver) {
	var out []func(deliver)
	var system []*systemSocket
	for _, u := range socks {
		switch u := u.(type) {
		case *systemSocket:
			system = append(system, u)
		case *connSocket:
			out = append(out, u.read)
		}
	}
	if system != nil {
		out = append(out, readSystem(system, streams)...)
	}
	return out
}

// connSocket is a socket of Go's own kind: that of a test network, and of
// systems without a reader of their own.
type connSocket struct {
	conn  net.PacketConn
	local netip.AddrPort
	index uint8
}

func newConnSocket(listen func(netip.AddrPort) (net.PacketConn, error), a netip.AddrPort, index int) (udpSocket, error) {
	c, err := listen(a)
	if err != nil {
		return nil, err
	}
	return &connSocket{conn: c, index: uint8(index), local: rawnet.Unmapped(c.LocalAddr().(*net.UDPAddr).AddrPort())}, nil
}

func (s *connSocket) addr() netip.AddrPort { return s.local }
func (s *connSocket) halt()                { s.conn.Close() }
func (s *connSocket) close()               { s.conn.Close() }

func (s *connSocket) send(f Flow, b []byte) error {
	_, err := s.conn.WriteTo(b, net.UDPAddrFromAddrPort(f.Remote))
	return err
}

// read hands every datagram over until the socket is closed. A transient error
// does not end it.
func (s *connSocket) read(to deliver) {
	buf := make([]byte, maxDatagram)
	for {
		n, from, err := s.conn.ReadFrom(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		u, ok := from.(*net.UDPAddr)
		if err != nil || !ok {
			time.Sleep(time.Millisecond)
			continue
		}
		if !isKeepalive(buf[:n]) {
			f := Flow{Proto: UDP, Sock: s.index, Local: s.local, Remote: rawnet.Unmapped(u.AddrPort())}
			to(packet{flow: f, data: append([]byte(nil), buf[:n]...), arrived: time.Now()})
		}
	}
}

const maxDatagram = 65536
