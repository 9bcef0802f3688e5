package media

import (
	"encoding/binary"
	"slices"
	"sync/atomic"
	"time"

	"obelisk/media/coder"
)

// Seat is a stream's place in a Mixer. Its methods may be called from anywhere, also when it is
// over: then they are nothing.
type Seat struct {
	mixer  *Mixer
	stream *Stream
	turn   uint64 // of the stream's joined, its own
	mouth  bool   // of a Speaker: nothing is sent to it
	level  atomic.Int32

	// ---- owned by the loop ----
	gone         bool
	muted, deaf  bool
	from, to     []*Seat // whom it hears, who hears it; nil: all
	gain, louder float32 // of what it says, of what it hears
	in           inlet
	width        int                 // 0: it listens at 8 kHz, 1: at 16
	pcm          [2][]int16          // what it says in this frame, at either rate
	has          [2]bool             // which of them is there
	rs           [2]*coder.Resampler // up, down
	speaks       bool                // in this frame
	chosen       bool                // among the loudest, in the last
	smooth       int32               // its loudness, fading
	out          *translation        // from what it hears to its codec
	judge        *TalkDetector       // nil where nobody wants to know
	gate         bool                // it is heard while it talks only
}

// Seating says how a stream sits.
type Seating struct {
	Muted bool // it says nothing
	Deaf  bool // it hears nothing
	Talk  Talk
}

// Talk says when a member is told to talk. On is nil where nobody wants to know; it runs on the
// loop and must not block.
type Talk struct {
	Threshold int           // Loudness from which on a frame is sound; 0: 256
	Begin     time.Duration // of sound before it is talk
	End       time.Duration // of silence before it is over
	On        func(talking bool)
	// Gate has a member be heard while it is talk only, from its first sound on.
	Gate bool
}

// Seat takes a stream into the mixer, out of its bridge or its seat elsewhere. What plays at it
// is heard in place of the others, or with them; its taps hear what it hears. A stream that is
// closed leaves.
func (m *Mixer) Seat(s *Stream, how Seating) *Seat { return m.take(s, how, false) }

// take is Seat; mouth: of a Speaker.
func (m *Mixer) take(s *Stream, how Seating, mouth bool) *Seat {
	x := &Seat{mouth: mouth, mixer: m, stream: s, muted: how.Muted, deaf: how.Deaf, gain: 1, louder: 1}
	for r, n := range frames {
		x.pcm[r] = make([]int16, n)
	}
	if how.Talk.On != nil || how.Talk.Gate {
		x.gate = how.Talk.Gate
		x.judge = &TalkDetector{Threshold: how.Talk.Threshold, Talk: how.Talk.Begin, Silence: how.Talk.End,
			On: func(talking bool, _ time.Duration) {
				if how.Talk.On != nil {
					how.Talk.On(talking)
				}
			}}
	}
	x.turn = s.joined.Add(1)
	x.sit()
	return x
}

// sit puts the stream on the mixer's loop, and then in its place.
func (x *Seat) sit() {
	s, m := x.stream, x.mixer
	s.post(func() {
		switch on := m.home.Load(); {
		case x.gone:
		case s.joined.Load() != x.turn: // it was joined to something else since
			x.gone = true
		case !s.opened, s.raw:
			x.gone = true
		case s.loop != on:
			s.unlink()
			s.move(on)
			x.sit()
		case m.closed:
			x.gone = true
		default:
			s.unlink()
			s.seat = x
			m.seats = append(m.seats, x)
			s.patient()
			if m.timer.index < 0 {
				m.next = nextFrame(m.loop.now)
				m.loop.arm(&m.timer, m.next)
			}
		}
	})
}

// on runs f on the loop while it sits.
func (x *Seat) on(f func()) {
	x.stream.post(func() {
		if !x.gone {
			f()
		}
	})
}

// Leave gives the seat up. It is nothing when the stream has been bridged or seated elsewhere.
func (x *Seat) Leave() { x.on(x.drop) }

func (x *Seat) drop() {
	m := x.mixer
	x.gone = true
	if x.stream.opened && x.stream.seat == x {
		x.stream.seat = nil
		x.stream.patient()
	}
	m.seats = slices.DeleteFunc(m.seats, func(o *Seat) bool { return o == x })
	if len(m.seats) == 0 {
		m.loop.disarm(&m.timer)
	}
}

// Mute has it say nothing, or speak again.
func (x *Seat) Mute(on bool) { x.on(func() { x.muted = on }) }

// Deafen has it hear nothing, or listen again.
func (x *Seat) Deafen(on bool) { x.on(func() { x.deaf = on }) }

// SetGain makes what it says and what it hears louder or quieter, in dB; 0: as it is.
func (x *Seat) SetGain(says, hears float64) {
	x.on(func() { x.gain, x.louder = factorOf(says), factorOf(hears) })
}

// Hears has it hear some of the others only; none given: all.
func (x *Seat) Hears(whom ...*Seat) { x.on(func() { x.from = slices.Clone(whom) }) }

// SpeaksTo has it be heard by some of the others only: a whisper; none given: by all.
func (x *Seat) SpeaksTo(whom ...*Seat) { x.on(func() { x.to = slices.Clone(whom) }) }

// Level is the Loudness of what it says, fading within a second, muted or not.
func (x *Seat) Level() int { return int(x.level.Load()) }

// take is a packet of the stream.
func (x *Seat) take(b []byte, codec Codec) {
	s := x.stream
	switch {
	case codec == TelephoneEvent || !codec.Convertible(): // control is told of keys
	case s.injecting():
		if !s.inject.replaces() {
			s.inject.blend(b, codec, &s.loop.scratch)
		}
	default:
		x.in.packet(b, codec, &s.loop.scratch)
	}
}

// listen settles at which rate it hears.
func (x *Seat) listen() {
	s, rate := x.stream, narrow
	if s.pipe != nil {
		if s = s.pipe.bridged().throughPipes(); s != nil && s.audio != NoCodec {
			rate = conversions[s.audio].rate
		}
	} else if s.audio != NoCodec {
		rate = conversions[s.audio].rate
	}
	if x.width = 0; rate == wide && !x.mixer.how.Narrow {
		x.width = 1
	}
}

// silent is the loudness up to which a frame is digital silence, with what coders make of it.
const silent = 8

// hear takes what it says in this frame.
func (x *Seat) hear(w *scratch) {
	x.speaks, x.has = false, [2]bool{}
	r := 0
	if x.in.rate == wide {
		r = 1
	}
	pcm := x.pcm[r]
	loud := int32(0)
	any := x.in.rate != 0 && x.in.pull(pcm, x.in.rate)
	if any {
		if x.gain != 1 {
			amplify(pcm, x.gain)
		}
		loud = int32(Loudness(pcm))
	}
	x.smooth = max(loud, x.smooth-x.smooth/16-1, 0)
	x.level.Store(x.smooth)
	switch {
	case x.judge == nil:
	case x.muted: // when it speaks again it begins to talk anew
		x.judge.talking, x.judge.row = false, 0
	default:
		x.judge.loud(int(loud))
	}
	x.speaks = any && loud > silent && !x.muted && (!x.gate || x.judge.talking)
	x.has[r] = x.speaks
}

// rank is how loud it is among the others: who is heard is not lightly left out.
func (x *Seat) rank() int32 {
	if x.chosen {
		return x.smooth + x.smooth/2
	}
	return x.smooth
}

// need has its frame be there at a rate.
func (x *Seat) need(r int, w *scratch) {
	if x.has[r] {
		return
	}
	from := 1 - r
	if x.rs[r] == nil {
		x.rs[r] = coder.NewResampler(frames[from]*50, frames[r]*50)
	}
	n := x.rs[r].Run(w.resampled[:], x.pcm[from])
	clear(x.pcm[r][copy(x.pcm[r], w.resampled[:n]):])
	x.has[r] = true
}

// send gives the far side a frame of what it hears; common: it is that of all who say nothing.
func (x *Seat) send(pcm []int16, common bool) {
	s, m := x.stream, x.mixer
	rate, at := frames[x.width]*50, m.next
	if s.pipe != nil || s.audio == NoCodec || s.ptime != 20 || len(s.player.voices) > 0 || conversions[s.audio].rate != rate {
		s.carry(append(s.loop.scratch.mixed[:0], pcm...), rate, at)
		return
	}
	payload := s.send[s.audio]
	if payload == noPayload || !s.sendable() {
		return
	}
	t := x.out
	if t == nil || t.to != s.audio {
		t = newTranslation(linearOf(rate), s.audio, 20)
		x.out = t
	}
	y := &s.tx
	if y.maker != t || !y.fresh && at.Sub(y.at) > t.length()+slack {
		y.turn(t)
	}
	if !y.fresh {
		at = y.at.Add(t.length())
	}
	seq, ts, marker := y.next(at, t.clock(t.frame))
	b := s.loop.scratch.packet[:]
	b[0], b[1] = 0x80, payload
	if marker {
		b[1] |= 0x80
	}
	binary.BigEndian.PutUint16(b[2:], seq)
	binary.BigEndian.PutUint32(b[4:], ts)
	binary.BigEndian.PutUint32(b[8:], y.ssrc)
	n := 0
	if common {
		n = copy(b[rtpHeader:], m.coded(s.audio, rate, pcm))
	} else {
		n = t.enc.Encode(b[rtpHeader:], pcm)
	}
	if n > 0 {
		s.transmit(b[:rtpHeader+n])
	}
}

// patient has the packets for a seat wait for the mixer's next frame: nothing is done with them
// before, and the loop would be woken for each.
func (s *Stream) patient() {
	if s.pipe == nil {
		s.rtp.defers(s.seat != nil)
	}
}

// seated is the stream's seat, nil for none.
func (s *Stream) seated() *Seat {
	if !s.opened {
		return nil
	}
	return s.seat
}
