package media

import (
	"fmt"
	"net"
	"net/netip"
	"time"

	"obelisk/internal/fastpath"
)

// maxPacket is the largest datagram that is read whole.
const maxPacket = 2048

// Config is rtp.conf [general].
type Config struct {
	PortMin, PortMax int           // rtpstart, rtpend; default 5000 to 31000
	Strict           Strict        // strictrtp
	Probation        int           // packets in sequence before a new source is believed; default 4
	RTCPInterval     time.Duration // rtcpinterval; default 5 s
	// FastPath lets the kernel forward what needs nothing but new numbers
	// (rtpfastpath). nil: everything passes here.
	FastPath *fastpath.Table
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
	if c.RTCPInterval == 0 {
		c.RTCPInterval = 5 * time.Second
	}
}

// Engine opens streams and owns the loop that serves them. One loop carries
// some 1,500 calls; a call's streams always share one.
type Engine struct {
	cfg   Config
	ports *portPool
	loop  *loop
	ended chan struct{}
}

// New starts an engine. Close ends it.
func New(cfg Config) (*Engine, error) {
	cfg.defaults()
	if cfg.PortMin < 1024 || cfg.PortMax > 65535 || cfg.PortMin >= cfg.PortMax {
		return nil, fmt.Errorf("RTP port range %d-%d is not usable", cfg.PortMin, cfg.PortMax)
	}
	e := &Engine{cfg: cfg, ports: newPortPool(cfg.PortMin, cfg.PortMax), ended: make(chan struct{})}
	var back backend
	if cfg.Listen != nil {
		back = newConnBackend(cfg.Listen)
	} else {
		var err error
		if back, err = systemBackend(); err != nil {
			return nil, err
		}
	}
	e.loop = &loop{back: back}
	go func() {
		defer close(e.ended)
		back.run(e.loop)
	}()
	return e, nil
}

// Close stops the loop. Streams that are still open stop working.
func (e *Engine) Close() {
	e.loop.post(func() {
		e.loop.done = true
		e.loop.back.wake()
	})
	<-e.ended
}

// PortsInUse counts the port pairs of open streams.
func (e *Engine) PortsInUse() int { return e.ports.count() }

// Open binds a port pair on the address and returns its stream, which drops
// what it receives until Negotiate. It does not wait for the loop. The error
// wraps ErrNoPorts when the range is exhausted.
func (e *Engine) Open(bind netip.Addr) (*Stream, error) {
	s := newStream(e, bind)
	if err := s.bind(bind); err != nil {
		return nil, err
	}
	e.loop.post(s.attach)
	return s, nil
}
