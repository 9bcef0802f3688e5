package sipstack

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"obelisk/internal/rawnet"
)

// listen accepts connections of a transport at an address; the zero value is nowhere. A TLS
// handshake happens on a goroutine of its connection, so that one who does not finish it
// keeps nobody waiting.
func (s *streams) listen(p Proto, addr netip.AddrPort, conf *tls.Config) error {
	if p != TLS {
		conf = nil
	}
	err := s.doors[p].Set(addr, func(l net.Listener) { s.acceptAll(p, l, conf) })
	at := s.doors[p].Addr()
	s.bound[p].Store(&at)
	return err
}

// acceptAll takes connections until the listener is closed.
func (s *streams) acceptAll(p Proto, l net.Listener, conf *tls.Config) {
	for {
		conn, err := l.Accept()
		switch {
		case err == nil:
			s.accept(p, conn, conf)
		case errors.Is(err, net.ErrClosed):
			return
		default: // such as EMFILE: it passes
			time.Sleep(50 * time.Millisecond)
		}
	}
}

// accept takes a connection that a peer opened.
func (s *streams) accept(p Proto, conn net.Conn, conf *tls.Config) {
	if !rawnet.SpareConn(conn) {
		conn.Close()
		return
	}
	if conf != nil {
		conn = tls.Server(conn, conf)
	}
	c, ok := s.opened(p, conn)
	if !ok {
		return
	}
	go func() {
		if t, ok := conn.(*tls.Conn); ok {
			if err := t.Handshake(); err != nil {
				c.Close()
				return
			}
		}
		if p == Node && !c.ofNode() {
			c.Close()
			return
		}
		c.ready()
		s.framers[p].take(&heard{stream: c})
	}()
}

// dial opens a connection. The certificate of the far end must name whom the
// flow names, unless Config.ClientTLS says otherwise.
func (s *streams) dial(f Flow) (*stream, error) {
	ctx, cancel := context.WithTimeout(context.Background(), dialTimeout)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", f.Remote.String())
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", f.Remote, err)
	}
	if !rawnet.SpareConn(conn) {
		conn.Close()
		return nil, fmt.Errorf("connect to %s: %w", f.Remote, rawnet.ErrReserved)
	}
	if f.Proto == TLS {
		t := tls.Client(conn, s.clientFor(f))
		if err := t.HandshakeContext(ctx); err != nil {
			conn.Close()
			return nil, fmt.Errorf("TLS with %s: %w", f.Remote, err)
		}
		conn = t
	}
	f.Local = localOf(conn.LocalAddr())
	c := &stream{Conn: conn, s: s, flow: f, key: f.key(), trusted: true}
	if !s.add(c) {
		return nil, net.ErrClosed
	}
	s.framers[f.Proto].take(c)
	return c, nil
}

func (s *streams) clientFor(f Flow) *tls.Config {
	conf := &tls.Config{}
	if s.client != nil {
		conf = s.client().Clone()
	}
	conf.ServerName = cmp.Or(f.Name, f.Remote.Addr().String())
	return conf
}

func localOf(a net.Addr) netip.AddrPort {
	if t, ok := a.(*net.TCPAddr); ok {
		return rawnet.Unmapped(t.AddrPort())
	}
	return netip.AddrPort{}
}
