package sipstack

import (
	"time"

	"obelisk/internal/rawnet"

	"golang.org/x/sys/unix"
)

// gauge looks at the CPU time of the process and has it work on one thread or on
// all cores. It is asked when messages come, so that nothing ticks.
//
// While the one thread waits by raw calls Go's own poller is looked at every 10
// ms only. That is soon enough for the console; SIP on streams is spared it.
type gauge struct {
	streams func() bool // whether there are connections
	at      time.Time   // of the last look
	used    time.Duration
	busy    time.Time // when one thread was last not enough
	alone   bool
	begun   bool
}

const (
	lookEvery = 100 * time.Millisecond
	full      = 0.6             // of one core: spread
	calmFor   = 2 * time.Second // below that: gather
)

func (g *gauge) look(now time.Time) {
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
	case calm && !g.alone:
		g.alone = true
		rawnet.Gather()
	case !calm && g.alone:
		g.alone = false
		rawnet.Spread()
	}
}

// rest is the end of the messages for now: what else goes on has all cores.
func (g *gauge) rest() {
	if g.alone {
		g.alone = false
		rawnet.Spread()
	}
}

func processCPU() time.Duration {
	var ts unix.Timespec
	unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &ts)
	return time.Duration(ts.Nano())
}
