package sipstack

import (
	"net/netip"
	"testing"
)

// What the system said of a route is used again, without allocations.
func TestSourceIsKept(t *testing.T) {
	to := netip.MustParseAddrPort("127.0.0.3:5060")
	if a := sourceFor(to); a != netip.MustParseAddr("127.0.0.1") {
		t.Skipf("%v: an unusual loopback", a)
	}
	if n := testing.AllocsPerRun(100, func() { sourceFor(to) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
