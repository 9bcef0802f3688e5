package pbx

import (
	"sync/atomic"
	"time"
)

// limit is a bound that a call may run into. It is counted, and logged once a second at
// most.
type limit struct {
	n    atomic.Uint64
	told atomic.Int64 // when it was logged, in nanoseconds
}

const limitPause = int64(time.Second)

// limits of what one call may use.
type limits struct {
	keys      limit // that wait for who reads them
	texts     limit // that wait
	hops      limit // max_forwards
	kin       limit // channels at once
	depth     limit // of subroutines
	length    limit // of a value
	variables limit // bytes of them
	globals   limit // the same
	handlers  limit // of the hang-up
	loops     limit // of dialplan that never waits
	panics    atomic.Uint64
}

// again counts, and says whether that is to be logged.
func (l *limit) again() bool {
	l.n.Add(1)
	now := time.Now().UnixNano()
	told := l.told.Load()
	return now-told >= limitPause && l.told.CompareAndSwap(told, now)
}

// over counts that the channel has run into a limit, from any goroutine.
func (c *Channel) over(l *limit, text string) {
	if !l.again() {
		return
	}
	c.core.cfg.Log.Warn().Ctx(c.trace.Context()).Msgf("%s: %s", c.Name(), text)
	c.trace.Note("limit: %s", text)
}

// Limits are how often calls ran into a bound, by its name.
func (c *Core) Limits() map[string]uint64 {
	t := &c.tally
	return map[string]uint64{"keys": t.keys.n.Load(), "texts": t.texts.n.Load(), "hops": t.hops.n.Load(), "channels": t.kin.n.Load(),
		"subroutines": t.depth.n.Load(), "length": t.length.n.Load(), "variables": t.variables.n.Load(), "globals": t.globals.n.Load(),
		"handlers": t.handlers.n.Load(), "loop": t.loops.n.Load()}
}

// Panics that ended a call each.
func (c *Core) Panics() uint64 { return c.tally.panics.Load() }
