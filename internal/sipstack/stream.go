package sipstack

import (
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"obelisk/internal/listen"

	"github.com/emiago/sipgo/sip"
)

// streams carries SIP over TCP, TLS and WebSocket. sipgo cuts what comes over
// TCP and TLS into messages; everything else goes the same way as a datagram.
type streams struct {
	deliver  deliver
	patience time.Duration      // Config.StreamPatience
	limit    int                // Config.StreamLimit
	client   func() *tls.Config // Config.ClientTLS
	broken   func(Flow, error)
	known    func(netip.Addr) bool // Config.Known
	framers  map[Proto]*framer
	doors    [Node + 1]listen.Door
	bound    [Node + 1]atomic.Pointer[netip.AddrPort] // where these are open
	nodes    atomic.Pointer[Nodes]                    // other nodes of the switchboard; nil: there are none
	inside   net.Listener                             // of Nodes.Net

	mu        sync.Mutex // guards all below
	strangers []*stream  // accepted and not trusted yet, oldest first
	guests    []*stream  // of whom a request was let in without showing who he is, likewise
	accepted  int
	open      map[streamKey]*stream
	ofNodes   map[netip.AddrPort]*stream // that nodes have opened, by where these listen; the last one of each
	writers   map[streamKey]*streamWriter
	done      bool
}

// streamKey tells connections apart.
type streamKey struct {
	proto  Proto
	remote netip.AddrPort
}

func (f Flow) key() streamKey { return streamKey{f.Proto, f.Remote} }

// stream is one open connection.
type stream struct {
	net.Conn
	s       *streams
	flow    Flow
	key     streamKey  // by what it was opened with
	writing sync.Mutex // one message, or one WebSocket frame, at a time
	once    sync.Once
	theirs  bool // the peer has opened it
	trusted bool // guarded by s.mu
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
	dialTimeout   = 5 * time.Second  // with the TLS handshake
	maxStreams    = 10000            // accepted connections
)

var (
	errStreamFull = errors.New("the connection does not take what it is sent")
	errFlowGone   = errors.New("the connection of this phone is closed")
)

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

func init() { sip.SetDefaultLogger(quiet) } // its connections log whole messages otherwise

func newStreams(stack *Stack) *streams {
	cfg := &stack.cfg
	s := &streams{deliver: stack.received, broken: stack.broken, known: cfg.Known, patience: cfg.StreamPatience, limit: cfg.StreamLimit,
		client: cfg.ClientTLS, framers: map[Proto]*framer{}, open: map[streamKey]*stream{},
		ofNodes: map[netip.AddrPort]*stream{}, writers: map[streamKey]*streamWriter{}}
	if s.limit == 0 {
		s.limit = 100
	}
	if s.patience == 0 {
		s.patience = 30 * time.Second
	}
	for _, p := range []Proto{TCP, TLS, Node} {
		s.framers[p] = newFramer(p, s.message)
	}
	return s
}

// message takes one message from a connection.
func (s *streams) message(k streamKey, b []byte) {
	s.mu.Lock()
	c := s.open[k]
	s.mu.Unlock()
	if c != nil {
		s.deliver(packet{flow: c.flow, data: b, arrived: time.Now()})
	}
}

// any says whether there are connections.
func (s *streams) any() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open) > 0 || len(s.writers) > 0
}

// Streams lists the connections that are open, by address.
func (s *Stack) Streams() (out []Flow) {
	s.streams.mu.Lock()
	defer s.streams.mu.Unlock()
	for _, c := range s.streams.open {
		out = append(out, c.flow)
	}
	slices.SortFunc(out, func(a, b Flow) int { return a.Remote.Compare(b.Remote) })
	return out
}

// opened makes a connection of one that a peer opened. Who brings nothing that is
// let in loses it when its time is over.
func (s *streams) opened(p Proto, conn net.Conn) (*stream, bool) {
	c := &stream{Conn: conn, s: s, flow: Flow{Proto: p, Accepted: true, Local: localOf(conn.LocalAddr()), Remote: localOf(conn.RemoteAddr())}}
	c.key, c.theirs = c.flow.key(), true
	c.SetReadDeadline(time.Now().Add(s.patience))
	c.trusted = s.known != nil && s.known(c.flow.Remote.Addr())
	return c, s.add(c)
}

// ready ends the handshakes: who is known may be silent from here on.
func (c *stream) ready() {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if c.trusted {
		c.SetReadDeadline(time.Time{})
	}
}

// add makes a connection known; a stranger more than allowed costs the oldest
// its connection. It is false when there are too many, or at the end.
func (s *streams) add(c *stream) bool {
	s.mu.Lock()
	if s.done || c.theirs && s.accepted >= maxStreams {
		s.mu.Unlock()
		c.Conn.Close()
		return false
	}
	old := s.open[c.key]
	s.open[c.key] = c
	if c.theirs {
		s.accepted++
	}
	if !c.trusted {
		s.strangers = append(s.strangers, c)
		if len(s.strangers) > s.limit {
			old = s.strangers[0]
		}
	}
	s.mu.Unlock()
	if old != nil {
		old.Close()
	}
	return true
}

// trust lets the connection of a request that was let in stay open.
func (s *streams) trust(f Flow) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.open[f.key()]; c != nil && !c.trusted {
		c.trusted = true
		s.familiar(c)
		c.SetReadDeadline(time.Time{})
	}
}

// keep lets the connection of a guest stay open; there are no more of them than of
// strangers, and one more costs the oldest its connection.
func (s *streams) keep(f Flow) {
	s.mu.Lock()
	var old *stream
	if c := s.open[f.key()]; c != nil && !c.trusted && !slices.Contains(s.guests, c) {
		s.familiar(c)
		c.SetReadDeadline(time.Time{})
		if s.guests = append(s.guests, c); len(s.guests) > s.limit {
			old = s.guests[0]
		}
	}
	s.mu.Unlock()
	if old != nil {
		old.Close()
	}
}

// familiar takes a connection off the lists of strangers and guests; mu is held.
func (s *streams) familiar(c *stream) {
	is := func(o *stream) bool { return o == c }
	s.strangers, s.guests = slices.DeleteFunc(s.strangers, is), slices.DeleteFunc(s.guests, is)
}

// Close implements net.Conn.
func (c *stream) Close() error {
	c.once.Do(func() {
		c.s.mu.Lock()
		defer c.s.mu.Unlock()
		if c.s.open[c.key] == c {
			delete(c.s.open, c.key)
		}
		if c.s.ofNodes[c.flow.Remote] == c {
			delete(c.s.ofNodes, c.flow.Remote)
		}
		if c.theirs {
			c.s.accepted--
			c.s.familiar(c)
		}
	})
	return c.Conn.Close()
}

// write sends one message.
func (c *stream) write(b []byte) error {
	if c.flow.Proto == WS || c.flow.Proto == WSS {
		b = textFrame(b)
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	c.SetWriteDeadline(time.Now().Add(streamTimeout))
	_, err := c.Write(b)
	if err != nil {
		c.Close()
	}
	return err
}

// last writes the last that a connection gets, nil for nothing, and closes it.
func (s *streams) last(f Flow, b []byte) {
	s.mu.Lock()
	c := s.open[f.key()]
	s.mu.Unlock()
	if c == nil {
		return
	}
	if b != nil {
		c.write(b)
	}
	c.Close()
}

// send queues bytes for the peer's connection; one that we open ourselves is
// dialled when there is none. It never blocks.
func (s *streams) send(f Flow, b []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done {
		return net.ErrClosed
	}
	if f.Accepted && s.open[f.key()] == nil {
		return errFlowGone
	}
	w := s.writers[f.key()]
	if w == nil {
		w = &streamWriter{out: make(chan []byte, streamQueue), gone: make(chan struct{})}
		s.writers[f.key()] = w
		go s.write(f, w)
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
func (s *streams) write(f Flow, w *streamWriter) {
	err := s.writeAll(f, w)
	s.mu.Lock()
	delete(s.writers, f.key())
	s.mu.Unlock()
	if err != nil {
		s.broken(f, err)
	}
}

func (s *streams) writeAll(f Flow, w *streamWriter) error {
	idle := time.NewTimer(streamIdle)
	defer idle.Stop()
	for {
		select {
		case b := <-w.out:
			c, err := s.reach(f)
			if err == nil {
				err = c.write(b)
			}
			if err != nil {
				return err
			}
			idle.Reset(streamIdle)
		case <-idle.C:
			return nil
		case <-w.gone:
			return nil
		}
	}
}

// reach finds the open connection to a peer, or opens one.
func (s *streams) reach(f Flow) (*stream, error) {
	s.mu.Lock()
	c := s.openTo(f.key())
	s.mu.Unlock()
	switch {
	case c != nil:
		return c, nil
	case f.Accepted || s.framers[f.Proto] == nil: // who speaks WebSocket comes to us
		return nil, errFlowGone
	case f.Proto == Node:
		return s.dialNode(f)
	}
	return s.dial(f)
}

func (s *streams) close() {
	for i := range s.doors {
		s.doors[i].Close()
	}
	if s.inside != nil {
		s.inside.Close()
	}
	s.mu.Lock()
	s.done = true
	for _, w := range s.writers {
		close(w.gone)
	}
	var open []*stream
	for _, c := range s.open {
		open = append(open, c)
	}
	s.mu.Unlock()
	for _, c := range open {
		c.Close()
	}
	for _, f := range s.framers {
		f.Close()
	}
}
