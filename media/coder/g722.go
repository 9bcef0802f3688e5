package coder

// G.722 at 64 kbit/s: two sub-bands of ADPCM, 16 kHz, one byte for two samples.
// The names of the blocks are those of ITU-T Recommendation G.722, whose integer
// arithmetic is followed; the filter's coefficients are its table 11. (No module that is well kept could be had for it.)

// Quantiser tables of the lower band (section 6.2.1).
var (
	q6 = [31]int32{0, 35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940, 1023, 1121, 1219, 1339, 1458,
		1612, 1765, 1980, 2195, 2557, 2919}
	// iln and ilp are the codes of negative and positive differences.
	iln = [31]byte{0, 63, 62, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4}
	ilp = [31]byte{0, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48, 47, 46, 45, 44, 43, 42, 41, 40, 39, 38, 37, 36, 35, 34, 33, 32}
	// qm6, qm4 and qm2 are the inverse quantisers of 6, 4 and 2 bits.
	qm6 = [64]int32{
		-136, -136, -136, -136, -24808, -21904, -19008, -16704, -14984, -13512, -12280, -11192, -10232, -9360, -8576, -7856,
		-7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576, -3168, -2776, -2400, -2032, -1688, -1360, -1040, -728,
		24808, 21904, 19008, 16704, 14984, 13512, 12280, 11192, 10232, 9360, 8576, 7856, 7192, 6576, 6000, 5456,
		4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032, 1688, 1360, 1040, 728, 432, 136, -432, -136,
	}
	qm4 = [16]int32{0, -20456, -12896, -8968, -6288, -4240, -2584, -1200, 20456, 12896, 8968, 6288, 4240, 2584, 1200, 0}
	qm2 = [4]int32{-7408, -1616, 7408, 1616}
	// wl and wh are the steps of the logarithmic scale factors, by the code.
	wl = [16]int32{-60, 3042, 1198, 538, 334, 172, 58, -30, 3042, 1198, 538, 334, 172, 58, -30, -60}
	wh = [4]int32{798, -214, 798, -214}
	// ilb is 2^(i/32), scaled.
	ilb = [32]int32{
		2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834,
		2896, 2960, 3025, 3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
	}
)

// finds is where a difference lies between the thresholds q6, by the difference over the quantiser's scale: the place
// of the first threshold that is not below it, 30 where there is none.
var finds = func() (t [2921]byte) {
	at := byte(1)
	for i := range t {
		for at < 30 && q6[at] < int32(i) {
			at++
		}
		t[i] = at
	}
	return t
}()

// lowScales and highScales are SCALEL and SCALEH: the quantiser's scale by the upper bits of its logarithm.
var lowScales, highScales = scales(8), scales(10)

func scales(shift int) (t [22528>>6 + 1]int32) {
	for i := range t {
		v := ilb[i&31]
		if n := shift - i>>5; n >= 0 {
			v >>= n
		} else {
			v <<= -n
		}
		t[i] = v << 2
	}
	return t
}

func saturate(v int32) int32 { return max(min(v, 32767), -32768) }

// subband is the adaptive predictor and quantiser scale of one band.
type subband struct {
	s, sz  int32    // prediction, and its zero section
	det    int32    // quantiser scale
	nb     int32    // its logarithm
	r1, r2 int32    // reconstructed signal, doubled, of the last sample and the one before
	p1, p2 int32    // partially reconstructed signal of the same
	a1, a2 int32    // pole coefficients
	b      [6]int32 // zero coefficients, the newest first
	d      [6]int32 // quantised differences, doubled, the oldest first
}

// scale is LOGSCL and LOGSCH: the logarithm of the quantiser's scale for the next sample.
func (x *subband) scale(step, most int32) int32 {
	x.nb = min(max(x.nb-(x.nb+127)>>7+step, 0), most)
	return x.nb >> 6
}

// zero is UPZERO and FILTEZ of one coefficient: it follows whether the quantised difference d has the sign of the one that the
// coefficient stood for, and weighs the one that it stands for next. A coefficient cannot leave 16 bits.
func zero(b, d, stood, stands, step int32) (coefficient, weighed int32) {
	unlike := (stood ^ d) >> 31 // 0 for equal signs, else -1
	b = b - (b+255)>>8 + (step ^ unlike - unlike)
	return b, b * stands >> 15
}

// adapt takes the quantised difference of a sample and predicts the next one: RECONS, PARREC, UPPOL1, UPPOL2,
// UPZERO, FILTEP, FILTEZ, PREDIC. h are the last six differences, the oldest first, and room for this one. What depends on a
// sign is computed without a branch, which could not be foreseen.
func (x *subband) adapt(d int32, h *[7]int32) {
	r, p := saturate(x.s+d), saturate(x.sz+d)
	unlike1, unlike2 := (p^x.p1)>>31, (p^x.p2)>>31
	x.p1, x.p2 = p, x.p1

	w := saturate(x.a1 << 2)
	w = min(w^^unlike1-^unlike1, 32767) // taken away for equal signs
	a2 := w>>7 + x.a2 - (x.a2+127)>>7 + (128 ^ unlike2 - unlike2)
	a2 = max(min(a2, 12288), -12288)
	a1 := x.a1 - (x.a1+255)>>8 + (192 ^ unlike1 - unlike1)
	most := 15360 - a2
	a1 = max(min(a1, most), -most)
	x.a1, x.a2 = a1, a2

	step := (d | -d) >> 31 & 128
	h[6] = saturate(2 * d)
	var z0, z1, z2, z3, z4, z5 int32
	x.b[0], z0 = zero(x.b[0], d, h[5], h[6], step)
	x.b[1], z1 = zero(x.b[1], d, h[4], h[5], step)
	x.b[2], z2 = zero(x.b[2], d, h[3], h[4], step)
	x.b[3], z3 = zero(x.b[3], d, h[2], h[3], step)
	x.b[4], z4 = zero(x.b[4], d, h[1], h[2], step)
	x.b[5], z5 = zero(x.b[5], d, h[0], h[1], step)
	x.sz = saturate(z0 + z1 + z2 + z3 + z4 + z5)
	r1, r2 := saturate(2*r), x.r1
	x.r1, x.r2 = r1, r2
	x.s = saturate(saturate(a1*r1>>15+a2*r2>>15) + x.sz)
}

// g722 is one direction of a coder.
type g722 struct {
	low, high subband
	past      [22]int32 // of the filter's delay line
}

// NewG722 makes one half: an encoder or a decoder.
func NewG722() *g722 { return &g722{low: subband{det: 32}, high: subband{det: 8}} }

// block is how many pairs of samples are worked on at a time, so that the delay
// line need not be moved for each.
const block = 160

// sums are the two halves of the quadrature mirror filter.
func sums(x *[24]int32) (odd, even int32) {
	const c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11 = 3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11
	odd = x[0]*c0 + x[2]*c1 + x[4]*c2 + x[6]*c3 + x[8]*c4 + x[10]*c5 + x[12]*c6 + x[14]*c7 + x[16]*c8 + x[18]*c9 + x[20]*c10 + x[22]*c11
	even = x[1]*c11 + x[3]*c10 + x[5]*c9 + x[7]*c8 + x[9]*c7 + x[11]*c6 + x[13]*c5 + x[15]*c4 + x[17]*c3 + x[19]*c2 + x[21]*c1 + x[23]*c0
	return odd, even
}

// Encode makes one byte of each two samples; an odd one is left out.
func (g *g722) Encode(dst []byte, src []int16) int {
	n := min(len(dst), len(src)/2)
	for at := 0; at < n; at += block {
		g.encodeBlock(dst[at:min(at+block, n)], src[2*at:])
	}
	return n
}

// differences are those of a block, after the six before it.
type differences [6 + block]int32

func (h *differences) at(i int) *[7]int32 { return (*[7]int32)(h[i:]) }

func (g *g722) encodeBlock(dst []byte, src []int16) {
	var x [22 + 2*block]int32
	var low, high differences
	copy(x[:], g.past[:])
	copy(low[:], g.low.d[:])
	copy(high[:], g.high.d[:])
	for i := range 2 * len(dst) {
		x[22+i] = int32(src[i])
	}
	for i := range dst {
		odd, even := sums((*[24]int32)(x[2*i:]))
		l, h := g.low.quantiseLow((even+odd)>>14), g.high.quantiseHigh((even-odd)>>14)
		g.low.nextLow(l, low.at(i))
		g.high.nextHigh(h, high.at(i))
		dst[i] = h<<6 | l
	}
	copy(g.past[:], x[2*len(dst):])
	copy(g.low.d[:], low[len(dst):])
	copy(g.high.d[:], high[len(dst):])
}

// quantiseLow is SUBTRA and QUANTL of the lower band.
func (x *subband) quantiseLow(in int32) byte {
	e := saturate(in - x.s)
	size := uint32(e ^ e>>31)
	scaled := ((size+1)<<12 + uint32(x.det) - 1) / uint32(x.det) // a threshold q6*det>>12 is above size where q6 is not below this
	i := finds[min(scaled, uint32(len(finds)-1))]
	if e < 0 {
		return iln[i]
	}
	return ilp[i]
}

// quantiseHigh is SUBTRA and QUANTH of the higher band.
func (x *subband) quantiseHigh(in int32) byte {
	e := saturate(in - x.s)
	code := byte(1)
	if e^e>>31 >= 564*x.det>>12 {
		code = 0
	}
	return code | byte(^e>>31)&2
}

func (x *subband) nextLow(code byte, h *[7]int32) {
	d := x.det * qm4[code>>2&15] >> 15
	x.det = lowScales[x.scale(wl[code>>2&15], 18432)]
	x.adapt(d, h)
}

func (x *subband) nextHigh(code byte, h *[7]int32) {
	d := x.det * qm2[code&3] >> 15
	x.det = highScales[x.scale(wh[code&3], 22528)]
	x.adapt(d, h)
}

// Decode makes two samples of each byte.
func (g *g722) Decode(dst []int16, src []byte) int {
	n := min(len(src), len(dst)/2)
	for at := 0; at < n; at += block {
		g.decodeBlock(dst[2*at:], src[at:min(at+block, n)])
	}
	return 2 * n
}

func (g *g722) decodeBlock(dst []int16, src []byte) {
	var x [22 + 2*block]int32
	var lows, highs differences
	copy(x[:], g.past[:])
	copy(lows[:], g.low.d[:])
	copy(highs[:], g.high.d[:])
	limit := func(v int32) int32 { return max(min(v, 16383), -16384) }
	for i, b := range src {
		low, high := b&0x3f, b>>6
		rl := limit(g.low.s + g.low.det*qm6[low]>>15)
		rh := limit(g.high.s + g.high.det*qm2[high]>>15)
		g.low.nextLow(low, lows.at(i))
		g.high.nextHigh(high, highs.at(i))
		x[22+2*i], x[23+2*i] = rl+rh, rl-rh
		odd, even := sums((*[24]int32)(x[2*i:]))
		dst[2*i], dst[2*i+1] = int16(saturate(even>>11)), int16(saturate(odd>>11))
	}
	copy(g.past[:], x[2*len(src):])
	copy(g.low.d[:], lows[len(src):])
	copy(g.high.d[:], highs[len(src):])
}
