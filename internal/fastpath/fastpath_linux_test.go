package fastpath

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"obelisk/internal/testkit/hosts"

	"github.com/pion/rtp"
)

func addrOf(c *net.UDPConn) netip.AddrPort { return c.LocalAddr().(*net.UDPAddr).AddrPort() }

func packet(pt uint8, seq uint16, ts, ssrc uint32, payload string) []byte {
	b, _ := (&rtp.Packet{Header: rtp.Header{Version: 2, Marker: seq == 1, PayloadType: pt, SequenceNumber: seq, Timestamp: ts, SSRC: ssrc},
		Payload: []byte(payload)}).Marshal()
	return b
}

// read is one datagram and its source, nil when none comes.
func read(c *net.UDPConn) ([]byte, netip.AddrPort) {
	buf := make([]byte, 2048)
	c.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
	n, from, err := c.ReadFromUDPAddrPort(buf)
	if err != nil {
		return nil, from
	}
	return buf[:n], from
}

// opened is a table in the switchboard's namespace.
func opened(t *testing.T, h *hosts.Hosts) *Table {
	t.Helper()
	var table *Table
	var err error
	h.On(h.Switchboard, func() { table, err = Open() })
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(table.Close)
	return table
}

func TestKernelForwards(t *testing.T) {
	for name, checksums := range map[string]bool{"checksums left out": false, "checksums": true} {
		t.Run(name, func(t *testing.T) { kernelForwards(t, checksums) })
	}
}

func kernelForwards(t *testing.T, checksums bool) {
	h := hosts.New(t)
	if checksums {
		h.Checksums()
	}
	table := opened(t, h)
	caller, callee := h.Listen(h.Caller, h.CallerAddr), h.Listen(h.Callee, h.CalleeAddr)
	in, out := h.Listen(h.Switchboard, netip.IPv4Unspecified()), h.Listen(h.Switchboard, netip.IPv4Unspecified())
	local := netip.AddrPortFrom(h.TowardsCaller, addrOf(in).Port())
	flow, err := table.Install(Flow{Key: Key{Local: addrOf(in), Source: addrOf(caller)}, From: addrOf(out), To: addrOf(callee),
		SSRC: 0x01020304, NewSSRC: 0xa1b2c3d4, Type: 0, NewType: 9, AddSeq: 1000, AddStamp: 5000, Clock: 8000})
	if err != nil {
		t.Fatal(err)
	}
	for i := range uint16(5) {
		caller.WriteToUDPAddrPort(packet(0, i+65533, uint32(i)*160, 0x01020304, "some audio"), local)
		b, from := read(callee)
		var p rtp.Packet
		if b == nil || p.Unmarshal(b) != nil {
			t.Fatalf("packet %d did not come", i)
		}
		if want := netip.AddrPortFrom(h.TowardsCallee, addrOf(out).Port()); from != want {
			t.Errorf("from %s, want %s", from, want)
		}
		if p.PayloadType != 9 || p.SequenceNumber != i+65533+1000 || p.Timestamp != uint32(i)*160+5000 || p.SSRC != 0xa1b2c3d4 ||
			string(p.Payload) != "some audio" || p.Marker != (i == 4) {
			t.Errorf("packet %d: %+v %q", i, p.Header, p.Payload)
		}
		time.Sleep(20 * time.Millisecond)
	}
	// What is not the plain packet of the flow goes to user space.
	for name, b := range map[string][]byte{
		"telephone event": packet(101, 7, 0, 0x01020304, "key"), "another SSRC": packet(0, 7, 0, 7, "x"), "STUN": make([]byte, 28),
		"short": {0x80, 0, 0},
	} {
		caller.WriteToUDPAddrPort(b, local)
		if got, _ := read(in); string(got) != string(b) {
			t.Errorf("%s: user space got %x", name, got)
		}
	}
	other := h.Listen(h.Caller, h.CallerAddr)
	other.WriteToUDPAddrPort(packet(0, 7, 0, 0x01020304, "stranger"), local)
	if b, _ := read(in); b == nil {
		t.Error("another source is forwarded")
	}
	c, err := flow.Counters()
	if err != nil || c.Packets != 5 || c.Octets != 5*22 || c.Seq != 1 || c.Stamp != 640 || c.Idle <= 0 || c.Idle > int64(5*time.Second) ||
		c.Jitter > 40 {
		t.Errorf("%+v %v", c, err)
	}
	if c, err = flow.Remove(); err != nil || c.Packets != 5 {
		t.Errorf("removed: %+v %v", c, err)
	}
	caller.WriteToUDPAddrPort(packet(0, 8, 0, 0x01020304, "again"), local)
	if b, _ := read(in); b == nil {
		t.Error("a removed flow is still forwarded")
	}
}

func TestWhatCannotBeForwarded(t *testing.T) {
	h := hosts.New(t)
	table := opened(t, h)
	here := netip.MustParseAddrPort("0.0.0.0:4000")
	for name, f := range map[string]Flow{
		"IPv6":      {Key: Key{here, netip.MustParseAddrPort("[2001:db8::1]:4000")}, From: here, To: netip.MustParseAddrPort("10.201.2.2:1")},
		"no route":  {Key: Key{here, netip.MustParseAddrPort("10.201.1.2:1")}, From: here, To: netip.MustParseAddrPort("192.0.2.1:1")},
		"this host": {Key: Key{here, netip.MustParseAddrPort("10.201.1.2:1")}, From: here, To: netip.MustParseAddrPort("127.0.0.1:1")},
	} {
		if _, err := table.Install(f); err == nil {
			t.Errorf("%s is forwarded", name)
		}
	}
}
