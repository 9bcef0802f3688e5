package media

import (
	"math"
	"math/rand/v2"
	"testing"

	"obelisk/internal/testkit/signal"
	"obelisk/media/coder"
)

// keys hears a whole signal, in packets of 20 ms.
func keys(pcm []int16) string {
	d, out := newDTMFDetector(), ""
	for len(pcm) > 0 {
		n := min(len(pcm), 160)
		d.take(pcm[:n], func(k byte) { out += string(k) })
		pcm = pcm[n:]
	}
	return out
}

// dial is a sequence of keys with the given lengths in samples, levels and
// deviation of both frequencies.
func dial(text string, on, off int, low, high, deviation float64) []int16 {
	var out []int16
	for _, c := range text {
		for i, k := range dtmfKeys {
			if k != c {
				continue
			}
			for t := range on {
				w := 2 * math.Pi * float64(t) / 8000 * (1 + deviation)
				out = append(out, int16(low*math.Sin(w*dtmfLow[i/4])+high*math.Sin(w*dtmfHigh[i%4])))
			}
		}
		out = append(out, make([]int16, off)...)
	}
	return out
}

func TestKeysAreHeard(t *testing.T) {
	const all = "123A456B789C*0#D"
	for name, pcm := range map[string][]int16{
		"100 ms":                    dial(all, 800, 800, 6000, 7000, 0),
		"50 ms on, 50 ms off":       dial(all, 400, 400, 6000, 7000, 0),
		"quiet":                     dial(all, 800, 400, 250, 250, 0),
		"loud":                      dial(all, 800, 400, 15000, 15000, 0),
		"1.5 % too high":            dial(all, 800, 400, 6000, 6000, 0.015),
		"1.5 % too low":             dial(all, 800, 400, 6000, 6000, -0.015),
		"the low tone 7 dB louder":  dial(all, 800, 400, 7000, 3200, 0),
		"the high tone 3 dB louder": dial(all, 800, 400, 5000, 7000, 0),
	} {
		if got := keys(pcm); got != all {
			t.Errorf("%s: %q", name, got)
		}
		for _, c := range []Codec{ULaw, ALaw, G722} { // and after coding
			w := &scratch{}
			there, back, heard := newTranslation(Slin, c, 20), newTranslation(c, Slin, 20), []int16(nil)
			code, raw := make([]byte, 4096), make([]byte, 4096)
			for at := 0; at+160 <= len(pcm); at += 160 {
				n := there.encode(code, pcm[at:at+160], w)
				m := back.run(raw, code[:n], w)
				out := make([]int16, m/2)
				coder.Linear{}.Decode(out, raw[:m])
				heard = append(heard, out...)
			}
			if got := keys(heard); got != all && name != "quiet" {
				t.Errorf("%s, %s: %q", name, c, got)
			}
		}
	}
	if got := keys(dial("5", 800, 40, 6000, 6000, 0)[:100]); got != "" {
		t.Errorf("12 ms are no key: %q", got)
	}
	if got := keys(dial("5", 16000, 400, 6000, 6000, 0)); got != "5" {
		t.Errorf("a long key is one key: %q", got)
	}
	if got := keys(dial("1", 800, 400, 6000, 6000, 0.05)); got != "" {
		t.Errorf("5 %% beside the frequency: %q", got)
	}
}

// A relaxed detector takes a high tone 6 dB over the low one; what is no key, it does not
// take either.
func TestRelaxedKeys(t *testing.T) {
	const all = "123A456B789C*0#D"
	for _, c := range []struct {
		relaxed   bool
		low, high float64
		want      string
	}{
		{false, 4000, 6900, ""}, // 4.7 dB
		{true, 4000, 6900, all},
		{true, 4000, 7800, all}, // 5.8 dB
		{true, 4000, 8500, ""},  // 6.5 dB
		{true, 7000, 3200, all},
		{true, 7000, 2500, ""}, // 9 dB the other way, which stays
	} {
		d, got := newDTMFDetector(), ""
		d.relaxed = c.relaxed
		d.take(dial(all, 800, 400, c.low, c.high, 0), func(k byte) { got += string(k) })
		if got != c.want {
			t.Errorf("relaxed %v, low %g, high %g: %q, want %q", c.relaxed, c.low, c.high, got, c.want)
		}
	}
}

func TestKeysAreHeardInNoise(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	pcm := dial("0123456789", 800, 800, 6000, 6000, 0)
	for i := range pcm {
		pcm[i] += int16(rnd.NormFloat64() * 600) // 17 dB below
	}
	if got := keys(pcm); got != "0123456789" {
		t.Errorf("%q", got)
	}
}

// What is no key must not be heard as one: three minutes of each.
func TestFalseKeys(t *testing.T) {
	const seconds = 180
	rnd := rand.New(rand.NewPCG(3, 4))
	noise := make([]int16, 8000*seconds)
	for i := range noise {
		noise[i] = int16(rnd.NormFloat64() * 5000)
	}
	if got := keys(noise); got != "" {
		t.Errorf("noise: %d keys", len(got))
	}
	// Voiced sounds: a gliding pitch and its harmonics under three formants that
	// move, with pauses.
	speech := make([]int16, 8000*seconds)
	phase, pitch, f := 0.0, 120.0, [3]float64{500, 1500, 2500}
	for i := range speech {
		if i%800 == 0 {
			pitch = min(max(pitch*(1+0.1*rnd.NormFloat64()), 80), 300)
			for k := range f {
				f[k] = min(max(f[k]*(1+0.15*rnd.NormFloat64()), 300+700*float64(k)), 1000+900*float64(k))
			}
		}
		phase += 2 * math.Pi * pitch / 8000
		var v float64
		for h := 1; float64(h)*pitch < 3400; h++ {
			var gain float64
			for k := range f {
				d := (float64(h)*pitch - f[k]) / 90
				gain += 1 / (1 + d*d)
			}
			v += gain * math.Sin(float64(h)*phase)
		}
		if i/8000%5 != 4 {
			speech[i] = int16(max(min(v*3000, 32000), -32000))
		}
	}
	if got := keys(speech); len(got) > 0 {
		t.Errorf("speech: %d keys in three minutes: %q", len(got), got)
	}
	for _, tone := range []float64{350, 440, 480, 620, 697, 941, 1000, 1209, 1477, 2100} {
		if got := keys(signal.Sine(tone, 8000, 80000, 8000)); got != "" {
			t.Errorf("%g Hz: %q", tone, got)
		}
	}
}

func BenchmarkDTMFDetector(b *testing.B) {
	d, pcm := newDTMFDetector(), signal.Sine(700, 8000, 160, 5000)
	b.ReportAllocs()
	for b.Loop() {
		d.take(pcm, func(byte) {})
	}
}
