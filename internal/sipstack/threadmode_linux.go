package sipstack

import (
	"sync"
	"sync/atomic"
	"time"

	"obelisk/internal/rawnet"

	"golang.org/x/sys/unix"
)

// gauge looks at the CPU time of the process and has it work on one thread or on
// all cores. It is asked when messages come, so that nothing ticks without any.
type gauge struct {
	streams func() bool  // whether there are connections
	alone   atomic.Bool  // it works on one thread
	last    atomic.Int64 // look, Unix nanoseconds

	mu    sync.Mutex // guards the next block
	at    time.Time  // of the last look
	used  time.Duration
	busy  time.Time   // when one thread was last not enough
	watch *time.Timer // for the end of messages, while it works on one thread
	begun bool
}

const (
	lookEvery = 100 * time.Millisecond
	full      = 0.6             // of one core: spread
	calmFor   = 2 * time.Second // below that: gather
	restAfter = time.Second     // without a message: spread, for whatever else goes on
)

func (g *gauge) look(now time.Time) {
	g.last.Store(now.UnixNano())
	g.mu.Lock()
	defer g.mu.Unlock()
	past := now.Sub(g.at)
	if past < lookEvery {
		return
	}
	used := processCPU()
	share := float64(used-g.used) / float64(past)
	g.at, g.used = now, used
	if g.begun && share > full || g.streams() {
		g.busy = now
	}
	g.begun = true
	switch calm := now.Sub(g.busy) > calmFor; {
	case calm && !g.alone.Load():
		g.alone.Store(true)
		rawnet.Gather()
		g.watch = time.AfterFunc(restAfter, g.see)
	case !calm && g.alone.Load():
		g.spread()
	}
}

// see looks whether messages still come.
func (g *gauge) see() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.alone.Load() {
		return
	}
	if left := restAfter - time.Duration(time.Now().UnixNano()-g.last.Load()); left > 0 && left <= restAfter {
		g.watch.Reset(left)
		return
	}
	g.spread()
}

// rest is the end of the messages: what else goes on has all cores.
func (g *gauge) rest() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.alone.Load() {
		g.spread()
	}
}

// spread is called with mu held.
func (g *gauge) spread() {
	g.alone.Store(false)
	g.watch.Stop()
	rawnet.Spread()
}

func processCPU() time.Duration {
	var ts unix.Timespec
	unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &ts)
	return time.Duration(ts.Nano())
}
