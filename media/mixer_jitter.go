package media

import (
	"encoding/binary"

	"obelisk/media/coder"
)

// inlet takes the packets of a talker and gives samples by somebody else's clock: a mixer's or a
// player's. It waits as little as the talker's jitter allows: not at all at first, 10 ms more after
// each time that it ran dry because something was late, up to 80; and lets go of what is always too
// much. A pause of the talker does not count as late.
type inlet struct {
	rate   int // of fifo, Hz
	fifo   []int16
	primed bool
	spare  int // samples beside the frame that is taken, before it gives
	dry    int // turns since it ran dry; 0: it did not, or that is long ago
	low    int // least that was left over in these turns
	turns  int
	look   int // after how many turns what was left over in each is let go; 0: inletLook
	since  int // turns since that was done; 0: it was not, or it did no harm

	codec Codec
	dec   Decoder
	plc   *coder.Concealer
	rs    *coder.Resampler
	ssrc  uint32
	seq   uint16
}

const (
	// inletMost is more than is ever kept, in milliseconds.
	inletMost = 160
	// inletLook is after how many turns what was left over in each of them is let go, at first;
	// inletLongest at most, when that was too early; inletHarm is how many turns later it may show.
	inletLook    = 100
	inletLongest = 32 * inletLook
	inletHarm    = 10 * inletLook
	// inletQuiet is the most of a sample that may go without being missed.
	inletQuiet = 400
	// inletPause is after how many turns without anything it is a pause.
	inletPause = 6
	// inletLost is as many packets as are made up in a row.
	inletLost = 3
)

// packet takes a whole RTP packet of a codec that is converted here.
func (n *inlet) packet(b []byte, codec Codec, w *scratch) {
	start := payloadStart(b)
	if start < 0 {
		return
	}
	seq, ssrc := binary.BigEndian.Uint16(b[2:]), binary.BigEndian.Uint32(b[8:])
	lost := 0
	if n.dec == nil || n.codec != codec || n.ssrc != ssrc {
		n.codec, n.ssrc, n.dec = codec, ssrc, conversions[codec].dec()
		n.plc = coder.NewConcealer(conversions[codec].rate)
	} else if ahead := int16(seq - n.seq); ahead <= 0 && ahead > -reordered {
		return // late: its time has passed
	} else if ahead > 1 {
		lost = min(int(ahead)-1, inletLost)
	}
	n.seq = seq
	hz := conversions[codec].rate
	for range lost {
		pcm := w.pcm[:hz/50]
		n.plc.Fill(pcm)
		n.push(pcm, hz, w)
	}
	pcm := w.pcm[:n.dec.Decode(w.pcm[:], b[start:])]
	n.plc.Heard(pcm)
	n.push(pcm, hz, w)
}

// push takes samples of a rate. Their own rate is kept until pull says which is wanted.
func (n *inlet) push(pcm []int16, hz int, w *scratch) {
	if n.rate == 0 {
		n.rate = hz
	}
	if hz != n.rate {
		if n.rs == nil || !n.rs.Is(hz, n.rate) {
			n.rs = coder.NewResampler(hz, n.rate)
		}
		pcm = w.resampled[:n.rs.Run(w.resampled[:], pcm)]
	}
	n.fifo = append(n.fifo, pcm...)
	if over := len(n.fifo) - inletMost*n.rate/1000; over > 0 {
		n.fifo = append(n.fifo[:0], n.fifo[over:]...)
	}
}

// pull gives the next samples, silence where there are none, and says whether anything was there.
func (n *inlet) pull(dst []int16, rate int) bool {
	if n.rate != rate {
		n.rate, n.rs, n.fifo, n.primed, n.spare, n.dry = rate, nil, n.fifo[:0], false, 0, 0
	}
	if !n.primed && !n.prime(len(dst), rate) {
		clear(dst)
		return false
	}
	k := copy(dst, n.fifo)
	n.fifo = append(n.fifo[:0], n.fifo[k:]...)
	if k < len(dst) {
		clear(dst[k:])
		n.primed = false
		if n.spare < rate*8/100 {
			n.spare, n.dry = n.spare+rate/100, 1
		}
		return k > 0
	}
	n.letGo(dst)
	return true
}

// prime says whether enough has come to give frames of that many samples, at first or after it ran dry.
func (n *inlet) prime(frame, rate int) bool {
	if n.dry > 0 {
		if n.dry++; n.dry > inletPause { // it was a pause, and nothing was late
			n.dry, n.spare = 0, max(n.spare-rate/100, 0)
		}
	}
	if len(n.fifo) < frame+n.spare {
		return false
	}
	if n.dry > 0 && n.since > 0 {
		n.look, n.since = min(2*max(n.look, inletLook), inletLongest), 0
	}
	n.primed, n.dry, n.low, n.turns = true, 0, inletMost*rate, 0
	return true
}

// letGo drops what was left over after each of the last frames, when the one that is given is quiet
// or there is more than two frames of it.
func (n *inlet) letGo(given []int16) {
	n.low = min(n.low, len(n.fifo))
	n.turns++
	if n.since > 0 {
		if n.since++; n.since > inletHarm {
			n.since, n.look = 0, inletLook
		}
	}
	if n.turns < max(n.look, inletLook) {
		return
	}
	if n.low >= len(given)/2 { // it came faster than it goes, or once was late and no more
		if n.low <= 2*len(given) && !unmissed(given) {
			return
		}
		n.fifo = append(n.fifo[:0], n.fifo[n.low:]...)
		n.spare, n.since = max(n.spare-n.low, 0), 1
	}
	n.low, n.turns = inletMost*n.rate, 0
}

// unmissed says whether samples may be left out beside these and nobody hears it.
func unmissed(pcm []int16) bool {
	for _, x := range pcm {
		if x > inletQuiet || x < -inletQuiet {
			return false
		}
	}
	return true
}
