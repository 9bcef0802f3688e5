package chansip

import (
	"slices"
	"strings"

	"obelisk/internal/sipstack"
	"obelisk/pbx"
)

// Connected line: each far side is told who is at the other end, in the headers that
// sendrpid asks for, and is believed, with trustrpid, when it says who it is.

// Identity implements pbx.Identified.
func (l *Leg) Identity() pbx.CallerID {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.identity == nil {
		return pbx.CallerID{}
	}
	return *l.identity
}

// heardParty takes what a trusted far side says of itself in an answer or in a
// request of the dialog.
func (l *Leg) heardParty(m *sipstack.Message) {
	e := l.Endpoint()
	if e.RPIDUpdate {
		l.updates = slices.Contains(m.Options("Allow"), "update") && !strings.Contains(e.NoMethods, "UPDATE")
	}
	if !e.TrustRPID {
		return
	}
	id, ok := assertedIdentity(&l.Dir.General, m)
	was := l.Identity()
	if id.Tag = was.Tag; !ok || id == was {
		return
	}
	l.mu.Lock()
	l.identity = &id
	l.mu.Unlock()
	l.trace.Note("%s is %s, as it asserts (trustrpid)", l.resource, id)
	l.tell(pbx.Event{Kind: pbx.EventIdentity})
}

// Connected implements pbx.ConnectedLine: an answer that is yet to come brings the
// news; a call that is up is told in a re-INVITE.
func (l *Leg) Connected(id pbx.CallerID) {
	l.do(func() {
		if l.state == legEnded || id == l.call.CallerID {
			return
		}
		l.call.CallerID = id
		e := l.Endpoint()
		switch {
		case e.SendRPID == "":
		case l.state == legUp:
			l.renew()
		case l.outbound:
			if e.RPIDUpdate && l.updates {
				l.sendPartyUpdate()
			}
		case e.RPIDImmediate && l.state == legEarly:
			l.answerWith(183, "Session Progress", l.ourAnswer())
		case e.RPIDImmediate && l.rang:
			l.answerWith(180, "Ringing", nil)
		}
	})
}

// sendPartyUpdate tells a far side that rings already who calls now (rpid_update).
func (l *Leg) sendPartyUpdate() {
	l.ask(func() *sipstack.Outgoing {
		o := l.request("UPDATE")
		o.Contact = l.Contact
		o.Headers = append(append(o.Headers, sipstack.Header{Name: "X-Asterisk-rpid-update", Value: "Yes"}), l.identityHeaders()...)
		return o
	}, nil)
}
