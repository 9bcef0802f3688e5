package media

import (
	"encoding/binary"
	"time"
)

// Jitter describes the buffer that evens out the arrival of a leg's packets
// (sip.conf jbimpl, jbmaxsize, jbtargetextra, jbresyncthreshold).
type Jitter struct {
	Adaptive bool
	Max      time.Duration // the delay of a fixed buffer, the longest of an adaptive one
	Extra    time.Duration // what an adaptive one adds to the jitter it sees
	Resync   time.Duration // a jump in time farther than this begins anew
}

// jitterBuffer gives packets on in their order and at their time. It passes
// packets, not samples, so a change of its delay costs no audio: what follows
// sees the time stamps of the source.
//
//	a packet is due at   begin + its time by the clock of the source + fastest + delay
//
// The packets of a key all carry the time at which it began, and comfort noise comes when
// it likes: neither tells how long the way takes. They keep their place in the order.
type jitterBuffer struct {
	Jitter
	slots   []heldPacket // by sequence number; a power of two of them
	timer   timer
	running bool
	ssrc    uint32
	next    uint16 // what goes out next
	held    int

	begin   time.Time // arrival of the first packet
	beginTS uint32
	fastest time.Duration    // shortest way of late packets, relative to the first one's
	window  [2]time.Duration // the same of this and the last window
	turned  time.Time
	peak    time.Duration // how late packets come, fading
	delay   time.Duration
}

type heldPacket struct {
	b     []byte
	seq   uint16
	due   time.Duration // since begin, without delay
	codec Codec
	full  bool
}

const (
	// windowTime: a source whose clock runs slower than ours is followed in this
	// time.
	windowTime = 5 * time.Second
	// fading: the peak falls to a third in so many packets.
	fading = 500
	// fewestSlots hold what a buffer of a usual delay has; shortest is the length of the shortest packets.
	fewestSlots = 64
	shortest    = 10 * time.Millisecond
	// MostJitter is the longest delay of a buffer.
	MostJitter = 5 * time.Second
	// smoothing is by how much a falling delay shrinks with each packet.
	smoothing = time.Millisecond
)

func newJitterBuffer(cfg Jitter) *jitterBuffer {
	slots := fewestSlots
	for time.Duration(slots) < cfg.Max/shortest {
		slots *= 2
	}
	return &jitterBuffer{Jitter: cfg, slots: make([]heldPacket, slots)}
}

// push takes a packet; false when it is to be dropped, for it comes too late or
// twice.
func (j *jitterBuffer) push(b []byte, seq uint16, ts uint32, codec Codec, now time.Time) bool {
	media := j.time(ts, codec)
	if timely(codec) {
		j.learn(now.Sub(j.begin)-media, now)
	} else {
		media = min(media, now.Sub(j.begin)-j.fastest) // nobody waits for it longer than for one that comes at once
	}
	k := &j.slots[seq%uint16(len(j.slots))]
	if int16(seq-j.next) < 0 || k.full {
		return false
	}
	*k = heldPacket{b: append(k.b[:0], b...), seq: seq, due: media, codec: codec, full: true}
	j.held++
	return true
}

// time is that of a packet by the clock of its source, since the first one.
func (j *jitterBuffer) time(ts uint32, codec Codec) time.Duration {
	return time.Duration(int32(ts-j.beginTS)) * time.Second / time.Duration(codec.clock())
}

// continues: the packet belongs to what came before.
func (j *jitterBuffer) continues(seq uint16, ts, ssrc uint32, codec Codec, now time.Time) bool {
	off := now.Sub(j.begin) - j.time(ts, codec) - j.fastest
	if !timely(codec) {
		off = 0
	}
	ahead := int16(seq - j.next)
	return j.running && ssrc == j.ssrc && max(off, -off) <= j.Resync && ahead < int16(len(j.slots)) && ahead >= -reordered
}

// timely says whether the time of a codec's packets is that of their way.
func timely(c Codec) bool { return c != TelephoneEvent && c != ComfortNoise }

func (j *jitterBuffer) start(seq uint16, ts, ssrc uint32, now time.Time) {
	j.running, j.ssrc, j.next = true, ssrc, seq
	j.begin, j.beginTS, j.turned = now, ts, now
	j.fastest, j.window = 0, [2]time.Duration{}
	if j.peak, j.delay = 0, j.Max; j.Adaptive {
		j.delay = min(j.Extra, j.Max)
	}
}

// learn follows how long the way takes and by how much it varies.
func (j *jitterBuffer) learn(way time.Duration, now time.Time) {
	if now.Sub(j.turned) > windowTime {
		j.window = [2]time.Duration{way, j.window[0]}
		j.turned = now
	}
	j.window[0] = min(j.window[0], way)
	j.fastest = min(j.window[0], j.window[1])
	if !j.Adaptive {
		return
	}
	j.peak = max(way-j.fastest, j.peak-j.peak/fading)
	switch want := min(j.peak+j.Extra, j.Max); {
	case want > j.delay:
		j.delay = want
	case want < j.delay:
		j.delay = max(want, j.delay-smoothing)
	}
}

// due is when a held packet goes out.
func (j *jitterBuffer) due(k *heldPacket) time.Time { return j.begin.Add(k.due + j.fastest + j.delay) }

// first is the packet that goes out next, nil when none is held.
func (j *jitterBuffer) first() *heldPacket {
	if j.held == 0 {
		return nil
	}
	for seq := j.next; ; seq++ {
		if k := &j.slots[seq%uint16(len(j.slots))]; k.full {
			return k
		}
	}
}

// pass puts a packet of this leg through the buffer.
func (s *Stream) pass(b []byte, codec Codec) {
	j, now := s.jitter, s.loop.now
	seq, ts, ssrc := binary.BigEndian.Uint16(b[2:]), binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint32(b[8:])
	if codec == TelephoneEvent {
		if e, ok := readEvent(b); ok {
			ts += uint32(e.duration) // the moment that it tells of
		}
	}
	if !j.continues(seq, ts, ssrc, codec, now) {
		for k := j.first(); k != nil; k = j.first() {
			s.letGo(k)
		}
		j.start(seq, ts, ssrc, now)
	}
	if !j.push(b, seq, ts, codec, now) {
		s.stats.late.Add(1)
		return
	}
	s.playout()
}

// playout gives on what is due and waits for the next.
func (s *Stream) playout() {
	j, l := s.jitter, s.loop
	for k := j.first(); k != nil; k = j.first() {
		due := j.due(k)
		if due.After(l.now) {
			if j.timer.index < 0 || j.timer.due != due.Sub(began) {
				l.arm(&j.timer, due)
			}
			return
		}
		s.letGo(k)
	}
	l.disarm(&j.timer)
}

// letGo sends a packet on.
func (s *Stream) letGo(k *heldPacket) { s.leaves(s.jitter, k) }

func (s *Stream) leaves(j *jitterBuffer, k *heldPacket) {
	j.next, k.full = k.seq+1, false
	j.held--
	if k.codec == ComfortNoise {
		s.silenceCame(k.b)
		return
	}
	s.inward(k.b, k.codec)
}

// chosen is a jitter buffer that somebody asked for, in place of what is negotiated.
type chosen struct{ cfg *Jitter }

// SetJitter gives the leg a jitter buffer, or with nil none, whatever Params says from then on: all that
// hears or passes on what the far side says has it at its time.
func (s *Stream) SetJitter(cfg *Jitter) {
	s.do(func() {
		s.slow()
		s.chosen = &chosen{cfg}
		s.buffer(cfg)
		s.noteNeed()
	})
}

// buffer gives the leg a jitter buffer, or takes it away.
func (s *Stream) buffer(cfg *Jitter) {
	if s.chosen != nil {
		cfg = s.chosen.cfg
	}
	if cfg != nil && cfg.Max > MostJitter {
		short := *cfg
		short.Max, cfg = MostJitter, &short
	}
	if j := s.jitter; j != nil && (cfg == nil || j.Jitter != *cfg) {
		s.jitter = nil
		s.loop.disarm(&j.timer)
		for k := j.first(); k != nil; k = j.first() {
			s.leaves(j, k)
		}
	}
	if cfg != nil && s.jitter == nil && s.pipe == nil {
		s.jitter = newJitterBuffer(*cfg)
		s.jitter.timer = timer{index: -1, fire: s.ring}
	}
}
