package media

import (
	"encoding/binary"
	"sync/atomic"
	"time"

	"obelisk/media/coder"
)

// Direction is a way of a stream's audio. In and Out may be joined by |.
type Direction uint8

const (
	In  Direction = 1 << iota // what the far side says: it arrives here
	Out                       // what the far side hears: relayed, played or generated here
)

// Sink takes the audio of one direction of a stream: 16 bit samples, one channel, without holes
// and in real time. What is missing (packets lost, a phone that is silent, muted or on hold) is
// silence of the same length; time goes by the sender's RTP timestamps, and where its clock runs
// otherwise than ours by stretching, so that two sinks of one moment never are 20 ms apart.
type Sink interface {
	// Rate is the sampling rate that it wants in Hz, 8000 to 192000. It is asked once.
	Rate() int
	// Put takes the next samples, some 20 to 100 ms of them; pcm is only lent. It runs on a
	// goroutine that serves many sinks: it must not wait for a disk, a socket or a lock that is
	// held long. A panic in it ends the tap.
	Put(pcm []int16)
	// End says, once, that nothing comes any more: the tap was stopped or the stream is closed.
	End()
}

// DuplexSink takes both directions of a stream in step: in and out are the same moments, of the
// same length. Rate, Put and End are as of a Sink.
type DuplexSink interface {
	Rate() int
	Put(in, out []int16)
	End()
}

// Patient is a sink that says how long it waits for packets that come late or in another order: what comes
// later still is silence. From 0 to 2 s; without it 60 ms; a file has a second.
type Patient interface {
	Patience() time.Duration
}

const (
	usualPatience = 60 * time.Millisecond
	mostPatience  = 2 * time.Second
	// tapQueue bounds what waits between a loop and the goroutine of the sinks, in bytes for each
	// direction: some 20 s of G.711, 4 s of slin16.
	tapQueue = 1 << 18
)

// Tap is a sink at a stream. Its methods may be called from anywhere.
type Tap struct {
	tracks   [2]*track // In, Out; nil where that is not wanted
	put      func(pcm [2][]int16)
	end      func()
	patience time.Duration
	changed  bool // it hears what gains make of its direction
	engine   *Engine
	ear      Ear         // of one that hears packets, and has no tracks; nil else
	way      Direction   // that an ear hears
	deaf     atomic.Bool // an ear was stopped

	begin   time.Time     // when its time 0 is; fixed before a pump has it
	served  time.Duration // since begin; for the pump
	stopped time.Time     // when it was stopped; for the pump
}

// Tap has a sink hear one direction of the stream, In or Out, from now until Stop or until the
// stream is closed. The packets come here meanwhile, even where the kernel carried them, and pass
// as before: nothing waits for the sink.
func (s *Stream) Tap(d Direction, to Sink) *Tap {
	at := d.index()
	return s.tap(newTap(d, to, to.Rate(), func(pcm [2][]int16) { to.Put(pcm[at]) }, to.End, s.engine))
}

// TapChanged is Tap for who has what he hears as others get it: as SetGain, SetLevel and SetGate make it.
func (s *Stream) TapChanged(d Direction, to Sink) *Tap {
	at := d.index()
	t := newTap(d, to, to.Rate(), func(pcm [2][]int16) { to.Put(pcm[at]) }, to.End, s.engine)
	t.changed = true
	return s.tap(t)
}

// TapBoth has a sink hear both directions.
func (s *Stream) TapBoth(to DuplexSink) *Tap {
	return s.tap(newTap(In|Out, to, to.Rate(), func(pcm [2][]int16) { to.Put(pcm[0], pcm[1]) }, to.End, s.engine))
}

// index is the place of one direction in a pair.
func (d Direction) index() int { return int(d>>1) & 1 }

func newTap(d Direction, sink any, rate int, put func([2][]int16), end func(), e *Engine) *Tap {
	t := &Tap{put: put, end: end, patience: usualPatience, engine: e}
	if p, ok := sink.(Patient); ok {
		t.patience = min(max(p.Patience(), 0), mostPatience)
	}
	for _, way := range [2]Direction{In, Out} {
		if d&way != 0 {
			t.tracks[way.index()] = newTrack(min(max(rate, 8000), 192000))
		}
	}
	return t
}

func (s *Stream) tap(t *Tap) *Tap {
	s.post(func() {
		if !s.opened {
			go t.end()
			return
		}
		t.begin = s.loop.now
		s.attachTap(t)
		s.engine.startTap(t)
	})
	return t
}

// Stop ends the tap: the sink gets what has come so far, then its End, on the sinks' goroutine.
func (t *Tap) Stop() { t.engine.stopTap(t) }

// Dropped is how many packets were left out because the goroutine of the sinks was behind by
// seconds; their time is silence.
func (t *Tap) Dropped() (n uint64) {
	for _, k := range t.tracks {
		if k != nil {
			n += k.dropped.Load()
		}
	}
	return n
}

// First is when the first packet came, since the tap began: before it the sink gets silence. False:
// none has come yet.
func (t *Tap) First() (since time.Duration, came bool) {
	for _, k := range t.tracks {
		if k == nil {
			continue
		}
		if at := k.first.Load(); at > 0 && (!came || time.Duration(at-1) < since) {
			since, came = time.Duration(at-1), true
		}
	}
	return since, came
}

// HandOver gives what hears this stream, what plays at it, its echo, its gains and mutes to another one
// that takes its place in the call: the sinks go on without a break, the sources where they were. It has to be called before this one is
// closed.
func (s *Stream) HandOver(to *Stream) {
	s.do(func() {
		main := s.player.main
		taps, shapes, voices := s.taps, s.shapes, s.takeVoices(to)
		s.taps, s.shapes = nil, nil
		s.noteNeed()
		if s.peer == s {
			to.Echo()
		}
		if len(taps)+len(voices) > 0 || shapes != nil {
			to.post(func() {
				to.receiveTaps(taps)
				to.receiveVoices(voices, main)
				if to.opened && shapes != nil {
					to.slow()
					to.shapes = shapes
					to.noteNeed()
				}
			})
		}
	})
}

func (s *Stream) receiveTaps(taps []*Tap) {
	for _, t := range taps {
		if s.opened {
			s.attachTap(t)
		} else {
			t.Stop()
		}
	}
}

func (s *Stream) attachTap(t *Tap) {
	s.slow()
	s.taps = append(s.taps[:len(s.taps):len(s.taps)], t)
	s.noteNeed()
}

// endTaps tells those who hear the stream that it is closed.
func (s *Stream) endTaps() {
	for _, t := range s.taps {
		t.Stop()
	}
	s.taps = nil
}

// heardBy gives a whole RTP packet, not encrypted, to those who hear its direction. Callers look
// first whether there are any, so that a stream without taps pays one comparison.
func (s *Stream) heardBy(d Direction, b []byte, codec Codec) { s.heardAt(anyStage, d, b, codec) }

// stage is who is told of audio: all, or, where it is changed, who hears it before that and after it.
type stage uint8

const (
	anyStage stage = iota
	before
	after
)

func (s *Stream) heardAt(at stage, d Direction, b []byte, codec Codec) {
	if start := payloadStart(b); start > 0 && infos[codec].Audio() && codec < TelephoneEvent {
		p := heardPacket{codec: codec, seq: binary.BigEndian.Uint16(b[2:])}
		p.ts, p.ssrc = binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint32(b[8:])
		s.tell(at, d, p, b[start:])
	}
}

func (s *Stream) tell(at stage, d Direction, p heardPacket, payload []byte) {
	had := len(s.taps)
	if s.taps = tellTaps(s.taps, at, d, p, payload, s.loop.now); len(s.taps) != had {
		s.noteNeed()
	}
}

// tellTaps gives a packet to taps and returns those that go on.
func tellTaps(taps []*Tap, at stage, d Direction, p heardPacket, payload []byte, now time.Time) []*Tap {
	ended := false
	for _, t := range taps {
		switch {
		case t.ear == nil:
		case t.deaf.Load():
			ended = true
		case t.way&d != 0 && at != after:
			t.ear(p.codec, p.ssrc, p.ts, payload)
		}
		if k := t.tracks[d.index()]; k != nil && p.codec.Convertible() && (at == anyStage || t.changed == (at == after)) {
			p.at = now.Sub(t.begin)
			ended = !k.hear(p, payload) || ended
		}
	}
	if !ended {
		return taps
	}
	var left []*Tap
	for _, t := range taps {
		if !t.ended() {
			left = append(left, t)
		}
	}
	return left
}

// watched says whether somebody hears the stream, or changes what passes.
func (s *Stream) watched() bool { return s.opened && (len(s.taps) > 0 || s.shapes != nil) }

// madeInPipe gives audio that is made here and goes into one end of a pipe to those who hear either.
func (s *Stream) madeInPipe(pcm []int16, rate int, at time.Time) {
	for _, end := range [2]struct {
		s *Stream
		d Direction
	}{{s, Out}, {s.pipe, In}} {
		if !end.s.watched() {
			continue
		}
		if end.s.shapes == nil {
			end.s.made(anyStage, end.d, pcm, rate, at)
			continue
		}
		x := &end.s.shapes[end.d.index()]
		if x.muted {
			clear(pcm)
		}
		end.s.made(before, end.d, pcm, rate, at)
		if !x.muted {
			x.change(pcm)
		}
		end.s.made(after, end.d, pcm, rate, at)
	}
}

// made gives samples that were made here and begin at at to those who hear a direction.
func (s *Stream) made(stage stage, d Direction, pcm []int16, rate int, at time.Time) {
	w := &s.loop.scratch
	b := w.packet[:coder.Linear{}.Encode(w.packet[:], pcm)]
	s.tell(stage, d, madePacket(rate, at, len(pcm)), b)
}

// madePacket is the head of a frame that was made here: its time is by our clock.
func madePacket(rate int, at time.Time, samples int) heardPacket {
	since := at.Sub(began)
	ts := uint32(int64(since/time.Second)*int64(rate) + int64(since%time.Second)*int64(rate)/int64(time.Second))
	return heardPacket{codec: linearOf(rate), ts: ts, seq: uint16(ts / uint32(samples))}
}

// sentCodec is the codec of a packet that goes out, by its payload type; NoCodec for what is no
// audio.
func (s *Stream) sentCodec(payload uint8) Codec {
	if s.audio != NoCodec && s.send[s.audio] == payload {
		return s.audio
	}
	for c := ULaw; c < TelephoneEvent; c++ {
		if s.send[c] == payload {
			return c
		}
	}
	return NoCodec
}
