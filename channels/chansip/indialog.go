package chansip

import (
	"fmt"
	"strconv"
	"strings"

	"obelisk/internal/sipstack"
	"obelisk/media"
	"obelisk/pbx"
)

// inDialog handles a request that belongs to this dialog.
func (l *Leg) inDialog(tx *sipstack.ServerTx, m *sipstack.Message) {
	l.note(true, m.Method)
	if m.Method == "ACK" {
		l.acked(m)
		return
	}
	tx.NAT = sipstack.NAT{ForceRport: l.nat.ForceRport || l.nat.AutoForceRport && natDetected(m)}
	if l.state == legEnded {
		l.d.respond(tx, 481, "Call leg/transaction does not exist")
		return
	}
	if l.rcseq != 0 && m.CSeq < l.rcseq {
		l.outOfOrder(tx, m)
		return
	}
	l.rcseq = m.CSeq
	switch m.Method {
	case "INVITE":
		l.reinvite(tx, m)
	case "BYE":
		l.d.respond(tx, 200, "OK")
		cause := l.causeIn(m, pbx.CauseNormal)
		part := func() {
			l.tell(pbx.Event{Kind: pbx.EventHungUp, Cause: cause})
			if l.server != nil && !l.server.Final() {
				l.d.respond(l.server, 487, "Request Terminated")
			}
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
		l.d.respond(tx, 200, "OK")
		l.heardOfRefer(m)
	case "OPTIONS":
		l.d.respond(tx, 200, "OK", sipstack.Header{Name: "Contact", Value: l.contact}, sipstack.Header{Name: "Accept", Value: "application/sdp"})
	case "MESSAGE":
		l.text(tx, m)
	case "REFER":
		l.refer(tx, m)
	case "SUBSCRIBE":
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
	if l.server == nil || m.CSeq != l.inviteCSeq {
		return
	}
	l.server.Acked()
	if !l.waitAck {
		return
	}
	l.waitAck = false
	if l.lateOffer {
		l.lateOffer = false
		if !l.readAnswer(m, l.formats) {
			l.trace.Note("the ACK brought no usable SDP; the call is ended")
			l.tell(pbx.Event{Kind: pbx.EventHungUp, Cause: pbx.CauseBearer})
			l.end(pbx.CauseBearer)
			return
		}
	}
	if l.byeAfterAck {
		l.end(pbx.CauseNormal)
		return
	}
	l.publishFar()
	l.redirect()
	l.renewLater()
}

// info takes digits in the body of an INFO, in the three forms that phones
// use; what cannot be read is answered 200 all the same, as chan_sip does.
func (l *Leg) info(tx *sipstack.ServerTx, m *sipstack.Message) {
	if m.Has("Record") || m.Has("X-ClientCode") { // the buttons of snom phones
		l.d.respond(tx, 403, "Forbidden")
		return
	}
	ct, _, _ := strings.Cut(m.Header("Content-Type"), ";")
	body := string(m.Body)
	digit := ""
	switch strings.ToLower(strings.TrimSpace(ct)) {
	case "application/dtmf-relay", "application/vnd.nortelnetworks.digits":
		for _, line := range strings.FieldsFunc(body, func(r rune) bool { return r == '\r' || r == '\n' }) {
			k, v, _ := strings.Cut(line, "=")
			if k = strings.ToLower(strings.TrimSpace(k)); k == "signal" || k == "d" {
				digit = strings.TrimSpace(v)
			}
		}
	case "application/dtmf":
		digit = strings.TrimSpace(body)
	case "", "application/hook-flash":
	case "application/media_control+xml":
		l.tell(pbx.Event{Kind: pbx.EventPicture})
	default:
		l.d.respond(tx, 415, "Unsupported media type")
		return
	}
	if n, err := strconv.Atoi(digit); err == nil && len(digit) == 2 && n >= 10 && n < len(media.EventDigits) {
		digit = media.EventDigits[n : n+1]
	}
	if digit = strings.ToUpper(digit); len(digit) == 1 && strings.Contains(media.EventDigits, digit) {
		key := digit[0]
		l.tell(pbx.Event{Kind: pbx.EventDigit, Digit: key})
		l.stream.PassDigit(key)
	}
	l.d.respond(tx, 200, "OK")
}

// sendInfo sends a key in an INFO: "Signal=5", or with dtmfmode=shortinfo the
// number of the event alone.
func (l *Leg) sendInfo(key byte, short bool) {
	if l.state != legUp {
		return
	}
	o := l.request("INFO")
	o.ContentType, o.Body = "application/dtmf-relay", fmt.Appendf(nil, "Signal=%c\r\nDuration=250\r\n", key)
	if short {
		o.ContentType, o.Body = "application/dtmf", fmt.Appendf(nil, "%d\r\n", strings.IndexByte(media.EventDigits, key))
	}
	l.sh.Send(l.flow, o, l.sendOptions(), func(*sipstack.Message, error) {})
}
