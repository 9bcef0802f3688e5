package media

import (
	"math"
	"testing"
)

// amplitude is that of a frequency in samples.
func amplitude(pcm []int16, hz float64) float64 {
	var re, im float64
	for i, v := range pcm {
		w := 2 * math.Pi * hz * float64(i) / 8000
		re += float64(v) * math.Cos(w)
		im += float64(v) * math.Sin(w)
	}
	return 2 * math.Hypot(re, im) / float64(len(pcm))
}

func TestTones(t *testing.T) {
	tone, err := ParseTone("!1000/100,440+480/200, 0/100")
	if err != nil {
		t.Fatal(err)
	}
	pcm := make([]int16, 8*800)
	if n := tone.Source().Frame(pcm); n != len(pcm) {
		t.Fatalf("%d samples", n)
	}
	for at, want := range map[int][2]float64{0: {8000, 0}, 100: {0, 4000}, 300: {0, 0}, 400: {0, 4000}, 600: {0, 0}, 700: {0, 4000}} {
		part := pcm[8*at : 8*at+800]
		if a, b := amplitude(part, 1000), amplitude(part, 440); math.Abs(a-want[0]) > 300 || math.Abs(b-want[1]) > 600 {
			t.Errorf("at %d ms: 1000 Hz has %.0f, 440 Hz %.0f", at, a, b)
		}
	}
	once, err := ParseTone("!500/50")
	if err != nil {
		t.Fatal(err)
	}
	pcm = pcm[:800]
	once.Source().Frame(pcm)
	if amplitude(pcm[:400], 500) < 7000 || amplitude(pcm[400:], 500) > 1 {
		t.Errorf("once: %.0f, then %.0f", amplitude(pcm[:400], 500), amplitude(pcm[400:], 500))
	}
	// As the stock file has them: three frequencies, one above half the rate, a comma forgotten.
	for text, want := range map[string]int{"350+375+400": 1, "1000/400,10000/400,1000/400": 3, "400/100!0/100,!400/100,!0/100,400": 5,
		"M350*25/10": 1} {
		if tone, err := ParseTone(text); err != nil || len(tone) != want {
			t.Errorf("%q: %d steps, %v", text, len(tone), err)
		}
	}
	three, _ := ParseTone("350+375+400")
	pcm = make([]int16, 8000)
	three.Source().Frame(pcm)
	for _, hz := range []float64{350, 375, 400} {
		if a := amplitude(pcm, hz); math.Abs(a-8000/3) > 100 {
			t.Errorf("%.0f Hz has %.0f", hz, a)
		}
	}
	for _, bad := range []string{"", "x", "440/x", "440/-1", "99999", "NaN", "440+/100"} {
		if _, err := ParseTone(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func FuzzTone(f *testing.F) {
	f.Add("!1000/100,440+480/200,0/100")
	f.Add("425*25")
	f.Fuzz(func(t *testing.T, text string) {
		tone, err := ParseTone(text)
		if err != nil {
			return
		}
		pcm := make([]int16, 160)
		tone.Source().Frame(pcm)
	})
}
