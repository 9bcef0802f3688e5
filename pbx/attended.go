package pbx

import "time"

// An attended transfer: somebody who is in two calls connects the other parties. The one
// that called keeps its dialplan, its variables and its records, and gets the other for a
// callee; where that cannot be, its leg goes into the place of the second channel (Join).

// transferred is a callee on its way to the caller of another bridge.
type transferred struct {
	second *Bridging // that it is in
	was    *Snapshot // the transferer's second channel
}

// TransferTo connects the party that is bridged with this channel with the one that is
// bridged with another, of the same person: both have then done their part. False when that
// cannot be.
func (c *Channel) TransferTo(second *Channel) bool {
	party, target := c.View().Bridged, second.View().Bridged
	if party == nil || c == second || party == second {
		return false
	}
	party.SetVar("ATTENDEDTRANSFER", c.Name())
	if target == nil || !c.called() || !target.called() {
		return party.Join(second)
	}
	free := false
	second.locked(func() {
		if free = !second.hung() && second.gives == nil; free {
			second.gives = c
		}
	})
	if !free {
		return false
	}
	c.locked(func() { c.moving = true })
	return second.Post(Event{Kind: EventGives})
}

// transferPatience is how long the party of a transferer who has hung up waits for the
// other one.
const transferPatience = time.Second

// replacedSoon says of a channel that is hung up whether another party is on its way into
// its place.
func (c *Channel) replacedSoon() (moving bool) {
	c.locked(func() { moving = c.moving })
	return moving
}

// awaitTransfer waits for whom a transferer who has hung up gives his party; nil when nobody
// comes.
func awaitTransfer(caller, transferer *Channel) *Channel {
	transferer.seeHangup()
	until := time.Now().Add(transferPatience)
	for {
		e, why := caller.Await(Wait{For: max(time.Until(until), 1), Kinds: Kinds(EventShortcut)})
		switch {
		case why == Came && e.From == transferer:
			return takeOver(caller, transferer)
		case why == TimedOut, why != Came && e.From == caller:
			transferer.locked(func() { transferer.moving = false })
			return nil
		}
	}
}

// called says whether the channel is worked by the one that dialled it.
func (c *Channel) called() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.outgoing && !c.driven
}

// handOver offers the callee to the bridge of the transferer's first channel; false when
// that is over. It is called on the worker of the second.
func handOver(caller, callee *Channel) bool {
	var first *Channel
	caller.locked(func() { first, caller.gives = caller.gives, nil })
	if first == nil {
		return false
	}
	way := &transferred{second: caller.bridgingNow(), was: caller.Snapshot()}
	if !callee.leaves() {
		return false
	}
	if !first.expectOffer(func() bool { return (!first.hung() || first.moving) && first.bridged != nil }) {
		callee.stays()
		return false
	}
	way.second.tell(caller.core, "BridgeLeave", 1, caller)
	caller.locked(func() { caller.bridged, caller.bridging = nil, nil })
	clearPeer(caller)
	callee.StopMusic()
	Unbridge(caller.leg)
	unpair(caller.leg, callee.leg)
	first.offer(callee, way)
	return true
}

// arrive puts the callee into the place of the transferer, on the worker of the caller who
// was with him.
func (w *transferred) arrive(caller, transferer, callee *Channel) {
	first := caller.bridgingNow()
	part(caller, transferer)
	Bridge(caller.leg, callee.leg)
	callee.locked(func() { callee.bridged, callee.bridging = caller, w.second })
	caller.locked(func() { caller.bridged, caller.bridging = callee, w.second })
	pair(caller.leg, callee.leg)
	caller.trace.Note("%s and %s are bridged by %s", caller.Name(), callee.Name(), transferer.Name())
	w.second.tell(caller.core, "BridgeEnter", 2, caller)
	callee.SetLinkedID(caller.View().LinkedID)
	caller.tellAttended(transferer, w.was, callee, first, w.second)
	setPeer(callee, caller)
	setPeer(caller, callee)
	caller.Introduce(callee)
	callee.Introduce(caller)
	transferer.End(CauseNormal)
	caller.endRing()
}
