package media

import (
	"testing"
	"time"
)

// moments is a source that notes when it is asked.
type moments struct {
	h  *house
	at []time.Duration
}

func (m *moments) Framed() {}
func (m *moments) Frame(dst []int16) int {
	m.at = append(m.at, m.h.l.now.Sub(began))
	clear(dst)
	return len(dst)
}

// Sources that are content with it are asked at the same moments, whenever they begin.
func TestFramedSourcesShareMoments(t *testing.T) {
	h := newHouse(t, Config{})
	var all [3]*moments
	for i := range all {
		all[i] = &moments{h: h}
		_, far := h.e.Pipe(nil)
		h.on(func() { far.begin(newVoice(all[i], Play{})) })
		h.pass(7 * time.Millisecond)
	}
	h.pass(time.Second)
	for i, m := range all {
		if n := len(m.at); n < 49 || n > 53 {
			t.Errorf("%d was asked %d times in a second", i, n)
		}
		for _, at := range m.at {
			if at%frameTime != 0 {
				t.Fatalf("%d was asked at %v", i, at)
			}
		}
	}
}
