package coder

// G.711 as tables, made once from the rules of ITU-T G.711.
var (
	ulawToLinear [256]int16
	alawToLinear [256]int16
	linearToULaw [1 << 14]byte // index: sample >> 2, unsigned
	linearToALaw [1 << 13]byte // index: sample >> 3, unsigned
	ulawToALaw   [256]byte
	alawToULaw   [256]byte
)

func init() {
	for i := range 256 {
		ulawToLinear[i] = decodeULaw(byte(i))
		alawToLinear[i] = decodeALaw(byte(i))
	}
	for i := range linearToULaw {
		linearToULaw[i] = encodeULaw(int16(uint16(i) << 2))
	}
	for i := range linearToALaw {
		linearToALaw[i] = encodeALaw(int16(uint16(i) << 3))
	}
	for i := range 256 {
		ulawToALaw[i] = ToALaw(ulawToLinear[i])
		alawToULaw[i] = ToULaw(alawToLinear[i])
	}
}

// ToULaw encodes one 16-bit sample.
func ToULaw(s int16) byte { return linearToULaw[uint16(s)>>2] }

// ToALaw encodes one 16-bit sample.
func ToALaw(s int16) byte { return linearToALaw[uint16(s)>>3] }

// FromULaw decodes one sample.
func FromULaw(b byte) int16 { return ulawToLinear[b] }

// FromALaw decodes one sample.
func FromALaw(b byte) int16 { return alawToLinear[b] }

// ULawToALaw is each byte of the one as the other.
func ULawToALaw() *[256]byte { return &ulawToALaw }

// ALawToULaw is each byte of the one as the other.
func ALawToULaw() *[256]byte { return &alawToULaw }

// ULaw and ALaw code G.711. Each way is a loop of its own: a call for each sample would cost more
// than the sample.
type (
	ULaw struct{}
	ALaw struct{}
)

// Decode implements Decoder.
func (ULaw) Decode(dst []int16, src []byte) int { return expand(dst, src, &ulawToLinear) }

// Decode implements Decoder.
func (ALaw) Decode(dst []int16, src []byte) int { return expand(dst, src, &alawToLinear) }

func expand(dst []int16, src []byte, table *[256]int16) int {
	n := min(len(dst), len(src))
	dst = dst[:n]
	for i, b := range src[:n] {
		dst[i] = table[b]
	}
	return n
}

// Encode implements Encoder.
func (ULaw) Encode(dst []byte, src []int16) int {
	n := min(len(dst), len(src))
	dst = dst[:n]
	for i, v := range src[:n] {
		dst[i] = linearToULaw[uint16(v)>>2]
	}
	return n
}

// Encode implements Encoder.
func (ALaw) Encode(dst []byte, src []int16) int {
	n := min(len(dst), len(src))
	dst = dst[:n]
	for i, v := range src[:n] {
		dst[i] = linearToALaw[uint16(v)>>3]
	}
	return n
}

const ulawBias = 0x84

func encodeULaw(s int16) byte {
	v, sign := int(s), byte(0)
	if v < 0 {
		v, sign = -v, 0x80
	}
	v = min(v, 32635) + ulawBias
	exp := 7
	for mask := 0x4000; exp > 0 && v&mask == 0; mask >>= 1 {
		exp--
	}
	return ^(sign | byte(exp)<<4 | byte(v>>(exp+3))&0x0f)
}

func decodeULaw(b byte) int16 {
	b = ^b
	v := (int(b&0x0f)<<3 + ulawBias) << (b >> 4 & 7)
	if b&0x80 != 0 {
		return int16(ulawBias - v)
	}
	return int16(v - ulawBias)
}

func encodeALaw(s int16) byte {
	v, sign := int(s), byte(0x80)
	if v < 0 {
		v, sign = -v-1, 0
	}
	v = min(v, 32767)
	exp := 7
	for mask := 0x4000; exp > 0 && v&mask == 0; mask >>= 1 {
		exp--
	}
	m := byte(v >> 4)
	if exp > 0 {
		m = byte(v >> (exp + 3))
	}
	return (sign | byte(exp)<<4 | m&0x0f) ^ 0x55
}

func decodeALaw(b byte) int16 {
	b ^= 0x55
	v := int(b&0x0f)<<4 + 8
	if exp := b >> 4 & 7; exp > 0 {
		v = (v + 0x100) << (exp - 1)
	}
	if b&0x80 != 0 {
		return int16(v)
	}
	return int16(-v)
}
