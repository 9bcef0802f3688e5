package media

import (
	"math/rand"
	"net/netip"
	"testing"
	"time"

	"obelisk/internal/testkit/signal"
)

// Three of ten packets of one member are lost: the others hear each other whole, and him, made up,
// nearly so.
func TestALineThatLosesDisturbsNobody(t *testing.T) {
	r := newRoom(t, Mixing{}, ULaw, ULaw, ULaw)
	dice := rand.New(rand.NewSource(4))
	for range 150 {
		for i, v := range r.talk {
			if i == 2 && dice.Intn(10) < 3 { // it is said, and does not come
				v.at += 160
				v.ts += 160
				v.seq++
				continue
			}
			v.speak(r.legs[i])
		}
		r.h.pass(frameTime)
		r.h.turn()
	}
	for who := range 2 {
		inOrder(t, r.tapes[who].sent)
		if got := r.hears(t, who); got[1-who] < 95 || got[who] > 3 || got[2] < 50 {
			t.Errorf("%d hears %v", who, got)
		}
	}
	if got := r.hears(t, 2); got[0] < 95 || got[1] < 95 {
		t.Errorf("the one with the bad line hears %v", got)
	}
}

// Who is silent for a time and speaks again is heard as soon as at first.
func TestAPauseIsNoLateness(t *testing.T) {
	n := &inlet{}
	frame := make([]int16, 160)
	w := &scratch{}
	for range 30 {
		for range 10 {
			n.push(frame, narrow, w)
			n.pull(frame, narrow)
		}
		for range 20 {
			n.pull(frame, narrow)
		}
	}
	if n.spare != 0 {
		t.Errorf("%d samples wait", n.spare)
	}
	n.push(frame, narrow, w)
	n.pull(frame, narrow)
	n.pull(frame, narrow) // late by one
	for range 3 {
		n.push(frame, narrow, w)
		n.pull(frame, narrow)
	}
	if n.spare == 0 {
		t.Error("nothing is learnt of a packet that was late")
	}
}

// What is kept for a packet that was late once is let go in a quiet moment two seconds later, and no
// sample of what is loud with it. If that was too early it takes twice as long.
func TestDelayOfALatePacketEnds(t *testing.T) {
	n := &inlet{}
	w := &scratch{}
	quietly, loudly := make([]int16, 160), make([]int16, 160)
	for i := range loudly {
		loudly[i] = 5000
	}
	pass := func(turns int, frame []int16) {
		for range turns {
			n.push(frame, narrow, w)
			n.pull(make([]int16, 160), narrow)
		}
	}
	late := func() {
		n.pull(make([]int16, 160), narrow)
		n.push(loudly, narrow, w)
	}
	left := func(when string, want int) {
		t.Helper()
		if len(n.fifo) != want {
			t.Errorf("%s: %d samples are left over, not %d", when, len(n.fifo), want)
		}
	}
	pass(10, loudly)
	late()
	pass(300, loudly)
	left("while it is loud", 160)
	pass(2, quietly)
	left("when it is quiet", 0)
	late()
	pass(inletLook+20, quietly)
	left("late again soon after that", 160)
	pass(inletLook, quietly)
	left("four seconds later", 0)
	pass(inletHarm, quietly)
	late()
	pass(inletLook+20, quietly)
	left("late long after that", 0)
}

// A member with a gate is heard while it talks only; a mixer that is narrow is so for all.
func TestGateAndNarrowMixer(t *testing.T) {
	r := newRoom(t, Mixing{Narrow: true}, G722, G722, ULaw)
	r.on(func() {
		r.seats[0].Leave()
		r.seats[0] = r.m.Seat(r.legs[0], Seating{Talk: Talk{Threshold: 1000, End: 100 * time.Millisecond, Gate: true}})
	})
	r.frames(60)
	r.expect(t, "all", []int{0, 100, 100}, []int{100, 0, 100}, []int{100, 100, 0})
	r.talk[0].level = 600 // below what counts as talk
	r.frames(20)
	for _, k := range r.tapes {
		k.taken()
	}
	r.frames(60)
	if got := r.hears(t, 1); got[0] > 5 || got[2] < 90 {
		t.Errorf("the silent one is heard: %v", got)
	}
}

// A speaker is heard by all; what it says ends when the source does, and with Close.
func TestSpeaker(t *testing.T) {
	r := newRoom(t, Mixing{}, ULaw, ULaw)
	r.talk[0].level, r.talk[1].level = 0, 0
	ended := false
	var k *Speaker
	r.on(func() {
		k = r.m.Speaker()
		k.Play(NewClip(signal.Sine(1000, 8000, 8000, 3000)), func(finished bool) { ended = finished })
	})
	r.frames(40)
	for who := range 2 {
		pcm := sounds(t, r.tapes[who].taken(), 100, ULaw)
		if s := strength(pcm[1600:4800], 1000, 8000); s < 2800 {
			t.Errorf("%d hears %.0f", who, s)
		}
	}
	r.frames(40)
	if !ended {
		t.Error("it did not end")
	}
	r.on(k.Close)
	r.frames(2)
	if len(r.m.seats) != 2 {
		t.Errorf("%d seats", len(r.m.seats))
	}
}

// What one on a screen sends comes to all others and not to himself; he sees who was shown before.
func TestScreen(t *testing.T) {
	h := listening(t)
	var legs []*Stream
	var tapes []*tape
	var talk []*talker
	for i := range 3 {
		at := netip.AddrPortFrom(here.Addr(), uint16(5000+2*i))
		s, k, _ := h.phone(Params{Remote: at, Formats: []Format{{H264, 99, 99}}})
		legs, tapes, talk = append(legs, s), append(tapes, k), append(talk, &talker{at: at, ssrc: uint32(7 + i)})
	}
	screen := legs[0].NewScreen()
	h.on(func() {
		for _, s := range legs {
			screen.Add(s)
		}
		screen.Show(legs[1])
	})
	send := func() (got [3]int) {
		for range 10 {
			for i, v := range talk {
				v.say(legs[i], 99, []byte{byte(i), 1, 2})
				v.ts += 3000
			}
			h.pass(frameTime)
		}
		for i, k := range tapes {
			for _, x := range k.taken() {
				if p := x.packet(t); p.PayloadType == 99 {
					got[i]++
				}
			}
		}
		return got
	}
	if got := send(); got != [3]int{10, 0, 10} {
		t.Errorf("one is shown: %v", got)
	}
	h.on(func() { screen.Show(legs[2]) })
	if got := send(); got != [3]int{10, 10, 10} {
		t.Errorf("another is shown: %v", got)
	}
	h.on(func() { screen.Remove(legs[2]) })
	if got := send(); got != [3]int{10, 0, 0} {
		t.Errorf("he has gone: %v", got)
	}
	h.on(func() { Bridge(legs[0], legs[1]) })
	if got := send(); got != [3]int{10, 10, 0} {
		t.Errorf("two are linked: %v", got)
	}
}
