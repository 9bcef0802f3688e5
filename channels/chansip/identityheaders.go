package chansip

import (
	"strings"

	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/sipstack"
	"obelisk/pbx"
)

// Identity beside From: Remote-Party-ID and P-Asserted-Identity (RFC 3325), read
// from endpoints with trustrpid and written to those with sendrpid.

// assertedIdentity is the caller as a trusted endpoint gives it, Remote-Party-ID first.
func assertedIdentity(g *sipconf.General, m *sipstack.Message) (id pbx.CallerID, ok bool) {
	if n, ok := sipstack.ParseNameAddr(m.Header("Remote-Party-ID")); ok {
		id := callerIDOf(g, n)
		privacy, _ := n.Param("privacy")
		screen, _ := n.Param("screen")
		id.Private, id.Screened = strings.EqualFold(privacy, "full"), strings.EqualFold(screen, "yes")
		return id, id.Num != "" || id.Name != ""
	}
	for _, v := range m.List("P-Asserted-Identity") {
		n, ok := sipstack.ParseNameAddr(v)
		if !ok {
			continue
		}
		id := callerIDOf(g, n)
		if id.Num == "anonymous" && strings.Contains(n.URI, "@anonymous.invalid") {
			return pbx.CallerID{Private: true}, true
		}
		p := strings.ToLower(strings.TrimSpace(m.Header("Privacy")))
		id.Private = p != "" && p != "none"
		return id, id.Num != ""
	}
	return pbx.CallerID{}, false
}

// callerIDOf is the name and number of an address; a tel: URI is a number.
func callerIDOf(g *sipconf.General, n sipstack.NameAddr) pbx.CallerID {
	id := pbx.CallerID{Name: n.Display}
	u, ok := sipstack.ParseURI(n.URI)
	if !ok {
		return id
	}
	id.Num = g.NumberOf(u)
	return id
}

// identityHeaders tell the endpoint who is at the other end, as sendrpid asks.
func (l *Leg) identityHeaders() []sipstack.Header {
	e, id := l.Endpoint(), l.call.CallerID
	if e.SendRPID == "" || id.Num == "" {
		return nil
	}
	name := id.Name
	if name == "" {
		name = id.Num
	}
	if id.Private && e.TrustOut == "no" {
		return nil
	}
	host := l.partyHost()
	if e.SendRPID == sipconf.SendRPID {
		if l.outbound && id.Private && e.TrustOut == "legacy" {
			host = "anonymous.invalid" // as in the From
		}
		return []sipstack.Header{{Name: "Remote-Party-ID", Value: sipstack.FormatNameAddr(name, sipstack.FormatURI(id.Num, host)) + l.rpidParams(
			id)}}
	}
	who := sipstack.FormatNameAddr(name, sipstack.FormatURI(id.Num, host))
	switch {
	case !id.Private:
		return []sipstack.Header{{Name: "P-Asserted-Identity", Value: who}}
	case e.TrustOut == "yes":
		return []sipstack.Header{{Name: "P-Asserted-Identity", Value: who}, {Name: "Privacy", Value: "id"}}
	}
	return []sipstack.Header{{Name: "P-Asserted-Identity", Value: anonymous}} // legacy
}

// rpidParams are the parameters of Remote-Party-ID: whose it is, and how it is presented.
func (l *Leg) rpidParams(id pbx.CallerID) string {
	party, privacy, screen := "called", "off", "no"
	if l.outbound {
		party = "calling"
	}
	p := id.Presented()
	if p.Word == "unavailable" {
		return ";party=" + party
	}
	if p.Prohibited() {
		privacy = "full"
	}
	if p.Verified() {
		screen = "yes"
	}
	return ";party=" + party + ";privacy=" + privacy + ";screen=" + screen
}

// partyHost is fromdomain, else our address.
func (l *Leg) partyHost() string {
	if e := l.Endpoint(); e.FromDomain != "" {
		return e.FromDomain
	}
	return sipstack.HostPort(l.Dir.Advertised(l.Flow).Addr().String(), 0)
}

// anonymous is a caller who does not want to be known.
const anonymous = `"Anonymous" <sip:anonymous@anonymous.invalid>`
