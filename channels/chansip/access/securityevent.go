package access

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"obelisk/internal/printable"
	"obelisk/internal/sipstack"
	"obelisk/pbx"
)

// Unquoted is a text of a stranger's as it may stand in a line of the log between single
// quotes, or before words that have some. Log watchers look for "failed for 'ADDRESS'".
func Unquoted(text string) string { return strings.ReplaceAll(text, "'", "_") }

// EventName says what was wrong with a request, in the words of Asterisk's security
// events.
type EventName string

const (
	InvalidAccountID        EventName = "InvalidAccountID"
	ChallengeResponseFailed EventName = "ChallengeResponseFailed"
	FailedACL               EventName = "FailedACL"
)

// SecurityEvent reports a request that was refused for its sender.
func (ac *Control) SecurityEvent(what EventName, account string, m *sipstack.Message) {
	ac.security(string(what), "Error", account, m, ac.cfg.Security != nil)
}

// NoExtension reports a call to an extension that is not there: who dials many of them looks for a
// way in.
func (ac *Control) NoExtension(exten string, m *sipstack.Message) {
	ac.security(string(FailedACL), "Error", exten, m, ac.cfg.Security != nil, pbx.Field{Name: "ACLName", Value: "no_extension_match"})
}

// reportInformational reports what is no reason for concern: a challenge, or a sender who is known. There
// is one for each registration and call, so that only those who ask for it get it.
func (ac *Control) reportInformational(what, account string, m *sipstack.Message, more pbx.Field) {
	ac.security(what, "Informational", account, m, ac.cfg.Security != nil && ac.cfg.Informed != nil && ac.cfg.Informed(), more)
}

// security makes a security event known to the log and to programs. The address is that of
// the socket, and in the log the account is quoted: it comes from who may be hostile.
func (ac *Control) security(what, severity, account string, m *sipstack.Message, logged bool, more ...pbx.Field) {
	heard := ac.cfg.Core.Heard()
	if !logged && !heard {
		return
	}
	fields := append([]pbx.Field{{Name: "EventTV", Value: time.Now().Format(pbx.SecurityTime)}, {Name: "Severity", Value: severity},
		{Name: "Service", Value: "SIP"}, {Name: "EventVersion", Value: "1"}, {Name: "AccountID", Value: account},
		{Name: "SessionID", Value: m.CallID}, {Name: "LocalAddress", Value: eventAddress(m.Flow.Proto, m.Flow.Local)},
		{Name: "RemoteAddress", Value: eventAddress(m.Flow.Proto, m.Flow.Remote)}}, more...)
	if logged {
		var b strings.Builder
		fmt.Fprintf(&b, `SecurityEvent="%s"`, what)
		for _, f := range fields {
			fmt.Fprintf(&b, `,%s="%s"`, f.Name, printable.Quoted(f.Value))
		}
		ac.cfg.Security(b.String())
	}
	if heard {
		ac.cfg.Core.Tell(pbx.News{Name: what, Class: "security", Fields: fields})
	}
}

// reportChallenge reports a challenge of a REGISTER or INVITE.
func (ac *Control) reportChallenge(m *sipstack.Message, nonce string) {
	switch m.Method {
	case "REGISTER":
		ac.reportInformational("ChallengeSent", sipstack.Unescape(m.To.ParsedURI().User), m, pbx.Field{Name: "Challenge", Value: nonce})
	case "INVITE":
		from := m.From.ParsedURI()
		ac.reportInformational("ChallengeSent", "sip:"+from.User+"@"+from.Host, m, pbx.Field{Name: "Challenge", Value: nonce})
	}
}

// ReportSuccess reports the sender of a REGISTER or INVITE who is known.
func (ac *Control) ReportSuccess(m *sipstack.Message, password bool) {
	using := pbx.Field{Name: "UsingPassword", Value: "0"}
	if password {
		using.Value = "1"
	}
	switch m.Method {
	case "REGISTER":
		ac.reportInformational("SuccessfulAuth", sipstack.Unescape(m.To.ParsedURI().User), m, using)
	case "INVITE":
		if u, ok := sipstack.ParseURI(m.RequestURI); ok {
			ac.reportInformational("SuccessfulAuth", sipstack.Unescape(u.User), m, using)
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
