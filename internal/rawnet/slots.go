package rawnet

import (
	"runtime"
	"sync"
)

// slots are the scheduler's (GOMAXPROCS). With several of them each goroutine
// that becomes ready wakes a thread, and with little to do that costs more than
// the work: a third of the CPU of a call. So while one thread is enough for the
// signalling there is one slot, and everything follows each other on it; under
// load there is one for each core.
var slots = struct {
	sync.Mutex
	cores    int // those of a busy process
	gathered bool
	extra    int // taken by loops that wait by raw calls
}{cores: runtime.GOMAXPROCS(0)}

// Gather makes the process work on one thread, beside those with a slot of their
// own. Spread undoes it.
func Gather() { change(func() { slots.gathered = true }) }

// Spread lets the process work on all cores, and on one thread more for the
// reader that waits by raw calls.
func Spread() { change(func() { slots.gathered = false }) }

// TakeSlot gives the caller's loop a slot of its own until giveBack is called.
func TakeSlot() (giveBack func()) {
	change(func() { slots.extra++ })
	return func() { change(func() { slots.extra-- }) }
}

func change(f func()) {
	slots.Lock()
	defer slots.Unlock()
	f()
	n := slots.cores + 1
	if slots.gathered {
		n = 1
	}
	if n += slots.extra; n != runtime.GOMAXPROCS(0) {
		runtime.GOMAXPROCS(n)
	}
}
