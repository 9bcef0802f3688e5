package chansip

import (
	"obelisk/channels/chansip/body"
	"obelisk/internal/sipstack"
	"obelisk/pbx"
)

// sessionHeld says whether the description in a message puts us on hold.
func sessionHeld(m *sipstack.Message) bool {
	s := body.ParsedSDP(m)
	if s == nil {
		return false
	}
	audio, _ := audioOf(s)
	return audio != nil && audio.OnHold()
}

// hold tells the channel when the far side holds the call or takes it back.
func (l *Leg) hold(on bool) {
	if on == l.held {
		return
	}
	l.held = on
	l.setHeld(on)
	if l.Endpoint().DiscardHold {
		l.trace.Note("nobody is told of the hold (%s)", l.optionLine("discard_remote_hold_retrieval"))
		return
	}
	kind := pbx.EventUnheld
	if on {
		kind = pbx.EventHeld
	}
	l.tell(pbx.Event{Kind: kind})
}

// setHeld notes that the far side has the call on hold (notifyhold).
func (l *Leg) setHeld(on bool) {
	if l.Peer == nil || l.heldCounted == on || on && !l.Dir.NotifyHold {
		return
	}
	l.heldCounted = on
	l.d.updateCalls(l.Peer, func(a *peerCalls) bool { a.held += step(on); return true })
}
