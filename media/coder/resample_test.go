package coder

import (
	"testing"

	"obelisk/internal/testkit/signal"
)

func TestResampler(t *testing.T) {
	for _, c := range []struct {
		from, to int
		hz       float64
		want     float64
	}{
		{8000, 16000, 1000, 60}, {8000, 16000, 3000, 50}, {16000, 8000, 1000, 60}, {16000, 8000, 3000, 50},
		{8000, 48000, 1000, 55}, {48000, 8000, 1000, 55}, {16000, 48000, 5000, 50}, {8000, 12000, 2000, 55}, {44100, 8000, 1000, 50},
	} {
		r := NewResampler(c.from, c.to)
		in := signal.Sine(c.hz, c.from, 2*c.from, 10000)
		var out []int16
		buf := make([]int16, 4096)
		for len(in) > 0 { // packets of odd lengths
			n := min(len(in), 137)
			out = append(out, buf[:r.Run(buf, in[:n])]...)
			in = in[n:]
		}
		if d := len(out) - 2*c.to; d < -2 || d > 2 {
			t.Errorf("%d to %d: %d samples of two seconds", c.from, c.to, len(out))
		}
		if got := signal.Purity(out, c.hz, c.to); got < c.want {
			t.Errorf("%d to %d, %g Hz: %.1f dB, want %g", c.from, c.to, c.hz, got, c.want)
		}
	}
	// What the lower rate cannot carry is gone, not folded.
	in, out := signal.Sine(6000, 16000, 32000, 10000), make([]int16, 16001)
	if n := NewResampler(16000, 8000).Run(out, in); signal.Level(out[:n])-signal.Level(in) > -50 {
		t.Errorf("6 kHz comes through at %.0f dB", signal.Level(out[:n])-signal.Level(in))
	}
	if NewResampler(8000, 8000) != nil {
		t.Error("a resampler for equal rates")
	}
}
