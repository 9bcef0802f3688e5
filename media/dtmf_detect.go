package media

import (
	"math"
	"time"
)

// Frequencies of DTMF in Hz (ITU-T Q.23).
var (
	dtmfLow  = [4]float64{697, 770, 852, 941}
	dtmfHigh = [4]float64{1209, 1336, 1477, 1633}
)

const dtmfKeys = "123A456B789C*0#D"

// Limits of the detector (ITU-T Q.24, as far as it gives figures).
const (
	dtmfBlock   = 102  // samples at 8 kHz, 12.75 ms: the bins fall on the frequencies
	dtmfLeast   = 4e7  // energy of a tone in a block: some -40 dBm0
	dtmfTwist   = 6.3  // the high tone may be 8 dB below the low one
	dtmfReverse = 2.5  // the low tone 4 dB below the high one
	dtmfRelaxed = 4    // 6 dB below it, for a relaxed detector
	dtmfPeak    = 6.3  // a tone over its neighbours of the group, 8 dB
	dtmfShare   = 0.78 // of the block's energy that is the two tones: what tells keys from speech
	dtmfBegin   = 2    // blocks that begin a key
	dtmfEnd     = 3    // blocks that end it
)

// goertzel is the filter of one frequency.
type goertzel struct{ coeff, s1, s2 float32 }

func (g *goertzel) energy() float32 {
	e := g.s1*g.s1 + g.s2*g.s2 - g.coeff*g.s1*g.s2
	g.s1, g.s2 = 0, 0
	return e
}

// dtmfDetector hears keys in audio at 8 kHz.
type dtmfDetector struct {
	bins    [8]goertzel // low group, high group
	relaxed bool
	energy  float32
	n       int
	last    byte // key of the last block, 0 for none
	same    int  // blocks in a row with it
	key     byte // key that is held, 0 for none
	misses  int
	blocks  int           // since it began, with those before it was sure
	length  time.Duration // of the key that ended last
}

func newDTMFDetector() *dtmfDetector {
	d := &dtmfDetector{}
	for i := range 4 {
		d.bins[i].coeff = float32(2 * math.Cos(2*math.Pi*dtmfLow[i]/8000))
		d.bins[4+i].coeff = float32(2 * math.Cos(2*math.Pi*dtmfHigh[i]/8000))
	}
	return d
}

// take hears samples and calls pressed at the beginning of each key.
func (d *dtmfDetector) take(pcm []int16, pressed func(key byte)) {
	for _, v := range pcm {
		x := float32(v)
		d.energy += x * x
		for i := range d.bins {
			g := &d.bins[i]
			g.s1, g.s2 = x+g.coeff*g.s1-g.s2, g.s1
		}
		if d.n++; d.n == dtmfBlock {
			if k := d.block(); k != 0 {
				pressed(k)
			}
		}
	}
}

// block judges a block and returns the key that begins with it.
func (d *dtmfDetector) block() byte {
	hit := d.hear()
	d.n, d.energy = 0, 0
	if hit == d.last {
		d.same++
	} else {
		d.last, d.same = hit, 1
	}
	if d.key != 0 {
		d.blocks++
		if hit == d.key {
			d.misses = 0
		} else if d.misses++; d.misses >= dtmfEnd {
			d.ends()
		}
	}
	if hit != 0 && hit != d.key && d.same >= dtmfBegin {
		d.ends()
		d.key, d.misses, d.blocks = hit, 0, dtmfBegin
		return hit
	}
	return 0
}

// ends notes how long the key that is held was heard.
func (d *dtmfDetector) ends() {
	if d.key != 0 {
		d.length = time.Duration(d.blocks-d.misses) * dtmfBlock * time.Second / 8000
	}
	d.key = 0
}

// hear is the key in a block, 0 for none.
func (d *dtmfDetector) hear() byte {
	var e [8]float32
	low, high := 0, 4
	for i := range e {
		e[i] = d.bins[i].energy()
		if i < 4 && e[i] > e[low] {
			low = i
		} else if i > 4 && e[i] > e[high] {
			high = i
		}
	}
	l, h := e[low], e[high]
	reverse := float32(dtmfReverse)
	if d.relaxed {
		reverse = dtmfRelaxed
	}
	switch {
	case l < dtmfLeast || h < dtmfLeast, l > h*dtmfTwist, h > l*reverse:
		return 0
	// A pure tone of energy E in n samples shows as E*n/2.
	case (l+h)*2/dtmfBlock < dtmfShare*d.energy:
		return 0
	}
	for i := range 4 {
		if i != low && e[i]*dtmfPeak > l || 4+i != high && e[4+i]*dtmfPeak > h {
			return 0
		}
	}
	return dtmfKeys[low*4+high-4]
}

// NewKeyTone is the sound of a key for so many milliseconds and a pause of the
// same length after it; nil for what is no key.
func NewKeyTone(key byte, ms int) Source {
	for i := range dtmfKeys {
		if dtmfKeys[i] == key {
			n := ms * 8
			out := make([]int16, 2*n)
			for k := range n {
				t := 2 * math.Pi * float64(k) / 8000
				out[k] = int16(6000*math.Sin(t*dtmfLow[i/4]) + 7000*math.Sin(t*dtmfHigh[i%4]))
			}
			return NewClip(out)
		}
	}
	return nil
}
