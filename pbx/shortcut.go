package pbx

// A Local channel that joins two bridges is left out: who is bridged with its half ;2
// takes the place of ;1 in the other bridge (Asterisk: optimisation away). The worker of
// ;2 gives its callee away, that of the other bridge takes it over.

// Detour is a leg that leads to another channel of the switchboard and may be left out.
type Detour interface {
	// Beyond is the channel of its other half, nil when it is to stay.
	Beyond() *Channel
}

// Paired is a leg that is one half of a channel: what CHANNEL() changes at one half it changes at
// the other.
type Paired interface {
	// Pair is the channel of the other half, nil before it is there.
	Pair() *Channel
}

func beyond(c *Channel) *Channel {
	if d, ok := c.leg.(Detour); ok {
		return d.Beyond()
	}
	return nil
}

// LeaveOut says whether the channel is one that is left out where that is possible, and
// sees to it.
func (c *Channel) LeaveOut() bool {
	if beyond(c) == nil {
		return false
	}
	c.Post(Event{Kind: EventShorten})
	return true
}

// shorten asks the worker of the half that can give its callee away to do so, if either
// party of a new bridge is a detour.
func shorten(caller, callee *Channel) {
	if two := beyond(callee); two != nil {
		two.Post(Event{Kind: EventShorten})
	}
	if beyond(caller) != nil {
		caller.Post(Event{Kind: EventShorten})
	}
}

// giveAway offers the callee of a detour to the bridge of its other half; false when that
// is not waiting in one for whom it has called.
func giveAway(caller, callee *Channel) bool {
	one := beyond(caller)
	if one == nil {
		return false
	}
	if !outside(callee) && !outside(one.View().Bridged) {
		return false // nobody speaks: as in Asterisk, which leaves it out with the first audio
	}
	if !callee.leaves() {
		return false
	}
	if !one.expectOffer(func() bool { return !one.hung() && one.bridged != nil && one.outgoing && !one.driven }) {
		callee.stays()
		return false
	}
	caller.trace.Note("%s goes to the caller of %s itself", callee.Name(), one.Name())
	part(caller, callee)
	one.offer(callee, nil)
	return true
}

// leaves says that the channel is about to be offered elsewhere; false when somebody is on
// the way into its own place: two that are offered to each other would be nobody's.
func (c *Channel) leaves() (free bool) {
	c.locked(func() {
		if free = !c.awaited && !c.leaving; free {
			c.leaving = true
		}
	})
	return free
}

// stays takes that back, or says that it has arrived.
func (c *Channel) stays() { c.locked(func() { c.leaving = false }) }

// expectOffer reserves the place of a channel for one that is about to be offered; false
// when there is something against it, or another one was first.
func (c *Channel) expectOffer(fits func() bool) (free bool) {
	c.locked(func() {
		if free = !c.awaited && !c.leaving && fits(); free {
			c.awaited = true
		}
	})
	return free
}

// offer has the worker of this channel's bridge know that a channel may take its place. It
// belongs to nobody until it is taken over, or ended because the bridge was over first.
func (c *Channel) offer(callee *Channel, way *transferred) {
	callee.hand(nil)
	if !c.change(func() {
		c.shortcut, c.way = callee, way
		c.put(Event{Kind: EventShortcut, From: c})
	}) {
		callee.End(CauseNormal)
	}
}

// outside says whether a channel has media of its own, and is no half of another.
func outside(c *Channel) bool {
	if c == nil {
		return false
	}
	_, half := c.Leg().(Paired)
	return !half
}

// takeOver puts the callee that was offered into the place of the detour's half.
func takeOver(caller, detour *Channel) *Channel {
	var callee *Channel
	var way *transferred
	detour.locked(func() {
		callee, way = detour.shortcut, detour.way
		detour.shortcut, detour.way, detour.awaited = nil, nil, false
	})
	if callee == nil {
		return detour
	}
	callee.stays()
	defer callee.hand(caller.worker()) // when it has arrived: what came meanwhile is looked at then
	if way != nil {
		way.arrive(caller, detour, callee)
		return callee
	}
	two := beyond(detour)
	part(caller, detour)
	tellOptimized(detour, two, callee)
	detour.End(CauseNormal)
	join(caller, callee)
	return callee
}

// dropShortcut ends a channel that was offered and not taken: the bridge was over first.
func (c *Channel) dropShortcut(cause Cause) {
	var orphan *Channel
	c.locked(func() { orphan, c.shortcut = c.shortcut, nil })
	if orphan != nil {
		orphan.End(cause)
	}
}
