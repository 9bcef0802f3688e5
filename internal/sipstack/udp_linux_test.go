package sipstack

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"obelisk/internal/rawnet"
)

// TestSendFromLostAddress: what is to leave from an address that this machine has no more (it floats, and another machine has it)
// leaves from another one.
func TestSendFromLostAddress(t *testing.T) {
	s, err := newSystemSocket(netip.MustParseAddrPort("0.0.0.0:0"), 0, rawnet.Marks{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	far, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	if err := s.send(Flow{Local: netip.MustParseAddrPort("192.0.2.77:5060"), Remote: far.LocalAddr().(*net.UDPAddr).AddrPort()},
		[]byte("hello")); err != nil {
		t.Error(err)
	}
	far.SetReadDeadline(time.Now().Add(10 * time.Second))
	if n, _, err := far.ReadFrom(make([]byte, 100)); n != 5 {
		t.Error(n, err)
	}
}
