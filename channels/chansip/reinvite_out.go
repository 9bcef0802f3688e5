package chansip

import (
	"cmp"
	"math/rand/v2"
	"strings"
	"time"

	"obelisk/internal/sipstack"
	"obelisk/pbx"
)

// renew repeats our INVITE in the dialog: to refresh the session, to tell who is
// there now. While an INVITE of either side is in progress it waits for the end
// of that (RFC 3261 14.1).
func (l *Leg) renew() {
	if l.state != legUp || l.referred || l.byeAfterAck != pbx.CauseNone {
		return
	}
	if l.renewal = l.waitAck || l.client != nil && !l.client.Done(); l.renewal {
		return
	}
	l.sh.Disarm(&l.retry)
	method := "INVITE"
	if e := l.Endpoint(); e.Direct.Update && !strings.Contains(e.NoMethods, "UPDATE") {
		method = "UPDATE"
	}
	l.exchangeTo(exchangeOursAgain)
	o := l.request(method)
	o.Contact = l.Contact
	o.Headers = append(append(o.Headers, l.capabilities(true)...), l.identityHeaders()...)
	o.ContentType, o.Body = "application/sdp", l.repeatDescription()
	l.clientCSeq = o.CSeq
	opt := l.SendOptions()
	opt.Final = 64 * cmp.Or(opt.T1, sipstack.DefaultT1) // nobody there has to be asked
	l.client = l.sh.Send(l.Flow, o, opt, l.renewed)
}

// renewLater does what waited.
func (l *Leg) renewLater() {
	if l.renewal {
		l.renew()
	}
}

// renewed takes what comes back. A refusal leaves the session as it is; without the
// dialog at the far side it ends.
func (l *Leg) renewed(m *sipstack.Message, err error) {
	accepted := err == nil && m.Status/100 == 2
	if accepted && m.CSeq > l.ackedCSeq && l.state != legEnded {
		l.Retarget(m)
	}
	if accepted && m.Method == "INVITE" { // each time, and after the end too
		l.sendAck(m.CSeq)
	}
	if err != nil || m.Status >= 200 && !accepted {
		l.offerOver()
	}
	switch {
	case l.state == legEnded || err == nil && m.Status < 200:
	case l.byeAfterAck != pbx.CauseNone && !l.waitAck:
		l.byeNow()
	case accepted:
		l.renewalAccepted(m)
	case err == nil && m.Status == 491:
		l.repeats = 0
		l.sh.After(&l.retry, l.glare(), l.renew)
	case err == nil && (l.Retry(m, &l.repeats) || m.Status == 422 && l.tooBrief(m)):
		l.renew()
	case err == nil && m.Status != 481 && m.Status != 408:
		l.trace.Note("%s answered %d %s to our INVITE in the call", l.resource, m.Status, m.Reason)
		l.repeats, l.tooBriefs, l.restate = 0, 0, true
		if l.faxState() == faxAsked {
			l.faxAnswered(nil)
		}
		l.refuseDirect()
		l.runTimer()
		l.renewLater()
	default:
		l.trace.Note("%s does not answer our INVITE in the call any more", l.resource)
		l.tell(pbx.Event{Kind: pbx.EventHungUp, Cause: pbx.CauseNoResponse})
		l.end(pbx.CauseNoResponse)
	}
}

// renewalAccepted takes the first 2xx.
func (l *Leg) renewalAccepted(m *sipstack.Message) {
	if m.CSeq <= l.ackedCSeq {
		return
	}
	l.ackedCSeq, l.repeats, l.tooBriefs = m.CSeq, 0, 0
	switch {
	case l.faxState() == faxAsked:
		l.faxAnswered(m)
	case l.elsewhereTo() == nil && l.readAnswer(m, l.saidFormats):
		l.publishFar()
	}
	l.offerOver()
	if !l.answeredTimer(m) {
		l.tearDown()
		return
	}
	l.heardParty(m)
	l.renewLater()
}

// glare is how long we wait after a 491 (RFC 3261 14.1): whose Call-ID it is waits
// longer.
func (l *Leg) glare() time.Duration {
	const step = 10 * time.Millisecond
	if l.outbound {
		return 2100*time.Millisecond + time.Duration(rand.IntN(191))*step
	}
	return time.Duration(rand.IntN(201)) * step
}
