package media

import (
	"net"
	"net/netip"
	"time"

	"obelisk/internal/rawnet"
)

// connBackend runs a loop on net.PacketConn sockets: a reader goroutine for
// each, all packets handed to the loop's goroutine. It serves systems without
// epoll and the in-memory network of tests.
type connBackend struct {
	listen func(netip.AddrPort) (net.PacketConn, error)
	wakeup chan struct{}
	in     chan connPacket
}

type connPacket struct {
	k    *connSocket
	b    []byte
	from netip.AddrPort
}

func (p connPacket) deliver() {
	if !p.k.closed {
		p.k.s.receive(p.k.rtcp, p.b, p.from)
	}
}

type connSocket struct {
	back    *connBackend
	conn    net.PacketConn
	s       *Stream
	rtcp    bool
	closed  bool // owned by the loop
	reading bool // the same
}

func newConnBackend(listen func(netip.AddrPort) (net.PacketConn, error)) *connBackend {
	return &connBackend{listen: listen, wakeup: make(chan struct{}, 1), in: make(chan connPacket, 256)}
}

func (c *connBackend) wake() {
	select {
	case c.wakeup <- struct{}{}:
	default:
	}
}

func (c *connBackend) bind(addr netip.AddrPort, s *Stream, rtcp bool) (socket, error) {
	conn, err := c.listen(addr)
	if err != nil {
		return nil, err
	}
	return &connSocket{back: c, conn: conn, s: s, rtcp: rtcp}, nil
}

func (k *connSocket) attach(backend, *Stream) {
	if !k.reading {
		k.reading = true
		go k.back.read(k)
	}
}

func (k *connSocket) detach() {}

// defers and collect are nothing: a packet costs a wake-up in any case.
func (k *connSocket) defers(bool) {}

func (c *connBackend) collect(*loop) {}

func (c *connBackend) read(k *connSocket) {
	buf := make([]byte, maxPacket)
	for {
		n, from, err := k.conn.ReadFrom(buf)
		if err != nil {
			return
		}
		a, ok := from.(*net.UDPAddr)
		if !ok {
			continue
		}
		select {
		case c.in <- connPacket{k, append([]byte(nil), buf[:n]...), rawnet.Unmapped(a.AddrPort())}:
		default: // the loop is behind: drop, as a full socket buffer would
		}
	}
}

func (k *connSocket) send(b []byte, to *target) {
	if _, err := k.conn.WriteTo(b, net.UDPAddrFromAddrPort(to.addr)); err != nil {
		k.s.stats.sendErrors.Add(1)
	}
}

func (k *connSocket) close() {
	k.closed = true
	k.conn.Close()
}

func (c *connBackend) run(l *loop) {
	clock := time.NewTimer(time.Hour)
	defer clock.Stop()
	l.enter()
	for !l.done {
		var due <-chan time.Time
		if wait := l.leave(); wait >= 0 {
			clock.Reset(wait)
			due = clock.C
		}
		select {
		case <-c.wakeup:
			l.enter()
		case p := <-c.in:
			l.enter()
			if home := &p.k.s.home; home.Load() != l {
				command{f: p.deliver, at: home}.send()
			} else {
				p.deliver()
			}
		case <-due:
			l.enter()
		}
	}
	l.on.Unlock()
}
