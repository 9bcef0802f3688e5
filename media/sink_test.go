package media

import (
	"bytes"
	"math"
	"net"
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/media/coder"
)

// ear is a sink that keeps all.
type ear struct {
	rate     int
	pcm      []int16
	patience time.Duration
	ended    int
}

func (e *ear) Rate() int               { return e.rate }
func (e *ear) Put(pcm []int16)         { e.pcm = append(e.pcm, pcm...) }
func (e *ear) End()                    { e.ended++ }
func (e *ear) Patience() time.Duration { return e.patience }

// ears keeps both directions.
type ears struct {
	ear
	out []int16
}

func (e *ears) Put(in, out []int16) {
	e.pcm = append(e.pcm, in...)
	e.out = append(e.out, out...)
}

// listening is a house whose pumps the test turns.
func listening(t testing.TB) *house {
	h := newHouse(t, Config{})
	h.e.clock = func() time.Time { return h.l.now }
	return h
}

// turn has the sinks get what is due.
func (h *house) turn() {
	for _, p := range h.e.pumps {
		p.turn(h.l.now)
	}
}

// ramp is audio in which each sample tells its place: the values of mu-law, one after the other.
func ramp(from, n int) (payload []byte, pcm []int16) {
	for i := range n {
		b := byte((from + i) % 251)
		payload = append(payload, b)
		pcm = append(pcm, coder.FromULaw(b))
	}
	return
}

func TestTapIsSampleExact(t *testing.T) {
	h := listening(t)
	s, _, _ := h.phone(Params{Remote: here, Formats: ulawOnly})
	e := &ear{rate: 8000, patience: usualPatience}
	h.on(func() { s.Tap(In, e) })
	v := &talker{at: here, ssrc: 5, ts: 4242}
	var want []int16
	for i := range 100 {
		payload, pcm := ramp(160*i, 160)
		v.say(s, 0, payload)
		v.ts += 160
		want = append(want, pcm...)
		h.pass(frameTime)
		h.turn()
	}
	if got := len(e.pcm); got != 8000*2-480 {
		t.Errorf("%d samples in 2 s, with 60 ms of patience", got)
	}
	if !slices.Equal(e.pcm, want[:len(e.pcm)]) {
		t.Error("not what was said")
	}
}

func TestTapFillsHolesAndOrders(t *testing.T) {
	h := listening(t)
	s, _, _ := h.phone(Params{Remote: here, Formats: ulawOnly})
	e := &ear{rate: 8000, patience: usualPatience}
	var tap *Tap
	h.on(func() { tap = s.Tap(In, e) })
	h.pass(time.Second) // silence before
	v := &talker{at: here, ssrc: 5}
	want := make([]int16, 8000)
	say := func(i int) {
		payload, _ := ramp(160*i, 160)
		v.seq, v.ts = uint16(i), uint32(160*i)
		v.say(s, 0, payload)
	}
	for i := range 60 {
		switch {
		case i == 10, i >= 30 && i < 40: // lost; a pause
			want = append(want, make([]int16, 160)...)
		default:
			_, pcm := ramp(160*i, 160)
			want = append(want, pcm...)
		}
		switch {
		case i == 10, i >= 30 && i < 40, i == 20:
		case i == 21: // in the wrong order
			say(21)
			say(20)
		case i == 22: // twice
			say(22)
			say(22)
		default:
			say(i)
		}
		h.pass(frameTime)
		h.turn()
	}
	h.pass(time.Second) // and after
	tap.Stop()
	tap.Stop()
	h.turn()
	h.turn()
	want = append(want, make([]int16, 8000)...)
	if len(e.pcm) != len(want) || !slices.Equal(e.pcm, want) {
		t.Errorf("%d samples, want %d; differs at %d", len(e.pcm), len(want), differsAt(e.pcm, want))
	}
	if e.ended != 1 {
		t.Errorf("ended %d times", e.ended)
	}
	if len(h.e.pumps[0].taps) != 0 {
		t.Error("the tap is still there")
	}
}

func differsAt(a, b []int16) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}

// Half an hour of two phones whose clocks are off by 150 in a million, either way: what an hour is
// with the clocks of bad ones.
func TestTapKeepsBothSidesTogether(t *testing.T) {
	h := listening(t)
	a, _, _ := h.phone(Params{Remote: here, Formats: ulawOnly})
	b, _, _ := h.phone(Params{Remote: there, Formats: ulawOnly})
	h.bridge(a, b)
	e := &ears{ear: ear{rate: 8000, patience: 400 * time.Millisecond}}
	h.on(func() { a.TapBoth(e) })
	va, vb := &talker{at: here, ssrc: 5}, &talker{at: there, ssrc: 6}
	begin := h.l.now
	quiet := bytes.Repeat([]byte{0xff}, 160)
	next := [2]time.Time{begin, begin.Add(7 * time.Millisecond)}
	pace := [2]time.Duration{20*time.Millisecond + 3*time.Microsecond, 20*time.Millisecond - 3*time.Microsecond}
	var clicks [2][]time.Duration
	var said [2]int
	for next[0].Sub(begin) < 30*time.Minute {
		d := 0
		if next[1].Before(next[0]) {
			d = 1
		}
		payload := slices.Clone(quiet)
		if said[d]%3000 == 0 {
			payload[0] = 0x80
			clicks[d] = append(clicks[d], next[d].Sub(begin))
		}
		jitter := time.Duration(said[d]*7919%12) * time.Millisecond
		h.pass(max(next[d].Add(jitter).Sub(h.l.now), 0))
		[2]*talker{va, vb}[d].say([2]*Stream{a, b}[d], 0, payload)
		[2]*talker{va, vb}[d].ts += 160
		next[d] = next[d].Add(pace[d])
		if said[d]++; said[d]%5 == 0 {
			h.turn()
		}
	}
	for d, pcm := range [2][]int16{e.pcm, e.out} {
		n := 0
		for i, v := range pcm {
			if v > 10000 || v < -10000 {
				at := time.Duration(i) * time.Second / 8000
				if n < len(clicks[d]) {
					if off := at - clicks[d][n]; off < -11*time.Millisecond || off > 11*time.Millisecond {
						t.Errorf("direction %d, click %d is %v off", d, n, off)
					}
				}
				n++
			}
		}
		if n < len(clicks[d])-1 {
			t.Errorf("direction %d: %d of %d clicks", d, n, len(clicks[d]))
		}
	}
}

func TestTapHearsWhatIsPlayedAndEchoed(t *testing.T) {
	h := listening(t)
	s, _, _ := h.phone(Params{Remote: here, Formats: []Format{{G722, 9, 9}}})
	e := &ears{ear: ear{rate: 16000}}
	h.on(func() { s.TapBoth(e) })
	tone, _ := ParseTone("1000")
	h.on(func() { s.Play(tone.Source(), func(bool) {}) })
	for range 50 {
		h.pass(frameTime)
		h.turn()
	}
	if p := power(e.out[1600:], 1000, 16000); p < 0.9 {
		t.Errorf("%.2f of what is played is the tone", p)
	}
	if power(e.pcm, 1000, 16000) != 0 {
		t.Error("it says what it hears")
	}
	h.on(func() {
		s.stopPlay()
		s.Echo()
	})
	e.pcm, e.out = nil, nil
	v := &talker{at: here, ssrc: 5}
	enc := coder.NewG722()
	for i := range 50 {
		pcm, payload := make([]int16, 320), make([]byte, 160)
		for k := range pcm {
			pcm[k] = int16(8000 * math.Sin(2*math.Pi*2500*float64(320*i+k)/16000))
		}
		enc.Encode(payload, pcm)
		v.say(s, 9, payload)
		v.ts += 160
		h.pass(frameTime)
		h.turn()
	}
	for i, pcm := range [][]int16{e.pcm, e.out} {
		if p := power(pcm[len(pcm)-6400:], 2500, 16000); p < 0.9 {
			t.Errorf("direction %d: %.2f is the tone", i, p)
		}
	}
}

// power is the share of a signal that is one frequency.
func power(pcm []int16, hz, rate float64) float64 {
	var re, im, all float64
	for i, v := range pcm {
		w := 2 * math.Pi * hz * float64(i) / rate
		re += float64(v) * math.Cos(w)
		im += float64(v) * math.Sin(w)
		all += float64(v) * float64(v)
	}
	if all == 0 {
		return 0
	}
	return 2 * (re*re + im*im) / float64(len(pcm)) / all
}

// A sender that stands still and goes on with the same timestamps; one that counts anew.
func TestTapFollowsSendersClocks(t *testing.T) {
	h := listening(t)
	s, _, _ := h.phone(Params{Remote: here, Formats: ulawOnly})
	e := &ear{rate: 8000}
	h.on(func() { s.Tap(In, e) })
	v := &talker{at: here, ssrc: 5}
	talk := func(n int) {
		for range n {
			payload, _ := ramp(5, 160)
			v.say(s, 0, payload)
			v.ts += 160
			h.pass(frameTime)
			h.turn()
		}
	}
	talk(50)
	h.pass(3 * time.Second) // muted, its clock too
	talk(50)
	v.ts -= 1 << 30
	talk(50)
	v.ts += 1 << 30
	talk(50)
	v.ssrc++
	talk(50)
	h.pass(time.Second)
	h.turn()
	sounding, last := 0, 0
	for i, x := range e.pcm {
		if x != 0 {
			sounding++
			last = i
		}
	}
	if want := 250 * 160; sounding < want-3*160 || sounding > want {
		t.Errorf("%d samples sound, want %d", sounding, want)
	}
	if want := 8 * 8000; last < want-200 || last > want {
		t.Errorf("the last sound is at %d, want %d", last, want)
	}
}

func TestTapFollowsToAnotherLeg(t *testing.T) {
	h := listening(t)
	a, _, _ := h.phone(Params{Remote: here, Formats: ulawOnly})
	b, _, _ := h.phone(Params{Remote: there, Formats: []Format{{ALaw, 8, 8}}})
	e := &ear{rate: 8000}
	h.on(func() { a.Tap(In, e) })
	v := &talker{at: here, ssrc: 5}
	v.talk(h, a, 10)
	h.on(func() { a.HandOver(b) })
	h.on(a.endTaps)
	w := &talker{at: there, ssrc: 6}
	for range 10 {
		payload := make([]byte, 160)
		for i := range payload {
			payload[i] = 0x11
		}
		w.say(b, 8, payload)
		w.ts += 160
		h.pass(frameTime)
	}
	h.turn()
	if e.ended != 0 || len(e.pcm) < 2600 || e.pcm[2000] != coder.FromALaw(0x11) {
		t.Fatalf("ended %d times after %d samples", e.ended, len(e.pcm))
	}
	h.on(b.endTaps)
	h.turn()
	if e.ended != 1 {
		t.Errorf("ended %d times", e.ended)
	}
	s := &ear{rate: 8000}
	h.on(func() { b.Tap(In, s) }) // of a closed one
	for range 1000 {
		if time.Sleep(time.Millisecond); s.ended == 1 {
			return
		}
	}
}

func TestTapHearsPipes(t *testing.T) {
	h := listening(t)
	a, _, _ := h.phone(Params{Remote: here, Formats: ulawOnly})
	one, two := h.e.Pipe(a)
	h.bridge(a, one)
	e, f := &ears{ear: ear{rate: 8000}}, &ears{ear: ear{rate: 8000}}
	h.on(func() { one.TapBoth(e) })
	h.on(func() { two.TapBoth(f) })
	v := &talker{at: here, ssrc: 5}
	v.talk(h, a, 50)
	h.turn()
	loud := coder.FromULaw(0)
	if e.out[4000] != loud || f.pcm[4000] != loud || e.pcm[4000] != 0 || f.out[4000] != 0 {
		t.Error("what is sent into a pipe is not heard at both its ends")
	}
	tone, _ := ParseTone("1000")
	h.on(func() { two.Play(tone.Source(), func(bool) {}) })
	for range 50 {
		h.pass(frameTime)
		h.turn()
	}
	if power(e.pcm[9000:], 1000, 8000) < 0.99 || power(f.out[9000:], 1000, 8000) < 0.99 {
		t.Error("what is made in a pipe is not heard at both its ends")
	}
}

type brokenSink struct{ ear }

func (b *brokenSink) Put([]int16) { panic("broken") }

func TestSinkThatPanicsEndsItsTapOnly(t *testing.T) {
	h := listening(t)
	s, _, _ := h.phone(Params{Remote: here, Formats: ulawOnly})
	bad, good := &brokenSink{ear{rate: 8000}}, &ear{rate: 8000}
	h.on(func() { s.Tap(In, bad) })
	s.Tap(In, good)
	(&talker{at: here, ssrc: 5}).talk(h, s, 10)
	h.turn()
	h.turn()
	if bad.ended != 1 || h.e.SinkPanics() == 0 || len(good.pcm) == 0 {
		t.Errorf("ended %d times, %d panics, the other heard %d samples", bad.ended, h.e.SinkPanics(), len(good.pcm))
	}
}

func TestTapOverARealLoop(t *testing.T) {
	e := engine(t, Config{})
	a, b, sa, _ := pair(t, e, ulawOnly, ulawOnly)
	heard := make(chan int16, 100000)
	done := make(chan struct{})
	tap := sa.Tap(In, &channelSink{heard, done})
	deadline := time.Now().Add(patience)
	for loud := 0; loud < 3000; { // on a busy machine a tap may lose what it has no time for
		payload, _ := ramp(7, 160)
		a.send(sa, 0, payload)
		b.receive(patience)
		for waits := true; waits; {
			select {
			case v := <-heard:
				if v != 0 {
					loud++
				}
			default:
				waits = false
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d samples heard", loud)
		}
	}
	tap.Stop()
	<-done
}

type channelSink struct {
	to   chan int16
	done chan struct{}
}

func (c *channelSink) Rate() int { return 8000 }
func (c *channelSink) End()      { close(c.done) }
func (c *channelSink) Put(pcm []int16) {
	for _, v := range pcm {
		select {
		case c.to <- v:
		default:
		}
	}
}

// A tap costs the loop the copy of a packet, and no allocation.
func TestTapDoesNotAllocateOnTheLoop(t *testing.T) {
	h := listening(t)
	s, _, _ := h.phone(Params{Remote: here, Formats: ulawOnly})
	h.on(func() { s.Tap(In, &ear{rate: 8000}) })
	v := &talker{at: here, ssrc: 5}
	b := v.raw(0, false, make([]byte, 160))
	k := s.taps[0].tracks[0]
	for range 3000 { // to its full size
		s.receive(false, b, here)
	}
	if n := testing.AllocsPerRun(1000, func() {
		k.queue = k.queue[:0]
		s.receive(false, b, here)
	}); n != 0 {
		t.Errorf("%v allocations a packet", n)
	}
}

func sinOf(hz float64, rate, i int) float64 {
	return math.Sin(2 * math.Pi * hz * float64(i) / float64(rate))
}

// What the kernel carries comes here again while somebody hears it, plays to it or changes it.
func TestKernelIsNotAskedForWhatIsTouched(t *testing.T) {
	h := listening(t)
	a, _, _ := h.phone(Params{Remote: here, Formats: ulawOnly, Host: here.Addr()})
	b, _, _ := h.phone(Params{Remote: there, Formats: ulawOnly, Host: there.Addr()})
	h.bridge(a, b)
	va, vb := &talker{at: here, ssrc: 5}, &talker{at: there, ssrc: 6}
	free := func() bool {
		va.talk(h, a, 5)
		vb.talk(h, b, 5)
		_, one := a.forwardable()
		_, two := b.forwardable()
		return one && two
	}
	va.talk(h, a, 200)
	vb.talk(h, b, 200)
	if !free() {
		t.Fatal("the kernel does not get it at all")
	}
	for name, touch := range map[string]func() (undo func()){
		"tap":     func() func() { return a.Tap(In, &ear{rate: 8000}).Stop },
		"tap out": func() func() { return b.Tap(Out, &ear{rate: 8000}).Stop },
		"whisper": func() func() { return a.Start(&endless{hz: 500}, Play{Mix: true}).Stop },
		"barge":   func() func() { return a.Start(&endless{hz: 500}, Play{Mix: true, In: true}).Stop },
		"gain":    func() func() { b.SetGain(In, 3); return func() { b.SetGain(In, 0) } },
		"mute":    func() func() { a.Mute(In, true); return func() { a.Mute(In, false) } },
	} {
		var undo func()
		h.on(func() { undo = touch() })
		if free() {
			t.Errorf("%s: the kernel would carry it", name)
		}
		h.on(undo)
		h.turn()
		if !free() {
			t.Errorf("%s: the kernel does not get it back", name)
		}
	}
}

// Who stops a tap has the end at once, not at the next slow tick.
func TestStoppedTapEndsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, err := New(Config{Listen: func(netip.AddrPort) (net.PacketConn, error) { return nil, net.ErrClosed }})
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		a, b := e.Pipe(nil)
		done := make(chan struct{})
		tap := a.Tap(In, &slowSink{channelSink{make(chan int16, 1), done}})
		b.Play(&endless{hz: 500}, nil)
		time.Sleep(time.Second)
		begun := time.Now()
		tap.Stop()
		<-done
		if d := time.Since(begun); d > time.Millisecond {
			t.Errorf("after %v", d)
		}
		b.Close()
		a.Close()
	})
}

// slowSink has time.
type slowSink struct{ channelSink }

func (*slowSink) Patience() time.Duration { return time.Second }
