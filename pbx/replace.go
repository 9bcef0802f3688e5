package pbx

import "obelisk/media"

// replacement is a leg on its way into a channel.
type replacement struct {
	leg    Leg
	caller CallerID
}

// Replace puts another leg into the place of the channel's own, which is hung up:
// a pickup, or an INVITE with Replaces. An incoming leg is answered. False when
// the channel is gone, or something else is on its way into it.
func (c *Channel) Replace(leg Leg, caller CallerID) bool {
	free := false
	c.locked(func() {
		if free = !c.gone && c.next == nil; free {
			c.next = &replacement{leg, caller}
		}
	})
	return free && c.Post(Event{Kind: EventReplaced})
}

// Join takes the leg out of this channel, which ends, and puts it into the place of
// another channel's: an attended transfer. False when this one is gone.
func (c *Channel) Join(other *Channel) bool {
	free := false
	c.locked(func() {
		if free = !c.gone && c.joins == nil; free {
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
	c.trace.Note("%s now belongs to %s", c.name, c.leg.Resource())
	if peer != nil {
		Restrict(c.leg, peer.leg)
		c.Introduce(peer)
	}
	c.leg.Answer()
	if peer != nil {
		Bridge(c.leg, peer.leg)
		pair(c.leg, peer.leg)
		peer.Introduce(c)
		peer.StopMusic() // whoever held it is gone
	}
	c.MarkAnswered()
	old.Hangup(CauseNormal)
}

// leave is Join on the worker's side.
func (c *Channel) leave() {
	c.StopMusic()
	leg := c.leg
	tellPartner(leg, nil)
	var to *Channel
	c.locked(func() {
		to, c.leg, c.gone, c.cause = c.joins, departed{leg}, true, CauseNormal
	})
	c.trace.Note("%s has joined %s", c.name, to.name)
	if !to.Replace(leg, c.View().CallerID) {
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
