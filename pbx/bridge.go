package pbx

import (
	"obelisk/media"
)

// BridgeCall joins a caller, who is answered now if he was not, with an answered
// callee until one of them hangs up, and returns that one; or until one transfers the other, and
// returns that too. It is called on the caller's goroutine, which works both
// channels meanwhile.
func BridgeCall(caller, callee *Channel) (first *Channel, t *Transferred) {
	media.Bridge(caller.leg.Stream(), callee.leg.Stream())
	caller.link(callee)
	if caller.View().State != StateUp { // he may speak, or transfer, the moment he has his 200
		caller.leg.Restrict(callee.leg.Codecs())
		caller.Answer()
	}
	defer func() {
		caller.link(nil)
		callee.link(nil)
		caller.leg.Stream().Unbridge()
	}()
	caller.trace.Note("%s and %s are bridged", caller.name, callee.name)
	for {
		select {
		case e := <-caller.queue:
			if e.Kind == EventTransfer {
				return caller, transferred(e)
			}
			relayText(e, callee)
			if !caller.Handle(e) {
				return caller, nil
			}
		case e := <-callee.queue:
			if e.From != callee {
				break
			}
			if e.Kind == EventTransfer {
				return callee, transferred(e)
			}
			relayText(e, caller)
			if !callee.Handle(e) {
				return callee, nil
			}
		}
	}
}

// relayText passes text of one party on to the other.
func relayText(e Event, to *Channel) {
	if t, ok := to.leg.(TextSender); ok && e.Kind == EventText {
		t.SendText(e.Text)
	}
}

// link notes the bridge peer on the channel and in BRIDGEPEER.
func (c *Channel) link(peer *Channel) {
	if peer == nil {
		if b := c.View().Bridged; b != nil {
			c.locked(func() { c.bridged = nil })
			c.SetVar("BRIDGEPEER", "")
		}
		return
	}
	for _, p := range [2][2]*Channel{{c, peer}, {peer, c}} {
		p[0].locked(func() { p[0].bridged = p[1] })
		p[0].SetVar("BRIDGEPEER", p[1].name)
	}
}
