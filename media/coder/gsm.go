package coder

// GSM 06.10 full rate (ETSI EN 300 961; payload format RFC 3551 section 4.5.8.1):
// 20 ms at 8 kHz become 33 bytes. All arithmetic is that of the standard, on 16
// bit values that saturate, so that the output is the same to the bit as every
// other implementation's. This file holds what both directions share and the
// decoder; gsm_encode.go the encoder.

const (
	gsmBytes   = 33  // a frame
	gsmSamples = 160 // a frame
	gsmSub     = 40  // a subframe, four of them
	gsmMagic   = 0xd // the first four bits
)

// gsm is one direction's state from frame to frame.
type gsm struct {
	lars [2][8]int16 // decoded log area ratios of this and the last frame
	turn int         // which of them is this frame's
	dp   [120 + gsmSamples]int16

	frame gsmFrame // at hand

	// encoder
	z1  int16
	lz2 int32
	mp  int16
	u   [8]int16

	// decoder
	nrp int16
	v   [9]int16
	msr int16
}

// gsmFrame is the parameters of one frame (table 1.1 of the standard).
type gsmFrame struct {
	larc [8]int16
	sub  [4]gsmSubframe
}

type gsmSubframe struct {
	nc, bc, mc, xmaxc int16
	xmc               [13]int16
}

// bits calls f for each parameter with its width, in the order of the payload.
func (p *gsmFrame) bits(f func(v *int16, width uint)) {
	for i, w := range [8]uint{6, 6, 5, 5, 4, 4, 3, 3} {
		f(&p.larc[i], w)
	}
	for i := range p.sub {
		s := &p.sub[i]
		f(&s.nc, 7)
		f(&s.bc, 2)
		f(&s.mc, 2)
		f(&s.xmaxc, 6)
		for j := range s.xmc {
			f(&s.xmc[j], 3)
		}
	}
}

func (p *gsmFrame) unpack(src []byte) {
	at := uint(4)
	p.bits(func(v *int16, width uint) {
		*v = 0
		for range width {
			*v = *v<<1 | int16(src[at/8]>>(7-at%8)&1)
			at++
		}
	})
}

func (p *gsmFrame) pack(dst []byte) {
	clear(dst[:gsmBytes])
	dst[0] = gsmMagic << 4
	at := uint(4)
	p.bits(func(v *int16, width uint) {
		for w := width; w > 0; w-- {
			dst[at/8] |= byte(*v>>(w-1)&1) << (7 - at%8)
			at++
		}
	})
}

// The tables of the standard, 4.1 to 4.6.
var (
	gsmB    = [8]int16{0, 0, 2048, -2560, 94, -1792, -341, -1144}
	gsmMIC  = [8]int16{-32, -32, -16, -16, -8, -8, -4, -4}
	gsmINVA = [8]int16{13107, 13107, 13107, 13107, 19223, 17476, 31454, 29708}
	gsmQLB  = [4]int16{3277, 11469, 21299, 32767}
	gsmFAC  = [8]int16{18431, 20479, 22527, 24575, 26623, 28671, 30719, 32767}
)

// Clip holds a value at the ends of 16 bits.
func Clip(v int32) int16 { return int16(min(max(v, -32768), 32767)) }

func add16(a, b int16) int16 { return Clip(int32(a) + int32(b)) }
func sub16(a, b int16) int16 { return Clip(int32(a) - int32(b)) }

// mulR is the rounded product of two numbers in Q15.
func mulR(a, b int16) int16 { return Clip((int32(a)*int32(b) + 16384) >> 15) }

// mul is the product without rounding.
func mul(a, b int16) int16 { return Clip(int32(a) * int32(b) >> 15) }

func abs16(a int16) int16 {
	switch {
	case a >= 0:
		return a
	case a == -32768:
		return 32767
	}
	return -a
}

// decodeLARs is 4.2.8: the log area ratios that the far side will use.
func (g *gsm) decodeLARs(larc *[8]int16) {
	g.turn ^= 1
	for i, c := range larc {
		t := (c + gsmMIC[i]) << 10
		t = sub16(t, gsmB[i]<<1)
		t = mulR(gsmINVA[i], t)
		g.lars[g.turn][i] = add16(t, t)
	}
}

// gsmSpans are the ends of the four parts of a frame between whose filters is
// interpolated (4.2.9).
var gsmSpans = [4]int{13, 27, 40, 160}

// reflection gives the filter coefficients of a part (4.2.9, 4.2.10).
func (g *gsm) reflection(part int) (r [8]int16) {
	last, this := &g.lars[g.turn^1], &g.lars[g.turn]
	for i := range r {
		var v int16
		switch part {
		case 0:
			v = add16(add16(last[i]>>2, this[i]>>2), last[i]>>1)
		case 1:
			v = add16(last[i]>>1, this[i]>>1)
		case 2:
			v = add16(add16(last[i]>>2, this[i]>>2), this[i]>>1)
		default:
			v = this[i]
		}
		r[i] = reflectionOf(v)
	}
	return r
}

func reflectionOf(lar int16) int16 {
	t := abs16(lar)
	switch {
	case t < 11059:
		t <<= 1
	case t < 20070:
		t += 11059
	default:
		t = add16(t>>2, 26112)
	}
	if lar < 0 {
		return -t
	}
	return t
}

// scale splits the block maximum into exponent and mantissa (4.2.15).
func gsmScale(xmaxc int16) (exp, mant int16) {
	if xmaxc > 15 {
		exp = xmaxc>>3 - 1
	}
	mant = xmaxc - exp<<3
	if mant == 0 {
		return -4, 7
	}
	for mant <= 7 {
		mant = mant<<1 | 1
		exp--
	}
	return exp, mant - 8
}

// excitation is the decoded pulse train of a subframe (4.2.16, 4.2.17).
func (s *gsmSubframe) excitation(e *[gsmSub]int16) {
	exp, mant := gsmScale(s.xmaxc)
	clear(e[:])
	shift := 6 - exp
	var round int16
	if shift > 0 {
		round = 1 << (shift - 1)
	}
	for i, c := range s.xmc {
		t := mulR(gsmFAC[mant], (c<<1-7)<<12)
		e[int(s.mc)+3*i] = add16(t, round) >> shift
	}
}

// decodeFrame turns 33 bytes into 160 samples.
func (g *gsm) decodeFrame(dst []int16, src []byte) {
	p := &g.frame
	p.unpack(src)
	for k := range p.sub {
		s := &p.sub[k]
		var e [gsmSub]int16
		s.excitation(&e)
		if s.nc >= 40 && s.nc <= 120 {
			g.nrp = s.nc
		}
		gain := gsmQLB[s.bc]
		out := g.dp[120+k*gsmSub:]
		for i := range e {
			out[i] = add16(e[i], mulR(gain, g.dp[120+k*gsmSub+i-int(g.nrp)]))
		}
	}
	g.decodeLARs(&p.larc)
	g.synthesise(dst)
	copy(g.dp[:120], g.dp[gsmSamples:])
}

// synthesise runs the lattice filter (4.3.5) and the de-emphasis, and leaves
// thirteen bits (4.3.6, 4.3.7).
func (g *gsm) synthesise(dst []int16) {
	at := 0
	for part, end := range gsmSpans {
		r := g.reflection(part)
		for ; at < end; at++ {
			s := g.dp[120+at]
			for i := 7; i >= 0; i-- {
				s = sub16(s, mulR(r[i], g.v[i]))
				g.v[i+1] = add16(g.v[i], mulR(r[i], s))
			}
			g.v[0] = s
			g.msr = add16(s, mulR(g.msr, 28180))
			dst[at] = add16(g.msr, g.msr) &^ 7
		}
	}
}

// Decode turns whole frames into samples; what is left of one is dropped.
func (g *gsm) Decode(dst []int16, src []byte) int {
	n := 0
	for len(src) >= gsmBytes && src[0]>>4 == gsmMagic && n+gsmSamples <= len(dst) {
		g.decodeFrame(dst[n:], src)
		src, n = src[gsmBytes:], n+gsmSamples
	}
	return n
}
