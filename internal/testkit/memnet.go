// Package testkit has what tests and the built-in demo need: an in-memory
// packet network with faults, and telephones that share no code with the
// switchboard.
package testkit

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"time"
)

// Faults of an in-memory network. Rates are 0 to 1 for each packet.
type Faults struct {
	Loss, Duplicate, Reorder float64
	Full                     float64       // sending fails with ENOBUFS
	Delay                    time.Duration // one way
	Seed                     uint64
}

// Network is an in-memory packet network. It runs on channels and timers only,
// so that testing/synctest can drive it.
type Network struct {
	mu     sync.Mutex // guards all below
	conns  map[netip.AddrPort]*memConn
	faults Faults
	rnd    *rand.Rand
	next   uint16

	listeners map[netip.AddrPort]*memListener
}

// NewNetwork makes an empty network.
func NewNetwork(f Faults) *Network {
	return &Network{conns: map[netip.AddrPort]*memConn{}, faults: f, rnd: rand.New(rand.NewPCG(f.Seed, 1)), next: 49152,
		listeners: map[netip.AddrPort]*memListener{}}
}

// SetFaults changes the faults for packets sent from now on.
func (n *Network) SetFaults(f Faults) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.faults = f
}

// Open counts the sockets in use.
func (n *Network) Open() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.conns)
}

// Listen opens a socket; port 0 takes a free one.
func (n *Network) Listen(a netip.AddrPort) (net.PacketConn, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if a.Port() == 0 {
		n.next++
		a = netip.AddrPortFrom(a.Addr(), n.next)
	}
	if n.conns[a] != nil {
		return nil, fmt.Errorf("listen %s: address already in use", a)
	}
	c := &memConn{net: n, addr: a, in: make(chan memPacket, 512), closed: make(chan struct{})}
	n.conns[a] = c
	return c, nil
}

func (n *Network) full() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.faults.Full > 0 && n.rnd.Float64() < n.faults.Full
}

// deliver sends one packet, with the faults of the moment.
func (n *Network) deliver(from, to netip.AddrPort, b []byte) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.rnd.Float64() < n.faults.Loss {
		return
	}
	copies := 1
	if n.rnd.Float64() < n.faults.Duplicate {
		copies = 2
	}
	for range copies {
		p := memPacket{from, append([]byte(nil), b...)}
		delay := n.faults.Delay
		if n.rnd.Float64() < n.faults.Reorder {
			delay += 15 * time.Millisecond
		}
		if delay == 0 {
			n.put(to, p)
			continue
		}
		time.AfterFunc(delay, func() {
			n.mu.Lock()
			defer n.mu.Unlock()
			n.put(to, p)
		})
	}
}

func (n *Network) put(to netip.AddrPort, p memPacket) {
	c := n.conns[to]
	if c == nil {
		return
	}
	select {
	case c.in <- p:
	default:
	}
}

type memPacket struct {
	from netip.AddrPort
	b    []byte
}

type memConn struct {
	net    *Network
	addr   netip.AddrPort
	in     chan memPacket
	closed chan struct{}
	once   sync.Once

	mu       sync.Mutex // guards deadline
	deadline time.Time
}

func (c *memConn) ReadFrom(b []byte) (int, net.Addr, error) {
	c.mu.Lock()
	d := c.deadline
	c.mu.Unlock()
	var due <-chan time.Time
	if !d.IsZero() {
		t := time.NewTimer(time.Until(d))
		defer t.Stop()
		due = t.C
	}
	select {
	case p := <-c.in:
		return copy(b, p.b), net.UDPAddrFromAddrPort(p.from), nil
	case <-due:
		return 0, nil, os.ErrDeadlineExceeded
	case <-c.closed:
		return 0, nil, net.ErrClosed
	}
}

func (c *memConn) WriteTo(b []byte, to net.Addr) (int, error) {
	u, ok := to.(*net.UDPAddr)
	if !ok {
		return 0, fmt.Errorf("%v is no UDP address", to)
	}
	select {
	case <-c.closed:
		return 0, net.ErrClosed
	default:
	}
	if c.net.full() {
		return 0, &net.OpError{Op: "write", Net: "udp", Err: os.NewSyscallError("sendto", syscall.ENOBUFS)}
	}
	a := u.AddrPort()
	c.net.deliver(c.addr, netip.AddrPortFrom(a.Addr().Unmap(), a.Port()), b)
	return len(b), nil
}

func (c *memConn) Close() error {
	c.once.Do(func() {
		close(c.closed)
		c.net.mu.Lock()
		delete(c.net.conns, c.addr)
		c.net.mu.Unlock()
	})
	return nil
}

func (c *memConn) LocalAddr() net.Addr { return net.UDPAddrFromAddrPort(c.addr) }
func (c *memConn) SetDeadline(t time.Time) error {
	return c.SetReadDeadline(t)
}
func (c *memConn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deadline = t
	return nil
}
func (c *memConn) SetWriteDeadline(time.Time) error { return nil }
