package mixmonitor

import (
	"sync"
	"time"
)

// mutes are when a side was muted, and when not any more: the samples come later than that.
type mutes struct {
	mu      sync.Mutex      // guards changes
	changes []time.Duration // since the recording began; the first mutes, the next one ends that
}

// mostChanges bounds them: further ones are not done.
const mostChanges = 10_000

// set mutes or not, from a moment on.
func (m *mutes) set(muted bool, at time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if is := len(m.changes)%2 == 1; is != muted && len(m.changes) < mostChanges {
		m.changes = append(m.changes, at)
	}
}

func (m *mutes) never() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.changes) == 0
}

// silence has samples that begin at one be silent where that was muted.
func (m *mutes) silence(pcm []int16, from int64, samples func(time.Duration) int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := int64(len(pcm))
	for i := 0; i < len(m.changes); i += 2 {
		begin, end := samples(m.changes[i])-from, n
		if i+1 < len(m.changes) {
			end = samples(m.changes[i+1]) - from
		}
		if begin, end = max(begin, 0), min(end, n); begin < end {
			clear(pcm[begin:end])
		}
	}
}
