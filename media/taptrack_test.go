package media

import (
	"encoding/binary"
	"testing"
	"time"
)

// Whatever a sender does with its numbers and its clock, a sink gets as many samples as time has
// passed, and nothing grows.
func FuzzTap(f *testing.F) {
	f.Add([]byte{0, 1, 160, 20, 0, 1, 160, 20, 4, 1, 0, 200}, false)
	f.Add([]byte{1, 250, 255, 1, 2, 0, 3, 0, 9, 130, 7, 255}, true)
	f.Fuzz(func(t *testing.T, script []byte, patient bool) {
		h := listening(t)
		s, _, _ := h.phone(Params{Remote: here, Formats: []Format{{ULaw, 0, 0}, {G722, 9, 9}, {GSM, 3, 3}, {Slin16, 100, 100}}})
		e := &ear{rate: 8000}
		if patient {
			e.patience = 400 * time.Millisecond
		}
		var tap *Tap
		h.on(func() { tap = s.Tap(In, e) })
		begin := h.l.now
		v := &talker{at: here, ssrc: 5}
		for len(script) >= 4 {
			what, seq, ts, wait := script[0], script[1], script[2], script[3]
			script = script[4:]
			switch what & 7 {
			case 0:
				v.ts += uint32(ts)
			case 1:
				v.ts += uint32(ts) << 16
			case 2:
				v.ts -= uint32(ts) << 8
			case 3:
				v.ssrc++
			case 4:
				v.seq -= uint16(seq)
			case 5:
				v.seq += uint16(seq) << 5
			}
			v.say(s, [4]uint8{0, 9, 3, 100}[what>>3&3], make([]byte, 33*int(what>>5)))
			h.pass(time.Duration(wait) * time.Millisecond)
			h.turn()
		}
		h.on(tap.Stop)
		h.turn()
		passed := int(h.l.now.Sub(begin) * 8 / time.Millisecond)
		if n := len(e.pcm); n < passed || n > passed+8000 {
			t.Errorf("%d samples in %d", n, passed)
		}
		if k := tap.tracks[0]; len(k.waiting) > 0 || len(k.out) > 0 {
			t.Errorf("%d packets and %d samples are left", len(k.waiting), len(k.out))
		}
		if h.e.SinkPanics() != 0 {
			t.Error("a panic")
		}
	})
}

// FuzzMixer has members that say anything.
func FuzzMixer(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8})
	f.Fuzz(func(t *testing.T, script []byte) {
		r := newRoom(t, Mixing{Loudest: 2}, ULaw, G722, Slin16, GSM)
		for i, c := range script {
			who := int(c & 3)
			v, s := r.talk[who], r.legs[who]
			b := v.raw(100, false, script[i:min(len(script), i+int(c))])
			binary.BigEndian.PutUint16(b[2:], uint16(c>>2)+v.seq)
			v.seq += uint16(c >> 6)
			s.receive(false, b, v.talker.at)
			switch c >> 4 {
			case 1:
				r.on(func() { r.seats[who].SpeaksTo(r.seats[0], r.seats[2]) })
			case 2:
				r.on(func() { r.seats[who].Hears(r.seats[1]) })
			case 3:
				r.on(func() { r.seats[who].Mute(c&8 != 0) })
			case 4:
				r.on(func() { r.seats[who].Leave() })
			case 5:
				r.on(func() { r.seats[who] = r.m.Seat(s, Seating{}) })
			case 6:
				r.on(func() { s.Start(&endless{hz: 500}, Play{Mix: c&8 != 0, In: c&4 != 0}) })
			}
			r.h.pass(time.Duration(c>>3) * time.Millisecond)
		}
		r.on(r.m.Close)
	})
}
