package media

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"obelisk/internal/fastpath"
	"obelisk/internal/rawnet"
)

// maxPacket is the largest datagram that is read whole.
const maxPacket = 2048

// Config is rtp.conf [general].
type Config struct {
	PortMin, PortMax int           // rtpstart, rtpend; default 5000 to 31000
	Strict           Strict        // strictrtp
	Probation        int           // packets in sequence before a new source is believed; default 4
	RTCPInterval     time.Duration // rtcpinterval; default 5 s
	PerLoop          int           // streams of a loop before another is started; default 3000
	// FastPath lets the kernel forward what needs nothing but new numbers
	// (rtpfastpath). nil: everything passes here.
	FastPath *fastpath.Table
	// Marks, VideoMarks and TextMarks are those of RTP and RTCP packets.
	Marks, VideoMarks, TextMarks rawnet.Marks
	// Listen opens sockets instead of the system, for tests. nil: the system.
	Listen func(netip.AddrPort) (net.PacketConn, error)
	// SSRC gives random numbers for stream identities. nil: math/rand.
	Random func() uint32
}

func (c *Config) defaults() {
	if c.PortMin == 0 {
		c.PortMin, c.PortMax = 5000, 31000
	}
	if c.Probation < 2 {
		c.Probation = 4
	}
	if c.PerLoop == 0 {
		c.PerLoop = 3000
	}
	if c.RTCPInterval == 0 {
		c.RTCPInterval = 5 * time.Second
	}
	if c.Random == nil {
		c.Random = rand.Uint32
	}
}

// Engine opens streams and owns the loops that serve them. One loop carries some
// 1,500 calls, and is cheaper than two; another is started when all are full, up to
// one for each processor. The streams of a bridge share one.
type Engine struct {
	cfg     Config
	totals  totals
	ports   atomic.Pointer[portPool]
	changed atomic.Pointer[Config] // nil: it is as it was started
	ended   sync.WaitGroup
	pumping sync.WaitGroup          // goroutines of the sinks
	witness atomic.Pointer[Witness] // of packets; nil: nobody
	control atomic.Pointer[func(Control)]
	sinks

	moving sync.Mutex // held while homes change: two loops' queues are locked then

	mu    sync.Mutex // guards loops
	loops []*loop
}

// New starts an engine. Close ends it.
func New(cfg Config) (*Engine, error) {
	cfg.defaults()
	if cfg.PortMin < 1024 || cfg.PortMax > 65535 || cfg.PortMin >= cfg.PortMax {
		return nil, fmt.Errorf("RTP port range %d-%d is not usable", cfg.PortMin, cfg.PortMax)
	}
	e := &Engine{cfg: cfg}
	e.ports.Store(newPortPool(cfg.PortMin, cfg.PortMax))
	return e, e.grow()
}

// Config is what is in force.
func (e *Engine) Config() Config { return *e.now() }

// now is what is in force for new streams.
func (e *Engine) now() *Config {
	if c := e.changed.Load(); c != nil {
		return c
	}
	return &e.cfg
}

// Change puts ports, strictness and the pace of reports in force for streams that are opened
// from now on; the rest stays as it was started. Streams that are there keep their ports.
func (e *Engine) Change(to Config) error {
	to.defaults()
	if to.PortMin < 1024 || to.PortMax > 65535 || to.PortMin >= to.PortMax {
		return fmt.Errorf("RTP port range %d-%d is not usable", to.PortMin, to.PortMax)
	}
	c := *e.now()
	if c.PortMin != to.PortMin || c.PortMax != to.PortMax {
		pool := newPortPool(to.PortMin, to.PortMax)
		pool.before = e.ports.Load()
		e.ports.Store(pool)
		pool.before.finish()
	}
	c.PortMin, c.PortMax, c.Strict, c.Probation, c.RTCPInterval = to.PortMin, to.PortMax, to.Strict, to.Probation, to.RTCPInterval
	e.changed.Store(&c)
	return nil
}

// grow starts a further loop. Callers hold mu, or have the engine for themselves.
func (e *Engine) grow() (err error) {
	l := &loop{}
	if e.cfg.Listen != nil {
		l.back = newConnBackend(e.cfg.Listen)
	} else if l.back, err = systemBackend(); err != nil {
		return err
	}
	e.loops = append(e.loops, l)
	e.ended.Go(func() { l.back.run(l) })
	return nil
}

// place is the loop for a new stream: that of the stream it will be bridged to, or
// the emptiest.
func (e *Engine) place(near *Stream) *loop {
	if near != nil {
		return near.home.Load()
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	least := e.emptiest()
	if int(least.streams.Load()) >= e.cfg.PerLoop && len(e.loops) < runtime.NumCPU() && e.grow() == nil {
		return e.emptiest()
	}
	return least
}

func (e *Engine) emptiest() *loop {
	least := e.loops[0]
	for _, l := range e.loops[1:] {
		if l.streams.Load() < least.streams.Load() {
			least = l
		}
	}
	return least
}

// Close stops the loops. Streams that are still open stop working.
func (e *Engine) Close() {
	e.endTaps()
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, l := range e.loops {
		l.post(func() {
			l.done = true
			l.back.wake()
		})
	}
	e.ended.Wait()
	e.ports.Load().finish()
	e.pumping.Wait() // each ends the sinks that it has, and then itself
}

// JitterBounds are those of the histogram of jitter, in seconds.
var JitterBounds = [...]float64{0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2}

// totals adds up the streams that were closed.
type totals struct {
	received, sent, lost, badSource, kernel atomic.Uint64
	jitters                                 [len(JitterBounds) + 1]atomic.Uint64
	jitterMicros                            atomic.Uint64
}

func (t *totals) add(s Stats, q *Quality) {
	if s.RxPackets > 1 {
		i := 0
		for i < len(JitterBounds) && q.Jitter > JitterBounds[i] {
			i++
		}
		t.jitters[i].Add(1)
		t.jitterMicros.Add(uint64(q.Jitter * 1e6))
	}
	t.received.Add(s.RxPackets)
	t.sent.Add(s.TxPackets)
	t.badSource.Add(s.BadSource)
	t.kernel.Add(s.Kernel)
	if s.Lost > 0 {
		t.lost.Add(uint64(s.Lost))
	}
}

// Totals are the packets of all streams that were closed, since the start.
type Totals struct {
	Received, Sent, Lost, BadSource, Kernel uint64
	Jitters                                 map[float64]uint64 // streams with a jitter up to so many seconds
	JitterCount                             uint64
	JitterSum                               float64 // seconds
}

// Totals reads them.
func (e *Engine) Totals() Totals {
	t := &e.totals
	out := Totals{Received: t.received.Load(), Sent: t.sent.Load(), Lost: t.lost.Load(), BadSource: t.badSource.Load(),
		Kernel: t.kernel.Load(), Jitters: map[float64]uint64{}, JitterSum: float64(t.jitterMicros.Load()) / 1e6}
	for i := range t.jitters {
		if out.JitterCount += t.jitters[i].Load(); i < len(JitterBounds) {
			out.Jitters[JitterBounds[i]] = out.JitterCount
		}
	}
	return out
}

// PortsInUse counts the port pairs of open streams.
func (e *Engine) PortsInUse() int { return e.ports.Load().count() }

// Ports are the port pairs in use, and all that there are.
func (e *Engine) Ports() (used, all int) {
	p := e.ports.Load()
	return p.count(), len(p.used)
}

// Open binds a port pair on the address and returns its stream, which drops
// what it receives until Negotiate. near is a stream that it will be bridged to,
// or nil. It does not wait for the loop. The error wraps ErrNoPorts when the range
// is exhausted.
func (e *Engine) Open(bind netip.Addr, near *Stream) (*Stream, error) {
	return e.open(bind, near, false, nil)
}

// OpenVideo is Open for the video that goes with audio, which may be nil: to the far side
// both come from one source (RFC 3550 section 6.5.1).
func (e *Engine) OpenVideo(bind netip.Addr, near, audio *Stream) (*Stream, error) {
	return e.open(bind, near, true, audio)
}

func (e *Engine) open(bind netip.Addr, near *Stream, video bool, audio *Stream) (*Stream, error) {
	s := newStream(e, e.place(near))
	s.video, s.audioOf = video, audio
	if err := s.bind(bind); err != nil {
		return nil, err
	}
	s.loop.post(s.attach)
	return s, nil
}
