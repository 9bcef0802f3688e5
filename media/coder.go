package media

import (
	"encoding/binary"
	"time"
)

type (
	// Decoder turns payload into samples and returns how many; it keeps state from packet to
	// packet. What dst has no room for is lost.
	Decoder interface {
		Decode(dst []int16, src []byte) int
	}
	// Encoder turns samples into payload and returns how many bytes; it keeps state from packet
	// to packet. src has whole frames of the codec.
	Encoder interface {
		Encode(dst []byte, src []int16) int
	}
	// lossDecoder makes up 20 ms of lost audio itself.
	lossDecoder interface {
		Lost(dst []int16) int
	}
)

// coder describes a codec that is converted here: its sampling rate in Hz and
// how its halves are made.
type coder struct {
	rate int
	dec  func() Decoder
	enc  func() Encoder
}

var coders = [codecCount]coder{
	ULaw:   {8000, func() Decoder { return expander{&ulawToLinear} }, func() Encoder { return toULaw{} }},
	ALaw:   {8000, func() Decoder { return expander{&alawToLinear} }, func() Encoder { return toALaw{} }},
	G722:   {16000, func() Decoder { return newG722() }, func() Encoder { return newG722() }},
	GSM:    {8000, func() Decoder { return newGSM() }, func() Encoder { return newGSM() }},
	Slin:   {8000, func() Decoder { return linear16{} }, func() Encoder { return linear16{} }},
	Slin16: {16000, func() Decoder { return linear16{} }, func() Encoder { return linear16{} }},
}

// expander decodes G.711, toULaw and toALaw code it. Each is a loop of its own: a call for each
// sample would cost more than the sample.
type (
	expander struct{ table *[256]int16 }
	toULaw   struct{}
	toALaw   struct{}
)

func (x expander) Decode(dst []int16, src []byte) int {
	n := min(len(dst), len(src))
	dst = dst[:n]
	for i, b := range src[:n] {
		dst[i] = x.table[b]
	}
	return n
}

func (toULaw) Encode(dst []byte, src []int16) int {
	n := min(len(dst), len(src))
	dst = dst[:n]
	for i, v := range src[:n] {
		dst[i] = linearToULaw[uint16(v)>>2]
	}
	return n
}

func (toALaw) Encode(dst []byte, src []int16) int {
	n := min(len(dst), len(src))
	dst = dst[:n]
	for i, v := range src[:n] {
		dst[i] = linearToALaw[uint16(v)>>3]
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

// Convertible says whether the codec can be decoded and made here. Opus can when
// libopus is installed.
func (c Codec) Convertible() bool {
	if c == Opus {
		loadOpus()
	}
	return coders[c].dec != nil
}

// NewDecoder and NewEncoder begin a codec that is Convertible.
func NewDecoder(c Codec) Decoder { return coders[c].dec() }

// NewEncoder is described at NewDecoder.
func NewEncoder(c Codec) Encoder { return coders[c].enc() }

// Translatable says whether audio can go from one codec to the other here.
func Translatable(a, b Codec) bool {
	return a == b || a.Convertible() && b.Convertible() || a != NoCodec && swaps[a].to == b
}

// swaps are the codecs whose payload becomes that of another one byte by byte.
var swaps = func() (t [codecCount]struct {
	to    Codec
	table *[256]byte
}) {
	var nibbles [256]byte // two samples, of which the other one is first
	for i := range nibbles {
		nibbles[i] = byte(i<<4 | i>>4)
	}
	t[ULaw].to, t[ULaw].table = ALaw, &ulawToALaw
	t[ALaw].to, t[ALaw].table = ULaw, &alawToULaw
	t[G726].to, t[G726].table = G726AAL2, &nibbles
	t[G726AAL2].to, t[G726AAL2].table = G726, &nibbles
	return t
}()

// octetRates are the bytes a second of codecs whose packets can be cut anew
// without being decoded.
var octetRates = [codecCount]uint32{ULaw: 8000, ALaw: 8000, G722: 8000, GSM: 1650, Slin: 16000, Slin16: 32000}

// octets passes payload as it is, each byte as one sample.
type octets struct{}

func (octets) Decode(dst []int16, src []byte) int {
	for i, b := range src {
		dst[i] = int16(b)
	}
	return len(src)
}

func (octets) Encode(dst []byte, src []int16) int {
	for i, v := range src {
		dst[i] = byte(v)
	}
	return len(src)
}

// packetTime is the packet length in milliseconds nearest to the wanted one that
// the codec can have.
func (c Codec) packetTime(ptime int) int {
	unit := 10
	if c == GSM || c == Opus {
		unit = 20
	}
	return min(max(ptime/unit*unit, unit), maxPtime)
}

// TranslationCost is the CPU time of translating one second of audio, measured
// now; false when there is no way. It takes about a millisecond.
func TranslationCost(from, to Codec) (time.Duration, bool) {
	if from == to || !Translatable(from, to) {
		return 0, false
	}
	const packets = 50 // of 20 ms
	t, w := newTranslation(from, to, 20), &scratch{}
	src := make([]byte, maxPacket)
	pcm := make([]int16, coders[from].rate/packets)
	for i := range pcm {
		pcm[i] = int16(i * 3779 % 16384)
	}
	src = src[:coders[from].enc().Encode(src, pcm)]
	begun := time.Now()
	for range packets {
		t.packets(t.samples(src, w), func(pcm []int16) { t.enc.Encode(w.packet[:], pcm) })
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
