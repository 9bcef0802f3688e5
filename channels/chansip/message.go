package chansip

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"obelisk/channels/chansip/access"
	"obelisk/channels/chansip/body"
	"obelisk/channels/chansip/dialog"
	"obelisk/channels/chansip/dnsmgr"
	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/printable"
	"obelisk/internal/sipstack"
	"obelisk/pbx"
)

// message takes a MESSAGE outside calls (RFC 3428): the dialplan works it.
func (d *Driver) message(sh *sipstack.Shard, tx *sipstack.ServerTx, m *sipstack.Message) {
	dir := d.Directory()
	if !dir.AcceptMessage {
		d.respond(tx, 405, "Method Not Allowed")
		return
	}
	text, _ := body.Find(m, "text/plain")
	if text == nil { // before anybody is asked for credentials
		d.refuseBody(tx, m, body.TextTypes)
		return
	}
	id, ok := d.mayWrite(sh, tx, m, dir)
	if !ok {
		return
	}
	u, r := access.RequestURI(m)
	if r != nil {
		d.respond(tx, r.Status, r.Reason)
		return
	}
	e, name := &dir.Endpoint, ""
	if id.Peer != nil {
		e, name = &id.Peer.Endpoint, id.Peer.Name
	}
	context := e.Context
	if e.MessageIn != "" {
		context = e.MessageIn
	}
	exten, found := d.findExten(context, called(u), "")
	if !found {
		d.respond(tx, 404, "Not Found")
		return
	}
	letter := pbx.Message{Guest: id.Peer == nil, To: m.RequestURI,
		From: printable.Line(m.FromRaw[:len(m.FromRaw)-len(tagOf(m.FromRaw))]), Body: printable.Text(string(text.Text))}
	describeMessage(&letter, m, name)
	if err := d.core.Deliver(letter, context, exten); err != nil {
		d.log.Warn().Msgf("message refused: %v", err)
		d.respond(tx, 503, "Service Unavailable", sipstack.Header{Name: "Retry-After", Value: sipstack.RetryAfter()})
		return
	}
	d.access.TrustFlow(id.Peer, m.Flow)
	d.respond(tx, 202, "Accepted")
}

// describeMessage puts down what came with a MESSAGE: its headers (MESSAGE_DATA), of each
// the last, and where it came from.
func describeMessage(to *pbx.Message, m *sipstack.Message, peer string) {
	contact, _ := m.Contact()
	for _, v := range [][2]string{{"SIP_RECVADDR", m.Flow.Remote.String()}, {"SIP_PEERNAME", peer}, {"SIP_FULLCONTACT", contact.URI}} {
		to.Know(v[0], printable.Line(v[1]), false)
	}
	for _, name := range m.Names() {
		lines := m.Headers(name)
		to.Know(printable.Name(name), printable.Line(lines[len(lines)-1]), false)
	}
}

// mayWrite identifies and authenticates the sender. With auth_message_requests=no the source
// address alone identifies it; an unknown one is a guest.
func (d *Driver) mayWrite(sh *sipstack.Shard, tx *sipstack.ServerTx, m *sipstack.Message, dir *sipconf.Directory) (access.Identity, bool) {
	if dir.AuthMessage {
		return d.access.Admit(sh, tx, m, dir)
	}
	p := access.PeerBySource(dir, d.bindings, access.FactsOf(m, dir))
	d.access.UsePeerNAT(tx, m, p)
	return access.Identity{Peer: p}, true
}

// tagOf is the ";tag=..." that a From ends in.
func tagOf(from string) string {
	if i := strings.LastIndex(from, ";tag="); i >= 0 {
		return from[i:]
	}
	return ""
}

// text takes a MESSAGE within a call; it goes to the other party.
func (l *Leg) text(tx *sipstack.ServerTx, m *sipstack.Message) {
	text, _ := body.Find(m, "text/plain")
	if text == nil {
		l.d.refuseBody(tx, m, body.TextTypes)
		return
	}
	if l.ch == nil || !l.ch.Post(pbx.Event{Kind: pbx.EventText, Text: printable.Text(string(text.Text))}) {
		l.d.respond(tx, 480, "Temporarily Unavailable") // too many wait for the other party
		return
	}
	l.d.respond(tx, 202, "Accepted")
}

// SendText implements pbx.TextSender: as real-time text where that was agreed, else in a MESSAGE.
func (l *Leg) SendText(text string) {
	l.do(func() {
		if l.state != legUp {
			return
		}
		if l.types() {
			l.rtt.stream.SendText(text)
			return
		}
		l.askWith("MESSAGE", "text/plain;charset=UTF-8", []byte(text))
	})
}

// SendMessage implements pbx.Messenger: to a peer, or user@host.
func (d *Driver) SendMessage(to string, m pbx.Message) error {
	dir := d.Directory()
	t, err := d.resolveDial(dir, strings.TrimPrefix(to, "//"), "")
	if err != nil {
		return err
	}
	if t.peer != nil && strings.Contains(t.peer.NoMethods, "MESSAGE") {
		return fmt.Errorf("'%s' gets no MESSAGE (%s)", t.peer.Name, t.peer.Line("disallowed_methods"))
	}
	left, limited := 0, m.Fact("Max-Forwards")
	if limited != "" {
		if left, err = strconv.Atoi(strings.TrimSpace(limited)); err != nil || left < 1 {
			return errors.New("MESSAGE(Max-Forwards) reached zero.  MESSAGE not sent")
		}
	}
	return d.outbox.post(m.From+" "+to, t.later, func() {
		hops := t.hops
		if t.later {
			var err error
			if hops, err = t.at.Await(); err != nil {
				d.log.Warn().Msgf("message to %s: %v", t.to, err)
				return
			}
		}
		d.sendMessage(dir, t, hops[0], m, left-1)
	})
}

// sendMessage sends a MESSAGE to a place, that may be handed on so often; -1: as usual. It is on
// its way when this returns, so that messages which are sent one after the other keep their order.
func (d *Driver) sendMessage(dir *sipconf.Directory, t *destination, to dnsmgr.Target, m pbx.Message, handedOn int) {
	flow := d.ua.Reach(to, t.flow)
	g := dialog.Dialog{Agent: d.ua, Dir: dir, Peer: t.peer, Flow: flow, Target: t.uri, To: t.to, RouteSet: t.path, LocalTag: sipstack.Tag(),
		LocalCSeq: 101}
	g.NAT = g.Endpoint().NAT
	g.SentBy = dir.Advertised(flow).String()
	g.CallID = sipstack.Hex32() + "@" + g.SentBy
	g.From = messageSender(&g, m.From)
	d.stack.Call(g.CallID, func(sh *sipstack.Shard) { d.sendText(&g, sh, m, handedOn) })
}

// messageSender writes From: the callerid of the endpoint that it names, or a URI in angle brackets with the
// host that it has; any other text is the name of our own callerid, as in chan_sip.
func messageSender(g *dialog.Dialog, from string) string {
	user, host := g.Dir.CallerID, cmp.Or(g.Endpoint().FromDomain, g.Dir.FromHost(g.Flow))
	display := printable.Name(strings.Trim(strings.TrimSpace(from), `"`))
	if p := g.Dir.Lookup(from); p != nil && p.CallerID.Num != "" {
		user, display = p.CallerID.Num, p.CallerID.Name
	} else if strings.Contains(from, "<") {
		n, _ := sipstack.ParseNameAddr(from)
		u, _ := sipstack.ParseURI("sip:" + strings.TrimPrefix(n.URI, "sip:")) // <user> will do
		display = n.Display
		if name, domain := sipstack.Unescape(u.User), u.Host; name != "" {
			user, host = name, cmp.Or(g.Endpoint().FromDomain, domain)
		} else if domain != "" { // <user>
			user = domain
		}
	}
	if g.Peer != nil && g.Peer.FromUser != "" {
		user = g.Peer.FromUser
	}
	return sipstack.FormatNameAddr(cmp.Or(display, g.Dir.CallerID), sipstack.FormatURI(user, host))
}

// sendText sends the MESSAGE, with what was said of it as headers.
func (d *Driver) sendText(g *dialog.Dialog, sh *sipstack.Shard, text pbx.Message, handedOn int) {
	g.Send(sh, func() *sipstack.Outgoing {
		o := g.Request("MESSAGE")
		o.ContentType, o.Body = "text/plain;charset=UTF-8", []byte(text.Body)
		if handedOn >= 0 {
			o.MaxForwards = handedOn
		}
		for _, v := range text.Data {
			switch name := strings.ToLower(v.Name); {
			case !v.Send || strings.HasPrefix(name, "sip_") || strings.ContainsAny(v.Name, " \t\r\n:"): // what we know of it is no header
			case name == "content-type":
				o.ContentType = printable.Line(v.Value)
			case !ownHeaders[name]:
				o.Headers = append(o.Headers, sipstack.Header{Name: v.Name, Value: printable.Line(v.Value)})
			}
		}
		return o
	}, func(m *sipstack.Message, err error) {
		switch {
		case err != nil:
			d.log.Warn().Msgf("message to %s: %v", g.To, err)
		case m.Status < 200:
		case m.Status >= 300:
			d.log.Warn().Msgf("message to %s: %s", g.To, fmt.Sprintf("%d %s", m.Status, m.Reason))
		}
	})
}

// ownHeaders of a MESSAGE are not taken from the dialplan.
var ownHeaders = map[string]bool{"to": true, "from": true, "via": true, "call-id": true, "cseq": true, "max-forwards": true,
	"content-length": true, "allow": true, "contact": true, "route": true, "record-route": true, "authorization": true,
	"proxy-authorization": true, "request-uri": true, "date": true, "user-agent": true}

// Groups implements pbx.Grouped.
func (l *Leg) Groups() pbx.Groups {
	if l.Peer == nil {
		return pbx.Groups{}
	}
	return l.Peer.Groups
}
