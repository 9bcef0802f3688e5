package coder

import (
	"math"
	"math/rand/v2"
	"testing"

	"obelisk/internal/testkit/signal"
)

// voice is a vowel of 120 Hz: harmonics with formants, slowly gliding.
func voice(rate, n int) []int16 {
	out, phase := make([]int16, n), 0.0
	for i := range out {
		phase += 2 * math.Pi * (120 + 3*math.Sin(2*math.Pi*float64(i)/float64(rate))) / float64(rate)
		var v float64
		for h := 1.0; h < 25; h++ {
			f := 120 * h
			v += math.Sin(phase*h) * (math.Exp(-(f-700)*(f-700)/90000) + 0.5*math.Exp(-(f-1200)*(f-1200)/90000) + 0.1)
		}
		out[i] = int16(2500 * v)
	}
	return out
}

// distortion is the power of the difference to the signal, in dB.
func distortion(x, y []int16) float64 {
	var d, s float64
	for i := range x {
		e := float64(x[i]) - float64(y[i])
		d += e * e
		s += float64(x[i]) * float64(x[i])
	}
	return 10 * math.Log10(d/s)
}

// What is made up is nearer to what was lost than silence is, and no long tone.
func TestConcealment(t *testing.T) {
	for name, in := range map[string][]int16{"voice at 8 kHz": voice(8000, 32000), "tone": signal.Sine(400, 8000, 32000, 8000)} {
		r := rand.New(rand.NewPCG(1, 2))
		c := NewConcealer(8000)
		silent, made := append([]int16(nil), in...), append([]int16(nil), in...)
		for at := 1600; at+160 <= len(in); at += 160 {
			if r.IntN(20) == 0 { // 5 % lost
				clear(silent[at : at+160])
				c.Fill(made[at : at+160])
			} else {
				c.Heard(made[at : at+160])
			}
		}
		with, without := distortion(in, made), distortion(in, silent)
		t.Logf("%s, 5 %% lost: distortion %.1f dB with concealment, %.1f dB with silence", name, with, without)
		if with > without-6 {
			t.Errorf("%s: %.1f dB with concealment, %.1f without", name, with, without)
		}
	}
	c := NewConcealer(16000)
	c.Heard(voice(16000, 8000))
	long := make([]int16, 3200)
	c.Fill(long)
	if long[100] == 0 && long[101] == 0 || signal.Level(long[1600:]) > -20 {
		t.Errorf("after 100 ms at %.0f dB", signal.Level(long[1600:]))
	}
}

func BenchmarkConceal(b *testing.B) {
	c := NewConcealer(8000)
	pcm := voice(8000, 160)
	for b.Loop() {
		c.Heard(pcm)
		c.Fill(pcm)
	}
}
