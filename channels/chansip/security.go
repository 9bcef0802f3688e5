package chansip

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"obelisk/internal/printable"
	"obelisk/internal/sipstack"
	"obelisk/pbx"
)

// unquoted is a text of a stranger's as it may stand in a line of the log between single
// quotes, or before words that have some. Log watchers look for "failed for 'ADDRESS'".
func unquoted(text string) string { return strings.ReplaceAll(text, "'", "_") }

// insecurity says what was wrong with a request, in the words of Asterisk's security
// events.
type insecurity string

const (
	invalidAccount  insecurity = "InvalidAccountID"
	invalidPassword insecurity = "ChallengeResponseFailed"
	failedACL       insecurity = "FailedACL"
)

// alarm reports a request that was refused for its sender.
func (d *Driver) alarm(what insecurity, account string, m *sipstack.Message) {
	d.security(string(what), "Error", account, m, d.cfg.Security != nil)
}

// inform reports what is no reason for concern: a challenge, or a sender who is known. There
// is one for each registration and call, so that only those who ask for it get it.
func (d *Driver) inform(what, account string, m *sipstack.Message, more pbx.Field) {
	d.security(what, "Informational", account, m, d.cfg.Security != nil && d.cfg.Informed != nil && d.cfg.Informed(), more)
}

// security makes a security event known to the log and to programs. The address is that of
// the socket, and in the log the account is quoted: it comes from who may be hostile.
func (d *Driver) security(what, severity, account string, m *sipstack.Message, logged bool, more ...pbx.Field) {
	heard := d.core.Heard()
	if !logged && !heard {
		return
	}
	fields := append([]pbx.Field{{Name: "EventTV", Value: time.Now().Format(pbx.SecurityTime)}, {Name: "Severity", Value: severity}, {Name: "Service", Value: "SIP"},
		{Name: "EventVersion", Value: "1"}, {Name: "AccountID", Value: account}, {Name: "SessionID", Value: m.CallID},
		{Name: "LocalAddress", Value: eventAddress(m.Flow.Proto, m.Flow.Local)}, {Name: "RemoteAddress", Value: eventAddress(m.Flow.Proto, m.Flow.Remote)}}, more...)
	if logged {
		var b strings.Builder
		fmt.Fprintf(&b, `SecurityEvent="%s"`, what)
		for _, f := range fields {
			fmt.Fprintf(&b, `,%s="%s"`, f.Name, printable.Quoted(f.Value))
		}
		d.cfg.Security(b.String())
	}
	if heard {
		d.core.Tell(pbx.News{Name: what, Class: "security", Fields: fields})
	}
}

// challenged reports a challenge of a REGISTER or INVITE.
func (d *Driver) challenged(m *sipstack.Message, nonce string) {
	switch m.Method {
	case "REGISTER":
		d.inform("ChallengeSent", sipstack.Unescape(m.To.ParsedURI().User), m, pbx.Field{Name: "Challenge", Value: nonce})
	case "INVITE":
		from := m.From.ParsedURI()
		d.inform("ChallengeSent", "sip:"+from.User+"@"+from.Host, m, pbx.Field{Name: "Challenge", Value: nonce})
	}
}

// welcome reports the sender of a REGISTER or INVITE who is known.
func (d *Driver) welcome(m *sipstack.Message, password bool) {
	using := pbx.Field{Name: "UsingPassword", Value: "0"}
	if password {
		using.Value = "1"
	}
	switch m.Method {
	case "REGISTER":
		d.inform("SuccessfulAuth", sipstack.Unescape(m.To.ParsedURI().User), m, using)
	case "INVITE":
		if u, ok := sipstack.ParseURI(m.RequestURI); ok {
			d.inform("SuccessfulAuth", sipstack.Unescape(u.User), m, using)
		}
	}
}

// eventAddress is "IPV4/UDP/192.0.2.1/5060".
func eventAddress(p sipstack.Proto, a netip.AddrPort) string {
	family := "IPV6"
	if a.Addr().Unmap().Is4() {
		family = "IPV4"
	}
	return fmt.Sprintf("%s/%s/%s/%d", family, p, a.Addr().Unmap(), a.Port())
}
