package chansip

import (
	"fmt"
	"strings"

	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/sipstack"
	"obelisk/pbx"
)

// refer handles the transfer of a call by its far side (RFC 3515, RFC 5589): a blind
// one, to an extension of ours, or an attended one, into another call. As in chan_sip the 202 is followed by one NOTIFY that
// says whether the transfer was begun, and the phone is expected to send the BYE.
func (l *Leg) refer(tx *sipstack.ServerTx, m *sipstack.Message) {
	list := m.List("Refer-To")
	to, ok := sipstack.ParseNameAddr(m.Header("Refer-To"))
	u, isURI := sipstack.ParseURI(to.URI)
	method, _ := u.Param("method")
	if outside, given := to.Param("method"); given { // without brackets
		method = outside
	}
	r, several := replacesOf(u)
	answer := func(status int, reason string) {
		l.d.respond(tx, status, reason, sipstack.Header{Name: "Contact", Value: l.Contact})
	}
	switch {
	case !l.Endpoint().AllowTransfer:
		answer(603, "Declined (policy)")
		return
	case l.referred:
		answer(491, "Request Pending")
		return
	case len(list) > 1: // RFC 3515 section 2.4.2
		answer(400, "Bad Request (several Refer-to)")
		return
	case !ok || !isURI:
		answer(400, "Bad Request (Refer-to missing)")
		return
	case u.Scheme != "sip" && u.Scheme != "sips" && u.Scheme != "tel":
		answer(603, "Declined (Non sip: uri)")
		return
	case method != "" && !strings.EqualFold(method, "INVITE"):
		answer(603, "Declined (only calls)")
		return
	case several > 1:
		answer(400, "Bad Request (several Replaces)")
		return
	case l.state != legUp:
		answer(603, "Declined (policy)")
		return
	}
	answer(202, "Accepted")
	if r != (replaces{}) {
		l.attended(m, u, r)
		return
	}
	l.notifyRefer(m.CSeq, l.transfer(m, u))
}

// attended puts the other party of the call into the place of a leg of another call:
// the one that the transferrer has consulted with. That leg's shard is asked by a
// goroutine of its own.
func (l *Leg) attended(m *sipstack.Message, u sipstack.URI, r replaces) {
	l.referred, l.referring = true, true
	go func() {
		other, found := l.d.findDialog(r)
		if !found && l.attendedAbroad(m, r) {
			return
		}
		l.do(func() {
			defer func() {
				if l.referring = false; l.parting != nil {
					l.parting()
				}
			}()
			if l.state != legUp {
				return
			}
			l.referred = false
			switch {
			case found:
				l.notifyRefer(m.CSeq, l.joinOther(other))
			case l.ours(u.Host):
				l.trace.Note("the call that %s wants to transfer into is not here", l.resource)
				l.notifyRefer(m.CSeq, "481 Call leg/transaction does not exist")
			default:
				if l.ch != nil && l.ch.View().Bridged != nil {
					l.ch.View().Bridged.SetVar("_SIPTRANSFER_REPLACES", r.String())
				}
				l.notifyRefer(m.CSeq, l.transfer(m, u))
			}
		})
	}()
}

// attendedAbroad is attended where another node has the call that is transferred into; false: none has. It waits.
func (l *Leg) attendedAbroad(m *sipstack.Message, r replaces) bool {
	way := l.d.findAbroad(r)
	if way == "" {
		return false
	}
	var by, party *pbx.Channel
	l.doNow(func() {
		if l.state == legUp && l.ch != nil {
			by, party = l.ch, l.ch.View().Bridged
		}
	})
	outcome := "503 Service Unavailable (can't handle one-legged xfers)"
	if party != nil {
		outcome = l.d.joinAbroad(way, by, party)
	}
	l.do(func() {
		if l.state == legUp {
			l.referred = outcome == "200 OK"
			l.notifyRefer(m.CSeq, outcome)
		}
		if l.referring = false; l.parting != nil {
			l.parting()
		}
	})
	return true
}

// joinOther returns the status line of the outcome.
func (l *Leg) joinOther(other dialogOf) string {
	if l.ch == nil || l.ch.View().Bridged == nil || other.ch == nil {
		return "503 Service Unavailable (can't handle one-legged xfers)"
	}
	if other.ch == l.ch || !l.ch.TransferTo(other.ch) {
		return "500 Internal Server Error"
	}
	l.referred = true
	l.trace.Note("%s transfers the call into the one of %s", l.resource, other.ch.Name())
	return "200 OK"
}

// transfer sends the other party of the call to the extension, and returns the
// status line of the outcome.
func (l *Leg) transfer(m *sipstack.Message, u sipstack.URI) string {
	if l.ch == nil || l.ch.View().Bridged == nil {
		return "503 Service Unavailable (can't handle one-legged xfers)"
	}
	context := l.ch.Variable("TRANSFER_CONTEXT")
	if context == "" {
		context = l.Endpoint().Context
	}
	peer := l.ch.View().Bridged
	exten, found := l.d.findExten(context, called(u), l.ch.View().CallerID.Num)
	if u.User == "" {
		found = false
	}
	if !found {
		l.trace.Note("%s wants to transfer the call to '%s', which is not in context '%s'", l.resource, exten, context)
		return "404 Not found"
	}
	by := m.Header("Referred-By")
	for _, v := range [][2]string{{"SIPTRANSFER", "yes"}, {"SIPREFERRINGCONTEXT", context}, {"SIPREFERREDBYHDR", by},
		{"_SIPTRANSFER_REFERER", by}, {"SIPDOMAIN", u.Host}} {
		peer.SetVar(v[0], v[1])
	}
	if !l.ch.Transfer(context, exten) {
		return "500 Internal Server Error"
	}
	l.referred = true
	l.trace.Note("%s transfers the call to %s@%s", l.resource, exten, context)
	return "200 OK"
}

// transferHeaders are those of a call that a transfer has started: who sent it, and
// the dialog elsewhere that it is to take the place of.
func (l *Leg) transferHeaders() (h []sipstack.Header) {
	if l.ch == nil {
		return nil
	}
	if by := l.ch.Variable("SIPTRANSFER_REFERER"); by != "" {
		h = append(h, sipstack.Header{Name: "Referred-By", Value: by})
	}
	if r := l.ch.Variable("SIPTRANSFER_REPLACES"); r != "" {
		h = append(h, sipstack.Header{Name: "Replaces", Value: r}, sipstack.Header{Name: "Require", Value: "replaces"})
	}
	return h
}

// notifyRefer tells the far side what became of its REFER.
func (l *Leg) notifyRefer(cseq uint32, outcome string) {
	l.ask(func() *sipstack.Outgoing {
		o := l.request("NOTIFY")
		o.Contact = l.Contact
		o.Headers = append(o.Headers, sipstack.Header{Name: "Event", Value: fmt.Sprintf("refer;id=%d", cseq)},
			sipstack.Header{Name: "Subscription-state", Value: "terminated;reason=noresource"}, sipstack.Header{Name: "Allow", Value: sipconf.Allow})
		o.Headers = append(o.Headers, l.SupportedHeader()...)
		o.ContentType, o.Body = "message/sipfrag;version=2.0", []byte("SIP/2.0 "+outcome+"\r\n")
		return o
	}, nil)
}
