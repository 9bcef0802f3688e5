package milliwatt

import (
	"math"
	"testing"

	"obelisk/media/coder"
)

// 1000 Hz is the digital milliwatt to the bit, as u-law: ITU-T G.711 table 5.
func TestDigitalMilliwatt(t *testing.T) {
	samples := make([]int16, 16)
	(&tone{hz: 1000}).Frame(samples)
	for i, want := range []byte{0x1e, 0x0b, 0x0b, 0x1e, 0x9e, 0x8b, 0x8b, 0x9e, 0x1e, 0x0b, 0x0b, 0x1e, 0x9e, 0x8b, 0x8b, 0x9e} {
		if got := coder.ToULaw(samples[i]) ^ 0x80; got != want {
			t.Errorf("sample %d (%d) is %#x, want %#x", i, samples[i], got, want)
		}
	}
}

// The level is that of a sine of 0 dBm0, frame for frame, and m pauses for a second in ten.
func TestLevelAndPauses(t *testing.T) {
	source := &tone{hz: 1004, sounds: 9 * rate, pauses: rate}
	for second := range 20 {
		sum := 0.0
		for range 50 {
			frame := make([]int16, 160)
			if n := source.Frame(frame); n != len(frame) {
				t.Fatalf("a frame of %d", n)
			}
			for _, s := range frame {
				sum += float64(s) * float64(s)
			}
		}
		rms, want := math.Sqrt(sum/rate), peak/math.Sqrt2
		if second%10 == 9 {
			want = 0
		}
		if math.Abs(rms-want) > 20 {
			t.Errorf("second %d: %.0f, want %.0f", second, rms, want)
		}
	}
}
