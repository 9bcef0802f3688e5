package media

import (
	"math"
	"math/rand/v2"
	"testing"

	"obelisk/internal/testkit/signal"
)

// cng counts how often the tone is found, in packets of 20 ms.
func cng(pcm []int16) (n int) {
	d := newCNGDetector()
	for ; len(pcm) > 0; pcm = pcm[min(len(pcm), 160):] {
		if d.take(pcm[:min(len(pcm), 160)]) {
			n++
		}
	}
	return n
}

// calling is some periods of the tone: half a second on, three off, with noise.
func calling(hz, amplitude, noise float64, on, periods int) (out []int16) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for t := range periods * 28000 {
		v := rnd.NormFloat64() * noise
		if t%28000 < on {
			v += amplitude * math.Sin(2*math.Pi*hz*float64(t)/8000)
		}
		out = append(out, int16(v))
	}
	return out
}

func TestFaxCallingTone(t *testing.T) {
	for _, c := range []struct {
		name string
		pcm  []int16
		want int
	}{
		{"three tones", calling(1100, 6000, 0, 4000, 3), 3},
		{"the lowest", calling(1062, 6000, 0, 4000, 3), 3},
		{"the highest", calling(1138, 6000, 0, 4000, 3), 3},
		{"the shortest", calling(1100, 6000, 0, 3400, 3), 3},
		{"quiet", calling(1100, 200, 0, 4000, 3), 3},
		{"in noise 14 dB below", calling(1100, 6000, 850, 4000, 3), 3},
		{"too short", calling(1100, 6000, 0, 2400, 3), 0},
		{"1000 Hz", calling(1000, 6000, 0, 4000, 3), 0},
		{"1209 Hz", calling(1209, 6000, 0, 4000, 3), 0},
		{"keys", dial("123A456B789C*0#D", 5000, 400, 6000, 6000, 0), 0},
		{"noise alone", calling(1100, 0, 5000, 4000, 20), 0},
	} {
		if got := cng(c.pcm); got != c.want {
			t.Errorf("%s: found %d times, want %d", c.name, got, c.want)
		}
	}
}

func BenchmarkFaxCallingTone(b *testing.B) {
	d, pcm := newCNGDetector(), signal.Sine(700, 8000, 160, 5000)
	b.ReportAllocs()
	for b.Loop() {
		d.take(pcm)
	}
}
