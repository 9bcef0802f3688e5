package program

import (
	"slices"
	"sync"
	"time"
)

// Kind of a Notice.
type Kind uint8

// What a queue tells of.
const (
	Marked  Kind = iota // a mark was reached; ID
	Drained             // what it has been given has left, and it was asked to say so
	HasRoom             // it was nearly full, and is not any more
	Flushed             // a mark that is not reached any more, of a queue that tells of them; ID
)

// Notice is news of a queue.
type Notice struct {
	Kind Kind
	ID   any   // of a mark, as it was given
	At   int64 // samples that have left, of all that the queue was ever given
}

// Limits of a queue, in samples. Without them it is 20 s, 18 s and 16 s.
type Limits struct {
	Most, Off, On int // full; asks to stop (Put); tells that there is room (HasRoom)
}

// Queue is audio of a program that waits for its time. It is a media.Source, which never ends: where
// nothing waits it is silence, or noise. Its methods may be called from anywhere.
type Queue struct {
	rate   int
	limits Limits
	tell   func(Notice)
	room   chan struct{}

	mu      sync.Mutex // guards the rest
	pcm     []int16
	head    int // of pcm: the next sample
	fade    []int16
	put     int64 // samples ever, less those that were flushed
	left    int64 // samples that have left
	marks   []mark
	paused  bool
	off     bool // the program was asked to stop
	report  bool // it is to be told of the end
	every   bool // and of each
	noise   int  // amplitude of what fills a gap
	seed    uint32
	begun   time.Time // when the first sample since the last gap left
	last    time.Time // of Frame
	owed    time.Duration
	pace    pace
	notices []Notice
}

type mark struct {
	at int64
	id any
}

// NewQueue makes one of samples of a rate in Hz. tell is told of what happens; it runs on the loop of a
// stream, or on the goroutine that flushes, and must not block; nil: nobody is.
func NewQueue(rate int, l Limits, tell func(Notice)) *Queue {
	if l.Most == 0 {
		l = Limits{20 * rate, 18 * rate, 16 * rate}
	}
	if tell == nil {
		tell = func(Notice) {}
	}
	return &Queue{rate: rate, limits: l, tell: tell, room: make(chan struct{}, 1), seed: 1}
}

// Rate implements media.Rated.
func (q *Queue) Rate() int { return q.rate }

// Put adds samples. full says that there was no room, and nothing was added; stop, once, that there
// is little left.
func (q *Queue) Put(pcm []int16) (full, stop bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if n := len(q.pcm) - q.head; n >= q.limits.Most {
		return true, false
	}
	q.compact()
	q.pcm = append(q.pcm, pcm...)
	q.put += int64(len(pcm))
	q.pace.came += len(pcm)
	if !q.off && len(q.pcm)-q.head >= q.limits.Off {
		q.off = true
		return false, true
	}
	return false, false
}

// compact makes room at the end instead of growing.
func (q *Queue) compact() {
	if q.head > 0 && (q.head == len(q.pcm) || q.head > cap(q.pcm)/2) {
		q.pcm = q.pcm[:copy(q.pcm, q.pcm[q.head:])]
		q.head = 0
	}
}

// Room has something whenever samples have left, for who waits to Put more.
func (q *Queue) Room() <-chan struct{} { return q.room }

// Mark tells of id once all that was put before it has left; at once where nothing waits.
func (q *Queue) Mark(id any) {
	q.mu.Lock()
	q.marks = append(q.marks, mark{q.put, id})
	q.reach()
	q.release()
}

// mostMarks wait at a time.
const mostMarks = 1000

// Marks is how many wait, and whether there is room for more.
func (q *Queue) Marks() (n int, room bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.marks), len(q.marks) < mostMarks
}

// Report tells once when the queue is empty, now or later, or each time that it has become so.
func (q *Queue) Report(each bool) {
	q.mu.Lock()
	q.report, q.every = true, each
	q.mu.Unlock()
}

// Noise fills gaps with noise of an amplitude, 0 to 1000 of 32767; 0: silence.
func (q *Queue) Noise(amplitude int) {
	q.mu.Lock()
	q.noise = min(max(amplitude, 0), 1000)
	q.mu.Unlock()
}

// Pause has its time stand still; silence is heard.
func (q *Queue) Pause(on bool) {
	q.mu.Lock()
	q.paused = on
	q.mu.Unlock()
}

// Length is how many samples wait, and whether they are paused.
func (q *Queue) Length() (n int, paused bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.pcm) - q.head, q.paused
}

// Off says whether the program was asked to stop.
func (q *Queue) Off() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.off
}

// Left is how many samples of the program have left.
func (q *Queue) Left() int64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.left
}

// fadeTime is how long what is cut off takes to fall silent, so that it does not click.
const fadeTime = 5 * time.Millisecond

// Flush drops what waits, with a fade of 5 ms, and returns how many samples it was. Marks are dropped
// too; with telling they are told of as Flushed.
func (q *Queue) Flush(telling bool) (dropped int) {
	q.mu.Lock()
	dropped = len(q.pcm) - q.head
	n := min(int(fadeTime*time.Duration(q.rate)/time.Second), dropped)
	if q.paused {
		n = 0
	}
	q.fade = append(q.fade[:0], q.pcm[q.head:q.head+n]...)
	for i := range q.fade {
		q.fade[i] = int16(int(q.fade[i]) * (n - i) / n)
	}
	q.pcm, q.head, q.put = q.pcm[:0], 0, q.left
	for _, m := range q.marks {
		if telling {
			q.notices = append(q.notices, Notice{Flushed, m.id, q.left})
		}
	}
	q.marks = nil
	q.gap()
	q.release()
	return dropped
}

// Frame implements media.Source.
func (q *Queue) Frame(dst []int16) int {
	q.mu.Lock()
	q.catchUp(len(dst))
	n := copy(dst, q.fade)
	q.fade = q.fade[:copy(q.fade, q.fade[n:])]
	if !q.paused {
		q.omit(q.pace.shorten(q.pcm[q.head:], len(dst)))
		had := copy(dst[n:], q.pcm[q.head:])
		n += had
		q.take(had)
		q.pace.passed(q.rate, len(dst), len(q.pcm)-q.head)
	}
	q.fill(dst[n:])
	q.release()
	select {
	case q.room <- struct{}{}:
	default:
	}
	return len(dst)
}

const (
	// standstill is how much time a machine that has too much to do may lose before it counts: less the
	// loop makes up for itself.
	standstill = 120 * time.Millisecond
	// live is what waits at most of audio that is made as it is spoken; more is a text that was read
	// ahead, of which nothing is left out.
	live = time.Second
)

// catchUp leaves out what should have left while the machine stood still, of live audio: else it would be
// late by so much from then on.
func (q *Queue) catchUp(samples int) {
	now := time.Now()
	since := now.Sub(q.last)
	if q.last.IsZero() || q.paused || since > 2*time.Second { // it was not played
		since = 0
	}
	q.last = now
	frame := time.Duration(samples) * time.Second / time.Duration(q.rate)
	if q.owed = max(q.owed+since-frame, 0); q.owed < standstill {
		return
	}
	lost := int(q.owed * time.Duration(q.rate) / time.Second)
	q.owed = 0
	waits := len(q.pcm) - q.head
	if waits > int(live*time.Duration(q.rate)/time.Second) {
		return
	}
	q.omit(max(min(lost, waits-samples), 0))
}

// omit leaves samples out, as if they had been heard.
func (q *Queue) omit(n int) {
	q.head += n
	q.left += int64(n)
}

// take notes that samples have left.
func (q *Queue) take(n int) {
	switch {
	case n == 0:
		q.begun = time.Time{}
	case q.begun.IsZero():
		q.begun = time.Now()
	}
	q.head += n
	q.left += int64(n)
	q.reach()
	q.gap()
	if len(q.pcm) == q.head && q.report && (n > 0 || !q.every) {
		q.report = q.every
		q.notices = append(q.notices, Notice{Kind: Drained, At: q.left})
	}
}

// reach tells of the marks that are passed.
func (q *Queue) reach() {
	i := 0
	for ; i < len(q.marks) && q.marks[i].at <= q.left; i++ {
		q.notices = append(q.notices, Notice{Marked, q.marks[i].id, q.left})
	}
	q.marks = slices.Delete(q.marks, 0, i)
}

// gap tells that there is room.
func (q *Queue) gap() {
	if q.off && !q.paused && len(q.pcm)-q.head <= q.limits.On {
		q.off = false
		q.notices = append(q.notices, Notice{Kind: HasRoom, At: q.left})
	}
}

// fill is what is heard where nothing waits.
func (q *Queue) fill(dst []int16) {
	if q.noise == 0 {
		clear(dst)
		return
	}
	for i := range dst {
		q.seed = q.seed*1664525 + 1013904223
		dst[i] = int16(int(int32(q.seed)>>16) * q.noise >> 15)
	}
}

// release tells what is to be told, without the lock.
func (q *Queue) release() {
	list := q.notices
	q.notices = nil
	q.mu.Unlock()
	for _, n := range list {
		q.tell(n)
	}
}

// Since is when the first sample after the last gap left; zero in a gap.
func (q *Queue) Since() time.Time {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.begun
}
