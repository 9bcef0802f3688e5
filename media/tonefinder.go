package media

import (
	"math"
	"time"
)

// toneBlock is how many samples are judged at a time, at 8 kHz: 20 ms. A tone 5 Hz beside the one that is looked
// for is another one.
const (
	toneBlock   = 160
	toneQuiet   = 50 * 50 // mean square of a block that is silence
	toneMargin  = 16.0    // decibels of the tone over all else in a block, as a rule
	mostMargin  = 30.0    // what a line with A-law leaves
	toneBetween = 2       // blocks without it that part two tones
)

// ToneFinder hears a tone of one frequency in audio at 8 kHz. It belongs to who feeds it.
type ToneFinder struct {
	bin    goertzel
	share  float32 // of a block's energy that is the tone
	needed int     // blocks in a row
	n      int
	energy float32
	run    int // blocks of the tone in a row
	misses int
	told   bool
}

// NewToneFinder makes one for a frequency in Hz, of which so much in a row is a tone. decibels is how much louder
// it is than all else; 0: 16, and not above 30. A frequency of 0 is never heard.
func NewToneFinder(hz float64, lasts time.Duration, decibels float64) *ToneFinder {
	if decibels <= 0 {
		decibels = toneMargin
	}
	ratio := math.Pow(10, min(decibels, mostMargin)/10)
	f := &ToneFinder{share: float32(ratio / (1 + ratio)), needed: max(int(lasts/frameTime), 1)}
	if f.bin.coeff = coefficient(hz); hz <= 0 || hz >= narrow/2 {
		f.share = 2 // more than there is
	}
	return f
}

// coefficient is that of the filter of a frequency in Hz, at 8 kHz.
func coefficient(hz float64) float32 { return float32(2 * math.Cos(2*math.Pi*hz/narrow)) }

// Take hears samples and says how many tones have lasted long enough now: each counts once, however long it goes on.
func (f *ToneFinder) Take(pcm []int16) (found int) {
	for _, v := range pcm {
		x := float32(v)
		f.energy += x * x
		f.bin.s1, f.bin.s2 = x+f.bin.coeff*f.bin.s1-f.bin.s2, f.bin.s1
		if f.n++; f.n == toneBlock && f.block() {
			found++
		}
	}
	return found
}

// block judges one and says whether a tone has lasted long enough with it.
func (f *ToneFinder) block() bool {
	is := f.energy >= toneQuiet*toneBlock && f.bin.energy()*2/toneBlock >= f.share*f.energy
	f.bin.s1, f.bin.s2, f.n, f.energy = 0, 0, 0, 0
	if !is {
		f.run = 0
		if f.misses++; f.misses >= toneBetween {
			f.told = false
		}
		return false
	}
	f.misses = 0
	f.run++
	if f.told || f.run < f.needed {
		return false
	}
	f.told = true
	return true
}
