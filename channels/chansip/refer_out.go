package chansip

import (
	"strconv"
	"strings"

	"obelisk/channels/chansip/body"
	"obelisk/channels/chansip/pubsub"
	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/sipstack"
	"obelisk/pbx"
)

// Refer implements pbx.Referrer: 302 to a caller who waits for an answer, REFER
// (RFC 3515) to a phone in a call. destination is user[@host].
func (l *Leg) Refer(destination string) bool {
	l.do(func() {
		switch {
		case l.state == legUp:
			l.sendRefer(destination)
		case !l.outbound && l.server != nil && !l.server.Final():
			l.redirectCaller(destination)
		default:
			l.outcomeOfRefer("0")
		}
	})
	return true
}

func (l *Leg) outcomeOfRefer(code string) {
	l.tell(pbx.Event{Kind: pbx.EventReferred, Text: code})
}

// redirectCaller answers 302; a destination without host is at the address that was
// called.
func (l *Leg) redirectCaller(destination string) {
	if !strings.Contains(destination, "@") {
		n, _ := sipstack.ParseNameAddr(l.From)
		u := n.ParsedURI()
		destination += "@" + sipstack.HostPort(u.Host, u.Port)
	}
	h := append(l.ResponseHeaders(), sipstack.Header{Name: "Contact", Value: "Transfer <sip:" + destination + ">"})
	l.server.Respond(sipstack.Answer{Status: 302, Reason: "Moved Temporarily", Headers: h})
	l.trace.Note("the caller is sent to %s", destination)
	l.outcomeOfRefer("302")
	l.tell(pbx.Event{Kind: pbx.EventHungUp, Cause: pbx.CauseNormal})
	l.retire()
}

// sendRefer asks the phone; a destination without host is at the phone's own side.
func (l *Leg) sendRefer(destination string) {
	if !strings.Contains(destination, "@") {
		n, _ := sipstack.ParseNameAddr(l.To)
		u := n.ParsedURI()
		destination += "@" + sipstack.HostPort(u.Host, u.Port)
	}
	l.trace.Note("%s is asked to call %s", l.resource, destination)
	l.ask(func() *sipstack.Outgoing {
		o := l.request("REFER")
		o.Contact = l.Contact
		o.Headers = append(o.Headers, sipstack.DateHeader(), sipstack.Header{Name: "Refer-To", Value: "<sip:" + destination + ">"},
			sipstack.Header{Name: "Referred-By", Value: l.From},
			sipstack.Header{Name: "Allow", Value: sipconf.Allow})
		o.Headers = append(o.Headers, l.SupportedHeader()...)
		if l.Dir.ReferHeaders {
			o.Headers = append(o.Headers, l.addedHeaders()...)
		}
		return o
	}, func(m *sipstack.Message, err error) {
		switch {
		case l.state == legEnded || err == nil && m.Status < 300: // a NOTIFY says what becomes of it
		case err != nil:
			l.outcomeOfRefer("408")
		default:
			l.outcomeOfRefer(strconv.Itoa(m.Status))
		}
	})
}

// heardOfRefer takes the NOTIFY with the status line of the call that the phone made
// (RFC 3515 2.4.5).
func (l *Leg) heardOfRefer(m *sipstack.Message) {
	p, _ := body.Find(m, "message/sipfrag")
	if p == nil || pubsub.EventOf(m) != "refer" {
		return
	}
	f := strings.Fields(string(p.Text))
	if len(f) < 2 || f[0] != "SIP/2.0" {
		return
	}
	if code, err := strconv.Atoi(f[1]); err == nil && code >= 200 {
		l.outcomeOfRefer(f[1])
	}
}
