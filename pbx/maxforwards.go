package pbx

import (
	"cmp"
	"errors"
	"strconv"
)

// How far a call may go on: a call that comes back to where it was would dial for ever.

// mostHops is how often a call may be dialled on, as in Asterisk (max_forwards).
const mostHops = 20

// ErrHops is a call that was dialled on too often.
var ErrHops = errors.New("the call has been dialled on too often (max_forwards)")

// hops are what is left to a channel. A channel that it dials gets one less of each.
type hops struct {
	begun, left int // CHANNEL(max_forwards)
	wire        int // Max-Forwards of RFC 3261: see CallInfo
}

// mostKin is how many channels of one call may be there at once: those that were dialled on
// from one channel, and it. (Asterisk has no bound; a Dial of two places that lead back to
// it makes 2^20 with twenty hops.)
const mostKin = 2000

// NoneLeft is a Max-Forwards of 0.
const NoneLeft = -1

// handedOn is what a channel gets that this one dials.
func (h hops) handedOn() hops {
	h.left--
	switch {
	case h.wire == 1:
		h.wire = NoneLeft
	case h.wire > 1:
		h.wire--
	}
	return h
}

// Hops is CHANNEL(max_forwards): how often the call may still be dialled on.
func (c *Channel) Hops() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.hops.left
}

// SetHops changes it.
func (c *Channel) SetHops(n int) { c.locked(func() { c.hops.begun, c.hops.left = n, n }) }

// MayDial says whether the channel may dial others, and have them forward the call so many
// times; if not, that is counted and logged.
func (c *Channel) MayDial(forwards int) bool {
	c.mu.Lock()
	may := c.hops.left > forwards && c.hops.wire != NoneLeft
	c.mu.Unlock()
	switch {
	case !may:
		c.over(&c.core.tally.hops, ErrHops.Error())
	case c.origin().kin.Load() >= mostKin:
		may = false
		c.over(&c.core.tally.kin, "the call has "+strconv.Itoa(mostKin)+" channels already")
	}
	if !may || c.first == nil && forwards == 0 {
		c.origin().loops.Store(!may)
	}
	return may
}

// Loops says that the call has been dialled on too often. Whoever has further targets for
// one that failed leaves them then: two at each of twenty hops are a million calls.
func (c *Channel) Loops() bool { return c.origin().loops.Load() }

// origin is the channel that a call began with.
func (c *Channel) origin() *Channel { return cmp.Or(c.first, c) }

// MaxForwards is what a leg tells the far end (CallInfo).
func (c *Channel) MaxForwards() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.hops.wire
}

// arrived gives two channels that were bridged the hops back that led there, as in Asterisk.
func (c *Channel) arrived() { c.locked(func() { c.hops.left = c.hops.begun }) }

// SpendHop takes a hop of a channel that goes on without whom it has dialled: Dial's G, which
// may lead it to the same Dial again, and whom it has dialled too.
//
// Differs: with Asterisk it has as many as before, and a Dial of itself makes channels without end.
func (c *Channel) SpendHop() { c.locked(func() { c.hops.left-- }) }

// hopsAfter gives the channel what is left after another one that dials it.
func (c *Channel) hopsAfter(by *Channel) {
	by.mu.Lock()
	h := by.hops.handedOn()
	by.mu.Unlock()
	c.locked(func() { c.hops = h })
	c.first = by.origin()
}
