package media

import (
	"testing"
	"time"
)

// clockIs checks that a stream's timestamps are those of the time that has passed.
func clockIs(t *testing.T, step string, h *house, s *Stream, began uint32) {
	t.Helper()
	if off := int32(s.tx.stamp(h.l.now) - began - h.stamp()); off < -400 || off > 400 {
		t.Errorf("%s: the timestamp of now is %d ms off", step, off/8)
	}
}

// Whatever a leg is sent, its timestamps go on with the time: between prompts, after
// keys, beside a bridge.
func TestTimestampsAreTheTime(t *testing.T) {
	h := newHouse(t, Config{})
	a, _, _ := h.phone(Params{Remote: there, Formats: ulawOnly})
	s, sent, _ := h.phone(Params{Remote: here, Formats: ulawOnly, Keepalive: 2 * time.Second})
	began := s.tx.ts
	prompt := func() {
		s.start(newVoice(NewClip(make([]int16, 5*frameSamples)), Play{}))
		h.pass(100 * time.Millisecond)
	}
	v := &talker{at: there, ssrc: 7}
	for _, step := range []struct {
		name   string
		do     func()
		marker bool // of the first packet
	}{
		{"a prompt", prompt, true},
		{"after a pause", func() { h.pass(1500 * time.Millisecond); prompt() }, true},
		{"another at once", func() { h.pass(3 * time.Millisecond); prompt() }, false},
		{"and another", func() { h.pass(9 * time.Millisecond); prompt() }, false},
		{"a key", func() { h.pass(time.Second); s.sendDigit('1'); h.pass(400 * time.Millisecond) }, true},
		{"two keys", func() { s.sendDigit('1'); s.sendDigit('2'); h.pass(time.Second) }, true},
		{"a prompt after keys", func() { h.pass(time.Second); prompt() }, true},
		{"a packet for the NAT", func() { h.pass(2100 * time.Millisecond) }, false},
		{"relayed audio", func() { h.bridge(a, s); v.talk(h, a, 50) }, true},
		{"a key beside it", func() { s.sendDigit('3'); v.talk(h, a, 50) }, true},
		{"a relayed key", func() {
			v.ts = h.stamp()
			for i := range 10 {
				v.key(a, 5, uint16(160*(i+1)), i == 9, i == 0)
				h.pass(frameTime)
			}
			v.talk(h, a, 10)
		}, true},
		{"a prompt after the bridge", func() { s.unlink(); prompt() }, true},
		{"a bridge again", func() { h.pass(time.Second); h.bridge(a, s); v.talk(h, a, 10) }, true},
	} {
		sent.taken()
		step.do()
		if len(sent.sent) == 0 {
			t.Fatalf("%s: nothing is sent", step.name)
		}
		if p := sent.sent[0].packet(t); p.Marker != step.marker {
			t.Errorf("%s: marker %v", step.name, p.Marker)
		}
		clockIs(t, step.name, h, s, began)
		for i, x := range sent.taken() {
			p := x.packet(t)
			off := int32(p.Timestamp - began - uint32(x.at/time.Millisecond*8))
			if p.PayloadType == 0 && (off < -400 || off > 400) {
				t.Errorf("%s: packet %d is %d ms off", step.name, i, off/8)
			}
		}
	}
}

// A prompt through the two halves of a Local channel keeps the time of the leg at which
// it comes out.
func TestTimestampsThroughPipes(t *testing.T) {
	h := newHouse(t, Config{})
	s, sent, _ := h.phone(Params{Remote: here, Formats: ulawOnly})
	near, far := h.e.Pipe(nil)
	h.bridge(far, s)
	began := s.tx.ts
	for range 3 {
		near.start(newVoice(NewClip(make([]int16, 5*frameSamples)), Play{}))
		h.pass(2 * time.Second)
		clockIs(t, "through pipes", h, s, began)
	}
	if n := len(sent.taken()); n != 15 {
		t.Errorf("%d packets", n)
	}
}

// A prompt that is played over translated audio takes its time once, not twice.
func TestTimestampsOfTranslatedAudio(t *testing.T) {
	h := newHouse(t, Config{})
	a, _, _ := h.phone(Params{Remote: there, Formats: []Format{{ULaw, 0, 0}, {TelephoneEvent, 101, 101}}})
	s, sent, _ := h.phone(Params{Remote: here, Formats: []Format{{G722, 9, 9}, {TelephoneEvent, 96, 96}}})
	h.bridge(a, s)
	began := s.tx.ts
	v := &talker{at: there, ssrc: 7}
	v.talk(h, a, 50)
	clockIs(t, "translated", h, s, began)
	s.start(newVoice(NewClip(make([]int16, 100*frameSamples)), Play{}))
	for range 110 { // not heard beside the prompt
		v.talk(h, a, 1)
	}
	clockIs(t, "after the prompt", h, s, began)
	s.start(newVoice(NewClip(make([]int16, 50*frameSamples)), Play{}))
	h.pass(51 * frameTime)
	sent.taken()
	v.ts = h.stamp()
	for i := range 5 { // a key is the first that comes after it
		v.key(a, 5, uint16(160*(i+1)), i == 4, i == 0)
		h.pass(frameTime)
	}
	v.talk(h, a, 10)
	clockIs(t, "a key after the prompt", h, s, began)
	last := uint32(0)
	for i, x := range sent.taken() {
		p := x.packet(t)
		if i > 0 && int32(p.Timestamp-last) < 0 {
			t.Errorf("packet %d goes back by %d ms", i, int32(last-p.Timestamp)/8)
		}
		if last = p.Timestamp; (p.PayloadType == 96) != (i < 5) {
			t.Errorf("packet %d has payload type %d", i, p.PayloadType)
		}
	}
}

// Keys that are sent in silence follow each other in time.
func TestKeysDoNotGoBackInTime(t *testing.T) {
	h := newHouse(t, Config{})
	a, _, _ := h.phone(Params{Remote: there, Formats: ulawOnly})
	s, sent, _ := h.phone(Params{Remote: here, Formats: ulawOnly})
	h.bridge(a, s)
	v := &talker{at: there, ssrc: 7}
	v.talk(h, a, 25)
	h.pass(1500 * time.Millisecond)
	sent.taken()
	for _, k := range "1234" {
		s.sendDigit(byte(k))
		h.pass(100 * time.Millisecond)
	}
	h.pass(2 * time.Second)
	var stamps []uint32
	end := uint32(0)
	for _, x := range sent.taken() {
		p := x.packet(t)
		if len(stamps) == 0 || stamps[len(stamps)-1] != p.Timestamp {
			if len(stamps) > 0 && int32(p.Timestamp-end) < 0 {
				t.Errorf("a key begins %d ms before the end of the last", int32(end-p.Timestamp)/8)
			}
			stamps = append(stamps, p.Timestamp)
		}
		end = p.Timestamp + uint32(p.Payload[2])<<8 + uint32(p.Payload[3])
	}
	if len(stamps) != 4 {
		t.Errorf("%d keys: %v", len(stamps), stamps)
	}
}
