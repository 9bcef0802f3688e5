package pbx

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
	caller.endRing()
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
