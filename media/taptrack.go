package media

import (
	"encoding/binary"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"obelisk/media/coder"
)

// track is one direction of a tap: the loop puts packets in, the goroutine of the sinks takes
// samples out. Between them is a queue under a lock that is held for a copy of one packet.
//
//	position     samples of the sink's rate since the tap began, by our clock
//	anchor       the place of a source's timestamps: the packet that came fastest of the first
//	             ones is where it arrived
//	drift        the fastest way of 10 s against that; over 8 ms it is worked off by a sample
//	             for each packet
type track struct {
	rate    int
	dropped atomic.Uint64
	first   atomic.Int64 // when the first packet came since the tap began, in ns and one more; 0: none has

	mu    sync.Mutex
	queue []byte // of heardPacket and payload
	over  bool   // the tap was stopped

	// ---- owned by the sinks' goroutine ----
	wait    []byte // what was taken from queue, as far as it is not due
	waiting []heardPacket
	out     []int16 // samples that are made and not put
	cursor  int64   // position after the last of out

	source  source
	dec     Decoder
	codec   Codec
	resamp  *coder.Resampler
	scratch *tapScratch
}

// source is where the packets of one SSRC are in time.
type source struct {
	anchored bool
	ssrc     uint32
	next     uint32 // timestamp that follows the last packet
	place    int64  // its position
	clock    uint32 // Hz of its timestamps
	late     int    // packets in a row that were too late

	fastest [2]int64 // shortest way in this window and the one before, in samples
	turned  time.Duration
	windows int   // that were whole
	owed    int64 // samples to put in (or, negative, to leave out)
}

// heardPacket is the head of a packet in a queue.
type heardPacket struct {
	at       time.Duration // since the tap began
	ssrc, ts uint32
	seq      uint16
	codec    Codec
	off, n   int // its payload in wait
}

const heardHeader = 8 + 4 + 4 + 2 + 1 + 2

const (
	tapWindow = 5 * time.Second
	// offTime is how far a packet's timestamp may be from its arrival; else the source counts anew.
	offTime = 500 * time.Millisecond
	// offDrift is how far a source's clock may have run from ours: two of them, either way, are not
	// 20 ms apart.
	offDrift = 8 * time.Millisecond
	// lateRow is how many packets in a row may be too late before the source is taken to count anew.
	lateRow = 10
	// burst: packets that came so much faster than they were spoken were held up on their way.
	burst = 40 * time.Millisecond
	noWay = int64(1) << 62
)

func newTrack(rate int) *track { return &track{rate: rate} }

// hear queues a packet, on the loop; false when nobody wants it any more.
func (k *track) hear(p heardPacket, payload []byte) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case k.over:
		return false
	case len(k.queue)+heardHeader+len(payload) > tapQueue:
		k.dropped.Add(1)
		return true
	}
	q := binary.LittleEndian.AppendUint64(k.queue, uint64(p.at))
	q = binary.LittleEndian.AppendUint32(q, p.ssrc)
	q = binary.LittleEndian.AppendUint32(q, p.ts)
	q = binary.LittleEndian.AppendUint16(q, p.seq)
	q = append(q, byte(p.codec))
	q = binary.LittleEndian.AppendUint16(q, uint16(len(payload)))
	k.queue = append(q, payload...)
	return true
}

// close has hear take no more.
func (k *track) close() {
	k.mu.Lock()
	k.over = true
	k.mu.Unlock()
}

// collect takes what has come.
func (k *track) collect() {
	if len(k.waiting) == 0 {
		k.wait = k.wait[:0]
	}
	k.compact()
	from := len(k.wait)
	k.mu.Lock()
	if len(k.queue) > 0 && k.first.Load() == 0 {
		k.first.Store(max(int64(binary.LittleEndian.Uint64(k.queue)), 0) + 1)
	}
	if from == 0 {
		k.queue, k.wait = k.wait, k.queue
	} else {
		k.wait = append(k.wait, k.queue...)
		k.queue = k.queue[:0]
	}
	k.mu.Unlock()
	for at := from; at < len(k.wait); {
		b := k.wait[at:]
		le := binary.LittleEndian
		p := heardPacket{at: time.Duration(le.Uint64(b)), ssrc: le.Uint32(b[8:]), ts: le.Uint32(b[12:]), seq: le.Uint16(b[16:]),
			codec: Codec(b[18])}
		p.off, p.n = at+heardHeader, int(le.Uint16(b[19:]))
		at = p.off + p.n
		k.sort(p)
	}
}

// compact lets go of the payloads that were used, when they are most of the buffer.
func (k *track) compact() {
	if len(k.waiting) == 0 {
		return
	}
	first := k.wait[:0]
	lowest := len(k.wait)
	for _, p := range k.waiting {
		lowest = min(lowest, p.off)
	}
	if lowest < len(k.wait)/2 {
		return
	}
	k.wait = append(first, k.wait[lowest:]...)
	for i := range k.waiting {
		k.waiting[i].off -= lowest
	}
}

// sort puts a packet in its place among those that wait.
func (k *track) sort(p heardPacket) {
	i := len(k.waiting)
	for i > 0 {
		before := &k.waiting[i-1]
		if before.ssrc != p.ssrc {
			break
		}
		ahead := int16(p.seq - before.seq)
		if ahead == 0 {
			return // twice
		}
		if ahead > 0 || ahead < -reordered {
			break
		}
		i--
	}
	k.waiting = slices.Insert(k.waiting, i, p)
}

// position is the place of a moment.
func (k *track) position(at time.Duration) int64 {
	return int64(at/time.Second)*int64(k.rate) + int64(at%time.Second)*int64(k.rate)/int64(time.Second)
}

// until makes all samples up to a position, of what has come and silence. At the end of the tap
// every packet that waits is used.
func (k *track) until(to int64, ending bool) {
	used := 0
	for ; used < len(k.waiting); used++ {
		p := &k.waiting[used]
		if !k.source.belongs(k.waiting[used:], k) {
			k.source.anchor(k.waiting[used:], k)
		}
		place := k.source.placeOf(p, k)
		if place >= to && !ending {
			break
		}
		k.take(p, place)
	}
	k.waiting = append(k.waiting[:0], k.waiting[used:]...)
	if gap := to - k.cursor; gap > 0 {
		k.silence(gap)
	}
}

// silence makes n samples of it.
func (k *track) silence(n int64) {
	at := len(k.out)
	k.out = slices.Grow(k.out, int(n))[:at+int(n)]
	clear(k.out[at:])
	k.cursor += n
	k.resamp = nil
}

// take decodes a packet and puts it at its place.
func (k *track) take(p *heardPacket, place int64) {
	x := &k.source
	if k.dec == nil || k.codec != p.codec {
		k.dec, k.codec, k.resamp = conversions[p.codec].dec(), p.codec, nil
	}
	hz := conversions[p.codec].rate
	w := k.scratch
	pcm := w.pcm[:k.dec.Decode(w.pcm[:], k.wait[p.off:p.off+p.n])]
	clock := uint32(uint64(len(pcm)) * uint64(p.codec.clock()) / uint64(hz))
	x.note(p, place, k)
	if gap := place - k.cursor; gap > 0 {
		k.silence(gap)
	}
	if pcm = k.toRate(pcm, hz); x.owed != 0 && len(pcm) > 1 {
		pcm = x.repay(w, pcm)
	}
	x.next, x.place = p.ts+clock, place+int64(len(pcm))
	if behind := k.cursor - place; behind > 0 {
		if behind >= int64(len(pcm)) {
			x.late++
			return
		}
		pcm = pcm[behind:]
	}
	x.late = 0
	k.out = append(k.out, pcm...)
	k.cursor += int64(len(pcm))
}

// toRate brings samples to the sink's rate.
func (k *track) toRate(pcm []int16, hz int) []int16 {
	if hz == k.rate {
		return pcm
	}
	if k.resamp == nil {
		k.resamp = coder.NewResampler(hz, k.rate)
	}
	return k.scratch.resample(k.resamp, pcm)
}

// tapScratch is working space of a goroutine of sinks.
type tapScratch struct {
	pcm       [maxSamples]int16
	resampled []int16
	stretched []int16
}

// resample is r's work on pcm, in space of its own.
func (w *tapScratch) resample(r *coder.Resampler, pcm []int16) []int16 {
	room := r.Room(len(pcm))
	w.resampled = slices.Grow(w.resampled[:0], room)[:room]
	return w.resampled[:r.Run(w.resampled, pcm)]
}

// belongs says whether a packet goes on in the time that is known of its source.
func (x *source) belongs(rest []heardPacket, k *track) bool {
	p := &rest[0]
	if !x.anchored || x.ssrc != p.ssrc || x.clock != p.codec.clock() || x.late >= lateRow {
		return false
	}
	way, far := k.position(p.at)-x.placeOf(p, k), k.position(offTime)
	if way < far {
		return way > -far
	}
	// The network stood and all comes at once, or the sender's clock did.
	return start(rest, k) < k.position(p.at)-k.position(burst)
}

// placeOf is where a packet's audio begins.
func (x *source) placeOf(p *heardPacket, k *track) int64 {
	return x.place + int64(int32(p.ts-x.next))*int64(k.rate)/int64(p.codec.clock())
}

// anchor places a source by the first packets that there are of it.
func (x *source) anchor(first []heardPacket, k *track) {
	p := &first[0]
	*x = source{anchored: true, ssrc: p.ssrc, clock: p.codec.clock(), next: p.ts, turned: p.at}
	x.place, x.fastest = max(start(first, k), k.cursor), [2]int64{noWay, noWay}
}

// start is where the first of some packets of a source begins, when the one that came fastest is
// where it arrived.
func start(first []heardPacket, k *track) int64 {
	p := &first[0]
	at := noWay
	for i := range first {
		o := &first[i]
		if o.ssrc != p.ssrc || o.codec != p.codec {
			break
		}
		since := int64(int32(o.ts-p.ts)) * int64(k.rate) / int64(p.codec.clock())
		if off := k.position(o.at) - since - k.position(p.at); max(off, -off) > k.position(offTime) {
			break
		}
		at = min(at, k.position(o.at)-since)
	}
	return at
}

// note learns from a packet how the source's clock runs against ours.
func (x *source) note(p *heardPacket, place int64, k *track) {
	if p.at-x.turned > tapWindow {
		x.turned = p.at
		if x.windows++; x.windows > 1 && x.owed == 0 {
			if dev := min(x.fastest[0], x.fastest[1]); dev < noWay && max(dev, -dev) > k.position(offDrift) {
				x.owed = dev
			}
		}
		x.fastest = [2]int64{noWay, x.fastest[0]}
	}
	x.fastest[0] = min(x.fastest[0], k.position(p.at)-place)
}

// repay makes a packet a sample longer or shorter.
func (x *source) repay(w *tapScratch, pcm []int16) []int16 {
	one := int64(1)
	if x.owed < 0 {
		one = -1
	}
	x.owed -= one
	for i := range x.fastest {
		if x.fastest[i] != noWay {
			x.fastest[i] -= one
		}
	}
	n := len(pcm) + int(one)
	w.stretched = slices.Grow(w.stretched[:0], n)[:n]
	for i := range w.stretched {
		at := i * (len(pcm) - 1) * 256 / max(n-1, 1)
		a, b := pcm[at>>8], pcm[min(at>>8+1, len(pcm)-1)]
		w.stretched[i] = int16((int(a)*(256-at&255) + int(b)*(at&255)) >> 8)
	}
	return w.stretched
}
