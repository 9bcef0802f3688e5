package pbx

// Parting is the end of a bridge.
type Parting struct {
	First    *Channel     // who hung up, or transfers
	Transfer *Transferred // nil when the bridge just ended
	Callee   *Channel     // who was with the caller at the end; nil: given to another bridge
}

// BridgeCall joins a caller, who is answered now if he was not, with an answered
// callee until one of them hangs up, or one transfers the other. It is called on the
// caller's goroutine, which works both channels meanwhile. Where a Local channel has led
// them together another callee may take the place of this one.
func BridgeCall(caller, callee *Channel) Parting {
	join(caller, callee)
	for {
		e, why := caller.Await(Wait{Kinds: AnyKind})
		other := callee
		switch e.From {
		case caller:
		case callee:
			other = caller
		default:
			continue // of somebody who is not in the bridge
		}
		switch {
		case why == Gone && e.From == callee && callee.replacedSoon():
			if next := awaitTransfer(caller, callee); next != nil {
				callee = next
				continue
			}
			part(callee, caller)
			return Parting{First: callee, Callee: callee}
		case why == Sent && e.From == callee:
			callee.seeSent()
			part(callee, caller)
			to, _ := callee.TakeRedirect()
			return Parting{caller, &Transferred{By: caller, To: to}, callee}
		case why != Came:
			e.From.Gone()
			if other.flags.Load()&flagSent != 0 { // both of them
				other.seeSent()
			}
			part(e.From, other)
			return Parting{First: e.From, Callee: callee}
		case e.Kind == EventShortcut && e.From == callee:
			callee = takeOver(caller, callee)
		case e.Kind == EventShorten:
			if giveAway(caller, callee) {
				return Parting{First: caller}
			}
		case e.Kind == EventGives:
			if e.From == caller && handOver(caller, callee) {
				return Parting{First: caller}
			}
		case e.Kind == EventTransfer:
			t := transferOf(e)
			tellBlind(e.From, other, t)
			clearPeer(other)
			other.goesTo(t.To)
			part(e.From, other)
			return Parting{e.From, t, callee}
		case !bridged(e, other):
			part(e.From, other)
			return Parting{First: e.From, Callee: callee}
		}
	}
}

// join links two channels and their media, and answers the caller.
//
//go:noinline
func join(caller, callee *Channel) {
	Bridge(caller.leg, callee.leg)
	link(caller, callee)
	if caller.View().State != StateUp { // he may speak, or transfer, the moment he has his 200
		Restrict(caller.leg, callee.leg)
		caller.Answer()
	}
	pair(caller.leg, callee.leg)
	caller.trace.Note("%s and %s are bridged", caller.Name(), callee.Name())
	enter(caller, callee)
	caller.arrived()
	callee.arrived()
	shorten(caller, callee)
}

// part ends the bridge of two of whom one leaves first.
func part(first, second *Channel) {
	noteQuality(first, second)
	leave(first, second)
	first.StopMusic()
	second.StopMusic()
	Unbridge(first.leg)
	unpair(first.leg, second.leg)
}

// bridged takes in an event of one party and says whether the bridge goes on.
//
//go:noinline
func bridged(e Event, other *Channel) bool {
	switch e.Kind {
	case EventText:
		relayText(e, other)
	case EventDigit:
		other.tellDigit(e.Digit, "Sent")
	case EventIdentity:
		e.From.Identify()
		other.Introduce(e.From)
	case EventHeld, EventUnheld:
		holdMusic(e, other)
	case EventPicture:
		if v, ok := other.leg.(Visual); ok {
			v.RequestPicture()
		}
	case EventFax, EventFaxAnswer, EventFaxOver:
		relayFax(e, other)
		return true
	}
	return e.From.Handle(e)
}

// relayText passes text of one party on to the other.
func relayText(e Event, to *Channel) {
	if t, ok := to.leg.(TextSender); ok {
		t.SendText(e.Text)
	}
}
