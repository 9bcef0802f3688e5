package media

import (
	"net/netip"
	"sync/atomic"
	"time"

	"obelisk/internal/rawnet"
)

// Format is one negotiated payload format of a stream.
type Format struct {
	Codec Codec
	Recv  uint8 // payload type in our SDP: what arrives
	Send  uint8 // payload type in the far SDP: what we send
}

// Multicast is how packets to a group of hosts go (RFC 1112).
type Multicast struct {
	Hops int  // how many routers they may pass, less one; 0: as the system has it, which is 1
	Loop bool // this host may hear them too
}

// Params is what an offer/answer settled for a stream.
type Params struct {
	Remote    netip.AddrPort // c= and m= of the far SDP; the zero value sends nothing
	Formats   []Format       // in order of preference
	Host      netip.Addr     // where signalling comes from; its RTP is believed at once
	Strangers bool           // RTP of hosts that neither of the two names may be learnt; so it is where Host is not known
	Symmetric bool           // send to where packets come from (nat=comedia)
	MuteSend  bool           // the far side does not want media (hold)
	Inband    bool           // its keys are tones in the audio (dtmfmode=inband)
	RelaxKeys bool           // find those tones even where the high one is 6 dB over the low one, not 4 (relaxdtmf)
	FaxTone   bool           // tell of the calling tone of fax machines (Stream.OnFaxTone)
	EventRate int            // clock in Hz of its TelephoneEvent (RFC 4733 section 2.1); 0: the usual 8000
	Ptime     int            // milliseconds of the packets sent, 10 to 60; 0: 20, and what is relayed stays as it came
	Jitter    *Jitter        // buffer of what comes; nil: none
	RTCP      netip.AddrPort // a=rtcp of the far SDP (RFC 3605); the zero value: the port above Remote's
	RTCPMux   bool           // RTCP shares the RTP port (RFC 5761)
	ICE       ICE
	SRTP      *SRTP // nil: plain RTP, or with DTLS keys of that
	DTLS      *DTLS // nil: none
	Raw       bool  // datagrams are relayed as they are: UDPTL, T.38's transport
	// Multicast is how packets to a group go; no report is sent to one. nil: the far side is one host.
	Multicast *Multicast
	// Timeout without RTP, HoldTimeout while the far side holds the call, Keepalive
	// without a packet of ours; 0: none.
	Timeout, HoldTimeout, Keepalive time.Duration
}

// counters are written by the loop and read from anywhere.
type counters struct {
	rxPackets, rxBytes, txPackets, txBytes             atomic.Uint64
	badSource, malformed, unwanted, untranslated, late atomic.Uint64
	unauthentic                                        atomic.Uint64
	sendErrors, rtcpIn, rtcpOut, kernel                atomic.Uint64
	lost                                               atomic.Int64
	lastHeard                                          atomic.Int64 // nanoseconds since began
}

// Stats is a reading of a stream's counters.
type Stats struct {
	RxPackets, RxBytes, TxPackets, TxBytes uint64
	BadSource                              uint64 // dropped by the source latch
	Malformed                              uint64 // not RTP
	Unauthentic                            uint64 // not encrypted with the right key, or a repetition
	Unwanted                               uint64 // no peer, or a payload type nobody negotiated
	Untranslated                           uint64 // the far leg has no format for it
	Late                                   uint64 // too late for the jitter buffer
	SendErrors                             uint64
	RTCPIn                                 uint64
	Kernel                                 uint64 // of RxPackets: forwarded by the kernel
	RTCPOut                                uint64
	Lost                                   int64     // RFC 3550 A.3: expected minus received
	LastHeard                              time.Time // zero before the first accepted packet
	Source                                 netip.AddrPort
}

const noPayload = 0xff

// payloads are codecs by payload type.
type payloads [128]Codec

// noPayloads is before an agreement.
var noPayloads payloads

// mostShared of a loop: most calls agree on one of a few tables.
const mostShared = 64

// sharedPayloads is a table that has what p has.
func (l *loop) sharedPayloads(p *payloads) *payloads {
	if t := l.payloads[*p]; t != nil {
		return t
	}
	t := new(payloads)
	*t = *p
	if l.payloads == nil {
		l.payloads = map[payloads]*payloads{}
	}
	if len(l.payloads) < mostShared {
		l.payloads[*t] = t
	}
	return t
}

// Stream is one leg's RTP and RTCP ports.
type Stream struct {
	engine *Engine
	local  netip.AddrPort
	stats  counters
	source atomic.Pointer[netip.AddrPort] // accepted source, for display

	inner       bool                    // it has no sockets: the other end of a pipe is ours
	lastQuality atomic.Pointer[Quality] // of one that is closed
	home        place                   // that it is on, for those who are not
	video       bool
	text        *texting               // nil but for a text stream
	audioOf     *Stream                // of the same source, for a video or text stream
	cname       atomic.Pointer[string] // nil before the first report
	need        atomic.Bool            // Needed
	touch       atomic.Bool            // Touched
	opened      bool                   // owned by the loop
	joined      atomic.Uint64          // counts what was to be joined to it; the newest counts

	*flow // nil once closed: a leg that lingers keeps the counters only
}

// flow is what belongs to the loop.
type flow struct {
	loop      *loop
	rtp, rtcp socket
	latch     latch
	parked    *latch // of the other transport: RTP while there is UDPTL, and the other way round; nil before the first
	route
	symmetric  bool
	mute       bool
	withheld   bool   // Withhold
	tied       bool   // the RTP socket is connected
	offered    moment // Offered
	mux        bool
	raw        bool
	unheard    bool         // what is sent now is told to the taps otherwise
	audioType  uint8        // payload type of the last audio
	ice        *ICE         // nil: none
	hearing    func()       // told of the first media, nil: nobody waits
	onNeed     func()       // told that need has changed
	picture    *pictureWish // nil: nobody waits for one
	recv       *payloads    // codecs by the payload type of what comes; shared, and not changed
	send       [codecCount]uint8
	audio      Codec        // what we generate and translate to: the first format we can make
	ptime      uint8        // ms of the packets made here
	fixedPtime bool         // and of those relayed
	trans      *translation // of the bridge's audio, nil while none is needed
	peer       *Stream
	joint      *Joint   // by which it is peer's
	seat       *Seat    // in a mixer, in place of peer
	screen     *Screen  // of video, in place of peer
	pipe       *Stream  // the other end, for streams without sockets
	quality    *Quality // nil before the first report
	rx         receiver
	tx         sender
	player     player
	inject     *player       // what is said in the far side's place or with it, nil before the first
	jitter     *jitterBuffer // nil where packets are relayed as they come
	chosen     *chosen       // by SetJitter; nil: as negotiated
	report     timer
	reports    [2]uint64           // packets sent by the last report and the one before
	dog        *watchdog           // nil while nobody watches
	silent     func(time.Duration) // told by it
	unwanted   func()              // told by it of the end of consent
	digits     digits
	fax        faxEar
	pool       *portPool   // where its ports are of
	ports      *portPair   // rtp and rtcp
	secure     *secure     // nil for plain RTP
	hands      *handshake  // nil without DTLS
	hello      *early      // nil unless one has come
	kernel     *kernelFlow // nil while its packets come here
	trust      trust       // in the kernel
	look       timer       // at what can be given to the kernel
	taps       []*Tap      // that hear it
	passed     passed      // of Forward
	shapes     *[2]shape   // what is done to In and Out, nil while nothing is
}

func newStream(e *Engine, on *loop) *Stream {
	s := &Stream{engine: e, flow: &flow{loop: on}}
	s.home.Store(on)
	c := e.now()
	s.latch, s.offered = newLatch(c), never
	s.recv = &noPayloads
	random := e.cfg.Random
	s.tx = sender{ssrc: random(), seq: uint16(random()), ts: random()}
	var room [mostTimers]*timer
	ring := s.ring // one for all
	for _, t := range s.appendTimers(room[:0]) {
		t.index, t.fire = -1, ring
	}
	for i := range s.send {
		s.send[i] = noPayload
	}
	s.digits.rate = eventRate
	return s
}

// bind opens the pair; it may run anywhere.
func (s *Stream) bind(bind netip.Addr) error {
	s.pool = s.engine.ports.Load()
	back := s.loop.back
	p, err := s.pool.open(s.restKey(bind), time.Since(began), func(port int) (*portPair, error) {
		rtp, err := back.bind(netip.AddrPortFrom(bind, uint16(port)), s, false)
		if err != nil {
			return nil, err
		}
		rtcp, err := back.bind(netip.AddrPortFrom(bind, uint16(port+1)), s, true)
		if err != nil {
			rtp.close()
			return nil, err
		}
		return &portPair{port: port, rtp: rtp, rtcp: rtcp}, nil
	})
	if err != nil {
		return err
	}
	s.ports, s.rtp, s.rtcp = p, p.rtp, p.rtcp
	s.local = netip.AddrPortFrom(bind, uint16(p.port))
	return nil
}

// restKey is what its pair is, which it may get from or leave to another stream.
func (s *Stream) restKey(bind netip.Addr) restKey { return restKey{bind, s.marks(), s.loop} }

// freePorts has the pair rest, or closes it.
func (s *Stream) freePorts() {
	heard := time.Duration(s.stats.lastHeard.Load())
	if c := &s.stats; c.badSource.Load()+c.malformed.Load()+c.unwanted.Load()+c.unauthentic.Load()+c.rtcpIn.Load() > 0 || s.tied {
		heard = s.loop.now.Sub(began) // nobody knows when
	}
	if s.pool.layDown(s.restKey(s.local.Addr()), s.ports, heard) {
		return
	}
	s.rtp.close()
	s.rtcp.close()
	s.pool.release(s.ports.port)
}

func (s *Stream) marks() rawnet.Marks {
	switch {
	case s.video:
		return s.engine.cfg.VideoMarks
	case s.text != nil:
		return s.engine.cfg.TextMarks
	}
	return s.engine.cfg.Marks
}

// attach puts the stream on the loop.
func (s *Stream) attach() {
	s.opened = true
	s.join()
}

// join gives its packets to its loop.
func (s *Stream) join() {
	s.rtp.attach(s.loop.back, s)
	s.rtcp.attach(s.loop.back, s)
	s.loop.streams.Add(1)
}

// Local is the address RTP is received on; the address part may be unspecified.
func (s *Stream) Local() netip.AddrPort { return s.local }

// do runs f on the loop while the stream is open.
func (s *Stream) do(f func()) { command{f: f, at: &s.home, of: s}.send() }

// post runs f on the stream's loop, wherever that is by then, whether the stream is
// open or not.
func (s *Stream) post(f func()) { command{f: f, at: &s.home}.send() }

// Negotiate applies the result of an offer/answer. A changed remote address
// starts source learning anew.
func (s *Stream) Negotiate(p Params) {
	s.do(func() { s.apply(p) })
}

func (s *Stream) apply(p Params) {
	s.slow()
	s.loosen()
	wasHeld := s.mute
	s.symmetric, s.mute, s.digits.inband, s.digits.relaxed = p.Symmetric, p.MuteSend, p.Inband, p.RelaxKeys
	s.listenForFax(p.FaxTone)
	s.guard(&p, wasHeld != s.mute)
	if s.handshakeBy(p.DTLS); p.DTLS == nil {
		s.secureBy(p.SRTP)
	}
	var recv payloads
	for i := range s.send {
		s.send[i] = noPayload
	}
	s.ptime, s.fixedPtime = uint8(min(max(p.Ptime, 10), maxPtime)), p.Ptime != 0
	if !s.fixedPtime {
		s.ptime = 20
	}
	s.audio, s.trans, s.digits.rate = NoCodec, nil, uint32(max(p.EventRate, 0))
	if p.EventRate <= 0 {
		s.digits.rate = eventRate
	}
	for _, f := range p.Formats {
		if f.Recv < 128 && recv[f.Recv] == NoCodec {
			recv[f.Recv] = f.Codec
		}
		s.send[f.Codec] = f.Send
		if s.audio == NoCodec && f.Codec.Convertible() {
			s.audio = f.Codec
		}
	}
	// Some phones send by the numbers of their own SDP.
	for _, f := range p.Formats {
		if f.Send < 128 && recv[f.Send] == NoCodec {
			recv[f.Send] = f.Codec
		}
	}
	s.recv = s.loop.sharedPayloads(&recv)
	s.buffer(p.Jitter)
	s.expect(&p)
	s.greet()
	if k, ok := s.rtp.(interface{ multicast(Multicast) }); ok && p.Multicast != nil {
		k.multicast(*p.Multicast)
	}
	if s.raw || p.Multicast != nil {
		s.loop.disarm(&s.report)
	} else if s.report.index < 0 && p.Remote.IsValid() {
		s.loop.arm(&s.report, s.loop.now.Add(s.reportPause(true)))
	}
}

// Pipe makes two streams without sockets: what is sent to one arrives at the
// other's bridge. They join the two halves of a Local channel; near is a stream
// that they will be bridged to, or nil.
func (e *Engine) Pipe(near *Stream) (a, b *Stream) {
	on := e.place(near)
	a, b = newStream(e, on), newStream(e, on)
	a.pipe, b.pipe, a.inner, b.inner = b, a, true, true
	a.opened, b.opened = true, true
	return a, b
}

// Withhold has nothing sent until a packet of the far side comes, or until it is taken
// back: an address that only a request named may be somebody's who asked for nothing.
func (s *Stream) Withhold(on bool) {
	s.do(func() {
		at := s.latch.locked
		if on = on && (!at.IsValid() || at.Addr() != s.to.addr.Addr()); s.withheld != on {
			s.slow()
			s.withheld = on
		}
	})
}

// sendable says whether there is somewhere to send to, and a key where one is needed.
func (s *Stream) sendable() bool {
	return !s.mute && s.reachable() && (s.secure == nil || s.secure.out != nil)
}

// reachable says whether it is known where the far side is.
func (s *Stream) reachable() bool {
	return !s.withheld && s.to.addr.Port() != 0 && s.to.addr.IsValid()
}

// throughPipes is the stream with sockets at which what is sent to this one comes
// out, nil while there is none: also in a ring of pipes, which leads back here.
func (s *Stream) throughPipes() *Stream {
	out, _ := s.beyondPipes(false)
	return out
}

// beyondPipes is that, or else the half of a pipe that is in no bridge and at which it comes
// out; neither in a ring. keys: the first half with a gate is where a key comes out.
func (s *Stream) beyondPipes(keys bool) (out, end *Stream) {
	at := s
	for at != nil && at.pipe != nil {
		far := at.pipe
		if keys && end == nil && far.digits.gate != nil {
			end = far
		}
		if at = far.bridged(); at == s {
			return nil, nil
		}
		if at == nil && end == nil {
			end = far
		}
	}
	if end != nil {
		at = nil
	}
	return at, end
}

// bridged is the stream at the other side of the bridge, nil without one.
func (s *Stream) bridged() *Stream {
	if !s.opened {
		return nil
	}
	return s.peer
}

// Close ends the stream and frees its ports. It may be called twice.
func (s *Stream) Close() {
	s.do(func() {
		l := s.loop
		s.unlink()
		s.stopVoices()
		s.endTaps() // last, so that Touched stays what it was
		var room [mostTimers]*timer
		for _, t := range s.appendTimers(room[:0]) {
			l.disarm(t)
		}
		if s.pipe == nil {
			s.handshakeBy(nil)
			s.freePorts()
			l.streams.Add(-1)
			q := s.qualityNow()
			s.engine.totals.add(s.Stats(), &q)
			s.lastQuality.Store(&q)
		}
		s.opened, s.flow = false, nil
	})
}

// Stats reads the counters without stopping the loop.
func (s *Stream) Stats() Stats {
	c := &s.stats
	st := Stats{
		RxPackets: c.rxPackets.Load(), RxBytes: c.rxBytes.Load(), TxPackets: c.txPackets.Load(), TxBytes: c.txBytes.Load(),
		BadSource: c.badSource.Load(), Malformed: c.malformed.Load(), Unwanted: c.unwanted.Load(), Unauthentic: c.unauthentic.Load(),
		Untranslated: c.untranslated.Load(), Late: c.late.Load(), SendErrors: c.sendErrors.Load(), RTCPIn: c.rtcpIn.Load(),
		RTCPOut: c.rtcpOut.Load(), Kernel: c.kernel.Load(),
		Lost: c.lost.Load(),
	}
	if t := c.lastHeard.Load(); t != 0 {
		st.LastHeard = began.Add(time.Duration(t))
	}
	if p := s.source.Load(); p != nil {
		st.Source = *p
	}
	return st
}
