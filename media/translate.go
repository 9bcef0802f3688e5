package media

import (
	"encoding/binary"
	"time"

	"github.com/pion/rtp"

	"obelisk/media/coder"
)

// translation carries audio from one codec to another. What comes in is cut anew
// into packets of the length that the far side wants.
type translation struct {
	from, to    Codec
	ssrc        uint32 // of the source it keeps state of
	dec         Decoder
	plc         *coder.Concealer // of a bridge's audio, where dec does not conceal itself
	rate        *coder.Resampler // nil for equal rates
	enc         Encoder
	inHz, outHz uint32  // samples a second that dec gives and enc takes
	frame       int     // samples of an outgoing packet
	pending     []int16 // that do not fill one yet
	started     bool
	seq         uint16 // of the last packet taken
	ts          uint32 // expected of the next
}

// newTranslation makes packets of ptime milliseconds.
func newTranslation(from, to Codec, ptime int) *translation {
	t := &translation{from: from, to: to, dec: conversions[from].dec(), rate: coder.NewResampler(conversions[from].rate,
		conversions[to].rate), enc: conversions[to].enc(),
		inHz: uint32(conversions[from].rate), outHz: uint32(conversions[to].rate)}
	t.frame = int(t.outHz) * to.packetTime(ptime) / 1000
	return t
}

// newRecut changes the length of packets only: its samples are bytes of payload.
func newRecut(c Codec, ptime int) *translation {
	t := &translation{from: c, to: c, dec: octets{}, enc: octets{}, inHz: octetRates[c], outHz: octetRates[c]}
	t.frame = int(t.outHz) * c.packetTime(ptime) / 1000
	return t
}

// scratch is working space of a loop, for the packet at hand.
type scratch struct {
	pcm, resampled      [maxSamples]int16
	mixed, extra, voice [maxSamples]int16 // of a player
	packet, shaped      [maxPacket]byte
}

const (
	// maxSamples is all that a packet can hold, at any rate we work with.
	maxSamples = 2 * maxPacket
	maxPtime   = 60
)

// samples decodes a payload to the target's rate.
func (t *translation) samples(src []byte, w *scratch) []int16 {
	return t.resample(t.decode(src, w), w)
}

func (t *translation) resample(pcm []int16, w *scratch) []int16 {
	if t.rate == nil {
		return pcm
	}
	return w.resampled[:t.rate.Run(w.resampled[:], pcm)]
}

// packets calls f with each whole packet's samples that there are now. The usual
// packet goes through without a copy.
func (t *translation) packets(pcm []int16, f func([]int16)) {
	if len(t.pending) > 0 {
		t.pending = append(t.pending, pcm...)
		pcm = t.pending
	}
	for len(pcm) >= t.frame {
		f(pcm[:t.frame])
		pcm = pcm[t.frame:]
	}
	t.pending = append(t.pending[:0], pcm...)
}

// take places a packet of the source in time. missing is how much of the source's
// clock is absent before it, lost whether that was lost and is not silence; ok is
// false when it comes too late.
func (t *translation) take(seq uint16, ts uint32) (missing uint32, lost, ok bool) {
	if !t.started {
		t.started, t.seq, t.ts = true, seq, ts
		return 0, false, true
	}
	ahead := int16(seq - t.seq)
	if ahead <= 0 && ahead > -reordered {
		return 0, false, false
	}
	silence := int32(ts - t.ts)
	t.seq, t.ts = seq, ts
	if silence <= 0 || ahead <= 0 {
		return 0, false, true
	}
	return uint32(silence), ahead > 1, true
}

// conceal makes up what was lost, for as long as that is better than silence, and
// returns how much of the source's clock is still missing.
func (t *translation) conceal(missing uint32, w *scratch, f func([]int16)) uint32 {
	const longest = 60 // ms
	step := t.from.clock() / 100
	for done := uint32(0); missing >= step && done < longest/10; done++ {
		pcm := w.pcm[:t.inHz/100]
		if c, ok := t.dec.(coder.LossDecoder); ok {
			if pcm = w.pcm[:c.Lost(w.pcm[:])]; len(pcm) == 0 {
				return missing
			}
			missing -= min(missing, uint32(len(pcm))*t.from.clock()/t.inHz)
		} else {
			t.plc.Fill(pcm)
			missing -= step
		}
		t.packets(t.resample(pcm, w), f)
	}
	return missing
}

// decode gives a payload's samples at the source's rate.
func (t *translation) decode(src []byte, w *scratch) []int16 {
	pcm := w.pcm[:t.dec.Decode(w.pcm[:], src)]
	if t.plc != nil {
		t.plc.Heard(pcm)
	}
	return pcm
}

// clock is the length of outgoing samples in units of the RTP timestamp.
func (t *translation) clock(samples int) uint32 {
	return uint32(uint64(samples) * uint64(t.to.clock()) / uint64(t.outHz))
}

// length is the time of an outgoing packet.
func (t *translation) length() time.Duration {
	return time.Duration(t.frame) * time.Second / time.Duration(t.outHz)
}

const (
	// reordered is how far back a packet is a late one; farther back the source
	// has begun anew.
	reordered = 100
	// maxLost is as many packets as may be said to be lost at a time.
	maxLost = 1000
)

// translate sends a packet of the other leg as one of another codec, or of
// another length.
func (s *Stream) translate(b []byte, from, to Codec) {
	start := payloadStart(b)
	if start < 0 {
		s.stats.malformed.Add(1)
		return
	}
	ssrc := binary.BigEndian.Uint32(b[8:])
	t := s.trans
	if t == nil || t.from != from || t.to != to || t.ssrc != ssrc {
		if from == to {
			t = newRecut(to, int(s.ptime))
		} else {
			t = newTranslation(from, to, int(s.ptime))
			if _, own := t.dec.(coder.LossDecoder); !own {
				t.plc = coder.NewConcealer(conversions[from].rate)
			}
		}
		t.ssrc = ssrc
		s.trans = t
	}
	if s.tx.maker != t {
		s.tx.turn(t)
	}
	missing, lost, ok := t.take(binary.BigEndian.Uint16(b[2:]), binary.BigEndian.Uint32(b[4:]))
	if !ok {
		return
	}
	w := &s.loop.scratch
	emit := func(pcm []int16) { s.emit(t, pcm, s.loop.now) }
	if lost && from != to {
		missing = t.conceal(missing, w, emit)
	}
	if missing > 0 {
		s.skip(t, missing, lost)
	}
	pcm := t.decode(b[start:], w)
	t.ts += uint32(uint64(len(pcm)) * uint64(from.clock()) / uint64(t.inHz))
	t.packets(t.resample(pcm, w), emit)
}

// skip leaves out what is missing of the source.
func (s *Stream) skip(t *translation, missing uint32, lost bool) {
	gap := uint32(uint64(missing)*uint64(t.to.clock())/uint64(t.from.clock())) + t.clock(len(t.pending))
	t.pending = t.pending[:0]
	packets := uint16(0)
	if lost {
		packets = uint16(min(gap/t.clock(t.frame), maxLost))
	}
	s.tx.skip(packets, gap)
}

// translateEvent sends a telephone event of a source whose audio is translated:
// its place is between the packets made here.
func (s *Stream) translateEvent(b []byte) {
	t, x := s.trans, &s.tx
	seq, ts := binary.BigEndian.Uint16(b[2:]), binary.BigEndian.Uint32(b[4:])
	if x.maker != t || x.fresh { // as after a packet of audio that has just ended
		x.turn(t)
		x.rate = t.to.clock()
		x.ts, x.at, x.fresh = x.resume(s.loop.now)-t.clock(t.frame), s.loop.now.Add(-t.length()), false
		t.started, t.seq, t.ts = true, seq-1, ts
	}
	ahead := int16(seq - t.seq)
	if ahead <= 0 && ahead > -reordered {
		return
	}
	t.seq = seq
	x.skip(uint16(max(ahead, 1)-1), 0)
	since := int64(int32(ts-t.ts)) * int64(t.to.clock()) / int64(t.from.clock())
	b[1] = b[1]&0x80 | s.send[TelephoneEvent]
	binary.BigEndian.PutUint16(b[2:], s.tx.insert(s.loop.now))
	binary.BigEndian.PutUint32(b[4:], s.tx.ts+t.clock(t.frame)+t.clock(len(t.pending))+uint32(since))
	binary.BigEndian.PutUint32(b[8:], s.tx.ssrc)
	s.transmit(b)
}

// emit sends one packet made here, whose audio begins at at.
func (s *Stream) emit(t *translation, pcm []int16, at time.Time) {
	seq, ts, marker := s.tx.next(at, t.clock(t.frame))
	s.write(rtp.Header{Marker: marker, PayloadType: s.send[t.to], SequenceNumber: seq, Timestamp: ts},
		func(b []byte) int { return t.enc.Encode(b, pcm) })
}

// write sends a packet made here, whose payload fill puts in place; one without any
// is not sent.
func (s *Stream) write(h rtp.Header, fill func([]byte) int) {
	h.Version, h.SSRC = 2, s.tx.ssrc
	w := &s.loop.scratch
	n, err := h.MarshalTo(w.packet[:])
	if err != nil {
		return
	}
	if k := fill(w.packet[n:]); k > 0 {
		s.transmit(w.packet[:n+k])
	}
}
