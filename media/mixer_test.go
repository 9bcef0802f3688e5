package media

import (
	"encoding/binary"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"testing"
	"time"

	"obelisk/internal/testkit/signal"
	"obelisk/media/coder"
)

// room is members of a mixer, each with a tone of its own.
type room struct {
	h      *house
	m      *Mixer
	seats  []*Seat
	legs   []*Stream
	tapes  []*tape
	codecs []Codec
	talk   []*speaker
}

// speaker speaks a tone in a codec, 20 ms at a time; 0 Hz: digital silence.
type speaker struct {
	talker
	codec Codec
	hz    float64
	level float64
	at    int
	enc   Encoder
}

func (v *speaker) speak(s *Stream) {
	rate := conversions[v.codec].rate
	pcm := make([]int16, rate/50)
	for i := range pcm {
		pcm[i] = int16(v.level * sinOf(v.hz, rate, v.at+i))
	}
	v.at += len(pcm)
	payload := make([]byte, maxPacket)
	v.say(s, 100, payload[:v.enc.Encode(payload, pcm)])
	v.ts += v.codec.clock() / 50
}

func newRoom(t testing.TB, how Mixing, codecs ...Codec) *room {
	r := &room{h: listening(t), codecs: codecs}
	r.m = r.h.e.NewMixer(how)
	for i, c := range codecs {
		at := netip.AddrPortFrom(here.Addr(), uint16(4000+2*i))
		s, audio, _ := r.h.phone(Params{Remote: at, Formats: []Format{{c, 100, 100}, {TelephoneEvent, 101, 101}}})
		r.legs, r.tapes = append(r.legs, s), append(r.tapes, audio)
		r.talk = append(r.talk, &speaker{talker: talker{at: at, ssrc: uint32(5 + i)}, codec: c, hz: 400 + 300*float64(i), level: 3000,
			enc: conversions[c].enc()})
		r.h.on(func() { r.seats = append(r.seats, r.m.Seat(s, Seating{})) })
	}
	return r
}

// frames has everybody speak for n frames.
func (r *room) frames(n int) {
	for range n {
		for i, v := range r.talk {
			v.speak(r.legs[i])
		}
		r.h.pass(frameTime)
		r.h.turn()
	}
}

// hears says how loud each of the members is for one: parts of 100 of what they say.
func (r *room) hears(t testing.TB, who int) (shares []int) {
	t.Helper()
	pcm := sounds(t, r.tapes[who].taken(), 100, r.codecs[who])
	rate := conversions[r.codecs[who]].rate
	pcm = pcm[rate/5 : rate/5+(len(pcm)-rate/5)/(rate/100)*(rate/100)] // what settles is left out
	for _, v := range r.talk {
		shares = append(shares, int(100*strength(pcm, v.hz, rate)/v.level+0.5))
	}
	return shares
}

// strength is that of a frequency in a signal.
func strength(pcm []int16, hz float64, rate int) float64 {
	var re, im float64
	for i, v := range pcm {
		w := 2 * math.Pi * hz * float64(i) / float64(rate)
		re += float64(v) * math.Cos(w)
		im += float64(v) * math.Sin(w)
	}
	return 2 * math.Hypot(re, im) / float64(len(pcm))
}

// expect compares with about so much, 0 being nothing.
func (r *room) expect(t *testing.T, what string, want ...[]int) {
	t.Helper()
	for who := range r.legs {
		if want[who] == nil {
			continue
		}
		inOrder(t, r.tapes[who].sent)
		got := r.hears(t, who)
		for i, w := range want[who] {
			if d := got[i] - w; d > 3+w/10 || d < -3-w/10 {
				t.Errorf("%s: %d hears %v, want %v", what, who, got, want[who])
				break
			}
		}
	}
}

func (r *room) on(f func()) { r.h.on(f) }

func TestEachHearsTheOthers(t *testing.T) {
	r := newRoom(t, Mixing{}, ULaw, ALaw, G722, Slin16)
	r.frames(100)
	r.expect(t, "all", []int{0, 100, 100, 100}, []int{100, 0, 100, 100}, []int{100, 100, 0, 100}, []int{100, 100, 100, 0})
	r.on(func() { r.seats[0].Mute(true) })
	r.frames(50)
	r.expect(t, "muted", []int{0, 100, 100, 100}, []int{0, 0, 100, 100}, []int{0, 100, 0, 100}, []int{0, 100, 100, 0})
	r.on(func() {
		r.seats[0].Mute(false)
		r.seats[1].Deafen(true)
		r.seats[2].SetGain(-20, 6)
	})
	r.frames(50)
	r.expect(t, "deaf, quiet", []int{0, 100, 10, 100}, []int{0, 0, 0, 0}, []int{200, 200, 0, 200}, []int{100, 100, 10, 0})
	for i, s := range r.seats {
		if l := s.Level(); i == 0 && (l < 1500 || l > 2200) {
			t.Errorf("the level of %d is %d", i, l)
		}
	}
}

func TestWhisperAndSpyInAMixer(t *testing.T) {
	r := newRoom(t, Mixing{}, ULaw, ULaw, ULaw) // agent, customer, spy
	agent, customer, spy := r.seats[0], r.seats[1], r.seats[2]
	r.on(func() { spy.SpeaksTo(agent) })
	r.frames(50)
	r.expect(t, "whisper", []int{0, 100, 100}, []int{100, 0, 0}, []int{100, 100, 0})
	r.on(func() {
		spy.SpeaksTo()
		spy.Mute(true)
		spy.Hears(customer)
	})
	r.frames(50)
	r.expect(t, "spy on one", []int{0, 100, 0}, []int{100, 0, 0}, []int{0, 100, 0})
	r.on(func() {
		spy.Mute(false)
		spy.Hears()
	})
	r.frames(50)
	r.expect(t, "barge", []int{0, 100, 100}, []int{100, 0, 100}, []int{100, 100, 0})
}

func TestWideMembersHearEachOtherWide(t *testing.T) {
	r := newRoom(t, Mixing{}, G722, G722, ULaw)
	r.talk[0].hz = 5000
	r.frames(50)
	r.expect(t, "wide", []int{0, 100, 100}, []int{100, 0, 100}, []int{0, 100, 0})
}

// Who says nothing hears what is made once.
func TestListenersShareTheirSum(t *testing.T) {
	codecs := slices.Repeat([]Codec{ULaw, G722}, 20)
	r := newRoom(t, Mixing{}, codecs...)
	for _, v := range r.talk[1:] {
		v.hz = 0
	}
	r.frames(50)
	var first [2][]byte
	for i := 1; i < len(codecs); i++ {
		sent := r.tapes[i].taken()
		inOrder(t, sent)
		last := sent[len(sent)-1].packet(t).Payload
		if k := i % 2; first[k] == nil {
			first[k] = last
		} else if !slices.Equal(first[k], last) {
			t.Fatalf("%d hears something else", i)
		}
		if x := r.legs[i].seat.out; x == nil {
			t.Fatal("nothing is sent")
		}
	}
	if loudest(sounds(t, r.tapes[0].taken(), 100, ULaw)) != 0 {
		t.Error("the speaker hears himself")
	}
}

func TestLoudestAreHeard(t *testing.T) {
	r := newRoom(t, Mixing{Loudest: 2}, ULaw, ULaw, ULaw, ULaw)
	for i, v := range r.talk {
		v.level = 1000 * float64(i+1)
	}
	r.frames(100)
	r.expect(t, "two of four", []int{0, 0, 100, 100}, []int{0, 0, 100, 100}, []int{0, 0, 0, 100}, []int{0, 0, 100, 0})
}

func TestMembersLeave(t *testing.T) {
	r := newRoom(t, Mixing{}, ULaw, ULaw, ULaw, ULaw, ULaw)
	r.frames(10)
	r.on(func() {
		Bridge(r.legs[0], r.legs[1])
		r.seats[2].Leave()
		r.legs[3].endTaps()
	})
	r.on(func() { r.seats[0].Leave() }) // is in a bridge by now
	for _, k := range r.tapes {
		k.taken()
	}
	r.frames(50)
	r.expect(t, "after", []int{0, 100, 0, 0, 0}, []int{100, 0, 0, 0, 0}, nil, []int{0, 0, 0, 0, 100}, []int{0, 0, 0, 100, 0})
	r.on(r.m.Close)
	r.on(func() { r.m.Seat(r.legs[2], Seating{}) })
	r.frames(10)
	if len(r.m.seats) != 0 || r.legs[2].seat != nil || r.legs[4].seat != nil || r.m.timer.index >= 0 {
		t.Error("somebody sits in a mixer that is closed")
	}
}

func TestPipesAndAnnouncementsInAMixer(t *testing.T) {
	r := newRoom(t, Mixing{}, ULaw, ULaw)
	far, audio, _ := r.h.phone(Params{Remote: there, Formats: ulawOnly})
	near, half := r.h.e.Pipe(far)
	ann, voice := r.h.e.Pipe(far)
	r.h.bridge(far, near)
	e := &ear{rate: 8000}
	var speaks *Voice
	r.on(func() {
		r.m.Seat(half, Seating{})
		r.m.Seat(ann, Seating{Deaf: true})
		r.m.Tap(e)
		speaks = voice.Start(&endless{hz: 2000}, Play{})
	})
	v := &talker{at: there, ssrc: 77}
	for range 50 {
		r.talk[0].speak(r.legs[0])
		r.talk[1].speak(r.legs[1])
		v.tones(r.h, far, 3000, 1)
	}
	pcm := sounds(t, audio.taken(), 0, ULaw)[1600:]
	for hz, want := range map[float64]float64{400: 3000, 700: 3000, 2000: 6000, 3000: 0} {
		if got := strength(pcm, hz, 8000); got > want*1.1+100 || got < want*0.9-100 {
			t.Errorf("behind the pipe %v Hz has %.0f, want %.0f", hz, got, want)
		}
	}
	pcm = sounds(t, r.tapes[0].taken(), 100, ULaw)[1600:]
	if got := strength(pcm, 2000, 8000); got < 5400 {
		t.Errorf("the announcement has %.0f", got)
	}
	if got := strength(e.pcm[1600:], 700, 8000); got < 2700 {
		t.Errorf("the recording has %.0f of a member", got)
	}
	r.on(speaks.Stop)
	r.on(r.m.Close)
	r.h.turn()
	if e.ended != 1 {
		t.Error("the recording goes on")
	}
}

func TestPromptAndKeysInAMixer(t *testing.T) {
	r := newRoom(t, Mixing{}, ULaw, ULaw)
	r.frames(10)
	for _, k := range r.tapes {
		k.taken()
	}
	var keys []byte
	r.on(func() {
		r.legs[0].OnDigit(func(k byte) { keys = append(keys, k) })
		r.legs[0].Start(NewClip(signal.Sine(2000, 8000, 8000, 3000)), Play{})
	})
	r.frames(50)
	pcm := sounds(t, r.tapes[0].taken(), 100, ULaw)
	if a, b := strength(pcm, 2000, 8000), strength(pcm[800:7200], 700, 8000); a < 2700 || b > 60 {
		t.Errorf("the prompt has %.0f, the other %.0f", a, b)
	}
	r.talk[0].key(r.legs[0], 7, 160, false, true)
	r.frames(50)
	if got := strength(sounds(t, r.tapes[0].taken(), 100, ULaw)[1600:], 700, 8000); got < 2700 || string(keys) != "7" {
		t.Errorf("after the prompt the other has %.0f; keys %q", got, keys)
	}
}

func TestTalkOfAMember(t *testing.T) {
	h := listening(t)
	m := h.e.NewMixer(Mixing{})
	s, _, _ := h.phone(Params{Remote: here, Formats: ulawOnly})
	var told []string
	h.on(func() {
		m.Seat(s, Seating{Talk: Talk{End: 200 * time.Millisecond, On: func(on bool) { told = append(told, fmt.Sprint(on)) }}})
	})
	v := &talker{at: here, ssrc: 5}
	v.tones(h, s, 500, 20)
	h.pass(time.Second)
	v.tones(h, s, 500, 20)
	if !slices.Equal(told, []string{"true", "false", "true"}) {
		t.Error(told)
	}
}

// Streams of many loops come together on one, with what they are joined to.
func TestMixerGathersLoops(t *testing.T) {
	e := engine(t, Config{PerLoop: 1})
	for range 3 {
		e.mu.Lock()
		if err := e.grow(); err != nil {
			t.Fatal(err)
		}
		e.mu.Unlock()
	}
	one, two := e.NewMixer(Mixing{}), e.NewMixer(Mixing{})
	var phones []*phone
	var legs []*Stream
	var seats []*Seat
	for i := range 8 {
		p, s := newPhone(t), open(t, e)
		s.Negotiate(Params{Remote: p.addr(), Formats: ulawOnly})
		phones, legs = append(phones, p), append(legs, s)
		seats = append(seats, []*Mixer{one, two}[i%2].Seat(s, Seating{}))
	}
	a, b := e.Pipe(nil) // joins the two
	one.Seat(a, Seating{})
	two.Seat(b, Seating{})
	payload, quiet := make([]byte, 160), make([]byte, 160)
	for i := range payload {
		payload[i], quiet[i] = coder.ToULaw(int16(8000*sinOf(500, 8000, i))), 0xff
	}
	deadline := time.Now().Add(patience)
	for heard := 0; heard < len(phones); {
		if time.Now().After(deadline) {
			t.Fatalf("%d hear it", heard)
		}
		phones[0].send(legs[0], 0, payload)
		heard = 1
		for _, p := range phones[1:] {
			p.conn.SetReadDeadline(time.Now().Add(5 * time.Millisecond))
			if x := p.receive(5 * time.Millisecond); x != nil {
				for _, c := range x.Payload {
					if v := coder.FromULaw(c); v > 4000 {
						heard++
						break
					}
				}
			}
		}
	}
	for i, s := range seats {
		if i%2 == 0 {
			s.Leave()
		} else {
			legs[i].Close()
		}
	}
	one.Close()
	two.Close()
}

// Per member and frame of 20 ms, beside the sockets: everybody speaks.
func BenchmarkMixer(b *testing.B) {
	for _, members := range []int{10, 100, 300} {
		for _, c := range []struct {
			name  string
			how   Mixing
			codec Codec
		}{{"all", Mixing{}, ULaw}, {"loudest3", Mixing{Loudest: 3}, ULaw}, {"g722", Mixing{}, G722},
			{"g722-loudest3", Mixing{Loudest: 3}, G722}} {
			b.Run(fmt.Sprintf("%s/%d", c.name, members), func(b *testing.B) {
				r := newRoom(b, c.how, slices.Repeat([]Codec{c.codec}, members)...)
				var packets [][]byte
				for i, s := range r.legs {
					s.rtp = nullSocket{}
					payload := make([]byte, 160)
					for k := range payload {
						payload[k] = byte(k*7 + i)
					}
					r.talk[i].seq = 0
					packets = append(packets, r.talk[i].raw(100, false, payload))
				}
				turn := func() {
					for i, s := range r.legs {
						p := packets[i]
						binary.BigEndian.PutUint16(p[2:], binary.BigEndian.Uint16(p[2:])+1)
						s.seat.take(p, c.codec)
					}
					r.h.pass(frameTime)
				}
				for range 20 {
					turn()
				}
				b.ReportAllocs()
				b.ResetTimer()
				for range b.N {
					turn()
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(members), "ns/member")
			})
		}
	}
}

func TestMixerDoesNotAllocate(t *testing.T) {
	r := newRoom(t, Mixing{}, ULaw, G722, ULaw, ALaw)
	var packets [][]byte
	for i, s := range r.legs {
		s.rtp = nullSocket{}
		packets = append(packets, r.talk[i].raw(100, false, slices.Repeat([]byte{1, 77}, 80)))
	}
	turn := func() {
		for i, s := range r.legs {
			p := packets[i]
			binary.BigEndian.PutUint16(p[2:], binary.BigEndian.Uint16(p[2:])+1)
			s.seat.take(p, r.codecs[i])
		}
		r.h.pass(frameTime)
	}
	for range 50 {
		turn()
	}
	if n := testing.AllocsPerRun(100, turn); n != 0 {
		t.Errorf("%v allocations a frame", n)
	}
}
