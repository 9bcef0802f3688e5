package boot

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
	"time"
)

// The collector runs rarely while the live heap is small, which it is in
// ordinary work: the garbage of a switchboard is many short messages. The room
// for garbage is an amount, not a multiple of the live heap, so that ten
// thousand phones do not cost five times what is known of them; and what a storm
// of calls took is given back once its transactions have ended.
const (
	garbage      = 24 << 20 // bytes between two collections
	mostPercent  = 100
	leastPercent = 50 // with a large heap
	largeHeap    = garbage * 100 / leastPercent
	// After a large heap memory is given back to the system, and again until
	// what lingered 64*T1 is gone.
	giveBack = 11 * time.Second
	rounds   = 4
)

// TuneMemory keeps the collector's target right for the rest of the process.
// GOGC in the environment leaves it alone. No profile of allocations is kept, which costs a call
// one part in a hundred: the package testing, by which "obelisk test" has virtual time, would have
// one kept that nobody reads.
func TuneMemory() *Memory {
	runtime.MemProfileRate = 0
	t := &Memory{percent: mostPercent}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(mostPercent)
		t.arm()
	}
	return t
}

// Memory watches the collector.
type Memory struct {
	percent int
	compact atomic.Pointer[func()] // of the system that runs
	left    atomic.Int32           // rounds of giving back
}

// cycle is dropped at once; its finalizer runs after each collection.
type cycle struct{ t *Memory }

func (t *Memory) arm() {
	runtime.SetFinalizer(&cycle{t}, func(c *cycle) { c.t.collected() })
}

func (t *Memory) collected() {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	if live[0].Value.Kind() != metrics.KindUint64 {
		return // a runtime without the figure: the first target stays
	}
	percent := target(live[0].Value.Uint64())
	if percent == leastPercent && t.left.Swap(rounds) == 0 {
		time.AfterFunc(giveBack, t.giveBack)
	}
	if percent != t.percent {
		t.percent = percent
		debug.SetGCPercent(percent)
	}
	t.arm()
}

// free gives back to the system what has become free at once, as reading files leaves it. A nil Memory
// does nothing: a process that is not a switchboard alone, as a test, has its own way with memory.
func (t *Memory) free() {
	if t != nil {
		debug.FreeOSMemory()
	}
}

func (t *Memory) giveBack() {
	if f := t.compact.Load(); f != nil {
		(*f)()
	}
	debug.FreeOSMemory()
	if t.left.Add(-1) > 0 {
		time.AfterFunc(giveBack, t.giveBack)
	}
}

// target is the collector's target for a live heap of so many bytes.
func target(live uint64) int {
	return int(min(max(garbage*100/max(live, 1), leastPercent), mostPercent))
}
