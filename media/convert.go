package media

import (
	"sync"
	"time"

	"obelisk/media/coder"
)

// Decoder turns payload into samples, with state from packet to packet.
type Decoder = coder.Decoder

// Encoder turns samples into payload, with state from packet to packet.
type Encoder = coder.Encoder

// conversion describes a codec that is converted here: its sampling rate in Hz and
// how its halves are made.
type conversion struct {
	rate int
	dec  func() Decoder
	enc  func() Encoder
}

var conversions = [codecCount]conversion{
	ULaw:   {8000, func() Decoder { return coder.ULaw{} }, func() Encoder { return coder.ULaw{} }},
	ALaw:   {8000, func() Decoder { return coder.ALaw{} }, func() Encoder { return coder.ALaw{} }},
	G722:   {16000, func() Decoder { return coder.NewG722() }, func() Encoder { return coder.NewG722() }},
	GSM:    {8000, func() Decoder { return coder.NewGSM() }, func() Encoder { return coder.NewGSM() }},
	Slin:   {8000, func() Decoder { return coder.Linear{} }, func() Encoder { return coder.Linear{} }},
	Slin16: {16000, func() Decoder { return coder.Linear{} }, func() Encoder { return coder.Linear{} }},
}

// loadOpus fills the row of Opus when the library is there; it is looked for once.
var loadOpus = sync.OnceFunc(func() {
	if coder.LoadOpus() {
		conversions[Opus] = conversion{coder.OpusHz, func() Decoder { return coder.NewOpusDecoder() },
			func() Encoder { return coder.NewOpusEncoder() }}
	}
})

// Convertible says whether the codec can be decoded and made here. Opus can when
// libopus is installed.
func (c Codec) Convertible() bool {
	if c == Opus {
		loadOpus()
	}
	return conversions[c].dec != nil
}

// NewDecoder and NewEncoder begin a codec that is Convertible.
func NewDecoder(c Codec) Decoder { return conversions[c].dec() }

// NewEncoder is described at NewDecoder.
func NewEncoder(c Codec) Encoder { return conversions[c].enc() }

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
	t[ULaw].to, t[ULaw].table = ALaw, coder.ULawToALaw()
	t[ALaw].to, t[ALaw].table = ULaw, coder.ALawToULaw()
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

// UsualPtime is how much of a second's thousandths a packet of the codec holds where nobody has said anything.
func (c Codec) UsualPtime() int {
	switch c {
	case ILBC, G723:
		return 30
	}
	return 20
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
	pcm := make([]int16, conversions[from].rate/packets)
	for i := range pcm {
		pcm[i] = int16(i * 3779 % 16384)
	}
	src = src[:conversions[from].enc().Encode(src, pcm)]
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
