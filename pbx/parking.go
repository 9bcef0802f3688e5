package pbx

import "time"

// Parking is the module that parks calls.
type Parking interface {
	// Parks parks the party with whom by is bridged, where a place of the dialplan is one at which
	// calls are parked; false: it is none. keys says that by asks for it by keys, and is hung up
	// once it has heard where the call is.
	Parks(by *Channel, context, exten string, keys bool) bool
	// ParkCall parks that party in by's own lot, by a key; false where that lot has no extension to
	// park at.
	ParkCall(by *Channel) bool
	// Waiting is who waits in a space that a hint names as park:SPACE@context, and since when; false:
	// nobody does, or the device is no space.
	Waiting(device string) (who CallerID, since time.Time, ok bool)
}

// ParkedAt is who waits where a hint of an extension shows that a call is parked.
func (c *Core) ParkedAt(context, exten string) (who CallerID, since time.Time, ok bool) {
	if c.parking == nil {
		return who, since, false
	}
	devices, _ := c.HintDevices(context, exten)
	for _, d := range devices {
		if who, since, ok = c.parking.Waiting(d); ok {
			return who, since, true
		}
	}
	return who, since, false
}

// SetParking gives the core its parking lots.
func (c *Core) SetParking(p Parking) { c.parking = p }

// Parking is nil where there are none.
func (c *Core) Parking() Parking { return c.parking }

// Deposit sends the other party of the channel's bridge to another bridge, where it stays: prepare
// says where and how it sits, and must not wait; not ok leaves it where it is. then is run on the
// channel, on a goroutine to which it is lent. After that the channel leaves its bridge, as one who
// has done his part, unless it stays (until it hangs up), or nobody was sent away. False outside
// of bridges of two.
func (c *Channel) Deposit(prepare func(other *Channel) (to *Bridge, m Member, ok bool), then func(c *Channel), stays bool) bool {
	with, in := c.together()
	if with == nil {
		return false
	}
	in.do(func() {
		other := in.partner(c)
		if other == nil || !in.works(other) || other.hung() {
			return
		}
		to, m, ok := prepare(other)
		if ok && !to.reserve() {
			ok = false
		}
		release := func() {}
		if ok {
			release = in.leftBy(c)
			clearPeer(other)
			if other.send(&order{to: to, member: m, why: Sent, by: c}, true) != nil {
				release()
				return
			}
		}
		in.feature(c, in.seats[in.find(c)].m.Features, func(c *Channel) {
			then(c)
			if !stays {
				release()
			}
		})
	})
	return true
}

// leftBy has the bridge go on with one of two until done: then it ends, as by the doing of that one. It is the strand's.
func (b *Bridge) leftBy(c *Channel) (done func()) {
	b.mu.Lock()
	b.absent++
	b.mu.Unlock()
	return func() {
		b.do(func() {
			b.mu.Lock()
			b.absent--
			b.mu.Unlock()
			b.review(Left{Why: PeerLeft, By: c, From: b})
		})
	}
}
