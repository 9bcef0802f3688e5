package media

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/pion/rtp"
)

// recorder is a socket that notes what is sent, and when.
type recorder struct {
	nullSocket
	loop *loop
	sent []sentPacket
}

type sentPacket struct {
	at  time.Duration
	seq uint16
	ts  uint32
}

func (r *recorder) send(b []byte, _ *target) {
	r.sent = append(r.sent, sentPacket{r.loop.now.Sub(epoch), binary.BigEndian.Uint16(b[2:]), binary.BigEndian.Uint32(b[4:])})
}

var epoch = time.Unix(1e9, 0)

type nullBackend struct{ backend }

func (nullBackend) wake()         {}
func (nullBackend) collect(*loop) {}

// arrival is a packet that comes at a time.
type arrival struct {
	at  time.Duration
	seq uint16
	ts  uint32
}

// through sends packets through a leg with a buffer, on a clock of its own.
func through(cfg Jitter, packets []arrival) (out []sentPacket, late uint64) {
	return throughStream(func(s *Stream) { s.buffer(&cfg) }, packets)
}

// throughStream sends packets through a leg that was prepared.
func throughStream(prepare func(*Stream), packets []arrival) (out []sentPacket, late uint64) {
	l := &loop{back: nullBackend{}, now: epoch}
	e := &Engine{loops: []*loop{l}}
	e.cfg.defaults()
	from := netip.MustParseAddrPort("127.0.0.1:4000")
	rec := &recorder{loop: l}
	a, z := newStream(e, e.loops[0]), newStream(e, e.loops[0])
	for _, s := range []*Stream{a, z} {
		s.rtp, s.rtcp, s.opened = rec, nullSocket{}, true
		s.recv = new(payloads)
		s.recv[0], s.send[ULaw] = ULaw, 0
		s.to.set(from)
		s.latch.restart(from, netip.Addr{}, epoch)
	}
	a.peer, z.peer = z, a
	prepare(a)
	slices.SortStableFunc(packets, func(x, y arrival) int { return int(x.at - y.at) })
	step := func(until time.Duration) {
		for len(l.timers) > 0 && l.timers[0].at().Sub(epoch) <= until {
			l.now = l.timers[0].at()
			l.runTimers()
		}
		l.now = epoch.Add(until)
	}
	for _, p := range packets {
		step(p.at)
		b, _ := (&rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: p.seq, Timestamp: p.ts, SSRC: 7},
			Payload: make([]byte, 160)}).Marshal()
		a.receive(false, b, from)
	}
	step(l.now.Sub(epoch) + time.Minute)
	return rec.sent, a.stats.late.Load()
}

// even is n packets of 20 ms, each as late as the function says.
func even(n int, late func(i int) time.Duration) []arrival {
	var out []arrival
	for i := range n {
		out = append(out, arrival{time.Duration(i)*20*time.Millisecond + late(i), uint16(65000 + i), uint32(i) * 160})
	}
	return out
}

// spread is the longest and shortest time between two packets of the later half.
func spread(p []sentPacket) (least, most time.Duration) {
	least = time.Hour
	for i := len(p)/2 + 1; i < len(p); i++ {
		d := p[i].at - p[i-1].at
		least, most = min(least, d), max(most, d)
	}
	return
}

func TestJitterBufferEvensOut(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	jitter := func(most int) func(int) time.Duration {
		return func(int) time.Duration { return time.Duration(r.IntN(most*1000)) * time.Microsecond }
	}
	for name, c := range map[string]struct {
		cfg     Jitter
		packets []arrival
		within  time.Duration // of 20 ms between packets
		delay   time.Duration // at most
		dropped int           // at most
	}{
		"fixed": {Jitter{Max: 200 * time.Millisecond, Resync: time.Second}, even(500, jitter(60)), time.Millisecond,
			202 * time.Millisecond, 0},
		"adaptive, quiet": {Jitter{Adaptive: true, Max: 200 * time.Millisecond, Extra: 40 * time.Millisecond, Resync: time.Second},
			even(500, jitter(5)), time.Millisecond, 46 * time.Millisecond, 0},
		"adaptive, 60 ms": {Jitter{Adaptive: true, Max: 200 * time.Millisecond, Extra: 10 * time.Millisecond, Resync: time.Second},
			even(1000, jitter(60)), 10 * time.Millisecond, 72 * time.Millisecond, 2},
		"sender 0.1 % slow": {Jitter{Adaptive: true, Max: 200 * time.Millisecond, Extra: 20 * time.Millisecond, Resync: time.Second},
			even(5000, func(i int) time.Duration { return time.Duration(i) * 20 * time.Microsecond }), 25 * time.Millisecond, 40 * time.Millisecond,
			0},
		"sender 0.1 % fast": {Jitter{Adaptive: true, Max: 200 * time.Millisecond, Extra: 20 * time.Millisecond, Resync: time.Second},
			even(5000, func(i int) time.Duration { return time.Duration(5000-i) * 20 * time.Microsecond }), 25 * time.Millisecond,
			40 * time.Millisecond, 0},
	} {
		n := len(c.packets)
		in := map[uint32]time.Duration{}
		for _, p := range c.packets {
			in[p.ts] = p.at
		}
		out, late := through(c.cfg, c.packets)
		if len(out) < n-c.dropped || int(late) > c.dropped {
			t.Errorf("%s: %d of %d packets, %d late", name, len(out), n, late)
		}
		for i := 1; i < len(out); i++ {
			if int16(out[i].seq-out[i-1].seq) <= 0 {
				t.Fatalf("%s: out of order", name)
			}
		}
		least, most := spread(out)
		if least < 20*time.Millisecond-c.within || most > 20*time.Millisecond+c.within {
			t.Errorf("%s: %v to %v between packets", name, least, most)
		}
		base := out[0].ts
		var worst time.Duration
		for _, p := range out[len(out)/2:] {
			worst = max(worst, p.at-in[p.ts-base])
		}
		t.Logf("%s: %v to %v between packets, delay at most %v", name, least, most, worst)
		if worst > c.delay {
			t.Errorf("%s: a delay of %v", name, worst)
		}
	}
}

// Order, loss, doubles, silence, and a source that begins anew.
func TestJitterBufferOrder(t *testing.T) {
	ms := time.Millisecond
	cfg := Jitter{Adaptive: true, Max: 200 * ms, Extra: 40 * ms, Resync: time.Second}
	out, late := through(cfg, []arrival{
		{0, 1, 0}, {40 * ms, 3, 320}, {45 * ms, 2, 160}, {46 * ms, 2, 160}, {60 * ms, 4, 480}, // swapped, double
		{100 * ms, 6, 800},                           // 5 is lost
		{3000 * ms, 7, 24000}, {3020 * ms, 8, 24160}, // after silence
		{3040 * ms, 9000, 900000}, {3060 * ms, 9001, 900160}, // another clock
		{3200 * ms, 8999, 899840}, // far too late
	})
	want := []time.Duration{40 * ms, 85 * ms, 105 * ms, 125 * ms, 165 * ms, 3040 * ms, 3040 * ms, 3080 * ms, 3100 * ms}
	if len(out) != len(want) || late != 2 {
		t.Fatalf("%d packets, %d late: %v", len(out), late, out)
	}
	for i, p := range out {
		if d := p.at - want[i]; d < -2*ms || d > 12*ms {
			t.Errorf("packet %d at %v, want %v", i, p.at, want[i])
		}
	}
}

// A buffer that was asked for stays in place of what is negotiated, also where there is no bridge, and those
// who listen hear what it has made even.
func TestChosenJitterBuffer(t *testing.T) {
	ms := time.Millisecond
	bumpy := func() []arrival {
		return even(100, func(i int) time.Duration { return time.Duration(i%5) * 25 * ms })
	}
	for _, bridged := range []bool{true, false} {
		var heard []sentPacket
		out, late := throughStream(func(s *Stream) {
			s.chosen = &chosen{&Jitter{Max: 150 * ms, Resync: time.Second}}
			s.buffer(nil)
			s.taps = []*Tap{{way: In, ear: func(_ Codec, _, ts uint32, _ []byte) {
				heard = append(heard, sentPacket{at: s.loop.now.Sub(epoch), ts: ts})
			}}}
			if !bridged {
				s.peer = nil
			}
		}, bumpy())
		if late != 0 || len(heard) != 100 || bridged != (len(out) == 100) {
			t.Fatalf("bridged %v: %d heard, %d sent, %d late", bridged, len(heard), len(out), late)
		}
		if least, most := spread(heard); least != 20*ms || most != 20*ms {
			t.Errorf("bridged %v: %v to %v between what is heard", bridged, least, most)
		}
	}
	out, _ := throughStream(func(s *Stream) {
		s.chosen = &chosen{}
		s.buffer(&Jitter{Max: 150 * ms, Resync: time.Second})
	}, bumpy())
	if least, _ := spread(out); least == 20*ms {
		t.Error("a buffer that was taken away is there")
	}
}

// A buffer whose delay is more than its usual room is long holds it all.
func TestLongJitterBuffer(t *testing.T) {
	out, late := through(Jitter{Max: MostJitter, Resync: 10 * time.Second}, even(600, func(int) time.Duration { return 0 }))
	if len(out) != 600 || late != 0 || out[0].at != MostJitter {
		t.Errorf("%d packets, %d late, the first after %v", len(out), late, out[0].at)
	}
}
