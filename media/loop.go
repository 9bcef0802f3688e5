package media

import (
	"container/heap"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// socket is one UDP port of a stream. It is bound by whoever opens the stream
// and used by the loop only once attached.
type socket interface {
	// attach has its packets come to a stream on a loop; detach ends that, to attach it
	// elsewhere.
	attach(backend, *Stream)
	detach()
	// defers has its packets wait for the backend's collect, from now on or not any more.
	defers(on bool)
	send(b []byte, to *target)
	close()
}

// target is a destination with its system form prepared, so that sending a
// packet converts nothing.
type target struct {
	addr netip.AddrPort
	raw  rawAddr
}

func (t *target) set(a netip.AddrPort) {
	if t.addr != a {
		t.addr = a
		t.raw.Set(a)
	}
}

// backend opens sockets and waits for packets and commands.
type backend interface {
	// bind opens a socket; it may be called from anywhere. Once attached, its
	// packets go to s.receive(rtcp, ...) on the loop.
	bind(addr netip.AddrPort, s *Stream, rtcp bool) (socket, error)
	// wake makes run look at the command queue.
	wake()
	// collect takes in the packets that wait for it; it runs on the loop.
	collect(l *loop)
	// run owns the calling goroutine until stop was posted.
	run(l *loop)
}

// loop owns the streams given to it. Commands enter through post; packets and
// timers are handled between them. Nothing in it locks or allocates per packet:
// the loop's thread takes the loop once for each wake-up. A command that finds
// nobody on the loop is done by its caller, because waking the loop's thread
// costs more than the command.
type loop struct {
	back    backend
	streams atomic.Int32 // with sockets, that are on it

	on sync.Mutex // held by who is on the loop; guards the next block
	// ---- owned by who is on the loop ----
	timers  timerHeap
	now     time.Time // one clock reading per turn
	framed  time.Time // when a Framed source was asked last: there is work with each frame
	asleep  time.Time // until when the loop's thread will not look at the timers
	done    bool
	scratch scratch
	// payloads are the tables that streams share, by what is in them.
	payloads map[payloads]*payloads

	// batch is what runQueue is doing, and begun how much of it has had its turn.
	batch []command
	begun int

	mu    sync.Mutex // guards the next block; move holds one after the other
	queue []command
	spare []command // the queue's memory, in turn
}

// place is the loop that something is on, for those who are not on it. It changes while the queues of
// both loops are locked (move).
type place = atomic.Pointer[loop]

// command is something to be done on a loop.
type command struct {
	f  func()  // nil: it went after its stream or mixer to another loop
	at *place  // of the stream or mixer that it is for; nil: the loop itself
	of *Stream // only while this one is open; nil: in any case
}

func (c command) run() {
	if c.f != nil && (c.of == nil || c.of.opened) {
		c.f()
	}
}

// post runs f on the loop: before it returns when nobody is on it, else soon.
// It may be called from anywhere, on the loop too.
func (l *loop) post(f func()) { l.give(command{f: f}) }

// send gives the command to the loop that what it is for is on. Those of one sender are done in
// their order, wherever it moves meanwhile.
func (c command) send() {
	for !c.at.Load().give(c) {
	}
}

// give queues a command and does it when nobody is on the loop; false: what it is for has moved.
func (l *loop) give(c command) bool {
	l.mu.Lock()
	if c.at != nil && c.at.Load() != l {
		l.mu.Unlock()
		return false
	}
	l.queue = append(l.queue, c)
	l.mu.Unlock()
	l.pump()
	return true
}

// pump does the commands that have come in, unless somebody is on the loop: he
// pumps when he leaves.
func (l *loop) pump() {
	for l.waiting() && l.turn() {
	}
}

// turn does the commands that wait; false when somebody else is on the loop. One that panics costs
// its sender, who is told by that panic, and not the loop.
func (l *loop) turn() bool {
	if !l.on.TryLock() {
		return false
	}
	defer l.on.Unlock()
	l.now = time.Now()
	l.runQueue()
	return true
}

func (l *loop) waiting() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.queue) > 0
}

// runQueue executes the commands that have come in.
func (l *loop) runQueue() {
	l.mu.Lock()
	q := l.queue
	if len(q) == 0 {
		l.mu.Unlock()
		return
	}
	l.queue, l.spare = l.spare, nil
	l.mu.Unlock()
	l.batch = q
	var fault any
	for i := range q {
		l.begun = i + 1
		if r := l.try(q[i]); r != nil {
			fault = r
		}
	}
	l.batch, l.begun = nil, 0
	if fault != nil { // when the others have had their turn
		panic(fault)
	}
	if clear(q); cap(q) <= mostSpare {
		l.mu.Lock()
		l.spare = q[:0]
		l.mu.Unlock()
	}
}

// try does a command and returns the panic that it has ended with, nil for none.
func (l *loop) try(c command) (fault any) {
	defer func() { fault = recover() }()
	c.run()
	return nil
}

// mostSpare commands are room that is kept when a rush is over.
const mostSpare = 64

// enter and leave bracket a turn of the loop's own thread. leave returns how
// long the thread may sleep: to the next timer, and never longer than nap, so
// that most timers are armed without waking it.
func (l *loop) enter() {
	l.on.Lock()
	l.now = time.Now()
}

func (l *loop) leave() time.Duration {
	l.runQueue()
	wait := l.runTimers()
	if wait < 0 || wait > nap {
		wait = nap
	}
	if l.idle() {
		wait = -1
		l.asleep = time.Unix(1<<40, 0)
	} else {
		l.asleep = l.now.Add(wait)
	}
	l.on.Unlock()
	l.pump()
	return wait
}

const nap = time.Second

// idle: nothing is armed, so the thread may sleep until it is woken.
func (l *loop) idle() bool { return len(l.timers) == 0 && !l.done }

// runTimers fires what is due and returns the time to the next timer, negative
// for none.
func (l *loop) runTimers() time.Duration {
	for len(l.timers) > 0 {
		t := l.timers[0]
		if wait := t.at().Sub(l.now); wait > 0 {
			return wait
		}
		heap.Pop(&l.timers)
		t.fire(t)
	}
	return -1
}

// timer is one due moment of a stream.
type timer struct {
	due   time.Duration // after began
	fire  func(*timer)
	index int32 // -1 when not armed
}

// at is when it is due.
func (t *timer) at() time.Time { return began.Add(t.due) }

func (l *loop) arm(t *timer, due time.Time) {
	t.due = due.Sub(began)
	if due.Before(l.asleep) {
		l.asleep = due
		l.back.wake()
	}
	if t.index >= 0 {
		heap.Fix(&l.timers, int(t.index))
		return
	}
	heap.Push(&l.timers, t)
}

// nextFrame is the next of the moments, 20 ms from each other, at which all mixers of a process
// work: the loop is woken once for all of them.
func nextFrame(now time.Time) time.Time {
	return began.Add(now.Sub(began).Truncate(frameTime) + frameTime)
}

func (l *loop) disarm(t *timer) {
	if t.index >= 0 {
		heap.Remove(&l.timers, int(t.index))
	}
}

type timerHeap []*timer

func (h timerHeap) Len() int           { return len(h) }
func (h timerHeap) Less(i, j int) bool { return h[i].due < h[j].due }
func (h timerHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = int32(i), int32(j)
}
func (h *timerHeap) Push(x any) {
	t := x.(*timer)
	t.index = int32(len(*h))
	*h = append(*h, t)
}
func (h *timerHeap) Pop() any {
	old := *h
	t := old[len(old)-1]
	*h = old[:len(old)-1]
	t.index = -1
	return t
}
