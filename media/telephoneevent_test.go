package media

import (
	"testing"
	"time"
)

// hand is a finger on a phone's keys, in the house's time.
type hand struct {
	talker
	h    *house
	s    *Stream
	lose map[int]bool // packets that are not to arrive, by their number in a key
}

// press is a key of n packets before its end packets, of which there are so many; then
// 60 ms of audio. Marker and timestamps are as most phones have them.
func (k *hand) press(code byte, n, ends int) {
	k.ts = k.h.stamp()
	for i := range n + ends {
		if k.lose[i] {
			k.seq++
		} else {
			k.key(k.s, code, uint16(160*(min(i, n)+1)), i >= n, i == 0)
		}
		if i < n {
			k.h.pass(frameTime)
		}
	}
	k.talk(k.h, k.s, 3)
}

// one sends one packet of a key.
func (k *hand) one(code byte, ts uint32, duration uint16, end, marker bool) {
	k.ts = ts
	k.key(k.s, code, duration, end, marker)
	k.h.pass(frameTime)
}

// Which packets are of one key: with losses, without ends, with timestamps of all kinds.
func TestKeysAreToldApart(t *testing.T) {
	for name, c := range map[string]struct {
		play func(k *hand)
		want string
	}{
		"as it should be":   {func(k *hand) { k.press(1, 5, 3); k.press(1, 5, 3); k.press(2, 5, 3) }, "112"},
		"the ends are lost": {func(k *hand) { k.press(1, 5, 0); k.press(1, 5, 0); k.press(2, 5, 3) }, "112"},
		"no ends, no audio between": {func(k *hand) {
			k.one(1, 0, 160, false, true)
			k.one(1, 800, 160, false, true)
			k.one(2, 1600, 160, false, true)
		}, "112"},
		"the beginning is lost": {func(k *hand) {
			k.lose = map[int]bool{0: true, 1: true}
			k.press(1, 5, 3)
			k.press(1, 5, 3)
			k.press(2, 5, 3)
		}, "112"},
		"only the ends arrive": {func(k *hand) { k.press(1, 0, 3); k.press(1, 0, 3); k.press(2, 0, 3) }, "112"},
		"one packet arrives": {func(k *hand) {
			k.lose = map[int]bool{0: true, 1: true, 2: true, 4: true, 5: true, 6: true, 7: true}
			k.press(1, 5, 3)
			k.press(1, 5, 3)
		}, "11"},
		"begun three times": {func(k *hand) { // each with a marker, as some gateways do
			for ts := range uint32(2) {
				for range 3 {
					k.one(1, ts*8000, 0, false, true)
				}
				for i := range 5 {
					k.one(1, ts*8000, uint16(160*(i+1)), i == 4, false)
				}
			}
		}, "11"},
		"a marker on each packet": {func(k *hand) {
			for i := range 8 {
				k.one(1, 0, uint16(160*(min(i, 5)+1)), i >= 5, true)
			}
		}, "1"},
		"never a marker": {func(k *hand) {
			for key := range byte(3) {
				for i := range 5 {
					k.one(key/2, uint32(key)*1600, uint16(160*(i+1)), i >= 3, false)
				}
			}
		}, "001"},
		"one timestamp for all": {func(k *hand) {
			for _, code := range []byte{1, 2, 2, 3} {
				for i := range 6 {
					k.one(code, 8000, uint16(160*(min(i, 3)+1)), i >= 3, i == 0)
				}
				k.h.pass(200 * time.Millisecond)
			}
		}, "1223"},
		"one timestamp for all, the ends are lost": {func(k *hand) {
			for _, code := range []byte{1, 2, 2, 3} {
				for i := range 4 {
					k.one(code, 8000, uint16(160*(i+1)), false, i == 0)
				}
			}
		}, "1223"},
		"one timestamp for all, ends alone": {func(k *hand) {
			for _, code := range []byte{1, 1, 2} {
				for i := range 3 {
					k.one(code, 8000, 800, true, i == 0)
				}
				k.h.pass(200 * time.Millisecond)
			}
		}, "112"},
		"timestamps go on within a key": {func(k *hand) {
			for key := range uint32(2) {
				for i := range uint32(8) {
					k.one(7, key*8000+i*160, uint16(160*(min(i, 5)+1)), i >= 5, i == 0)
				}
			}
		}, "77"},
		"timestamps go on, the length does not": {func(k *hand) {
			for i := range uint32(8) {
				k.one(7, i*160, 160, i >= 5, i == 0)
			}
		}, "7"},
		"three seconds long": {func(k *hand) { k.press(9, 150, 3); k.press(9, 5, 3) }, "99"},
		"twenty seconds long, in segments": {func(k *hand) {
			for i := range uint32(1000) {
				n := i * 160
				k.one(9, n/0xffff*0xffff, uint16(n%0xffff), i >= 997, i == 0)
			}
			k.press(9, 5, 3)
		}, "99"},
		"ten seconds long, the length runs over": {func(k *hand) {
			for i := range uint32(500) {
				k.one(9, 0, uint16(i*160), i >= 497, i == 0)
			}
		}, "9"},
		"the length stands still when it is as long as can be": {func(k *hand) {
			for i := range uint32(500) {
				k.one(9, 0, uint16(min(i*160, 0xffff)), i >= 497, i == 0)
			}
		}, "9"},
		"ten packets are lost within": {func(k *hand) {
			k.lose = map[int]bool{2: true, 3: true, 4: true, 5: true, 6: true, 7: true, 8: true, 9: true, 10: true, 11: true}
			k.press(4, 20, 3)
			k.press(4, 20, 3)
		}, "44"},
		"another SSRC": {func(k *hand) { k.press(1, 5, 3); k.ssrc, k.seq = 8, 40000; k.press(1, 5, 3) }, "11"},
		"counts anew":  {func(k *hand) { k.press(1, 5, 3); k.seq = 30000; k.press(1, 5, 3); k.seq = 100; k.press(1, 5, 3) }, "111"},
		"audio beside it": {func(k *hand) {
			for i := range 8 {
				k.one(3, 0, uint16(160*(min(i, 5)+1)), i >= 5, i == 0)
				k.talk(k.h, k.s, 1)
			}
		}, "3"},
		"no key, a flash": {func(k *hand) { k.press(16, 5, 3); k.press(200, 5, 3) }, ""},
	} {
		h := newHouse(t, Config{})
		s, _, _ := h.phone(Params{Remote: here, Formats: ulawOnly})
		got := ""
		s.digits.on = func(k byte) { got += string(k) }
		k := &hand{talker: talker{at: here, ssrc: 7, seq: 100}, h: h, s: s}
		k.talk(h, s, 3)
		c.play(k)
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// Packets that come swapped or twice begin no key.
func TestKeysOutOfOrder(t *testing.T) {
	h := newHouse(t, Config{})
	s, _, _ := h.phone(Params{Remote: here, Formats: ulawOnly})
	got := ""
	s.digits.on = func(k byte) { got += string(k) }
	v := &talker{at: here, ssrc: 7}
	v.talk(h, s, 3)
	first := v.seq
	for _, p := range []struct {
		seq      uint16
		code     byte
		ts       uint32
		duration uint16
		end      bool
	}{
		{2, 1, 1000, 320, false}, {1, 1, 1000, 160, false}, {2, 1, 1000, 320, false}, // the marker comes late, another twice
		{4, 1, 1000, 640, true}, {3, 1, 1000, 480, false}, {5, 1, 1000, 640, true},
		{7, 2, 3000, 160, false}, {6, 1, 1000, 640, true}, {8, 2, 3000, 320, false}, // the last end of 1 comes within 2
	} {
		v.seq, v.ts = first+p.seq-1, p.ts
		v.key(s, p.code, p.duration, p.end, p.seq == 1 || p.seq == 7)
	}
	if got != "12" {
		t.Errorf("%q", got)
	}
}

// Keys reach a leg that has them otherwise: by signalling, as tones, in another payload
// type; also when the leg is held and when its ends are lost.
func TestKeysGoOnWhenTheirEndsAreLost(t *testing.T) {
	h := newHouse(t, Config{})
	a, _, _ := h.phone(Params{Remote: here, Formats: ulawOnly})
	b, sent, _ := h.phone(Params{Remote: there, Formats: []Format{{ULaw, 0, 0}}})
	h.bridge(a, b)
	signalled := ""
	b.digits.signal = func(k byte) { signalled += string(k) }
	k := &hand{talker: talker{at: here, ssrc: 7, seq: 100}, h: h, s: a}
	k.press(1, 5, 0)
	b.apply(Params{Remote: there, Formats: []Format{{ULaw, 0, 0}}, MuteSend: true})
	k.press(2, 5, 0)
	if signalled != "12" {
		t.Errorf("signalled %q", signalled)
	}
	b.digits.signal = nil
	b.apply(Params{Remote: there, Formats: []Format{{ULaw, 0, 0}, {TelephoneEvent, 96, 96}}})
	sent.taken()
	k.press(3, 5, 0)
	events := 0
	for _, x := range sent.taken() {
		if p := x.packet(t); p.PayloadType == 96 && p.Payload[0] == 3 {
			events++
		}
	}
	if events != 5 || len(b.digits.event.queue) != 0 {
		t.Errorf("%d packets of the key, %d to be made", events, len(b.digits.event.queue))
	}
}

// Keys in a jitter buffer neither lengthen it nor are dropped by it, and the audio after
// them comes at its time.
func TestKeysInTheJitterBuffer(t *testing.T) {
	for name, cfg := range map[string]Jitter{
		"adaptive": {Adaptive: true, Max: 200 * time.Millisecond, Extra: 40 * time.Millisecond, Resync: time.Second},
		"fixed":    {Max: 200 * time.Millisecond, Resync: time.Second},
	} {
		for _, packets := range []int{10, 150} {
			h := newHouse(t, Config{})
			a, _, _ := h.phone(Params{Remote: here, Formats: ulawOnly, Jitter: &cfg})
			b, sent, _ := h.phone(Params{Remote: there, Formats: ulawOnly})
			h.bridge(a, b)
			k := &hand{talker: talker{at: here, ssrc: 7, seq: 100}, h: h, s: a}
			k.talk(h, a, 100)
			before := a.jitter.delay
			k.press(5, packets, 3)
			k.press(6, packets, 0)
			if d := a.jitter.delay; d > before+time.Millisecond {
				t.Errorf("%s: a key of %d packets made the delay %v, %v before", name, packets, d, before)
			}
			k.talk(h, a, 100)
			h.pass(time.Second)
			if st := a.Stats(); st.Late != 0 || len(sent.sent) != int(st.RxPackets) {
				t.Errorf("%s: %d packets of %d, %d late", name, len(sent.sent), st.RxPackets, st.Late)
			}
			last := time.Duration(0)
			for i, x := range sent.taken() {
				if gap := x.at - last; i > 0 && (gap < 0 || gap > 40*time.Millisecond) {
					t.Errorf("%s, %d packets: number %d goes out %v after the one before", name, packets, i, gap)
				}
				last = x.at
			}
		}
	}
}

// A length that cannot be keeps nobody waiting.
func TestKeysOfWrongLengthInTheJitterBuffer(t *testing.T) {
	h := newHouse(t, Config{})
	a, _, _ := h.phone(Params{Remote: here, Formats: ulawOnly, Jitter: &Jitter{Adaptive: true, Max: 200 * time.Millisecond,
		Extra: 40 * time.Millisecond, Resync: time.Second}})
	b, sent, _ := h.phone(Params{Remote: there, Formats: ulawOnly})
	h.bridge(a, b)
	k := &hand{talker: talker{at: here, ssrc: 7, seq: 100}, h: h, s: a}
	k.talk(h, a, 10)
	k.one(5, h.stamp(), 0xffff, false, true)
	k.one(5, k.ts, 0xffff, true, false)
	k.talk(h, a, 10)
	h.pass(100 * time.Millisecond)
	if len(sent.sent) != 22 {
		t.Errorf("%d packets of 22 within the delay", len(sent.sent))
	}
}

// Comfort noise takes its turn in the jitter buffer: it does not come before the words
// that went before it, and is not ended by them.
func TestComfortNoiseInTheJitterBuffer(t *testing.T) {
	h := newHouse(t, Config{})
	a, _, _ := h.phone(Params{Remote: here, Formats: ulawOnly, Jitter: &Jitter{Adaptive: true, Max: 200 * time.Millisecond,
		Extra: 100 * time.Millisecond, Resync: time.Second}})
	b, sent, _ := h.phone(Params{Remote: there, Formats: ulawOnly})
	h.bridge(a, b)
	v := &talker{at: here, ssrc: 7, seq: 100}
	v.talk(h, a, 50)
	before := a.jitter.delay
	v.ts = h.stamp()
	v.say(a, comfortPayload, []byte{40})
	h.pass(time.Second)
	if !b.comforted() {
		t.Error("no noise")
	}
	if n := len(sent.taken()); n < 50+40 || n > 50+50 {
		t.Errorf("%d packets of 50 and a second of noise", n)
	}
	v.talk(h, a, 20)
	h.pass(200 * time.Millisecond)
	if b.comforted() || a.jitter.delay > before || a.Stats().Late != 0 {
		t.Errorf("after the noise: comforted %v, delay %v, %d late", b.comforted(), a.jitter.delay, a.Stats().Late)
	}
}

// Keys between legs whose events count by other clocks: relayed, and made here.
func TestKeysOfOtherClocks(t *testing.T) {
	h := newHouse(t, Config{})
	wide := []Format{{Slin16, 118, 118}, {TelephoneEvent, 102, 102}}
	a, _, _ := h.phone(Params{Remote: here, Formats: wide, EventRate: 16000})
	b, sent, _ := h.phone(Params{Remote: there, Formats: ulawOnly})
	h.bridge(a, b)
	durations := func() (out []uint16) {
		last := uint32(0)
		for _, x := range sent.taken() {
			if p := x.packet(t); len(p.Payload) == 4 {
				if last != 0 && p.Timestamp != last {
					t.Errorf("a key of two timestamps, %d apart", int32(p.Timestamp-last))
				}
				last = p.Timestamp
				out = append(out, uint16(p.Payload[2])<<8|uint16(p.Payload[3]))
			}
		}
		return out
	}
	v := &talker{at: here, ssrc: 7}
	for i := range uint32(5) {
		v.ts = i * 320
		v.say(a, 118, make([]byte, 640))
		h.pass(frameTime)
	}
	sent.taken()
	v.ts = 5 * 320
	got := ""
	a.digits.on = func(k byte) { got += string(k) }
	for i := range uint16(5) {
		v.seq++
		b := v.raw(102, i == 0, []byte{5, 10, byte(320 * (i + 1) >> 8), byte(320 * (i + 1) & 0xff)})
		a.receive(false, b, here)
		h.pass(frameTime)
	}
	if d := durations(); len(d) != 5 || d[0] != 160 || d[4] != 800 || got != "5" {
		t.Errorf("16 kHz to 8: %v, heard %q", d, got)
	}
	for rate, step := range map[int]uint16{0: 160, 8000: 160, 16000: 320, 48000: 960} {
		b.apply(Params{Remote: there, Formats: ulawOnly, EventRate: rate})
		b.sendDigit('7')
		h.pass(time.Second)
		if d := durations(); len(d) != 7 || d[0] != step || d[6] != 5*step {
			t.Errorf("made for a clock of %d: %v", rate, d)
		}
	}
	b.apply(Params{Remote: there, Formats: ulawOnly, EventRate: 48000})
	v.seq++
	a.receive(false, v.raw(102, true, []byte{6, 0x8a, 0xff, 0xff}), here)
	if d := durations(); len(d) != 1 || d[0] != 0xffff {
		t.Errorf("as long as can be: %v", d)
	}
}

// FuzzEvents sends packets of events, in the form of 20 octets each, through a jitter buffer
// to a leg of another clock: no more keys are heard than packets came.
func FuzzEvents(f *testing.F) {
	f.Add([]byte("\x80\xe5\x00\x01\x00\x00\x00\x01\x00\x00\x00\x07\x05\x0a\x00\xa0\x00\x00\x00\x00\x80\x65\x00\x02\x00\x00\x00\x01\x00\x00\x00\x07\x05\x8a\x03\x20\x00\x00\x00\x00"), uint16(48000))
	f.Add([]byte("\xb0\xe5\xff\xff\xff\xff\xff\xff\x00\x00\x00\x07\xbe\xde\x00\x00\x05\x0a\xff\x03"), uint16(16000))
	f.Fuzz(func(t *testing.T, b []byte, rate uint16) {
		h := newHouse(t, Config{})
		s, _, _ := h.phone(Params{Remote: here, Formats: ulawOnly, EventRate: int(rate),
			Jitter: &Jitter{Adaptive: true, Max: 200 * time.Millisecond, Resync: time.Second}})
		to, _, _ := h.phone(Params{Remote: there, Formats: ulawOnly})
		h.bridge(s, to)
		keys, packets := 0, 0
		s.digits.on = func(byte) { keys++ }
		for ; len(b) >= 20; b = b[20:] {
			packets++
			s.receive(false, append([]byte(nil), b[:20]...), here)
			h.pass(time.Duration(b[19]) * time.Millisecond)
		}
		h.pass(time.Second)
		if keys > packets {
			t.Errorf("%d keys of %d packets", keys, packets)
		}
	})
}
