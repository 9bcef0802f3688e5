package sipstack

import (
	"bytes"
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"hash/maphash"
	"maps"
	"math/rand/v2"
	"net"
	"net/netip"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"obelisk/internal/rawnet"

	"github.com/rs/zerolog"
)

// Handler is the user of the stack. All calls happen on a shard.
type Handler interface {
	// Handle gets every new request. tx is nil for an ACK, which has no
	// transaction of its own.
	Handle(sh *Shard, tx *ServerTx, m *Message)
	// Stray gets responses that belong to no open client transaction.
	Stray(sh *Shard, m *Message)
	// CommonHeaders are written into answers that the stack makes itself.
	CommonHeaders() []Header
}

// Config of a stack.
type Config struct {
	UDP, TCP []netip.AddrPort
	TLS      []netip.AddrPort
	// ServerTLS serves the addresses of TLS.
	ServerTLS *tls.Config
	// ClientTLS is asked for each connection that we open; the name of the far end
	// is added. nil: the system's authorities.
	ClientTLS func() *tls.Config
	Handler   Handler
	Shards    int // 0: twice the cores
	Log       zerolog.Logger
	// Debugs says whether messages for developers are wanted in Log. nil: they are not.
	Debugs func() bool
	Marks  rawnet.Marks // of UDP packets
	// ListenUDP opens sockets instead of the system, for tests.
	ListenUDP func(netip.AddrPort) (net.PacketConn, error)
	// StreamPatience is how long a peer that connected may take until a request of
	// its was let in (Trust). 0: 30 s, the default of tcpauthtimeout.
	StreamPatience time.Duration
	// StreamLimit is how many connections may be open of which no request was let
	// in; with one more the oldest is closed. 0: 100, the default of tcpauthlimit.
	StreamLimit int
	// Limits under load; the zero value has none.
	Limits Limits
	// Known says whether an address is a peer's. It is asked for each request, on
	// the reader, and for each connection.
	Known func(netip.Addr) bool
	// Answers says whether a host may answer what was sent to another one: both are
	// of one peer. It is asked on the shard, for those from elsewhere only. nil: none.
	Answers func(asked netip.AddrPort, by netip.Addr) bool
	// OnWire sees every message sent and received, on the goroutine that
	// handles it; callID may be "". It must be quick and keep nothing of b.
	OnWire func(in bool, f Flow, b []byte, callID string)
}

// Counters of a stack.
type Counters struct {
	Received, Sent, Rejected, Retransmitted, Absorbed, SendErrors, Panics atomic.Uint64
	Foreign                                                               atomic.Uint64 // answers that are not those of whom we asked
}

// Stack is a running SIP endpoint.
type Stack struct {
	Counters Counters

	cfg        Config
	admit      *admission
	shortNames atomic.Bool           // compactheaders
	relay      atomic.Pointer[Relay] // nil: nothing is passed on
	shards     []*Shard
	udp        atomic.Pointer[[]udpSocket]
	streams    *streams
	seed       maphash.Seed
	wg         sync.WaitGroup

	listening sync.Mutex // guards all below
	running   bool       // between Start and Close
	closed    bool
}

// New makes a stack that listens at the addresses of Config, all or none: the error names
// the one that could not be bound. Listen opens further ones.
func New(cfg Config) (*Stack, error) {
	if cfg.Shards == 0 {
		cfg.Shards = 2 * runtime.NumCPU()
	}
	s := &Stack{cfg: cfg, seed: maphash.MakeSeed(), admit: newAdmission(cfg.Limits, cfg.Known, cfg.Log)}
	s.udp.Store(&[]udpSocket{})
	for range cfg.Shards {
		s.shards = append(s.shards, newShard(s))
	}
	s.streams = newStreams(s)
	for p, list := range map[Proto][]netip.AddrPort{UDP: cfg.UDP, TCP: cfg.TCP, TLS: cfg.TLS} {
		for _, a := range list {
			if err := s.Listen(p, a); err != nil {
				s.closeSockets()
				return nil, err
			}
		}
	}
	return s, nil
}

// Start begins reading and working. Between New and Start the handler may
// still be completed.
func (s *Stack) Start() {
	s.listening.Lock()
	defer s.listening.Unlock()
	s.running = true
	for _, sh := range s.shards {
		s.wg.Add(1)
		go func() {
			defer s.wg.Done()
			sh.run()
		}()
	}
	s.read(*s.udp.Load())
}

// read starts the readers of sockets.
func (s *Stack) read(socks []udpSocket) {
	for _, read := range readers(socks, s.streams.any) {
		s.wg.Go(func() { read(s.received) })
	}
}

// Close stops everything and waits for it.
func (s *Stack) Close() {
	s.listening.Lock()
	s.closed, s.running = true, false
	s.listening.Unlock()
	for _, sh := range s.shards {
		sh.close()
	}
	for _, u := range *s.udp.Load() {
		u.halt()
	}
	s.wg.Wait()
	s.closeSockets()
}

func (s *Stack) closeSockets() {
	for _, u := range *s.udp.Load() {
		u.close()
	}
	if s.streams != nil {
		s.streams.close()
	}
}

// LocalUDP is the address of the first UDP socket.
func (s *Stack) LocalUDP() netip.AddrPort {
	if socks := *s.udp.Load(); len(socks) > 0 {
		return socks[0].addr()
	}
	return netip.AddrPort{}
}

// LocalStream is the address of the listener of a stream transport; the zero value without
// one.
func (s *Stack) LocalStream(p Proto) netip.AddrPort {
	if a := s.streams.bound[p].Load(); a != nil {
		return *a
	}
	return netip.AddrPort{}
}

// Route makes the flow of a request that we start: our socket for the
// protocol, and the local address the system would use towards the peer.
func (s *Stack) Route(p Proto, to netip.AddrPort) Flow {
	local := s.LocalStream(p)
	if !local.IsValid() {
		local = s.LocalUDP()
	}
	if !local.IsValid() || local.Addr().IsUnspecified() {
		local = netip.AddrPortFrom(sourceFor(to), cmp.Or(local.Port(), p.Port()))
	}
	return Flow{Proto: p, Local: local, Remote: to}
}

// Resume makes a function that takes a flow of an earlier run up again: from the address
// that the peer knows of us where we still listen there, else as Route has it.
func (s *Stack) Resume() func(Flow) Flow {
	ours := map[netip.Addr]bool{}
	if list, err := net.InterfaceAddrs(); err == nil {
		for _, a := range list {
			if n, ok := a.(*net.IPNet); ok {
				ip, _ := netip.AddrFromSlice(n.IP)
				ours[ip.Unmap()] = true
			}
		}
	}
	return func(f Flow) Flow {
		if f.Proto == UDP {
			for i, u := range *s.udp.Load() {
				a := u.addr()
				if a == f.Local || a.Addr().IsUnspecified() && a.Port() == f.Local.Port() && ours[f.Local.Addr().WithZone("")] {
					f.Sock = uint8(i)
					return f
				}
			}
		}
		return s.Route(f.Proto, f.Remote)
	}
}

// received takes a message from a reader: guard, parser, shard. When the reader
// has more to read the message is left to the shard's goroutine, else it is
// handled before received returns, if the shard is free.
func (s *Stack) received(p packet) {
	s.Counters.Received.Add(1)
	stranger, drop := false, false
	if !bytes.HasPrefix(p.data, []byte("SIP/2.0 ")) {
		if stranger, drop = s.admit.stranger(p.flow, p.data, p.arrived); drop {
			return
		}
	}
	m, err := Parse(p.data)
	if err != nil {
		s.rejected(p.flow, p.data, err)
		return
	}
	m.Flow, m.Arrived, m.Stranger = p.flow, p.arrived, stranger
	if p.flow.cutByLength() && m.lengthsDiffer() {
		s.misframed(m)
		return
	}
	if s.cfg.OnWire != nil {
		s.cfg.OnWire(true, p.flow, p.data, m.CallID)
	}
	sh, most := s.shard(m.CallID), shardQueue
	if newCall(m) { // what belongs to calls has room yet
		most /= 2
	}
	it := item{m: m}
	if r := s.relay.Load(); r != nil && toPassOn(m) {
		it = item{f: func(sh *Shard) { sh.pass(*r, m) }}
	}
	switch {
	case sh.backlog() > most:
		s.admit.refused(queueFull, p.flow.Remote, p.arrived) // its sender repeats it
	case p.more:
		sh.later(it)
	default:
		sh.submit(it)
	}
}

// SetLimits changes the limits from now on.
func (s *Stack) SetLimits(l Limits) { s.admit.limits.Store(&l) }

// SetCompact has headers written in their short forms (RFC 3261 7.3.3).
func (s *Stack) SetCompact(on bool) { s.shortNames.Store(on) }

// Limits are those in force.
func (s *Stack) Limits() Limits { return *s.admit.limits.Load() }

// Admission are the counters of what was let in.
func (s *Stack) Admission() *Admission { return &s.admit.count }

// Trust makes the sender of a request that was let in no stranger: its address
// for an hour, its connection as long as it is open.
func (s *Stack) Trust(f Flow) {
	s.admit.trust(f.Remote.Addr(), time.Now())
	if f.Accepted {
		s.streams.trust(f)
	}
}

// Keep lets the connection of a request that was let in stay open, and makes nobody
// trusted: it is for who has not shown who he is.
func (s *Stack) Keep(f Flow) {
	if f.Accepted {
		s.streams.keep(f)
	}
}

// newCall tells the first INVITE of a dialog.
func newCall(m *Message) bool { return m.Method == "INVITE" && m.IsRequest() && m.To.Tag() == "" }

// RetryAfter is a value for that header: some seconds, not the same for all who
// are told.
func RetryAfter() string { return strconv.Itoa(2 + rand.IntN(9)) }

// refuse answers a new call 503 without keeping anything. Its ACK finds no
// transaction and is dropped; the caller may come back after some seconds, not
// all at the same.
func (s *Stack) refuse(m *Message) {
	a := Answer{Status: 503, Reason: "Service Unavailable", ToTag: Tag(), Headers: []Header{{"Retry-After", RetryAfter()}}}
	s.send(returnFlow(m, NAT{}), a.render(nil, m, NAT{}, s.shortNames.Load()), m.CallID)
}

// debugs says whether messages for developers are wanted.
func (s *Stack) debugs() bool { return s.cfg.Debugs != nil && s.cfg.Debugs() }

func (s *Stack) rejected(f Flow, b []byte, err error) {
	s.Counters.Rejected.Add(1)
	var r *Reject
	if !errors.As(err, &r) {
		return
	}
	if s.debugs() {
		s.cfg.Log.Debug().Msgf("message of %d bytes from %s not understood: %v", len(b), f.Remote, err)
	}
	if r.Status == 0 {
		return
	}
	r.Msg.Flow = f
	a := Answer{Status: r.Status, Reason: r.Reason, ToTag: Tag()}
	s.send(returnFlow(r.Msg, NAT{}), a.render(nil, r.Msg, NAT{}, s.shortNames.Load()), r.Msg.CallID)
}

// misframed ends a connection on which a message says twice, and differently, how long it is:
// where the next one begins is a guess, and another than that of who passed it on.
func (s *Stack) misframed(m *Message) {
	s.Counters.Rejected.Add(1)
	s.cfg.Log.Warn().Msgf("a message from %s has more than one Content-Length: its connection is closed", m.Flow.Remote)
	var answer []byte
	if r := reject(m, 400, "Bad Request", errLengths); r.Status != 0 {
		a := Answer{Status: r.Status, Reason: r.Reason, ToTag: Tag()}
		answer = a.render(nil, m, NAT{}, s.shortNames.Load())
	}
	s.streams.last(m.Flow, answer)
}

func (s *Stack) shard(callID string) *Shard {
	return s.shards[maphash.String(s.seed, callID)%uint64(len(s.shards))]
}

// Post runs f on the shard of a Call-ID: before it returns when nobody is on
// the shard, and then perhaps what others bring meanwhile; else soon. The caller
// must hold no lock.
func (s *Stack) Post(callID string, f func(*Shard)) { s.shard(callID).submit(item{f: f}) }

// Call runs f on the shard of a Call-ID and waits until it has run or the shard
// has stopped. It must not be called on a shard, nor with a lock held.
func (s *Stack) Call(callID string, f func(*Shard)) { s.shard(callID).call(f) }

// EachShard runs f on every shard, one after the other. It must not be called
// on a shard, nor with a lock held.
func (s *Stack) EachShard(f func(*Shard)) {
	for _, sh := range s.shards {
		sh.call(f)
	}
}

// ShardLoad is how much a shard has done and has to do.
type ShardLoad struct {
	Done             uint64
	Waiting, Deepest int // items
}

// Load reads it of each shard.
func (s *Stack) Load() (out []ShardLoad) {
	s.EachShard(func(sh *Shard) {
		l := ShardLoad{Done: sh.done}
		sh.mu.Lock()
		l.Waiting, l.Deepest = sh.queue.len(), sh.queue.deepest
		sh.mu.Unlock()
		out = append(out, l)
	})
	return out
}

// Ping waits until a shard, from 0 on, has done what waits before it.
func (s *Stack) Ping(shard int) {
	if shard >= 0 && shard < len(s.shards) {
		s.shards[shard].call(func(*Shard) {})
	}
}

// ResetLoad counts the work of a shard, from 0 on, anew.
func (s *Stack) ResetLoad(shard int) {
	if shard >= 0 && shard < len(s.shards) {
		s.shards[shard].call(func(sh *Shard) {
			sh.done = 0
			sh.mu.Lock()
			sh.queue.deepest = sh.queue.len()
			sh.mu.Unlock()
		})
	}
}

// Compact gives back what the tables of transactions took in a storm: a map keeps
// the room of its largest time.
func (s *Stack) Compact() {
	s.EachShard(func(sh *Shard) {
		sh.server, sh.client = maps.Collect(maps.All(sh.server)), maps.Collect(maps.All(sh.client))
	})
}

// KeepAlive sends an empty line (RFC 5626 section 3.5.1 has two over streams), which
// everybody ignores.
func (s *Stack) KeepAlive(f Flow) {
	line := "\r\n"
	if f.Proto.Reliable() {
		line = "\r\n\r\n"
	}
	s.send(f, []byte(line), "")
}

// send writes bytes over a flow.
func (s *Stack) send(f Flow, b []byte, callID string) error {
	if s.cfg.OnWire != nil {
		s.cfg.OnWire(false, f, b, callID)
	}
	s.Counters.Sent.Add(1)
	var err error
	switch {
	case f.Proto.Reliable():
		err = s.streams.send(f, b)
	default:
		if socks := *s.udp.Load(); int(f.Sock) < len(socks) {
			err = socks[f.Sock].send(f, b)
			break
		}
		err = fmt.Errorf("no UDP socket for %s", f.Remote)
	}
	if err != nil {
		s.Counters.SendErrors.Add(1)
		if s.debugs() {
			s.cfg.Log.Debug().Msgf("message to %s not sent: %v", f.Remote, err)
		}
		if f.Proto == UDP && noRoom(err) {
			return nil // as if it were lost on the way: it will be repeated
		}
	}
	return err
}

// broken ends the transactions that wait for a first answer over a connection
// that could not be opened or written to (RFC 3261 17.1.4).
func (s *Stack) broken(f Flow, err error) {
	level := zerolog.WarnLevel
	if f.Accepted { // a phone that went away
		level = zerolog.DebugLevel
	}
	s.cfg.Log.WithLevel(level).Err(err).Msgf("%s connection with %s lost", f.Proto, f.Remote)
	for _, sh := range s.shards {
		sh.submit(item{f: func(sh *Shard) {
			var waiting []*ClientTx
			for _, tx := range sh.client {
				if tx.flow.key() == f.key() && tx.state == clientCalling {
					waiting = append(waiting, tx)
				}
			}
			for _, tx := range waiting {
				tx.fail(err)
			}
		}})
	}
}

// noRoom: the system cannot take a datagram now, and may in a moment.
func noRoom(err error) bool {
	return errors.Is(err, syscall.ENOBUFS) || errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.ENOMEM)
}

// Open counts the transactions of all shards, for tests and the console.
func (s *Stack) Open() (server, client int) {
	s.EachShard(func(sh *Shard) {
		server += len(sh.server)
		client += len(sh.client)
	})
	return server, client
}
