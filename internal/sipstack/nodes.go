package sipstack

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"obelisk/internal/rawnet"
)

// Nodes is SIP between the nodes of one switchboard: the transport Node, TLS where both sides show a certificate of
// an authority of their own. A flow of it has the other node's name in Name, and where it listens in Remote, whoever
// of the two has opened the connection: what is sent over it goes by one that is open, else by a new one.
type Nodes struct {
	TLS *tls.Config                              // both ways; it wants the certificates of nodes
	Who func(*tls.ConnectionState) string        // names the node that has shown its certificate; "": it is none
	At  func(node string) (netip.AddrPort, bool) // where a node listens; false: it is not known
	Net StreamNetwork                            // nil: that of the system
	own netip.AddrPort
}

// StreamNetwork opens connections in place of the system, for tests.
type StreamNetwork interface {
	ListenStream(netip.AddrPort) (net.Listener, error)
	DialStream(from netip.Addr, to netip.AddrPort) (net.Conn, error)
}

// nodePatience is how long what was sent to another node may be without an acknowledgement of its system: a machine
// that has lost its power says nothing, and calls to it would wait for TCP to give up.
const nodePatience = 4 * time.Second

// errNoNode: what was shown is no certificate of the node that was asked for.
var errNoNode = errors.New("it is another node")

// ServeNodes serves other nodes at an address, which is one of this machine; it is called once.
func (s *Stack) ServeNodes(n Nodes, at netip.AddrPort) error {
	s.listening.Lock()
	defer s.listening.Unlock()
	if s.closed {
		return net.ErrClosed
	}
	st := s.streams
	n.own = at
	st.nodes.Store(&n)
	if n.Net == nil {
		err := st.doors[Node].Set(at, func(l net.Listener) { st.acceptAll(Node, l, n.TLS) })
		if own := st.doors[Node].Addr(); err == nil {
			st.bound[Node].Store(&own)
		}
		return err
	}
	l, err := n.Net.ListenStream(at)
	if err == nil {
		st.bound[Node].Store(&at)
		st.inside = l
		go st.acceptAll(Node, l, n.TLS)
	}
	return err
}

// ofNode makes a connection that a node has shown its certificate on that of the node.
func (c *stream) ofNode() bool {
	n, t := c.s.nodes.Load(), c.Conn.(*tls.Conn)
	state := t.ConnectionState()
	name := n.Who(&state)
	at, known := n.At(name)
	if name == "" || !known {
		return false
	}
	rawnet.Impatient(t.NetConn(), nodePatience)
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.flow = Flow{Proto: Node, Local: n.own, Remote: at, Name: name}
	c.s.ofNodes[at] = c
	c.trusted = true
	c.s.familiar(c)
	return true
}

// dialNode opens a connection to the node that a flow names.
func (s *streams) dialNode(f Flow) (*stream, error) {
	n := s.nodes.Load()
	ctx, cancel := context.WithTimeout(context.Background(), dialTimeout)
	defer cancel()
	var conn net.Conn
	var err error
	if n.Net != nil {
		conn, err = n.Net.DialStream(n.own.Addr(), f.Remote)
	} else {
		from := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(n.own.Addr(), 0))}
		conn, err = from.DialContext(ctx, "tcp", f.Remote.String())
	}
	if err != nil {
		return nil, fmt.Errorf("connect to node '%s' at %s: %w", f.Name, f.Remote, err)
	}
	t := tls.Client(conn, n.TLS)
	if err = t.HandshakeContext(ctx); err == nil {
		if state := t.ConnectionState(); n.Who(&state) != f.Name {
			err = errNoNode
		}
	}
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("TLS with node '%s' at %s: %w", f.Name, f.Remote, err)
	}
	rawnet.Impatient(conn, nodePatience)
	c := &stream{Conn: t, s: s, flow: Flow{Proto: Node, Local: n.own, Remote: f.Remote, Name: f.Name}, trusted: true}
	c.key = c.flow.key()
	if !s.add(c) {
		return nil, net.ErrClosed
	}
	s.framers[Node].take(c)
	return c, nil
}

// openTo is the connection that is open by a key; nil: there is none. mu is held.
func (s *streams) openTo(k streamKey) *stream {
	if c := s.open[k]; c != nil || k.proto != Node {
		return c
	}
	return s.ofNodes[k.remote]
}
