package voiceagent

import "time"

// turn is one change from the caller to the agent.
type turn struct {
	speech time.Time // the last of the caller's speech
	first  time.Time // the first byte of the agent after it
}

// latencies of a turn, from the end of what the caller said.
type latencies struct {
	Agent time.Duration // to the first byte of the agent
	Whole time.Duration // to the first sample that has left
}

// spoke notes speech of the caller.
func (t *turn) spoke(at time.Time) { t.speech, t.first = at, time.Time{} }

// answered notes that the agent says something.
func (t *turn) answered(at time.Time) {
	if !t.speech.IsZero() && t.first.IsZero() {
		t.first = at
	}
}

// heard notes that the caller begins to hear it; ok: a turn is complete.
func (t *turn) heard(at time.Time) (l latencies, ok bool) {
	if t.speech.IsZero() || t.first.IsZero() {
		return l, false
	}
	l = latencies{t.first.Sub(t.speech), at.Sub(t.speech)}
	*t = turn{}
	return l, true
}

// bounds of the histograms, in seconds.
var bounds = []float64{0.1, 0.2, 0.3, 0.5, 0.8, 1.2, 2, 3, 5, 10}

// histogram counts latencies.
type histogram struct {
	counts [11]uint64
	n      uint64
	sum    float64
}

func (h *histogram) add(d time.Duration) {
	s := d.Seconds()
	h.n++
	h.sum += s
	for i, b := range bounds {
		if s <= b {
			h.counts[i]++
			return
		}
	}
	h.counts[len(bounds)]++
}

// buckets are those up to and including each bound.
func (h *histogram) buckets() map[float64]uint64 {
	out, n := map[float64]uint64{}, uint64(0)
	for i, b := range bounds {
		n += h.counts[i]
		out[b] = n
	}
	return out
}
