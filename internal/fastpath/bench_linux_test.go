package fastpath

import (
	"net/netip"
	"testing"

	"obelisk/internal/testkit/hosts"
)

// BenchmarkFlow is what a flow costs user space: once, and each second.
func BenchmarkFlow(b *testing.B) {
	h := hosts.New(b)
	table := opened(b, h)
	here := netip.MustParseAddrPort("0.0.0.0:4000")
	f := Flow{Key: Key{here, netip.AddrPortFrom(h.CallerAddr, 4000)}, From: here, To: netip.AddrPortFrom(h.CalleeAddr, 4000)}
	b.Run("install and remove", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			i, err := table.Install(f)
			if err != nil {
				b.Fatal(err)
			}
			i.Remove()
		}
	})
	i, err := table.Install(f)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("counters", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			i.Counters()
		}
	})
}
