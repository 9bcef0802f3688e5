package pbx

import (
	"sync/atomic"
	"time"

	"obelisk/pbx/cdr"
)

// setupBounds of the histogram of set-up times, in seconds.
var setupBounds = [...]float64{0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30, 60}

// tally counts calls by what became of them, and how long their answers took.
type tally struct {
	limits
	answered, noAnswer, busy, failed atomic.Uint64
	setups                           [len(setupBounds) + 1]atomic.Uint64
	setupNanos                       atomic.Int64
}

// Tally is a reading of it.
type Tally struct {
	Outcomes    map[string]uint64  // by disposition
	SetupBounds map[float64]uint64 // calls answered within so many seconds
	SetupCount  uint64
	SetupSum    float64 // seconds
}

// outcome counts a call that came in.
func (t *tally) outcome(disposition string) {
	switch disposition {
	case cdr.Answered:
		t.answered.Add(1)
	case cdr.Busy:
		t.busy.Add(1)
	case cdr.NoAnswer, cdr.Cancel:
		t.noAnswer.Add(1)
	default:
		t.failed.Add(1)
	}
}

// setup counts an answer.
func (t *tally) setup(d time.Duration) {
	i := 0
	for i < len(setupBounds) && d.Seconds() > setupBounds[i] {
		i++
	}
	t.setups[i].Add(1)
	t.setupNanos.Add(int64(d))
}

// Tally counts the calls since the start.
func (c *Core) Tally() Tally {
	t := &c.tally
	out := Tally{SetupBounds: map[float64]uint64{}, SetupSum: time.Duration(t.setupNanos.Load()).Seconds(),
		Outcomes: map[string]uint64{"answered": t.answered.Load(), "no_answer": t.noAnswer.Load(), "busy": t.busy.Load(),
			"failed": t.failed.Load()}}
	for i := range t.setups {
		if out.SetupCount += t.setups[i].Load(); i < len(setupBounds) {
			out.SetupBounds[setupBounds[i]] = out.SetupCount
		}
	}
	return out
}
