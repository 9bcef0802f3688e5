package media

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	"github.com/pion/rtp"
)

// house is an engine on a clock of its own: nothing happens but what is done, and pass
// lets time go by.
type house struct {
	t testing.TB
	l *loop
	e *Engine
}

func newHouse(t testing.TB, cfg Config) *house {
	h := &house{t: t, l: &loop{back: nullBackend{}, now: epoch}}
	h.e = &Engine{cfg: cfg, loops: []*loop{h.l}}
	h.e.cfg.defaults()
	return h
}

// tape is a socket that keeps what is sent.
type tape struct {
	nullSocket
	h    *house
	sent []sending
	tied netip.AddrPort // what comes from elsewhere is dropped, as the kernel does
}

func (k *tape) tie(to *target) bool {
	k.tied = to.addr
	return true
}

func (k *tape) untie() { k.tied = netip.AddrPort{} }

// reach is a datagram at the RTP socket.
func reach(s *Stream, b []byte, from netip.AddrPort) {
	if k, ok := s.rtp.(*tape); ok && k.tied.IsValid() && k.tied != from {
		return
	}
	s.receive(false, b, from)
}

type sending struct {
	at time.Duration // since the epoch
	to netip.AddrPort
	b  []byte
}

func (k *tape) send(b []byte, to *target) {
	k.sent = append(k.sent, sending{k.h.l.now.Sub(epoch), to.addr, append([]byte(nil), b...)})
}

// taken gives what was sent, and forgets it.
func (k *tape) taken() (out []sending) {
	out, k.sent = k.sent, nil
	return out
}

// packet reads it as RTP.
func (s sending) packet(t testing.TB) *rtp.Packet {
	var p rtp.Packet
	if err := p.Unmarshal(s.b); err != nil {
		t.Fatal(err)
	}
	return &p
}

// phone is a leg whose far side is at the address that p names.
func (h *house) phone(p Params) (s *Stream, audio, control *tape) {
	s = newStream(h.e, h.l)
	audio, control = &tape{h: h}, &tape{h: h}
	s.rtp, s.rtcp = audio, control
	s.attach()
	s.apply(p)
	return s, audio, control
}

// bridge joins two legs.
func (h *house) bridge(a, b *Stream) { a.peer, b.peer = b, a }

// pass lets time go by.
func (h *house) pass(d time.Duration) {
	until := h.l.now.Add(d)
	for len(h.l.timers) > 0 && !h.l.timers[0].at().After(until) {
		h.l.now = later(h.l.now, h.l.timers[0].at())
		h.l.runTimers()
	}
	h.l.now = until
}

// on does what posts commands, at the house's time.
func (h *house) on(f func()) {
	h.l.on.Lock()
	defer h.l.on.Unlock()
	f()
	for h.l.waiting() {
		h.l.runQueue()
	}
}

// talker is a source of RTP.
type talker struct {
	at   netip.AddrPort
	ssrc uint32
	seq  uint16
	ts   uint32
}

// say sends a packet to a leg.
func (v *talker) say(s *Stream, pt uint8, payload []byte) {
	v.seq++
	reach(s, v.raw(pt, false, payload), v.at)
}

func (v *talker) raw(pt uint8, marker bool, payload []byte) []byte {
	b, _ := (&rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: pt, Marker: marker, SequenceNumber: v.seq, Timestamp: v.ts,
		SSRC: v.ssrc}, Payload: payload}).Marshal()
	return b
}

// talk is n packets of 20 ms in real time.
func (v *talker) talk(h *house, s *Stream, n int) {
	for range n {
		v.ts = h.stamp()
		v.say(s, 0, make([]byte, 160))
		h.pass(frameTime)
	}
}

// stamp is the time in units of a clock of 8 kHz.
func (h *house) stamp() uint32 { return uint32(h.l.now.Sub(epoch) / time.Millisecond * 8) }

// key sends a packet of a telephone event at v's time.
func (v *talker) key(s *Stream, code byte, duration uint16, end, marker bool) {
	b := []byte{code, 10, 0, 0}
	if end {
		b[1] |= 0x80
	}
	binary.BigEndian.PutUint16(b[2:], duration)
	v.seq++
	reach(s, v.raw(101, marker, b), v.at)
}

var (
	here  = netip.MustParseAddrPort("10.0.0.1:4000")
	there = netip.MustParseAddrPort("10.0.0.2:4000")
)
