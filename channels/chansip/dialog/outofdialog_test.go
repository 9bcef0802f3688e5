package dialog

import (
	"net/netip"
	"testing"

	"obelisk/internal/sipstack"
)

// A phone on a WebSocket is reached by its own connection alone.
func TestMayProxy(t *testing.T) {
	local := netip.MustParseAddrPort("10.0.0.1:5060")
	for flow, want := range map[sipstack.Flow]bool{
		{}:                                  true,
		{Proto: sipstack.UDP, Local: local}: true,
		{Proto: sipstack.TLS, Local: local}: true,
		{Proto: sipstack.WS, Local: local}:  false,
		{Proto: sipstack.WSS, Local: local}: false,
	} {
		if MayProxy(flow) != want {
			t.Errorf("%v over %s: %v", flow, flow.Proto, !want)
		}
	}
}
