package chansip

import (
	"cmp"

	"obelisk/channels/chansip/access"
	"obelisk/channels/chansip/body"
	"obelisk/channels/chansip/pubsub"
	"obelisk/internal/sipstack"
	"obelisk/pbx"
)

// inDialog handles a request that belongs to this dialog.
func (l *Leg) inDialog(tx *sipstack.ServerTx, m *sipstack.Message) {
	l.note(wayIn, m.Method)
	if m.Method == "ACK" {
		l.acked(m)
		return
	}
	tx.NAT = sipstack.NAT{ForceRport: l.NAT.ForceRport || l.NAT.AutoForceRport && access.NATDetected(m)}
	tx.T1, tx.ToTag = cmp.Or(l.Endpoint().T1, tx.T1), l.LocalTag
	if l.state == legEnded {
		l.d.respond(tx, 481, "Call leg/transaction does not exist")
		return
	}
	if l.RemoteTag != "" && m.From.Tag() != l.RemoteTag && l.rel.forks[m.From.Tag()] != nil {
		l.inFork(tx, m)
		return
	}
	if l.RemoteCSeq != 0 && m.CSeq < l.RemoteCSeq {
		l.outOfOrder(tx, m)
		return
	}
	l.RemoteCSeq = m.CSeq
	if l.d.access.RefusesRequired(tx, m, l.Endpoint()) {
		return
	}
	switch m.Method {
	case "INVITE":
		l.reinvite(tx, m)
	case "BYE":
		if l.waitAck && !l.outbound {
			l.server.Withdraw()
		}
		l.d.respond(tx, 200, "OK")
		cause, goes := l.also(m, causeIn(&l.Dialog, m, l.byeCause()))
		if goes {
			l.leave(cause)
			return
		}
		part := func() {
			l.tell(pbx.Event{Kind: pbx.EventHungUp, Cause: cause})
			l.retire()
		}
		if l.referring { // the transfer first
			l.parting = part
			return
		}
		part()
	case "PRACK":
		l.pracked(tx, m)
	case "UPDATE":
		l.update(tx, m)
	case "INFO":
		l.info(tx, m)
	case "NOTIFY":
		switch pubsub.EventOf(m) {
		case "refer", "message-summary", "keep-alive", "":
			l.d.respond(tx, 200, "OK")
			l.heardOfRefer(m)
		default:
			l.d.respond(tx, 489, "Bad event")
		}
	case "OPTIONS":
		l.d.respond(tx, 200, "OK", sipstack.Header{Name: "Contact", Value: l.Contact}, sipstack.Header{Name: "Accept", Value: "application/sdp"})
	case "MESSAGE":
		l.text(tx, m)
	case "REFER":
		l.refer(tx, m)
	case "SUBSCRIBE":
		if event := pubsub.EventOf(m); event != "refer" && !pubsub.ServedEvent(event) {
			l.d.respond(tx, 489, "Bad Event")
			return
		}
		l.d.respond(tx, 403, "Forbidden (within dialog)")
	default:
		l.d.respond(tx, 501, "Method Not Implemented")
	}
}

func (l *Leg) outOfOrder(tx *sipstack.ServerTx, m *sipstack.Message) {
	if m.Method == "INVITE" {
		l.d.respond(tx, 500, "Server error", sipstack.Header{Name: "Retry-After", Value: "5"})
		return
	}
	l.d.respond(tx, 500, "Server error")
}

// acked takes the ACK of our 2xx.
func (l *Leg) acked(m *sipstack.Message) {
	if l.server == nil || m.CSeq != l.serverCSeq {
		return
	}
	l.server.Acked()
	if !l.waitAck {
		return
	}
	l.waitAck = false
	l.withhold(false)
	if l.exchange.late() {
		switch renewed := l.exchange.agreed(); {
		case l.readAnswer(m, l.saidFormats):
			if renewed {
				l.hold(sessionHeld(m))
			}
		case renewed && body.ParsedSDP(m) == nil: // it only wanted to know: all stays as it was
			l.exchangeTo(exchangeSettled)
			l.restate = true
		default:
			l.trace.Note("the ACK brought no usable SDP; the call is ended")
			l.tell(pbx.Event{Kind: pbx.EventHungUp, Cause: pbx.CauseBearer})
			l.end(pbx.CauseBearer)
			return
		}
	}
	if cause := l.byeAfterAck; cause != pbx.CauseNone {
		l.end(cause)
		return
	}
	l.publishFar()
	l.redirect()
	l.renewLater()
}
