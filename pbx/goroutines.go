package pbx

import (
	"sync"
	"time"
)

// crew keeps goroutines that have done their work for what is to be done next: at its beginning
// and its end a goroutine costs more, with its stack, than what most of them do. They are the
// core's own, and rest for a short while only: then they end.
type crew struct {
	mu    sync.Mutex
	idle  []chan func() // the one that has worked last is the last
	most  int           // so many may rest; 0: all end at once
	least int           // how many have rested since the last round
	armed bool          // a round is to come
}

// restFor is the time between two rounds, in which those end that have rested since the one before.
const restFor = 100 * time.Millisecond

// begin has a goroutine do f.
func (k *crew) begin(f func()) {
	k.mu.Lock()
	n := len(k.idle) - 1
	if n < 0 {
		k.mu.Unlock()
		go k.work(f)
		return
	}
	next := k.idle[n]
	k.idle[n] = nil
	k.idle = k.idle[:n]
	k.least = min(k.least, n)
	k.mu.Unlock()
	next <- f
}

// work is the goroutine.
func (k *crew) work(f func()) {
	roomy(0)
	next := make(chan func(), 1)
	for f != nil {
		if f(); !k.rest(next) {
			return
		}
		f = <-next
	}
}

// rest notes a goroutine that has nothing to do; false where enough of them rest.
func (k *crew) rest(next chan func()) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.idle) >= k.most {
		return false
	}
	k.idle = append(k.idle, next)
	if !k.armed {
		k.armed, k.least = true, 0
		time.AfterFunc(restFor, k.round)
	}
	return true
}

// round ends those that have rested since the last one.
func (k *crew) round() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.end(k.least)
	k.least = len(k.idle)
	if k.armed = k.least > 0; k.armed {
		time.AfterFunc(restFor, k.round)
	}
}

// end has so many end that have rested longest; mu is held.
func (k *crew) end(n int) {
	for _, next := range k.idle[:n] {
		next <- nil // there is room: it rests
	}
	k.idle = append(k.idle[:0], k.idle[n:]...)
	clear(k.idle[len(k.idle):cap(k.idle)])
}

// Close ends the goroutines that rest; what is begun from now on is on one of its own.
func (c *Core) Close() {
	c.crew.mu.Lock()
	defer c.crew.mu.Unlock()
	c.crew.most, c.crew.least = 0, 0
	c.crew.end(len(c.crew.idle))
}

// roomy has the goroutine's stack grow to what a call needs while there is nothing on it yet:
// grown step by step, deep in the call, it would be copied again and again.
//
//go:noinline
func roomy(at int) byte {
	var room [5 << 10]byte
	return room[at]
}
