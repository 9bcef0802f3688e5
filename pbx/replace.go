package pbx

import "obelisk/media"

// replacement is a leg on its way into a channel.
type replacement struct {
	leg    Leg
	caller CallerID
}

// Replace puts a leg that has no channel into the place of the channel's own, which is hung
// up: an INVITE with Replaces. An incoming leg is answered. False when the channel is gone,
// or something else is on its way into it.
func (c *Channel) Replace(leg Leg, caller CallerID) bool {
	return c.expect(&replacement{leg: leg, caller: caller}) && c.Post(Event{Kind: EventReplaced})
}

// expect says that another leg is about to take the place of the channel's own, which is
// then hung up. False when the channel is gone, or something else is on its way into it.
func (c *Channel) expect(r *replacement) (free bool) {
	c.locked(func() {
		if free = !c.hung() && !c.closed && !c.idle && c.next == nil; free {
			c.next = r
		}
	})
	return free
}

// Join takes the leg out of this channel, which ends, and puts it into the place of
// another channel's: an attended transfer. False when this one is gone, or is the other.
func (c *Channel) Join(other *Channel) bool {
	free := false
	c.locked(func() {
		if free = c != other && !c.hung() && !c.idle && c.joins == nil; free {
			c.joins = other
		}
	})
	return free && c.Post(Event{Kind: EventJoins})
}

// replaceLeg is Replace on the worker's side.
func (c *Channel) replaceLeg() {
	c.StopMusic()
	old := c.leg
	var peer *Channel
	c.locked(func() {
		c.leg, c.callerID, c.next, peer = c.next.leg, c.next.caller, nil, c.bridged
	})
	c.leg.Rebind(c)
	c.listenDigits()
	handOver(old, c.leg)
	c.trace.Note("%s now belongs to %s", c.Name(), c.leg.Resource())
	if peer != nil {
		Restrict(c.leg, peer.leg)
		c.Introduce(peer)
	}
	c.leg.Answer()
	if peer != nil {
		Link(c.leg, peer.leg)
		pair(c.leg, peer.leg)
		peer.Introduce(c)
		peer.StopMusic() // whoever held it is gone
		setPeer(c, peer)
		setPeer(peer, c)
	}
	c.MarkAnswered()
	old.Hangup(CauseNormal)
	if peer != nil {
		c.endRing()
	}
}

// handOver gives what records a leg's audio, and what plays at it, to the one in its place.
func handOver(old, leg Leg) {
	if from, to := old.Stream(), leg.Stream(); from != nil && to != nil {
		from.HandOver(to)
	}
}

// joinOther is Join on the worker's side.
func (c *Channel) joinOther() {
	c.StopMusic()
	leg := c.leg
	tellPartner(leg, nil)
	var to *Channel
	c.locked(func() { to = c.joins })
	r := &replacement{leg, c.View().CallerID}
	free := to.expect(r)
	if free {
		c.trace.Note("%s has joined %s", c.Name(), to.Name())
		if from, _ := c.together(); from == nil && to.View().Bridged == nil {
			c.become(to)
		}
	}
	cause := CauseNormal
	if !to.View().Gone && to.View().Bridged == nil {
		cause = CauseAnsweredElsewhere // a pickup
	}
	c.locked(func() { c.leg = departed{leg} })
	c.hangup(CauseNone, true)
	c.seeHangup()
	c.SetCause(cause)
	if !free || !to.Post(Event{Kind: EventReplaced}) {
		leg.Hangup(CauseNormal)
	}
}

// departed stands for a leg that another channel has now.
type departed struct{ Leg }

func (departed) Bind(*Channel)         {}
func (departed) Rebind(*Channel)       {}
func (departed) Call(CallInfo)         {}
func (departed) Indicate(Indication)   {}
func (departed) Answer()               {}
func (departed) Hangup(Cause)          {}
func (departed) Stream() *media.Stream { return nil }
func (departed) Restrict([]media.Codec) {
}
