package media

import (
	"math"
	"slices"
	"testing"
)

// A tone becomes its mirror image, across packets, and twice scrambled is as it was.
func TestScrambler(t *testing.T) {
	tone := func(hz float64) (pcm []int16) {
		for i := range 400 {
			pcm = append(pcm, int16(math.Round(8000*math.Cos(2*math.Pi*hz*float64(i)/8000))))
		}
		return pcm
	}
	pcm := tone(1000)
	var s, back scrambler
	for _, part := range [][]int16{pcm[:161], pcm[161:240], pcm[240:]} { // lengths of packets, also odd ones
		s.run(part)
	}
	if !slices.Equal(pcm, tone(3000)) {
		t.Error("1000 Hz are not 3000 Hz")
	}
	if back.run(pcm); !slices.Equal(pcm, tone(1000)) {
		t.Error("it does not come back")
	}
	loud := []int16{0, -32768}
	if new(scrambler).run(loud); loud[1] != 32767 {
		t.Errorf("the loudest sample becomes %d", loud[1])
	}
}
