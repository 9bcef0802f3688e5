package sipstack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

// streams carries SIP over TCP on sipgo's transports. sipgo frames the
// messages; everything else goes the same way as a datagram.
type streams struct {
	layer   *sip.TransportLayer
	deliver func(Flow, []byte)
	listens []net.Listener

	mu    sync.Mutex // guards conns, closed
	conns map[netip.AddrPort]*streamConn
	done  bool
}

// streamConn is the writer of one connection: a bounded queue, so that a
// stalled peer never blocks a shard.
type streamConn struct {
	out  chan []byte
	gone chan struct{}
}

const (
	streamQueue   = 64
	streamTimeout = 10 * time.Second // writing one message
	dialTimeout   = 5 * time.Second
	maxStreams    = 1000 // accepted connections
)

var errStreamFull = errors.New("the connection does not take what it is sent")

func newStreams(deliver func(Flow, []byte)) *streams {
	s := &streams{deliver: deliver, conns: map[netip.AddrPort]*streamConn{}}
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	// Its own parser, so that one bad header does not lose the message.
	p := sip.NewParser(sip.WithHeadersParsers(map[string]sip.HeaderParser{"content-length": contentLength, "l": contentLength}))
	p.MaxMessageLength = maxMessage
	s.layer = sip.NewTransportLayer(net.DefaultResolver, p, nil, sip.WithTransportLayerLogger(quiet))
	s.layer.OnMessage(s.message)
	return s
}

// message takes one framed message from sipgo's reader.
func (s *streams) message(m sip.Message) {
	remote, err := netip.ParseAddrPort(m.Source())
	if err != nil {
		return
	}
	remote = unmap(remote)
	f := Flow{Proto: TCP, Remote: remote}
	if c, err := s.layer.GetConnection("tcp", m.Source()); err == nil && c != nil {
		if a, ok := c.LocalAddr().(*net.TCPAddr); ok {
			f.Local = unmap(a.AddrPort())
		}
		c.TryClose()
	}
	s.deliver(f, []byte(m.String()))
}

func (s *streams) listen(addr netip.AddrPort) (netip.AddrPort, error) {
	l, err := net.Listen("tcp", addr.String())
	if err != nil {
		return addr, err
	}
	s.listens = append(s.listens, l)
	go s.layer.ServeTCP(&patientListener{Listener: l, slots: make(chan struct{}, maxStreams)})
	return unmap(l.Addr().(*net.TCPAddr).AddrPort()), nil
}

// patientListener goes on after transient accept errors (EMFILE), which end
// sipgo's accept loop, and caps the connections.
type patientListener struct {
	net.Listener
	slots chan struct{}
}

func (l *patientListener) Accept() (net.Conn, error) {
	l.slots <- struct{}{}
	for {
		c, err := l.Listener.Accept()
		if err == nil {
			return &countedConn{Conn: c, slots: l.slots}, nil
		}
		if errors.Is(err, net.ErrClosed) {
			return nil, err
		}
		time.Sleep(50 * time.Millisecond)
	}
}

type countedConn struct {
	net.Conn
	once  sync.Once
	slots chan struct{}
}

func (c *countedConn) Close() error {
	c.once.Do(func() { <-c.slots })
	return c.Conn.Close()
}

// send queues bytes for the peer's connection, which is opened when there is
// none. It never blocks.
func (s *streams) send(f Flow, b []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done {
		return net.ErrClosed
	}
	c := s.conns[f.Remote]
	if c == nil {
		c = &streamConn{out: make(chan []byte, streamQueue), gone: make(chan struct{})}
		s.conns[f.Remote] = c
		go s.write(f.Remote, c)
	}
	select {
	case c.out <- b:
		return nil
	default:
		return errStreamFull
	}
}

// write owns the sending side of one connection. It ends when the connection
// breaks or stays unused.
func (s *streams) write(remote netip.AddrPort, c *streamConn) {
	defer func() {
		s.mu.Lock()
		delete(s.conns, remote)
		s.mu.Unlock()
	}()
	conn, err := s.connection(remote)
	if err != nil {
		return
	}
	defer conn.TryClose()
	w, ok := conn.(net.Conn)
	if !ok {
		return
	}
	idle := time.NewTimer(time.Minute)
	defer idle.Stop()
	for {
		select {
		case b := <-c.out:
			w.SetWriteDeadline(time.Now().Add(streamTimeout))
			if _, err := w.Write(b); err != nil {
				conn.Close()
				return
			}
			idle.Reset(time.Minute)
		case <-idle.C:
			return
		case <-c.gone:
			return
		}
	}
}

// connection finds the flow's connection or dials one.
func (s *streams) connection(remote netip.AddrPort) (sip.Connection, error) {
	if c, err := s.layer.GetConnection("tcp", remote.String()); err == nil && c != nil {
		return c, nil
	}
	req := sip.NewRequest(sip.OPTIONS, sip.Uri{Scheme: "sip", Host: remote.Addr().String(), Port: int(remote.Port())})
	req.SetTransport("TCP")
	req.SetDestination(remote.String())
	req.AppendHeader(&sip.ViaHeader{ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: "TCP", Params: sip.NewParams()})
	ctx, cancel := context.WithTimeout(context.Background(), dialTimeout)
	defer cancel()
	c, err := s.layer.ClientRequestConnection(ctx, req)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", remote, err)
	}
	return c, nil
}

func (s *streams) close() {
	for _, l := range s.listens {
		l.Close()
	}
	s.mu.Lock()
	s.done = true
	for _, c := range s.conns {
		close(c.gone)
	}
	s.mu.Unlock()
	s.layer.Close()
}
