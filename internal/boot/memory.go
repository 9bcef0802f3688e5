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
// ordinary work: the garbage of a switchboard is many short messages. With a
// large live heap (a storm of calls, whose transactions linger 32 s) that would
// multiply it, so the target falls; and what the storm took is given back once
// the transactions have ended.
const (
	smallHeap    = 48 << 20 // bytes, live
	lazyPercent  = 400
	eagerPercent = 75
	giveBack     = 11 * time.Second // after a large heap; a third of 64*T1, and again while it is large
)

// TuneMemory keeps the collector's target right for the rest of the process.
// GOGC in the environment leaves it alone.
func TuneMemory() {
	if os.Getenv("GOGC") != "" {
		return
	}
	debug.SetGCPercent(lazyPercent)
	t := &memoryTuner{percent: lazyPercent}
	t.arm()
}

type memoryTuner struct {
	percent int
	waiting atomic.Bool
}

// cycle is dropped at once; its finalizer runs after each collection.
type cycle struct{ t *memoryTuner }

func (t *memoryTuner) arm() {
	runtime.SetFinalizer(&cycle{t}, func(c *cycle) { c.t.collected() })
}

func (t *memoryTuner) collected() {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	if live[0].Value.Kind() != metrics.KindUint64 {
		return // a runtime without the figure: the first target stays
	}
	percent := target(live[0].Value.Uint64())
	if percent == eagerPercent && t.waiting.CompareAndSwap(false, true) {
		time.AfterFunc(giveBack, func() {
			t.waiting.Store(false)
			debug.FreeOSMemory()
		})
	}
	if percent != t.percent {
		t.percent = percent
		debug.SetGCPercent(percent)
	}
	t.arm()
}

// target is the collector's target for a live heap of so many bytes.
func target(live uint64) int {
	if live > smallHeap {
		return eagerPercent
	}
	return lazyPercent
}
