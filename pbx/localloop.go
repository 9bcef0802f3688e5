package pbx

import "slices"

// Local channels whose halves are bridged with each other alone, one or many in a ring: a
// transfer or a pickup has put a half to where its own other half leads. Nobody is there
// who could speak or hang up.
//
// Differs: such a ring ends. With Asterisk it stays until somebody ends it by hand.

// mostRing is how many bridges a ring may have; it bounds the way through channels that
// change meanwhile.
const mostRing = 2 * mostKin

// endRing ends the ring that the channel's new bridge has closed, if it has: when one party
// of it goes, all do. It is called on the worker, once the bridge stands.
//
// Whoever closes a ring last sees all of it. A way that is the same twice was there whole
// in between: no bridge comes back once it was left.
func (c *Channel) endRing() {
	if way := c.ring(); way != nil && slices.Equal(way, c.ring()) {
		c.trace.Note("%s ends: there are only Local channels that lead to each other", c.Name())
		c.hangup(CauseNormal, true)
	}
}

// passage is a bridge on the way round a ring, and whom the way comes to in it.
type passage struct {
	to *Channel
	in *Bridge
}

// ring is the way from the channel through its other half, whom that is bridged with, and
// so on, back to it; nil where the way ends elsewhere.
func (c *Channel) ring() (way []passage) {
	for at := c; len(way) < mostRing; {
		half, ok := at.Leg().(Paired)
		if !ok {
			return nil
		}
		other := half.Pair()
		if other == nil || other.hung() {
			return nil
		}
		var in *Bridge
		if at, in = other.together(); at == nil {
			return nil
		}
		if way = append(way, passage{at, in}); at == c {
			return way
		}
	}
	return nil
}
