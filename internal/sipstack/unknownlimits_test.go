package sipstack

import (
	"net/netip"
	"testing"
	"time"

	"github.com/rs/zerolog"
)

// However much of something comes from an address, what a phone there needs to become
// known is let in: a REGISTER and the answer to its challenge, and when the flood is of
// REGISTERs, those from a port of its own.
func TestFloodLeavesRoomToRegister(t *testing.T) {
	const credentials = "Authorization: Digest x\r\n"
	for what, c := range map[string]struct{ flood, wanted string }{
		"calls":                     {"INVITE sip:a SIP/2.0\r\n", "REGISTER sip:a SIP/2.0\r\n"},
		"calls with credentials":    {"INVITE sip:a SIP/2.0\r\n" + credentials, "REGISTER sip:a SIP/2.0\r\n"},
		"questions":                 {"OPTIONS sip:a SIP/2.0\r\n", "REGISTER sip:a SIP/2.0\r\n" + credentials},
		"registrations":             {"REGISTER sip:a SIP/2.0\r\n", "REGISTER sip:a SIP/2.0\r\n" + credentials},
		"answers":                   {"REGISTER sip:a SIP/2.0\r\n" + credentials, "REGISTER sip:a SIP/2.0\r\n"},
		"answers in small letters":  {"INVITE sip:a SIP/2.0\r\nauthorization: x\r\n", "INVITE sip:a SIP/2.0\r\n"},
		"the same from other ports": {"REGISTER sip:a SIP/2.0\r\n", "REGISTER sip:a SIP/2.0\r\n"},
	} {
		a := newAdmission(DefaultLimits(), nil, zerolog.Nop())
		now, phone, other := time.Now(), Flow{Remote: uaAddr}, Flow{Remote: netip.AddrPortFrom(uaAddr.Addr(), 61000)}
		if c.flood != c.wanted {
			other = phone
		}
		let, refused := 0, 0
		for i := range 60_000 { // a minute of a thousand a second
			now = now.Add(time.Millisecond)
			if _, drop := a.stranger(other, []byte(c.flood), now); !drop {
				let++
			}
			if i%1000 == 999 { // the phone, once a second
				if _, drop := a.stranger(phone, []byte(c.wanted), now); drop {
					refused++
				}
			}
		}
		if refused > 0 || let > 60*110+220 {
			t.Errorf("a flood of %s: %d of 60 requests of the phone dropped, %d of the flood let in", what, refused, let)
		}
	}
}

// A host that changes its port, or its IPv6 address, with every request gets no more than
// twice what another one does.
func TestPortsDoNotMultiply(t *testing.T) {
	a := newAdmission(Limits{StrangerRate: 100}, nil, zerolog.Nop())
	now, let, prefix := time.Now(), 0, netip.MustParseAddr("2001:db8::").As16()
	for i := range 60_000 {
		now = now.Add(time.Millisecond)
		ip := prefix
		ip[14], ip[15] = byte(i>>8), byte(i)
		if _, drop := a.stranger(Flow{Remote: netip.AddrPortFrom(netip.AddrFrom16(ip), uint16(i))}, []byte("REGISTER sip:a SIP/2.0\r\n"),
			now); !drop {
			let++
		}
	}
	if let > 60*200+400 {
		t.Errorf("%d let in", let)
	}
}

// An allowance is spent by what is sent and ends when the source shows itself; no
// allowance bounds nothing.
func TestAllowance(t *testing.T) {
	a := &Allowance{left: 1000}
	if !a.take(600) || a.take(600) || !a.take(400) || a.take(1) {
		t.Errorf("%+v", a)
	}
	if a.Shown(); !a.take(1 << 20) {
		t.Error("not free once it is shown")
	}
	if a = nil; !a.take(1 << 20) {
		t.Error("none is a bound")
	}
	a.spend(1)
	a.Shown()
}
