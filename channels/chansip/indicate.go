package chansip

import (
	"obelisk/internal/sipstack"
	"obelisk/pbx"
)

// Indicate implements pbx.Leg.
func (l *Leg) Indicate(i pbx.Indication) { l.doNow(func() { l.indicate(i) }) }

func (l *Leg) indicate(i pbx.Indication) {
	if l.state == legEnded || l.state == legUp || l.server == nil || l.server.Final() {
		return
	}
	never := l.Endpoint().ProgressInband == "never"
	switch i {
	case pbx.IndicateProceeding:
		if l.state == legSetup && !l.rang {
			l.answerWith(100, "Trying", nil)
		}
	case pbx.IndicateRinging:
		if l.state == legSetup || !l.rang { // early media may be silence
			l.rang = true
			l.answerWith(180, "Ringing", nil)
		}
	case pbx.IndicateProgress:
		if never {
			if !l.rang {
				l.rang = true
				l.answerWith(180, "Ringing", nil)
			}
			return
		}
		if l.state == legSetup {
			l.state = legEarly
			l.answerWith(183, "Session Progress", l.ourAnswer())
		}
	case pbx.IndicateBusy:
		l.decline(pbx.CauseBusy, 486, "Busy Here")
	case pbx.IndicateCongestion:
		l.decline(pbx.CauseCongestion, 503, "Service Unavailable")
	case pbx.IndicateIncomplete:
		switch l.Endpoint().AllowOverlap {
		case "dtmf": // the digits that are missing are typed
		case "yes":
			l.decline(pbx.CauseInvalidNumber, 484, "Address Incomplete")
		default:
			l.decline(pbx.CauseInvalidNumber, 404, "Not Found")
		}
	}
}

// decline ends the call as the dialplan asks. As in chan_sip the answer tells of the cause
// that the channel had before; that of a mere hang-up tells of none.
func (l *Leg) decline(cause pbx.Cause, status int, reason string) {
	why := reasonHeaders(l.Endpoint(), causeOf(status))
	if l.ch != nil {
		if before := l.ch.View().Cause; before != pbx.CauseNone {
			why = l.causeHeaders(before)
		}
	}
	l.tell(pbx.Event{Kind: pbx.EventHungUp, Cause: cause, Own: true})
	l.refuse(status, reason, why)
}

// answerWith sends a response of the INVITE with Contact and, perhaps, SDP.
func (l *Leg) answerWith(status int, reason string, body []byte) {
	a := sipstack.Answer{Status: status, Reason: reason, Common: l.ResponseHeaders(), RecordRoute: status > 100}
	if status == 200 {
		a.Headers = append(a.Headers, l.timerHeaders()...)
		l.runTimer()
	}
	a.Headers = append(a.Headers, sipstack.Header{Name: "Contact", Value: l.Contact})
	if status > 100 {
		a.Headers = append(a.Headers, l.identityHeaders()...)
	}
	if body != nil {
		a.ContentType, a.Body = "application/sdp", body
	}
	if status < 200 {
		l.sendProvisional(a)
	} else {
		l.server.Respond(a)
	}
}

// ourAnswer describes our side; the first time it puts the far side's offer
// into effect. Without an offer it is our own offer.
func (l *Leg) ourAnswer() []byte {
	if l.exchange.agreed() {
		l.turn()
		return l.describeAgain()
	}
	if l.remoteSDP == nil {
		l.ourOffer()
		l.offerCrypto()
	} else {
		audio := l.farAudio()
		if audio == nil {
			audio = withoutAudio(l.remoteSDP)
		}
		l.formats = l.suggested(l.agreed(l.formats), "SIP_CODEC_INBOUND", "SIP_CODEC")
		l.turn()
		l.exchangeTo(exchangeSettled)
		l.take(audio, l.formats)
		l.takeVideo(l.remoteSDP, false)
		l.takeText(l.remoteSDP, false)
	}
	return l.describeAgain()
}

// Answer implements pbx.Leg.
func (l *Leg) Answer() {
	l.doNow(func() {
		if l.state == legEnded || l.state == legUp || l.server == nil || l.server.Final() {
			return
		}
		l.whenConfirmed(func() {
			l.state, l.waitAck = legUp, true
			l.withhold(!l.Allowance.Free())
			l.answerWith(200, "OK", l.ourAnswer())
		})
	})
}

// withhold sends no media to an answered guest until an ACK, or media, shows that the guest
// receives. Early media is sent.
func (l *Leg) withhold(on bool) {
	if l.withheld == on {
		return
	}
	l.withheld = on
	l.stream.Withhold(on)
	if l.video != nil {
		l.video.stream.Withhold(on)
	}
	if l.rtt != nil {
		l.rtt.stream.Withhold(on)
	}
}

// trying answers an INVITE at once.
func (l *Leg) trying(tx *sipstack.ServerTx) {
	tx.Respond(sipstack.Answer{Status: 100, Reason: "Trying",
		Common: l.ResponseHeaders(), Headers: []sipstack.Header{{Name: "Contact", Value: l.Contact}}})
}
