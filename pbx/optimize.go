package pbx

import (
	"sync/atomic"

	"obelisk/pbx/event"
)

// A Local channel that joins two bridges is left out (Asterisk: optimisation away): who is
// bridged with its half ;2 takes the place of ;1 in the other bridge.

// Detour is a leg that leads to another channel of the switchboard and may be left out.
type Detour interface {
	// Beyond is the channel of its other half, nil when it is to stay.
	Beyond() *Channel
	// First says whether it is half ;1.
	First() bool
}

// Paired is a leg that is one half of a channel: what CHANNEL() changes at one half it changes at
// the other.
type Paired interface {
	// Pair is the channel of the other half, nil before it is there.
	Pair() *Channel
}

// Kept is a leg of a channel that was to stay and may be left out from now on.
type Kept interface{ MayGo() }

func beyond(c *Channel) *Channel {
	if d, ok := c.Leg().(Detour); ok {
		return d.Beyond()
	}
	return nil
}

// LeaveOut says whether the channel is one that is left out where that is possible, and
// sees to it, also where it was to stay.
func (c *Channel) LeaveOut() bool {
	if k, ok := c.Leg().(Kept); ok {
		k.MayGo()
	}
	other := beyond(c)
	if other == nil {
		return false
	}
	c.Post(Event{Kind: EventShorten})
	other.Post(Event{Kind: EventShorten})
	return true
}

// shortcuts has each detour looked at that leads here, or from here.
func (b *Bridge) shortcuts() {
	for _, c := range b.talking() {
		other := beyond(c)
		switch {
		case other == nil:
		case c.isFront(other):
			other.Post(Event{Kind: EventShorten})
		default:
			c.Post(Event{Kind: EventShorten})
		}
	}
}

// isFront says whether a half is the one whose place is taken, and not the other one: that which was called.
// Where both run a dialplan (one that was originated, and dials) or neither does, it is ;1.
func (c *Channel) isFront(other *Channel) bool {
	if mine := c.called(); mine != other.called() {
		return mine
	}
	d, ok := c.Leg().(Detour)
	return ok && d.First()
}

// talking are those who hear each other: two, or all where media are mixed.
func (b *Bridge) talking() []*Channel {
	switch {
	case b.joint[0] != nil:
		return b.joint[:]
	case b.policy.Kind == KindBasic && len(b.seats) > 2:
		return b.present()
	}
	return nil
}

// KeepWhole has Local channels that lead here stay until it is taken back: who they lead to is not settled yet.
func (b *Bridge) KeepWhole(on bool) {
	if b.whole.Swap(on) && !on {
		b.do(b.shortcuts)
	}
}

// shorten sends who is with the half of a detour to the place of its other half, where that talks with
// somebody. A half that runs Dial ends with its part.
func (b *Bridge) shorten(two *Channel) {
	if b.policy.Kind == KindParking {
		b.shortenParked(two)
		return
	}
	one, other := beyond(two), b.partner(two)
	if one == nil || other == nil || !b.works(other) || b.policy.Kind != KindBasic || b.whole.Load() {
		return
	}
	with, in := one.together()
	if in == nil || in == b || in.policy.Kind != KindBasic || in.whole.Load() || one.hung() || !one.isFront(two) {
		return
	}
	if with == nil && !in.crowded() {
		return
	}
	if !speaks(other) && with != nil && !speaks(with) {
		return // as in Asterisk, which leaves it out with the first audio
	}
	if !b.reserve() {
		return
	}
	// Its own half stays until the other one has gone into the other place: when it ends, that half does.
	o := &order{why: Sent, by: two, held: b}
	o.optimizes(one, two, other)
	if other.takePlace(one, o) == nil {
		two.trace.Note("%s goes to the place of %s", other.Name(), one.Name())
	}
}

// crowded says whether more than two are there.
func (b *Bridge) crowded() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.seats) > 2
}

// shortenParked sends who is with the other half of a channel that is parked to its place in the lot, unless
// he has keys of his own there: who transfers, and listens to where the call is parked.
func (b *Bridge) shortenParked(two *Channel) {
	one := beyond(two)
	if one == nil {
		return
	}
	with, in := one.together()
	if with == nil || in == b || in.policy.Kind != KindBasic || one.hung() || !speaks(with) {
		return
	}
	in.do(func() {
		i := in.find(with)
		if i < 0 || in.partner(with) != one || in.seats[i].m.Keys != nil || !in.reserve() {
			return
		}
		o := &order{why: Sent, by: one, held: in}
		o.optimizes(one, two, with)
		with.takePlace(two, o)
	})
}

// mostHalves is how many Local channels in a row are looked through for somebody who speaks.
const mostHalves = 1000

// speaks says whether a channel has media of its own, or is the half of one that leads to such a channel.
func speaks(c *Channel) bool {
	for range mostHalves {
		half, ok := c.Leg().(Paired)
		if !ok {
			return true
		}
		far := half.Pair()
		if far == nil {
			return false
		}
		if c, _ = far.together(); c == nil {
			return false
		}
	}
	return false
}

// outside says whether a channel has media of its own, and is no half of another.
func outside(c *Channel) bool {
	_, half := c.Leg().(Paired)
	return !half
}

// TellLocal makes known that the halves of a Local channel belong together.
func TellLocal(one, two *Channel, context, exten string, optimized bool) {
	if !two.core.Heard() {
		return
	}
	two.core.Tell(event.LocalBridged{One: one.Snapshot(), Two: two.Snapshot(), Context: context, Exten: exten, Optimizes: optimized})
}

// optimizes has the order make known that a Local channel is left out, for the party behind it: when that
// leaves its place, and when it has the other one.
func (o *order) optimizes(one, two, source *Channel) {
	if d, ok := two.Leg().(Detour); ok && d.First() {
		one, two = two, one
	}
	id := optimizations.Add(1)
	tell := func(begins bool, source *Snapshot) {
		if one.core.Heard() {
			one.core.Tell(event.LocalOptimized{One: one.Snapshot(), Two: two.Snapshot(), Begins: begins, Source: source, ID: id})
		}
	}
	o.leaves = func() { tell(true, source.Snapshot()) }
	o.arrived = func(*Channel) { tell(false, nil) }
}

var optimizations atomic.Int64
