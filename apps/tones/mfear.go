package tones

import "math"

// mfHz are the frequencies of MF signalling. All are multiples of 100 Hz, so that a block of 10 ms
// at 8 kHz tells them apart.
var mfHz = [6]int{700, 900, 1100, 1300, 1500, 1700}

const (
	mfBlock = 80   // samples, 10 ms
	mfLeast = 1e6  // energy of a tone in a block: some -45 dBm0
	mfTwist = 6.3  // one tone may be 8 dB above the other
	mfThird = 4    // both are 6 dB above the third
	mfShare = 0.75 // of a block's energy that is the two tones: what tells digits from speech
	mfBegin = 2    // blocks that begin a digit
	mfEnd   = 2    // blocks that end it
)

// mfEar hears digits of MF in audio at 8 kHz.
type mfEar struct {
	block  []float64
	pairs  map[[2]int]byte
	last   byte // of the last block, 0 for none
	same   int
	digit  byte // that sounds, 0 for none
	misses int
}

func newMFEar() *mfEar {
	e := &mfEar{pairs: map[[2]int]byte{}}
	for d, pair := range mfTones {
		e.pairs[pair] = d
	}
	return e
}

// take hears samples and returns the digits that begin in them.
func (e *mfEar) take(pcm []int16) (digits []byte) {
	for _, s := range pcm {
		if e.block = append(e.block, float64(s)); len(e.block) < mfBlock {
			continue
		}
		if d := e.judge(e.hear()); d != 0 {
			digits = append(digits, d)
		}
		e.block = e.block[:0]
	}
	return digits
}

// judge takes what a block has, and returns the digit that begins with it.
func (e *mfEar) judge(hit byte) byte {
	if hit == e.last {
		e.same++
	} else {
		e.last, e.same = hit, 1
	}
	if e.digit != 0 {
		if hit == e.digit {
			e.misses = 0
		} else if e.misses++; e.misses >= mfEnd {
			e.digit = 0
		}
	}
	if hit != 0 && e.digit == 0 && e.same >= mfBegin {
		e.digit, e.misses = hit, 0
		return hit
	}
	return 0
}

// hear is the digit in a block, 0 for none.
func (e *mfEar) hear() byte {
	energy, all := [6]float64{}, 0.0
	for _, x := range e.block {
		all += x * x
	}
	first, second := 0, 1
	for i, hz := range mfHz {
		energy[i] = goertzel(e.block, hz)
	}
	for i := range energy {
		switch {
		case energy[i] > energy[first]:
			first, second = i, first
		case i != first && (energy[i] > energy[second] || second == first):
			second = i
		}
	}
	third := 0.0
	for i := range energy {
		if i != first && i != second {
			third = max(third, energy[i])
		}
	}
	a, b := energy[first], energy[second]
	// A pure tone of energy E in n samples shows as E*n/2.
	if b < mfLeast || a > b*mfTwist || b < third*mfThird || (a+b)*2/mfBlock < mfShare*all {
		return 0
	}
	return e.pairs[[2]int{mfHz[min(first, second)], mfHz[max(first, second)]}]
}

// goertzel is the energy of a frequency in a block at 8 kHz.
func goertzel(block []float64, hz int) float64 {
	coeff := 2 * math.Cos(2*math.Pi*float64(hz)/8000)
	s1, s2 := 0.0, 0.0
	for _, x := range block {
		s1, s2 = x+coeff*s1-s2, s1
	}
	return s1*s1 + s2*s2 - coeff*s1*s2
}
