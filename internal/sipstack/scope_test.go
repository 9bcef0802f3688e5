package sipstack

import (
	"net/netip"
	"strings"
	"testing"
)

// A zone is known to its host alone: the peer's is not believed, ours is not told, and
// what it names on its link is on the link that it came over.
func TestZonesStayHere(t *testing.T) {
	f := Flow{Remote: netip.MustParseAddrPort("[fe80::9%eth7]:5060")}
	for text, want := range map[string]string{
		"sip:a@[fe80::1%25eth0]:5060": "fe80::1%eth7", "sip:a@[fe80::1%eth0]": "fe80::1%eth7", "sip:a@[fe80::1]": "fe80::1%eth7",
		"sip:a@[2001:db8::1]": "2001:db8::1", "sip:a@10.0.0.1": "10.0.0.1",
	} {
		u, _ := ParseURI(text)
		a, ok := u.Addr()
		if got := Scoped(a, f); !ok || got.String() != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	if got := HostPort("fe80::1%eth0", 5060); got != "[fe80::1]:5060" {
		t.Error(got)
	}
	m, err := Parse([]byte(strings.Replace(invite, "10.0.0.1:5062", "[fe80::9%25eth0]:5062", 1)))
	if err != nil {
		t.Fatal(err)
	}
	m.Flow = f
	answer := string((&Answer{Status: 200, Reason: "OK"}).render(nil, m, NAT{}, false))
	if !strings.Contains(answer, ";received=fe80::9;rport=5060\r\n") {
		t.Error(answer)
	}
	if !SameHost(netip.MustParseAddr("fe80::9"), f.Remote.Addr()) || SameHost(netip.MustParseAddr("fe80::8"), f.Remote.Addr()) {
		t.Error("hosts are not compared without their zones")
	}
}
