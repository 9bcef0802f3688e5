package mixmonitor

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"obelisk/internal/testkit/desk"
	"obelisk/media/soundfile"
	"obelisk/pbx"
)

// driftTime is how long TestDrift records: go test ./apps/mixmonitor -run TestDrift -drift 1h -v
var driftTime = flag.Duration("drift", 2*time.Minute, "length of the call in TestDrift; whole multiples of ten seconds")

// beat is a source that clicks once in ten seconds, a number of samples into them.
type beat struct{ at, offset, samples int }

const tenSeconds = 80000

// Frame implements media.Source.
func (b *beat) Frame(dst []int16) int {
	n := min(len(dst), b.samples-b.at)
	for i := range n {
		dst[i] = 0
		if (b.at+i)%tenSeconds == b.offset {
			dst[i] = 20000
		}
	}
	b.at += n
	return n
}

// Both sides of a long call stay in time with each other and with the clock, to the sample: each
// clicks once in ten seconds, the one a second after the other.
func TestDrift(t *testing.T) {
	length := int(*driftTime/time.Second) * 8000
	folder := onCall(t, func(c *pbx.Channel, m *Module) {
		m.mixMonitor(c, "both.wav,r(in.sln)t(out.sln)")
		c.Leg().Stream().Play(&beat{samples: length, offset: 12000}, func(bool) {})
		c.Sleep(*driftTime)
		m.stopMixMonitor(c, "")
	}, func(p desk.Phone) {
		p.Far().Play(&beat{samples: length, offset: 4000}, func(bool) {})
		time.Sleep(*driftTime)
	})
	in, out := clicks(t, filepath.Join(folder, "in.sln")), clicks(t, filepath.Join(folder, "out.sln"))
	if n := length / tenSeconds; len(in) < n || len(out) < n {
		t.Fatalf("%d and %d clicks of %d", len(in), len(out), n)
	}
	worst := 0
	for i := range min(len(in), len(out)) {
		for _, off := range []int{in[i] - in[0] - i*tenSeconds, out[i] - out[0] - i*tenSeconds} {
			worst = max(worst, off, -off)
		}
	}
	apart := out[0] - in[0] - 8000
	t.Logf("%v: the sides are %d samples apart, and at the most %d samples off the clock", *driftTime, apart, worst)
	if worst != 0 {
		t.Errorf("%d samples off the clock", worst)
	}
	if apart > 160 || apart < -160 {
		t.Errorf("the sides are %d samples apart", apart)
	}
	if both := clicks(t, filepath.Join(folder, "both.wav")); len(both) != len(in)+len(out) {
		t.Errorf("%d clicks in both", len(both))
	}
}

// clicks are the places of the samples that are loud.
func clicks(t *testing.T, path string) (at []int) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	clip, err := soundfile.Decode(path, data)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range clip.PCM {
		if s > 8000 {
			at = append(at, i)
		}
	}
	return at
}
