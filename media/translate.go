package media

import (
	"encoding/binary"
	"time"
)

// decoder turns payload into samples, encoder the other way; both return how
// much they wrote. They keep state from packet to packet.
type (
	decoder interface {
		Decode(dst []int16, src []byte) int
	}
	encoder interface {
		Encode(dst []byte, src []int16) int
	}
)

// coder describes a codec that is converted here: its sampling rate in Hz and
// how its halves are made.
type coder struct {
	rate int
	dec  func() decoder
	enc  func() encoder
}

var coders = [codecCount]coder{
	ULaw:   {8000, func() decoder { return law{expandTo: &ulawToLinear} }, func() encoder { return law{compress: ToULaw} }},
	ALaw:   {8000, func() decoder { return law{expandTo: &alawToLinear} }, func() encoder { return law{compress: ToALaw} }},
	G722:   {16000, func() decoder { return newG722() }, func() encoder { return newG722() }},
	Slin:   {8000, func() decoder { return linear16{} }, func() encoder { return linear16{} }},
	Slin16: {16000, func() decoder { return linear16{} }, func() encoder { return linear16{} }},
}

// law is G.711.
type law struct {
	expandTo *[256]int16
	compress func(int16) byte
}

func (l law) Decode(dst []int16, src []byte) int {
	n := min(len(dst), len(src))
	for i, b := range src[:n] {
		dst[i] = l.expandTo[b]
	}
	return n
}

func (l law) Encode(dst []byte, src []int16) int {
	n := min(len(dst), len(src))
	for i, v := range src[:n] {
		dst[i] = l.compress(v)
	}
	return n
}

// linear16 is L16 (RFC 3551 section 4.5.11), in network order.
type linear16 struct{}

func (linear16) Decode(dst []int16, src []byte) int {
	n := min(len(dst), len(src)/2)
	for i := range n {
		dst[i] = int16(binary.BigEndian.Uint16(src[2*i:]))
	}
	return n
}

func (linear16) Encode(dst []byte, src []int16) int {
	n := min(len(dst)/2, len(src))
	for i, v := range src[:n] {
		binary.BigEndian.PutUint16(dst[2*i:], uint16(v))
	}
	return 2 * n
}

// Convertible says whether the codec can be decoded and made here.
func (c Codec) Convertible() bool { return coders[c].dec != nil }

// Translatable says whether audio can go from one codec to the other here.
func Translatable(a, b Codec) bool {
	return a == b || a.Convertible() && b.Convertible()
}

// translation carries audio from one codec to another, packet by packet.
type translation struct {
	from, to Codec
	ssrc     uint32 // of the source it keeps state of
	dec      decoder
	rate     *resampler // nil for equal rates
	enc      encoder
	begun    uint32 // RTP timestamp of its first packet
}

func newTranslation(from, to Codec) *translation {
	return &translation{from: from, to: to, dec: coders[from].dec(), rate: newResampler(coders[from].rate, coders[to].rate), enc: coders[to].enc()}
}

// scratch is working space of a loop, for the packet at hand.
type scratch struct {
	pcm, resampled [maxSamples]int16
	packet         [maxPacket]byte
}

// maxSamples is more than 100 ms at 16 kHz, and all that a packet can hold.
const maxSamples = 2 * maxPacket

// samples decodes a payload to the target's rate.
func (t *translation) samples(src []byte, w *scratch) []int16 {
	return t.resample(w.pcm[:t.dec.Decode(w.pcm[:], src)], w)
}

func (t *translation) resample(pcm []int16, w *scratch) []int16 {
	if t.rate == nil {
		return pcm
	}
	return w.resampled[:t.rate.Run(w.resampled[:], pcm)]
}

// run translates one payload into dst.
func (t *translation) run(dst, src []byte, w *scratch) int {
	return t.enc.Encode(dst, t.samples(src, w))
}

// encode makes payload of samples at the source's rate.
func (t *translation) encode(dst []byte, pcm []int16, w *scratch) int {
	return t.enc.Encode(dst, t.resample(pcm, w))
}

// translate makes this stream's format of a packet of the other leg. It is nil
// when there is no way.
func (s *Stream) translate(b []byte, codec Codec) []byte {
	if s.audio == NoCodec || !codec.Convertible() {
		s.stats.untranslated.Add(1)
		return nil
	}
	start := payloadStart(b)
	if start < 0 {
		s.stats.malformed.Add(1)
		return nil
	}
	ssrc, ts := binary.BigEndian.Uint32(b[8:]), binary.BigEndian.Uint32(b[4:])
	t := s.trans
	if t == nil || t.from != codec || t.to != s.audio || t.ssrc != ssrc {
		t = newTranslation(codec, s.audio)
		t.ssrc, t.begun = ssrc, ts
		s.trans, s.tx.relaying = t, false
	}
	w := &s.engine.loop.scratch
	out := w.packet[:]
	copy(out, b[:12])
	out[0] = 0x80 // neither CSRC nor extension
	from, to := uint64(infos[codec].Rate), uint64(infos[t.to].Rate)
	binary.BigEndian.PutUint32(out[4:], uint32(uint64(ts-t.begun)*to/from))
	return out[:12+t.run(out[12:], b[start:], w)]
}

// TranslationCost is the CPU time of translating one second of audio, measured
// now; false when there is no way. It takes about a millisecond.
func TranslationCost(from, to Codec) (time.Duration, bool) {
	if from == to || !Translatable(from, to) {
		return 0, false
	}
	const packets = 50 // of 20 ms
	t, w := newTranslation(from, to), &scratch{}
	src := make([]byte, maxPacket)
	pcm := make([]int16, coders[from].rate/packets)
	for i := range pcm {
		pcm[i] = int16(i * 3779 % 16384)
	}
	src = src[:coders[from].enc().Encode(src, pcm)]
	begun := time.Now()
	for range packets {
		t.run(w.packet[:], src, w)
	}
	return time.Since(begun), true
}

// ConvertibleCodecs lists the codecs that are converted here.
func ConvertibleCodecs() []Codec {
	var out []Codec
	for c := range codecCount {
		if c.Convertible() {
			out = append(out, c)
		}
	}
	return out
}
