package testkit

import (
	"fmt"
	"net"
	"net/netip"
	"sync"
	"syscall"
)

// memListener takes connections on a Network.
type memListener struct {
	net    *Network
	addr   netip.AddrPort
	in     chan net.Conn
	closed chan struct{}
	once   sync.Once
}

// memStream is one side of a connection on a Network.
type memStream struct {
	net.Conn
	local, remote netip.AddrPort
}

func (c *memStream) LocalAddr() net.Addr  { return net.TCPAddrFromAddrPort(c.local) }
func (c *memStream) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(c.remote) }

// ListenStream listens for connections.
func (n *Network) ListenStream(a netip.AddrPort) (net.Listener, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.listeners[a] != nil {
		return nil, fmt.Errorf("listen %s: address already in use", a)
	}
	l := &memListener{net: n, addr: a, in: make(chan net.Conn, 16), closed: make(chan struct{})}
	n.listeners[a] = l
	return l, nil
}

// DialStream opens a connection from a free port of an address. Nothing of it is lost or delayed.
func (n *Network) DialStream(from netip.Addr, to netip.AddrPort) (net.Conn, error) {
	n.mu.Lock()
	n.next++
	l, own := n.listeners[to], netip.AddrPortFrom(from, n.next)
	n.mu.Unlock()
	if l == nil {
		return nil, fmt.Errorf("dial %s: %w", to, syscall.ECONNREFUSED)
	}
	near, far := net.Pipe()
	select {
	case l.in <- &memStream{far, to, own}:
		return &memStream{near, own, to}, nil
	case <-l.closed:
		return nil, fmt.Errorf("dial %s: %w", to, syscall.ECONNREFUSED)
	}
}

// Accept implements net.Listener.
func (l *memListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.in:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (l *memListener) Close() error {
	l.once.Do(func() {
		close(l.closed)
		l.net.mu.Lock()
		delete(l.net.listeners, l.addr)
		l.net.mu.Unlock()
	})
	return nil
}

// Addr implements net.Listener.
func (l *memListener) Addr() net.Addr { return net.TCPAddrFromAddrPort(l.addr) }
