package coder

import "math/bits"

var (
	gsmA     = [8]int16{20480, 20480, 20480, 20480, 13964, 15360, 8534, 9036}
	gsmMAC   = [8]int16{31, 31, 15, 15, 7, 7, 3, 3}
	gsmDLB   = [3]int16{6554, 16384, 26214}
	gsmNRFAC = [8]int16{29128, 26215, 23832, 21846, 20165, 18725, 17476, 16384}
	gsmH     = [11]int32{-134, -374, 0, 2054, 5741, 8192, 5741, 2054, 0, -374, -134}
)

// NewGSM is a codec at its home state.
// NewGSM makes one half: an encoder or a decoder.
func NewGSM() *gsm { return &gsm{nrp: 40} }

// Encode turns whole frames of samples into payload.
func (g *gsm) Encode(dst []byte, src []int16) int {
	n := 0
	for len(src) >= gsmSamples && n+gsmBytes <= len(dst) {
		g.encodeFrame(dst[n:], src[:gsmSamples])
		src, n = src[gsmSamples:], n+gsmBytes
	}
	return n
}

func (g *gsm) encodeFrame(dst []byte, src []int16) {
	p := &g.frame
	var s [gsmSamples]int16
	g.preprocess(&s, src)
	p.larc = gsmLPC(&s)
	g.decodeLARs(&p.larc)
	g.analyse(&s)
	for k := range p.sub {
		g.encodeSubframe(&p.sub[k], s[k*gsmSub:][:gsmSub], k)
	}
	copy(g.dp[:120], g.dp[gsmSamples:])
	p.pack(dst)
}

// preprocess takes the offset out and raises the high frequencies (4.2.1 to
// 4.2.3).
func (g *gsm) preprocess(s *[gsmSamples]int16, src []int16) {
	for k, v := range src {
		so := v >> 3 << 2
		s1 := so - g.z1
		g.z1 = so
		l := int32(s1) << 15
		msp := int16(g.lz2 >> 15)
		lsp := int16(g.lz2 - int32(msp)<<15)
		l += int32(mulR(lsp, 32735))
		g.lz2 = satAdd32(int32(msp)*32735, l)
		out := int16(satAdd32(g.lz2, 16384) >> 15)
		mp := g.mp
		g.mp = out
		s[k] = add16(out, mulR(mp, -28180))
	}
}

func satAdd32(a, b int32) int32 {
	return int32(min(max(int64(a)+int64(b), -1<<31), 1<<31-1))
}

// norm is how far a positive number can be shifted left.
func norm(v int32) int16 {
	if v == 0 {
		return 0
	}
	if v < 0 {
		if v <= -1<<30 {
			return 0
		}
		v = ^v
	}
	return int16(bits.LeadingZeros32(uint32(v))) - 1
}

// divide gives num/denum in Q15, for 0 <= num <= denum.
func divide(num, denum int16) int16 {
	if num == 0 {
		return 0
	}
	n, d, div := int32(num), int32(denum), int16(0)
	for range 15 {
		div, n = div<<1, n<<1
		if n >= d {
			n -= d
			div++
		}
	}
	return div
}

// gsmLPC finds the coded log area ratios of a frame (4.2.4 to 4.2.7).
func gsmLPC(s *[gsmSamples]int16) [8]int16 {
	acf := autocorrelation(s)
	larc := schur(&acf)
	for i, r := range larc {
		larc[i] = quantiseLAR(i, larOf(r))
	}
	return larc
}

// autocorrelation scales the frame in place as the standard does, and back.
func autocorrelation(s *[gsmSamples]int16) (acf [9]int32) {
	var smax int16
	for _, v := range s {
		smax = max(smax, abs16(v))
	}
	shift := int16(0)
	if smax > 0 {
		shift = 4 - norm(int32(smax)<<16)
	}
	if shift > 0 {
		for k := range s {
			s[k] = mulR(s[k], 16384>>(shift-1))
		}
	}
	for k := range acf {
		var sum int32
		for i := k; i < gsmSamples; i++ {
			sum += int32(s[i]) * int32(s[i-k])
		}
		acf[k] = sum << 1
	}
	if shift > 0 {
		for k := range s {
			s[k] <<= shift
		}
	}
	return acf
}

// schur is the recursion of 4.2.5.
func schur(lacf *[9]int32) (r [8]int16) {
	if lacf[0] == 0 {
		return r
	}
	shift := norm(lacf[0])
	var p, k [9]int16
	for i, v := range lacf {
		p[i] = int16(v << shift >> 16)
	}
	copy(k[1:8], p[1:8])
	for n := range r {
		t := abs16(p[1])
		if p[0] < t {
			return r
		}
		r[n] = divide(t, p[0])
		if p[1] > 0 {
			r[n] = -r[n]
		}
		if n == 7 {
			return r
		}
		p[0] = add16(p[0], mulR(p[1], r[n]))
		for m := 1; m <= 7-n; m++ {
			next := p[m+1]
			p[m] = add16(next, mulR(k[m], r[n]))
			k[m] = add16(k[m], mulR(next, r[n]))
		}
	}
	return r
}

// larOf is 4.2.6.
func larOf(r int16) int16 {
	t := abs16(r)
	switch {
	case t < 22118:
		t >>= 1
	case t < 31130:
		t -= 11059
	default:
		t = (t - 26112) << 2
	}
	if r < 0 {
		return -t
	}
	return t
}

// quantiseLAR is 4.2.7.
func quantiseLAR(i int, lar int16) int16 {
	t := add16(add16(mul(gsmA[i], lar), gsmB[i]), 256) >> 9
	return min(max(t, gsmMIC[i]), gsmMAC[i]) - gsmMIC[i]
}

// analyse is the short term filter (4.2.10); it leaves the residual in s.
func (g *gsm) analyse(s *[gsmSamples]int16) {
	at := 0
	for part, end := range gsmSpans {
		r := g.reflection(part)
		for ; at < end; at++ {
			di, sav := s[at], s[at]
			for i := range r {
				u := g.u[i]
				g.u[i] = sav
				sav = add16(u, mulR(r[i], di))
				di = add16(di, mulR(r[i], u))
			}
			s[at] = di
		}
	}
}

// encodeSubframe finds the long term prediction and the pulses of 40 samples,
// and keeps what the decoder will have (4.2.11 to 4.2.18).
func (g *gsm) encodeSubframe(p *gsmSubframe, d []int16, k int) {
	past := g.dp[k*gsmSub:][:120+gsmSub]
	p.nc, p.bc = longTerm(d, past)
	gain := gsmQLB[p.bc]
	var e, predicted [gsmSub]int16
	for i := range e {
		predicted[i] = mulR(gain, past[120+i-int(p.nc)])
		e[i] = sub16(d[i], predicted[i])
	}
	pulses(p, &e)
	p.excitation(&e)
	for i := range e {
		past[120+i] = add16(e[i], predicted[i])
	}
}

// longTerm finds lag and gain (4.2.11).
func longTerm(d, past []int16) (nc, bc int16) {
	var dmax int16
	for _, v := range d {
		dmax = max(dmax, abs16(v))
	}
	shift := int16(0)
	if dmax > 0 {
		shift = norm(int32(dmax) << 16)
	}
	scale := max(6-shift, 0)
	var wt [gsmSub]int32
	for i, v := range d {
		wt[i] = int32(v >> scale)
	}
	best, lag := int32(0), 40
	for n := 40; n <= 120; n++ {
		var sum int32
		for i, v := range past[120-n:][:gsmSub] {
			sum += wt[i] * int32(v)
		}
		if sum > best {
			best, lag = sum, n
		}
	}
	best <<= 1
	best >>= 6 - scale
	var power int32
	for _, v := range past[120-lag:][:gsmSub] {
		t := int32(v >> 3)
		power += t * t
	}
	power <<= 1
	nc = int16(lag)
	switch {
	case best <= 0:
		return nc, 0
	case best >= power:
		return nc, 3
	}
	shift = norm(power)
	r, s := int16(best<<shift>>16), int16(power<<shift>>16)
	for bc = range int16(3) {
		if r <= mul(s, gsmDLB[bc]) {
			break
		}
		if bc == 2 {
			return nc, 3
		}
	}
	return nc, bc
}

// pulses weighs the residual, picks the grid and codes it (4.2.13 to 4.2.15).
func pulses(p *gsmSubframe, e *[gsmSub]int16) {
	var x [gsmSub]int16
	for k := range x {
		sum := int32(4096)
		for i, h := range gsmH {
			if at := k + i - 5; at >= 0 && at < gsmSub {
				sum += int32(e[at]) * h
			}
		}
		x[k] = Clip(sum >> 13)
	}
	p.mc = grid(&x)
	var xmax int16
	for i := range p.xmc {
		xmax = max(xmax, abs16(x[int(p.mc)+3*i]))
	}
	p.xmaxc = codeMax(xmax)
	exp, mant := gsmScale(p.xmaxc)
	for i := range p.xmc {
		t := x[int(p.mc)+3*i] << (6 - exp)
		p.xmc[i] = mul(t, gsmNRFAC[mant])>>12 + 4
	}
}

// grid is the one of four sets of 13 pulses with the most energy.
func grid(x *[gsmSub]int16) int16 {
	best, at := int32(-1), int16(0)
	for m := range 4 {
		var sum int32
		for i := range 13 {
			t := int32(x[m+3*i] >> 2)
			sum += t * t
		}
		if sum > best {
			best, at = sum, int16(m)
		}
	}
	return at
}

// codeMax codes the block maximum logarithmically (4.2.15).
func codeMax(xmax int16) int16 {
	exp, t := int16(0), xmax>>9
	for t > 0 && exp < 6 {
		t >>= 1
		exp++
	}
	return add16(xmax>>(exp+5), exp<<3)
}
