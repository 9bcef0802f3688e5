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
	jitter   float64 // timestamp units
	transit  uint32

	expectedPrior, receivedPrior uint32
	lastSR                       uint32 // middle bits of the last sender report
	lastSRAt                     time.Time
}

// began is where times that are kept as numbers count from: by the clock that
// nobody sets.
var began = time.Now()

// clock is the codec's RTP clock rate in Hz.
func (c Codec) clock() uint32 {
	if c == NoCodec {
		return 8000
	}
	return uint32(infos[c].Rate)
}

// packet takes one packet into account, whose timestamp counts at the given
// clock rate, and returns the packets lost so far.
func (r *receiver) packet(seq uint16, ts, ssrc, clock uint32, now time.Time) int64 {
	since := now.Sub(began)
	arrival := uint32(int64(since/time.Second)*int64(clock)) + uint32(int64(since%time.Second)*int64(clock)/int64(time.Second))
	if !r.started || ssrc != r.ssrc {
		*r = receiver{ssrc: ssrc, started: true, base: uint32(seq), highest: uint32(seq), received: 1, transit: arrival - ts}
		return 0
	}
	if d := int16(seq - uint16(r.highest)); d > 0 {
		r.highest += uint32(d)
	}
	r.received++
	transit := arrival - ts
	d := int32(transit - r.transit)
	r.transit = transit
	if d < 0 {
		d = -d
	}
	r.jitter += (float64(d) - r.jitter) / 16
	return r.lost()
}

func (r *receiver) lost() int64 { return int64(r.highest-r.base+1) - int64(r.received) }

// sender keeps one outgoing RTP stream continuous while its sources change: a
// far leg, a prompt, another far leg after a transfer.
type sender struct {
	ssrc uint32
	seq  uint16 // last sent
	ts   uint32 // last sent
	at   time.Time
	rate uint32 // clock of what was sent last

	from      uint32 // SSRC of the source being relayed
	relaying  bool
	seqOffset uint16
	tsOffset  uint32
	spurt     bool // the next packet begins a talkspurt
}

// rewrite gives a relayed packet of a codec this stream's identity.
func (x *sender) rewrite(b []byte, payload uint8, codec Codec, now time.Time) {
	seq, ts, ssrc := binary.BigEndian.Uint16(b[2:]), binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint32(b[8:])
	marker := b[1] & 0x80
	if !x.relaying || ssrc != x.from {
		x.relaying, x.from = true, ssrc
		x.seqOffset = x.seq + 1 - seq
		x.rate = codec.clock()
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
		x.seq, x.ts = seq, ts
	}
	x.at = now
}

// resume is the timestamp with which a new source goes on.
func (x *sender) resume(now time.Time) uint32 {
	if x.at.IsZero() {
		return x.ts
	}
	rate := time.Duration(max(x.rate, 8000))
	return x.ts + uint32(max(now.Sub(x.at)*rate/time.Second, rate/50))
}

// next begins a generated packet of the given length, counted by the codec's
// clock.
func (x *sender) next(now time.Time, length uint32, codec Codec) (seq uint16, ts uint32, marker bool) {
	if x.relaying || x.at.IsZero() {
		x.rate = codec.clock()
		x.ts, x.relaying, marker = x.resume(now), false, true
	} else {
		x.ts += length
		marker = x.spurt
	}
	x.spurt = false
	x.seq++
	x.at = now
	return x.seq, x.ts, marker
}

// skip leaves room for packets that were lost and for time that passed in
// silence, before next.
func (x *sender) skip(lost uint16, gap uint32) {
	if !x.relaying {
		x.seq += lost
		x.ts += gap
		x.spurt = lost == 0 && gap > 0
	}
}

// insert is the sequence number of a packet between those of the source.
func (x *sender) insert(now time.Time) uint16 {
	x.seq++
	x.seqOffset++
	x.at = now
	return x.seq
}
