package access

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
)

// Refusals counts what one limit has refused. The log has a line every ten seconds at most.
type Refusals struct {
	n    atomic.Uint64
	told atomic.Int64 // Unix seconds
}

const logInterval = 10 // seconds

// Note counts a refusal.
func (r *Refusals) Note(log *zerolog.Logger, format string, args ...any) {
	n, now, told := r.n.Add(1), time.Now().Unix(), r.told.Load()
	if now-told >= logInterval && r.told.CompareAndSwap(told, now) {
		log.Warn().Msgf("%s; %d were refused by this limit so far", fmt.Sprintf(format, args...), n)
	}
}

// Count is how many there were.
func (r *Refusals) Count() uint64 { return r.n.Load() }

// Over says whether a limit, where there is one, is reached.
func Over(n, limit int) bool { return limit > 0 && n >= limit }

// LimitInfo is one limit of what one may have us keep.
type LimitInfo struct {
	What    string // what was refused
	Reason  string // the same in one word, for metrics
	Refused uint64
	Now     int // that there are; -1: not counted
	Options []LimitOption
}

// LimitOption is an option and what it says; 0: no limit.
type LimitOption struct {
	Name  string
	Value int
}
