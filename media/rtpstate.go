package media

import (
	"encoding/binary"
	"time"
)

// receiver keeps the statistics of RFC 3550 appendix A for one direction.
type receiver struct {
	ssrc     uint32
	started  bool
	base     uint32 // first extended sequence number
	highest  uint32 // highest extended sequence number
	received uint32
	jump     uint32  // the sequence number that would show that the source counts anew; noJump: none
	before   int64   // lost of what came before this SSRC and this count
	jitter   float64 // timestamp units
	transit  uint32
	clock    uint32 // of transit

	expectedPrior, receivedPrior uint32
	lastSR                       uint32 // middle bits of the last sender report
	lastSRAt                     time.Time
}

const (
	// RFC 3550 A.1: a packet as far ahead as maxDropout, or more than reordered behind, is
	// of a source that counts anew, once another follows it.
	maxDropout = 3000
	noJump     = 1 << 16
)

// began is where times that are kept as numbers count from: by the clock that
// nobody sets.
var began = time.Now()

// moment is a time in nanoseconds since began, a third of the room of a time.Time.
type moment time.Duration

// never was before everything.
const never = moment(-1 << 61)

func at(t time.Time) moment { return moment(t.Sub(began)) }

func (m moment) time() time.Time { return began.Add(time.Duration(m)) }

// clock is the codec's RTP clock rate in Hz.
func (c Codec) clock() uint32 {
	if c == NoCodec {
		return 8000
	}
	return uint32(infos[c].Rate)
}

// arrivalClocks are the clock rates by which packets are late or early. Those of a key all
// have the time at which it began, which says nothing of their way: 0.
var arrivalClocks = func() (c [codecCount]uint32) {
	for i := range c {
		c[i] = Codec(i).clock()
	}
	c[TelephoneEvent] = 0
	return c
}()

// packet takes one packet into account, whose timestamp counts at the given
// clock rate, and returns the packets lost so far.
func (r *receiver) packet(seq uint16, ts, ssrc, clock uint32, now time.Time) int64 {
	if !r.started || ssrc != r.ssrc {
		*r = receiver{ssrc: ssrc, started: true, base: uint32(seq), highest: uint32(seq), jump: noJump, before: r.total()}
	}
	switch ahead := seq - uint16(r.highest); {
	case ahead < maxDropout:
		r.highest += uint32(ahead)
	case ahead > noJump-reordered: // late
	case uint32(seq) == r.jump:
		r.restart(seq-1, seq)
		r.received = 1 // the one before it
	default:
		r.jump = uint32(seq + 1)
		return r.total()
	}
	r.received++
	if clock != 0 { // RFC 3550 A.8
		since := now.Sub(began)
		transit := uint32(int64(since/time.Second)*int64(clock)) + uint32(int64(since%time.Second)*int64(clock)/int64(time.Second)) - ts
		d := int32(transit - r.transit)
		r.transit = transit
		if clock != r.clock { // the first, or of another codec
			r.clock = clock
		} else {
			r.jitter += (float64(max(d, -d)) - r.jitter) / 16
		}
	}
	return r.total()
}

// restart: the source has begun to count anew.
func (r *receiver) restart(first, last uint16) {
	r.before, r.jump, r.clock = r.total(), noJump, 0
	r.base, r.highest, r.received = uint32(first), uint32(first)+uint32(last-first), 0
	r.expectedPrior, r.receivedPrior = 0, 0
}

// carried takes n packets into account that passed elsewhere, the last of them seq.
func (r *receiver) carried(n uint32, seq uint16) {
	switch ahead := seq - uint16(r.highest); {
	case uint32(ahead) < n+maxDropout:
		r.highest += uint32(ahead)
	case ahead > noJump-reordered:
	default:
		r.restart(seq-uint16(n)+1, seq)
	}
	r.received += n
}

// lost counts those of this SSRC since it counts as it does, total all.
func (r *receiver) lost() int64 {
	if !r.started {
		return 0
	}
	return int64(r.highest-r.base+1) - int64(r.received)
}

func (r *receiver) total() int64 { return r.before + r.lost() }

// sender keeps one outgoing RTP stream continuous while its sources change: a
// far leg, a prompt, another far leg after a transfer. ts is the time of at: whatever is
// sent without audio around it finds its timestamp from the two.
type sender struct {
	ssrc uint32
	seq  uint16    // last sent
	ts   uint32    // the newest sent, and
	rate uint32    // its clock
	at   time.Time // when that was; zero before the first packet
	mid  time.Time // the last packet that has no time of its own, as those within a key

	datagrams, besides uint64 // of what was sent: those that are no RTP, octets that are neither payload nor plain headers

	from      uint32 // SSRC of the source being relayed
	tsOffset  uint32
	seqOffset uint16
	relaying  bool
	fresh     bool         // maker has not made a packet yet
	spurt     bool         // the next packet begins a talkspurt
	maker     *translation // what makes the packets; nil while they are relayed
}

// rewrite gives a relayed packet of a codec this stream's identity.
func (x *sender) rewrite(b []byte, payload uint8, codec Codec, now time.Time) {
	seq, ts, ssrc := binary.BigEndian.Uint16(b[2:]), binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint32(b[8:])
	marker := b[1] & 0x80
	if !x.relaying || ssrc != x.from {
		x.relaying, x.maker, x.from = true, nil, ssrc
		x.seqOffset = x.seq + 1 - seq
		if codec != TelephoneEvent || x.rate == 0 { // which goes by the clock of the audio
			x.rate = codec.clock()
		}
		x.tsOffset = x.resume(now) - ts
		if !infos[codec].Video { // there it ends a picture
			marker = 0x80
		}
	}
	seq += x.seqOffset
	ts += x.tsOffset
	b[1] = marker | payload
	binary.BigEndian.PutUint16(b[2:], seq)
	binary.BigEndian.PutUint32(b[4:], ts)
	binary.BigEndian.PutUint32(b[8:], x.ssrc)
	if int16(seq-x.seq) > 0 {
		x.seq = seq
		if ts == x.ts && !x.at.IsZero() { // a key goes on, or a picture
			x.mid = now
		} else {
			x.ts, x.at = ts, now
		}
	}
}

// stamp is the timestamp of a moment.
func (x *sender) stamp(now time.Time) uint32 {
	if x.at.IsZero() {
		return x.ts
	}
	since, rate := now.Sub(x.at), int64(x.rate)
	if rate == 0 { // nothing was sent yet
		rate = 8000
	}
	return x.ts + uint32(int64(since/time.Second)*rate) + uint32(int64(since%time.Second)*rate/int64(time.Second))
}

// resume is the timestamp with which a new source goes on.
func (x *sender) resume(now time.Time) uint32 {
	if x.at.IsZero() {
		return x.ts
	}
	return x.stamp(later(now, x.at.Add(frameTime)))
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// turn: t makes the packets from now on.
func (x *sender) turn(t *translation) {
	x.relaying, x.maker, x.fresh = false, t, true
	t.started, t.pending = false, t.pending[:0]
}

// next begins a packet of the maker, of the given length by its codec's clock. at is
// when its audio begins.
func (x *sender) next(at time.Time, length uint32) (seq uint16, ts uint32, marker bool) {
	if x.fresh {
		if x.rate == 0 {
			x.rate = x.maker.to.clock()
		}
		x.ts, marker = x.resume(at), true
		x.rate, x.fresh = x.maker.to.clock(), false
	} else {
		x.ts += length
		marker = x.spurt
	}
	x.spurt = false
	x.seq++
	x.at = at
	return x.seq, x.ts, marker
}

// skip leaves room for packets of the maker's source that were lost and for time that
// passed in silence, before next.
func (x *sender) skip(lost uint16, gap uint32) {
	if !x.fresh {
		x.seq += lost
		x.ts += gap
		x.spurt = lost == 0 && gap > 0
	}
}

// insert is the sequence number of a packet between those of the source, which leaves
// their time alone.
func (x *sender) insert(now time.Time) uint16 {
	x.seq++
	x.seqOffset++
	if x.at.IsZero() {
		x.at = now
	}
	x.mid = now
	return x.seq
}

// omit leaves a packet of the source out, without a gap in the numbers.
func (x *sender) omit(b []byte) {
	if x.relaying && binary.BigEndian.Uint32(b[8:]) == x.from {
		x.seqOffset--
	}
}

// last is when the last packet of any kind was sent.
func (x *sender) last() time.Time { return later(x.at, x.mid) }
