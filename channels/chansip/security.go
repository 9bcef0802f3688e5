package chansip

import (
	"fmt"
	"net/netip"
	"time"

	"obelisk/internal/sipstack"
	"obelisk/pbx"
)

// insecurity says what was wrong with a request, in the words of Asterisk's security
// events.
type insecurity string

const (
	invalidAccount  insecurity = "InvalidAccountID"
	invalidPassword insecurity = "ChallengeResponseFailed"
	failedACL       insecurity = "FailedACL"
)

// alarm reports a request that was refused for its sender. The address is that of the
// socket, and the account is quoted: it comes from who may be hostile.
func (d *Driver) alarm(what insecurity, account string, m *sipstack.Message) {
	now := time.Now()
	d.tellSecurity(what, "Error", account, m, now)
	if d.cfg.Security == nil {
		return
	}
	d.cfg.Security(fmt.Sprintf(`SecurityEvent="%s",EventTV="%s",Severity="Error",Service="SIP",EventVersion="1",AccountID="%s",SessionID="%s",LocalAddress="%s",RemoteAddress="%s"`,
		what, now.Format("2006-01-02T15:04:05.000-0700"), quotable(account), quotable(m.CallID), eventAddress(m.Flow.Proto, m.Flow.Local), eventAddress(m.Flow.Proto, m.Flow.Remote)))
}

// tellSecurity makes a security event known to programs.
func (d *Driver) tellSecurity(what insecurity, severity, account string, m *sipstack.Message, now time.Time) {
	if !d.core.Heard() {
		return
	}
	d.core.Tell(pbx.News{Name: string(what), Class: "security", Fields: []pbx.Field{{Name: "EventTV", Value: now.Format("2006-01-02T15:04:05.000-0700")}, {Name: "Severity", Value: severity},
		{Name: "Service", Value: "SIP"}, {Name: "EventVersion", Value: "1"}, {Name: "AccountID", Value: account}, {Name: "SessionID", Value: m.CallID},
		{Name: "LocalAddress", Value: eventAddress(m.Flow.Proto, m.Flow.Local)}, {Name: "RemoteAddress", Value: eventAddress(m.Flow.Proto, m.Flow.Remote)}}})
}

// quotable keeps a text within its quotes and its line.
func quotable(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c == '"' || c < ' ' || c == 0x7f {
			b[i] = '_'
		}
	}
	return string(b)
}

// eventAddress is "IPV4/UDP/192.0.2.1/5060".
func eventAddress(p sipstack.Proto, a netip.AddrPort) string {
	family := "IPV6"
	if a.Addr().Unmap().Is4() {
		family = "IPV4"
	}
	return fmt.Sprintf("%s/%s/%s/%d", family, p, a.Addr().Unmap(), a.Port())
}
