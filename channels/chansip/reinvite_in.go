package chansip

import (
	"obelisk/channels/chansip/body"
	"obelisk/internal/sdp"
	"obelisk/internal/sipstack"
	"obelisk/internal/trace"
	"obelisk/pbx"
)

// reinvite handles hold, resume and changed media of an established dialog. What it asks
// for is judged first: one that is refused changes nothing (RFC 3261 section 14.2).
func (l *Leg) reinvite(tx *sipstack.ServerTx, m *sipstack.Message) {
	if l.state != legUp || l.waitAck || l.server != nil && !l.server.Final() || l.client != nil && !l.client.Done() {
		l.d.respond(tx, 491, "Request Pending")
		return
	}
	if m.Header("Replaces") != "" {
		l.d.respond(tx, 400, "Bad Request (Replaces)")
		return
	}
	text, r := body.SDP(m)
	if r == nil {
		_, r = l.offeredTimer(m)
	}
	if r != nil {
		l.refuseRequest(tx, m, r)
		return
	}
	switch a, ok := l.judgeOffer(text); {
	case len(text) == 0:
		l.begin(tx, m)
		l.offerAnew()
	case l.wantsFax(tx, m, text):
	case ok:
		l.begin(tx, m)
		l.takeOffer(a)
		l.accept(l.describeAgain())
	case l.saidBefore(text):
		l.begin(tx, m)
		l.accept(l.describeAgain())
	default:
		l.trace.Note("%s without usable audio", m.Method)
		l.d.respond(tx, 488, "Not acceptable here")
		l.renewLater()
	}
}

// saidBefore says whether a description has the version of the one that is in force: chan_sip does not
// read such a one, and answers what it has answered before (ignoresdpversion=no).
//
// Differs: it is read here, as some devices change it and not its version; only one that cannot be used
// counts as the one before.
func (l *Leg) saidBefore(text []byte) bool {
	s, err := sdp.Parse(text)
	return err == nil && s.OriginVersion == l.versionInForce()
}

// versionInForce is that of the far side's description; "none", which no description has, where it does not
// count.
func (l *Leg) versionInForce() string {
	if l.Endpoint().IgnoreSDPVersion || l.remoteSDP == nil {
		return "none"
	}
	return l.remoteSDP.OriginVersion
}

// begin works a re-INVITE of the far side, which will be answered.
func (l *Leg) begin(tx *sipstack.ServerTx, m *sipstack.Message) {
	l.server, l.serverCSeq = tx, m.CSeq
	l.trying(tx)
}

// offerAnew answers a re-INVITE without a description with an offer of ours, which its ACK
// answers. It takes the call back from hold, as with chan_sip.
func (l *Leg) offerAnew() {
	l.hold(false)
	l.remoteSDP = unpaused(l.remoteSDP)
	if l.direct != nil {
		l.direct.to = nil
		l.publishFar()
	}
	l.ourOffer()
	l.accept(l.describe(l.reoffered(), sdp.SendRecv))
}

// update handles UPDATE (RFC 3311): a session refresh, news of who is there, or a
// description that changes. chan_sip answered 501.
func (l *Leg) update(tx *sipstack.ServerTx, m *sipstack.Message) {
	text, r := body.SDP(m)
	if r == nil {
		_, r = l.offeredTimer(m)
	}
	if r != nil {
		l.refuseRequest(tx, m, r)
		return
	}
	var body []byte
	if len(text) > 0 {
		if l.exchange != exchangeSettled || l.offering(m.From.Tag()) {
			l.d.respond(tx, 491, "Request Pending") // our own offer is open
			return
		}
		if l.state == legUp && l.server != nil && !l.server.Final() { // and theirs is
			l.d.respond(tx, 500, "Server error", sipstack.Header{Name: "Retry-After", Value: "5"})
			return
		}
		a, ok := l.judgeOffer(text)
		if !ok {
			l.trace.Note("%s without usable audio", m.Method)
			l.d.respond(tx, 488, "Not acceptable here")
			return
		}
		l.takeOffer(a)
		body = l.describeAgain()
		l.rel.noteOffer(m.From.Tag(), text)
	}
	if m.From.Tag() == l.RemoteTag {
		l.agreeTimer(m)
		l.Retarget(m)
	}
	l.heardParty(m)
	a := sipstack.Answer{Status: 200, Reason: "OK", Headers: append(append(l.ResponseHeaders(), l.timerHeaders()...),
		sipstack.Header{Name: "Contact", Value: l.Contact})}
	if body != nil {
		a.ContentType, a.Body = "application/sdp", body
	}
	tx.Respond(a)
	if l.state == legUp {
		l.runTimer()
	}
}

// offering says whether an offer of ours waits for its answer: with our INVITE until it
// is over, or until a reliable provisional answer of that fork has brought it.
func (l *Leg) offering(tag string) bool {
	if l.client == nil || l.client.Done() {
		return false
	}
	f := l.rel.forks[tag]
	return l.state == legUp || f == nil || f.told == nil
}

// refuseRequest refuses an INVITE, UPDATE or PRACK of the dialog for what it brings.
func (l *Leg) refuseRequest(tx *sipstack.ServerTx, m *sipstack.Message, r *trace.Refusal) {
	l.trace.Note("%s refused: %s", m.Method, r.Rule)
	var extra []sipstack.Header
	switch r.Status {
	case 415:
		extra = body.AcceptHeaders(m, body.SessionTypes)
	case 420:
		extra = []sipstack.Header{{Name: "Unsupported", Value: "timer"}} // session-timers=refuse
	case 422:
		extra = []sipstack.Header{l.minSE()}
	}
	l.d.respond(tx, r.Status, r.Reason, extra...)
}

// accept answers a re-INVITE with 200: what it says of the dialog counts from now on.
func (l *Leg) accept(body []byte) {
	if m := l.server.Request; m != nil {
		l.agreeTimer(m)
		l.Retarget(m)
		l.heardParty(m)
	}
	l.waitAck = true
	l.server.OnNoAck = func() {
		l.waitAck = false
		l.tell(pbx.Event{Kind: pbx.EventHungUp, Cause: pbx.CauseNoResponse})
		l.end(pbx.CauseNoResponse)
	}
	l.answerWith(200, "OK", body)
}
