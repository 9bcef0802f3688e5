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

func saturate(v int32) int32 { return max(min(v, 32767), -32768) }

// subband is the adaptive predictor and quantiser scale of one band.
type subband struct {
	s, sz int32    // prediction, and its zero section
	det   int32    // quantiser scale
	nb    int32    // its logarithm
	r, p  [3]int32 // reconstructed and partially reconstructed signal
	a     [3]int32 // pole coefficients
	d, b  [7]int32 // quantised differences and zero coefficients
}

// scale is LOGSC and SCALE: the quantiser's scale for the next sample.
func (x *subband) scale(step, most, shift int32) {
	x.nb = min(max(x.nb*127>>7+step, 0), most)
	v := ilb[x.nb>>6&31]
	if n := shift - x.nb>>11; n >= 0 {
		v >>= n
	} else {
		v <<= -n
	}
	x.det = v << 2
}

// adapt takes the quantised difference of a sample and predicts the next one:
// RECONS, PARREC, UPPOL1, UPPOL2, UPZERO, DELAY, FILTEP, FILTEZ, PREDIC.
func (x *subband) adapt(d int32) {
	x.d[0] = d
	x.r[0] = saturate(x.s + d)
	x.p[0] = saturate(x.sz + d)
	same1, same2 := x.p[0]^x.p[1] >= 0, x.p[0]^x.p[2] >= 0

	w := saturate(x.a[1] << 2)
	if same1 {
		w = -w
	}
	a2 := min(w, 32767)>>7 + x.a[2]*32512>>15
	if same2 {
		a2 += 128
	} else {
		a2 -= 128
	}
	a2 = max(min(a2, 12288), -12288)
	a1 := x.a[1] * 32640 >> 15
	if same1 {
		a1 += 192
	} else {
		a1 -= 192
	}
	most := 15360 - a2
	x.a[1], x.a[2] = max(min(saturate(a1), most), -most), a2

	step := int32(128)
	if d == 0 {
		step = 0
	}
	sz := int32(0)
	for i := 6; i > 0; i-- {
		sign := (x.d[i] ^ d) >> 31 // 0 for equal signs, else -1
		c := saturate(x.b[i]*32640>>15 + (step ^ sign - sign))
		x.b[i], x.d[i] = c, x.d[i-1]
		sz += c * saturate(2*x.d[i]) >> 15
	}
	x.sz = saturate(sz)
	x.r[2], x.r[1] = x.r[1], x.r[0]
	x.p[2], x.p[1] = x.p[1], x.p[0]
	sp := saturate(x.a[1]*saturate(2*x.r[1])>>15 + x.a[2]*saturate(2*x.r[2])>>15)
	x.s = saturate(sp + x.sz)
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

func (g *g722) encodeBlock(dst []byte, src []int16) {
	var x [22 + 2*block]int32
	copy(x[:], g.past[:])
	for i := range 2 * len(dst) {
		x[22+i] = int32(src[i])
	}
	for i := range dst {
		odd, even := sums((*[24]int32)(x[2*i:]))
		low := g.encodeLow((even + odd) >> 14)
		high := g.encodeHigh((even - odd) >> 14)
		dst[i] = high<<6 | low
	}
	copy(g.past[:], x[2*len(dst):])
}

func (g *g722) encodeLow(x int32) byte {
	e := saturate(x - g.low.s)
	size := e
	if e < 0 {
		size = -(e + 1)
	}
	i, end := 1, 30 // the first threshold above size, 30 when there is none
	for i < end {
		if mid := (i + end) / 2; size >= q6[mid]*g.low.det>>12 {
			i = mid + 1
		} else {
			end = mid
		}
	}
	code := ilp[i]
	if e < 0 {
		code = iln[i]
	}
	g.nextLow(code)
	return code
}

func (g *g722) encodeHigh(x int32) byte {
	e := saturate(x - g.high.s)
	size := e
	if e < 0 {
		size = -(e + 1)
	}
	code := byte(1)
	if size >= 564*g.high.det>>12 {
		code = 0
	}
	if e >= 0 {
		code += 2
	}
	g.nextHigh(code)
	return code
}

func (g *g722) nextLow(code byte) {
	d := g.low.det * qm4[code>>2] >> 15
	g.low.scale(wl[code>>2], 18432, 8)
	g.low.adapt(d)
}

func (g *g722) nextHigh(code byte) {
	d := g.high.det * qm2[code] >> 15
	g.high.scale(wh[code], 22528, 10)
	g.high.adapt(d)
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
	copy(x[:], g.past[:])
	limit := func(v int32) int32 { return max(min(v, 16383), -16384) }
	for i, b := range src {
		low, high := b&0x3f, b>>6
		rl := limit(g.low.s + g.low.det*qm6[low]>>15)
		rh := limit(g.high.s + g.high.det*qm2[high]>>15)
		g.nextLow(low)
		g.nextHigh(high)
		x[22+2*i], x[23+2*i] = rl+rh, rl-rh
		odd, even := sums((*[24]int32)(x[2*i:]))
		dst[2*i], dst[2*i+1] = int16(saturate(even>>11)), int16(saturate(odd>>11))
	}
	copy(g.past[:], x[2*len(src):])
}
