package sipstack

import "time"

// standing tells a queue of new calls that stands, because more come than the machine
// takes, from one that a pause of the processor has left and that is gone in a moment
// (the idea of CoDel, RFC 8289). It belongs to a shard.
type standing struct {
	since time.Time // every call taken since then had waited too long; zero: the last one had not
	taken int       // calls let in since
}

const (
	// patience is for how many times MaxAge calls must have waited too long: with its
	// default half a second, when callers begin to repeat themselves.
	patience = 5
	// handful of calls waiting is none too many.
	handful = 5
)

// refuses says whether a call that has waited for age is refused. It is while calls have
// waited too long for a whole interval and more still wait than were taken in one.
func (s *standing) refuses(now time.Time, age, maxAge time.Duration, waiting int) bool {
	if age <= maxAge || age >= time.Minute { // so old is nothing but a clock that was set
		*s = standing{}
		return false
	}
	if s.since.IsZero() {
		s.since = now
	}
	interval, past := patience*maxAge, now.Sub(s.since)
	if past > 2*interval { // what was taken long ago says little
		s.taken = int(int64(s.taken) * int64(interval) / int64(past))
		s.since, past = now.Add(-interval), interval
	}
	if past < interval || waiting < handful || int64(waiting)*int64(past) <= int64(s.taken)*int64(interval) {
		s.taken++
		return false
	}
	return true
}
