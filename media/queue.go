package media

import "sync"

// Queue is audio on its way from a tap to a stream: a Sink, and a Source that never ends. A fifth of a
// second waits at most; what is older is left out, so that it stays in time.
type Queue struct {
	rate int // in Hz

	mu  sync.Mutex // guards pcm
	pcm []int16
}

// NewQueue makes one for a sampling rate in Hz.
func NewQueue(rate int) *Queue { return &Queue{rate: rate} }

// Rate implements Sink and Source.
func (q *Queue) Rate() int { return q.rate }

// End implements Sink.
func (q *Queue) End() {}

// Put implements Sink.
func (q *Queue) Put(pcm []int16) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.pcm = append(q.pcm, pcm...)
	if over := len(q.pcm) - q.rate/5; over > 0 {
		q.pcm = q.pcm[:copy(q.pcm, q.pcm[over:])]
	}
}

// Frame implements Source: what is not there is silence.
func (q *Queue) Frame(dst []int16) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := copy(dst, q.pcm)
	q.pcm = q.pcm[:copy(q.pcm, q.pcm[n:])]
	clear(dst[n:])
	return len(dst)
}
