package front

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"obelisk/internal/testkit"
)

const zone = `
_sip._udp.x. 60 IN SRV 20 0 5070 b.x. ; the second
_sip._udp.x. 60 IN SRV 10 5 5060 a.x.
a.x. 60 IN A 10.0.0.1
b.x. 60 IN A 10.0.0.2
`

// TestServers: servers come by priority.
func TestServers(t *testing.T) {
	net := testkit.NewNetwork(testkit.Faults{})
	ns := netip.MustParseAddrPort("10.0.0.53:53")
	z, err := NewZone(net.Listen, ns, zone)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	got, err := Servers(net.Listen, netip.MustParseAddrPort("10.0.0.9:1053"), ns, "x.", rand.New(rand.NewPCG(1, 1)))
	if want := []netip.AddrPort{netip.MustParseAddrPort("10.0.0.1:5060"), netip.MustParseAddrPort("10.0.0.2:5070")}; !slices.Equal(got, want) {
		t.Errorf("%v %v", got, err)
	}
}

// FuzzZone: no line of a zone does harm.
func FuzzZone(f *testing.F) {
	f.Add("a. 1 IN SRV 1 2 3 b.")
	f.Add("a. 1 IN A ::1")
	f.Fuzz(func(t *testing.T, text string) {
		z, err := NewZone(testkit.NewNetwork(testkit.Faults{}).Listen, netip.MustParseAddrPort("10.0.0.53:53"), text)
		if err == nil {
			z.Close()
		}
	})
}
