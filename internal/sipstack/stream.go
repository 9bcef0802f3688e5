package sipstack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

// streams carries SIP over TCP on sipgo's transports. sipgo frames the
// messages; everything else goes the same way as a datagram.
type streams struct {
	layer    *sip.TransportLayer
	deliver  deliver
	listens  []net.Listener
	patience time.Duration // Config.StreamPatience
	limit    int           // Config.StreamLimit

	mu       sync.Mutex      // guards all below
	silent   []*acceptedConn // that have brought no message yet, oldest first
	accepted map[netip.AddrPort]*acceptedConn
	writers  map[netip.AddrPort]*streamWriter
	done     bool
}

// streamWriter is the sending side of one connection: a bounded queue, so that
// a stalled peer never blocks a shard.
type streamWriter struct {
	out  chan []byte
	gone chan struct{}
}

const (
	streamQueue   = 64
	streamTimeout = 10 * time.Second // writing one message
	streamIdle    = time.Minute      // of a writer, not of its connection
	dialTimeout   = 5 * time.Second
	maxStreams    = 1000 // accepted connections
)

var (
	errStreamFull = errors.New("the connection does not take what it is sent")
	errFlowGone   = errors.New("the connection of this phone is closed")
)

// contentLength is all that sipgo needs to read in order to frame a message.
func contentLength(_ []byte, value string) (sip.Header, error) {
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 {
		return nil, fmt.Errorf("%w: '%s'", errLength, value)
	}
	h := sip.ContentLengthHeader(n)
	return &h, nil
}

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

func newStreams(deliver deliver, patience time.Duration, limit int) *streams {
	if limit == 0 {
		limit = 100
	}
	if patience == 0 {
		patience = 30 * time.Second
	}
	s := &streams{deliver: deliver, patience: patience, limit: limit, accepted: map[netip.AddrPort]*acceptedConn{}, writers: map[netip.AddrPort]*streamWriter{}}
	// Its own parser, so that one bad header does not lose the message.
	p := sip.NewParser(sip.WithHeadersParsers(map[string]sip.HeaderParser{"content-length": contentLength, "l": contentLength}))
	p.MaxMessageLength = maxMessage
	s.layer = sip.NewTransportLayer(net.DefaultResolver, p, nil, sip.WithTransportLayerLogger(quiet))
	s.layer.OnMessage(s.message)
	return s
}

func init() { sip.SetDefaultLogger(quiet) } // its connections log whole messages otherwise

// message takes one framed message from sipgo's reader.
func (s *streams) message(m sip.Message) {
	remote, err := netip.ParseAddrPort(m.Source())
	if err != nil {
		return
	}
	f := Flow{Proto: TCP, Remote: unmap(remote)}
	s.mu.Lock()
	if c := s.accepted[f.Remote]; c != nil {
		f.Accepted, f.Local = true, c.local
		if !c.spoke {
			c.spoke = true
			s.heard(c)
			c.SetReadDeadline(time.Time{})
		}
	}
	s.mu.Unlock()
	s.deliver(packet{flow: f, data: []byte(m.String()), arrived: time.Now()})
}

// any says whether there are connections.
func (s *streams) any() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.accepted) > 0 || len(s.writers) > 0
}

func (s *streams) listen(addr netip.AddrPort) (netip.AddrPort, error) {
	l, err := net.Listen("tcp", addr.String())
	if err != nil {
		return addr, err
	}
	s.listens = append(s.listens, l)
	go s.layer.ServeTCP(&patientListener{Listener: l, s: s, slots: make(chan struct{}, maxStreams)})
	return unmap(l.Addr().(*net.TCPAddr).AddrPort()), nil
}

// patientListener goes on after transient accept errors (EMFILE), which end
// sipgo's accept loop, caps the connections and keeps them in reach.
type patientListener struct {
	net.Listener
	s     *streams
	slots chan struct{}
}

func (l *patientListener) Accept() (net.Conn, error) {
	l.slots <- struct{}{}
	for {
		c, err := l.Listener.Accept()
		if err == nil {
			return l.s.accept(c, l.slots), nil
		}
		if errors.Is(err, net.ErrClosed) {
			return nil, err
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// acceptedConn is a connection that a peer opened.
type acceptedConn struct {
	net.Conn
	s             *streams
	local, remote netip.AddrPort
	once          sync.Once
	slots         chan struct{}
	spoke         bool // a whole message has come; guarded by s.mu
}

func (s *streams) accept(conn net.Conn, slots chan struct{}) *acceptedConn {
	c := &acceptedConn{Conn: conn, s: s, slots: slots,
		local: unmap(conn.LocalAddr().(*net.TCPAddr).AddrPort()), remote: unmap(conn.RemoteAddr().(*net.TCPAddr).AddrPort())}
	conn.SetReadDeadline(time.Now().Add(s.patience))
	s.mu.Lock()
	s.accepted[c.remote] = c
	s.silent = append(s.silent, c)
	var oldest *acceptedConn
	if len(s.silent) > s.limit {
		oldest = s.silent[0]
	}
	s.mu.Unlock()
	if oldest != nil {
		oldest.Close()
	}
	return c
}

// heard takes a connection off the list of silent ones; mu is held.
func (s *streams) heard(c *acceptedConn) {
	s.silent = slices.DeleteFunc(s.silent, func(o *acceptedConn) bool { return o == c })
}

func (c *acceptedConn) Close() error {
	c.once.Do(func() {
		<-c.slots
		c.s.mu.Lock()
		if c.s.accepted[c.remote] == c {
			delete(c.s.accepted, c.remote)
		}
		c.s.heard(c)
		c.s.mu.Unlock()
	})
	return c.Conn.Close()
}

// send queues bytes for the peer's connection; one that we open ourselves is
// dialled when there is none. It never blocks.
func (s *streams) send(f Flow, b []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done {
		return net.ErrClosed
	}
	conn := s.accepted[f.Remote]
	if f.Accepted && conn == nil {
		return errFlowGone
	}
	w := s.writers[f.Remote]
	if w == nil {
		w = &streamWriter{out: make(chan []byte, streamQueue), gone: make(chan struct{})}
		s.writers[f.Remote] = w
		go s.write(f.Remote, conn, w)
	}
	select {
	case w.out <- b:
		return nil
	default:
		return errStreamFull
	}
}

// write owns the sending side of one connection. It ends when the connection
// breaks or nothing was sent for a while.
func (s *streams) write(remote netip.AddrPort, accepted *acceptedConn, w *streamWriter) {
	defer func() {
		s.mu.Lock()
		delete(s.writers, remote)
		s.mu.Unlock()
	}()
	idle := time.NewTimer(streamIdle)
	defer idle.Stop()
	for {
		select {
		case b := <-w.out:
			var err error
			if accepted != nil {
				err = writeTo(accepted, b)
			} else {
				err = s.writeDialled(remote, b)
			}
			if err != nil {
				return
			}
			idle.Reset(streamIdle)
		case <-idle.C:
			return
		case <-w.gone:
			return
		}
	}
}

func writeTo(c net.Conn, b []byte) error {
	c.SetWriteDeadline(time.Now().Add(streamTimeout))
	_, err := c.Write(b)
	if err != nil {
		c.Close()
	}
	return err
}

// writeDialled asks sipgo's pool for each message, because the pool knows when
// the far end has closed the connection: a write would still succeed.
func (s *streams) writeDialled(remote netip.AddrPort, b []byte) error {
	c, err := s.dial(remote)
	if err != nil {
		return err
	}
	defer c.TryClose()
	conn, ok := c.(net.Conn)
	if !ok {
		return errors.New("sipgo's connection is no net.Conn")
	}
	return writeTo(conn, b)
}

// dial finds the connection that we opened to a peer, or opens it.
func (s *streams) dial(remote netip.AddrPort) (sip.Connection, error) {
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
	for _, w := range s.writers {
		close(w.gone)
	}
	s.mu.Unlock()
	s.layer.Close()
}
