package sipstack

import (
	"time"

	"obelisk/internal/rawnet"

	"golang.org/x/sys/unix"
)

// gauge looks at the CPU time of the process and has it work on one thread or on
// all cores. It is asked when messages come, so that nothing ticks.
type gauge struct {
	at     time.Time // of the last look
	used   time.Duration
	busy   time.Time // when one thread was last not enough
	spread bool
	begun  bool
}

const (
	lookEvery = 100 * time.Millisecond
	full      = 0.6             // of one core: spread
	calmFor   = 5 * time.Second // below that: gather
)

func (g *gauge) look(now time.Time) {
	past := now.Sub(g.at)
	if past < lookEvery {
		return
	}
	used := processCPU()
	share := float64(used-g.used) / float64(past)
	g.at, g.used = now, used
	if !g.begun {
		g.begun = true
		rawnet.Gather()
		return
	}
	if share > full {
		g.busy = now
	}
	switch {
	case share > full && !g.spread:
		g.spread = true
		rawnet.Spread()
	case g.spread && now.Sub(g.busy) > calmFor:
		g.spread = false
		rawnet.Gather()
	}
}

func processCPU() time.Duration {
	var ts unix.Timespec
	unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &ts)
	return time.Duration(ts.Nano())
}
