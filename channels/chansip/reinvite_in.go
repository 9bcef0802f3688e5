package chansip

import (
	"obelisk/internal/sdp"
	"obelisk/internal/sipstack"
	"obelisk/media"
	"obelisk/pbx"
)

// reinvite handles hold, resume and changed media of an established dialog.
func (l *Leg) reinvite(tx *sipstack.ServerTx, m *sipstack.Message) {
	if l.state != legUp || l.waitAck || l.server != nil && !l.server.Final() || l.client != nil && !l.client.Done() {
		l.d.respond(tx, 491, "Request Pending")
		return
	}
	if m.Header("Replaces") != "" {
		l.d.respond(tx, 400, "Bad Request (Replaces)")
		return
	}
	if r := l.offeredTimer(m); r != nil {
		l.trace.Note("re-INVITE refused: %s", r.Rule)
		l.d.respond(tx, r.Status, r.Reason, l.minSE())
		return
	}
	l.server, l.inviteCSeq = tx, m.CSeq
	l.retarget(m)
	l.heardParty(m)
	if len(m.Body) == 0 {
		l.trying(tx)
		l.hold(false)
		if l.direct != nil {
			l.direct.to = nil
			l.publishFar()
		}
		l.lateOffer = true
		l.accepted(l.describe(l.formats, sdp.SendRecv))
		return
	}
	if l.wantsFax(tx, m) {
		return
	}
	if !l.takeOffer(m) {
		l.d.respond(tx, 488, "Not acceptable here")
		l.renewLater()
		return
	}
	l.trying(tx)
	l.accepted(l.describeAgain())
}

// takeOffer puts a changed description into effect; false when it cannot be used,
// and everything stays as it was.
func (l *Leg) takeOffer(m *sipstack.Message) bool {
	s, err := sdp.Parse(m.Body)
	var audio *sdp.Media
	if err == nil {
		audio, _ = audioOf(s)
	}
	var formats []media.Format
	if audio != nil && l.agree(audio, &l.crypto) == "" {
		formats = l.endpoint().joint(audio)
	}
	if formats == nil {
		l.trace.Note("%s without usable audio", m.Method)
		return false
	}
	l.remoteSDP = s
	l.faxOver()
	l.hold(audio.OnHold())
	if l.direct != nil {
		l.direct.addr = audio.Remote()
		l.turn()
	}
	l.take(audio, l.agreed(formats))
	l.takeVideo(s, false)
	l.publishFar()
	return true
}

// update handles UPDATE (RFC 3311): a session refresh, news of who is there, or a
// description that changes. chan_sip answered 501.
func (l *Leg) update(tx *sipstack.ServerTx, m *sipstack.Message) {
	if r := l.offeredTimer(m); r != nil {
		l.trace.Note("UPDATE refused: %s", r.Rule)
		l.d.respond(tx, r.Status, r.Reason, l.minSE())
		return
	}
	var body []byte
	if len(m.Body) > 0 {
		switch {
		case !l.negotiated || l.waitAck && l.lateOffer || l.offering():
			l.d.respond(tx, 491, "Request Pending") // our own offer is open
			return
		case !l.takeOffer(m):
			l.d.respond(tx, 488, "Not acceptable here")
			return
		}
		body = l.describeAgain()
		l.rel.changed = true
	}
	l.retarget(m)
	l.heardParty(m)
	a := sipstack.Answer{Status: 200, Reason: "OK", Headers: append(append(l.common(), l.timerHeaders()...), sipstack.Header{Name: "Contact", Value: l.contact})}
	if body != nil {
		a.ContentType, a.Body = "application/sdp", body
	}
	tx.Respond(a)
	if l.state == legUp {
		l.runTimer()
	}
}

// offering says whether an offer of ours waits for its answer: with our INVITE until it
// is over, or until a reliable provisional answer has brought it.
func (l *Leg) offering() bool {
	return l.client != nil && !l.client.Done() && (l.state == legUp || l.rel.answered == "" || l.rel.answered != l.remoteTag)
}

func (l *Leg) accepted(body []byte) {
	l.waitAck = true
	l.server.OnNoAck = func() {
		l.waitAck = false
		l.tell(pbx.Event{Kind: pbx.EventHungUp, Cause: pbx.CauseNoResponse})
		l.end(pbx.CauseNoResponse)
	}
	l.answerWith(200, "OK", body)
}

// hold tells the channel when the far side holds the call or takes it back.
func (l *Leg) hold(on bool) {
	if on == l.held {
		return
	}
	l.held = on
	l.holds(on)
	kind := pbx.EventUnheld
	if on {
		kind = pbx.EventHeld
	}
	l.tell(pbx.Event{Kind: kind})
}
