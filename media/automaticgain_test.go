package media

import (
	"math"
	"testing"
)

// toneOf is 20 ms of a tone of an amplitude.
func toneOf(amplitude float64) []int16 {
	pcm := make([]int16, 160)
	for i := range pcm {
		pcm[i] = int16(amplitude * math.Sin(2*math.Pi*float64(i)/8))
	}
	return pcm
}

// Loud and soft come to the same loudness, within a second; silence is not made louder.
func TestLeveller(t *testing.T) {
	for _, amplitude := range []float64{200, 1000, 8000, 30000} {
		l := &leveller{target: 8000 / math.Sqrt(10), gain: 1}
		var pcm []int16
		for range 150 {
			pcm = toneOf(amplitude)
			l.run(pcm)
		}
		if got := rms(pcm); got < 2400 || got > 2600 {
			t.Errorf("%v becomes %v", amplitude, got)
		}
	}
	l := &leveller{target: 8000, gain: 1}
	for range 100 {
		pcm := toneOf(20)
		if l.run(pcm); rms(pcm) > 20 {
			t.Fatal("noise becomes loud")
		}
	}
}

// Noise between words is made softer, and words are not.
func TestNoiseGate(t *testing.T) {
	g := &noiseGate{gain: 1}
	noise, word := 0.0, 0.0
	for n := range 500 {
		if n%100 < 50 {
			pcm := toneOf(300)
			g.run(pcm)
			noise = rms(pcm)
		} else {
			pcm := toneOf(6000)
			g.run(pcm)
			word = rms(pcm)
		}
		if n%100 == 49 && noise > 300*softened {
			t.Errorf("noise is %v", noise)
		}
		if n%100 == 99 && word < 4200 {
			t.Errorf("a word is %v", word)
		}
	}
}
