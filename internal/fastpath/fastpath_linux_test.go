package fastpath

import (
	"errors"
	"net"
	"net/netip"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"obelisk/internal/testkit/hosts"

	"github.com/pion/rtp"
	"golang.org/x/sys/unix"
)

func addrOf(c *net.UDPConn) netip.AddrPort { return c.LocalAddr().(*net.UDPAddr).AddrPort() }

func packet(pt uint8, seq uint16, ts, ssrc uint32, payload string) []byte {
	b, _ := (&rtp.Packet{Header: rtp.Header{Version: 2, Marker: seq == 1, PayloadType: pt, SequenceNumber: seq, Timestamp: ts, SSRC: ssrc},
		Payload: []byte(payload)}).Marshal()
	return b
}

// read is one datagram and its source, nil when none comes.
func read(c *net.UDPConn) ([]byte, netip.AddrPort) {
	buf, oob := make([]byte, 2048), make([]byte, 256)
	c.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
	n, size, _, from, err := c.ReadMsgUDPAddrPort(buf, oob)
	if err != nil {
		return nil, from
	}
	lastControl, _ = unix.ParseSocketControlMessage(oob[:size])
	return buf[:n], netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
}

// lastControl is what came with the last packet that read returned.
var lastControl []unix.SocketControlMessage

// opened is a table in the switchboard's namespace.
func opened(t testing.TB, h *hosts.Hosts) *Table {
	t.Helper()
	var table *Table
	var err error
	in := func(f func()) { h.On(h.Switchboard, f) }
	in(func() { table, err = open(in) })
	if errors.Is(err, ErrUnsupported) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(table.Close)
	return table
}

// way is who sends to whom through the switchboard.
type way struct {
	caller, callee               string     // namespaces
	callerAt, callee1            netip.Addr // addresses
	towardsCaller, towardsCallee netip.Addr // of the switchboard
	any                          netip.Addr // what the switchboard's sockets are bound to
	hops                         int        // of what arrives
}

func TestKernelForwards(t *testing.T) {
	for name, way := range map[string]func(h *hosts.Hosts) way{
		"IPv4": func(h *hosts.Hosts) way {
			return way{h.Caller, h.Callee, h.CallerAddr, h.CalleeAddr, h.TowardsCaller, h.TowardsCallee, netip.IPv4Unspecified(), 64}
		},
		"IPv6": func(h *hosts.Hosts) way {
			return way{h.Caller, h.Callee, h.Six(h.CallerAddr), h.Six(h.CalleeAddr), h.Six(h.TowardsCaller), h.Six(h.TowardsCallee),
				netip.IPv6Unspecified(), 64}
		},
		"one machine": func(h *hosts.Hosts) way {
			lo := netip.MustParseAddr
			return way{h.Switchboard, h.Switchboard, lo("127.0.0.2"), lo("127.0.0.3"), lo("127.0.0.1"), lo("127.0.0.1"), lo("127.0.0.1"), 63}
		},
		"IPv6, one machine": func(h *hosts.Hosts) way {
			one := netip.MustParseAddr("::1")
			return way{h.Switchboard, h.Switchboard, one, one, one, one, one, 63}
		},
		"from a host to this machine": func(h *hosts.Hosts) way {
			return way{h.Caller, h.Switchboard, h.CallerAddr, h.TowardsCallee, h.TowardsCaller, h.TowardsCallee, netip.IPv4Unspecified(), 63}
		},
		"from this machine to a host": func(h *hosts.Hosts) way {
			return way{h.Switchboard, h.Callee, h.TowardsCaller, h.CalleeAddr, h.TowardsCaller, h.TowardsCallee, netip.IPv4Unspecified(), 64}
		},
	} {
		for sums, checksums := range map[string]bool{"checksums left out": false, "checksums": true} {
			t.Run(name+"/"+sums, func(t *testing.T) {
				h := hosts.New(t)
				if checksums {
					h.Checksums()
				}
				kernelForwards(t, h, way(h))
			})
		}
	}
}

func kernelForwards(t *testing.T, h *hosts.Hosts, w way) {
	table := opened(t, h)
	caller, callee := h.Listen(w.caller, w.callerAt), h.Listen(w.callee, w.callee1)
	hops, mark := received(t, callee)
	in, out := h.Listen(h.Switchboard, w.any), h.Listen(h.Switchboard, w.any)
	local := netip.AddrPortFrom(w.towardsCaller, addrOf(in).Port())
	flow, err := table.Install(Flow{Key: Key{Local: addrOf(in), Source: addrOf(caller)}, From: addrOf(out), To: addrOf(callee),
		SSRC: 0x01020304, NewSSRC: 0xa1b2c3d4, Type: 0, NewType: 9, AddSeq: 1000, AddStamp: 5000, Clock: 8000, TOS: 0xb8})
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
		if want := netip.AddrPortFrom(w.towardsCallee, addrOf(out).Port()); from != want {
			t.Errorf("from %s, want %s", from, want)
		}
		if p.PayloadType != 9 || p.SequenceNumber != i+65533+1000 || p.Timestamp != uint32(i)*160+5000 || p.SSRC != 0xa1b2c3d4 ||
			string(p.Payload) != "some audio" || p.Marker != (i == 4) {
			t.Errorf("packet %d: %+v %q", i, p.Header, p.Payload)
		}
		if hops() != w.hops || mark() != 0xb8 {
			t.Errorf("packet %d: %d hops, mark %#x", i, hops(), mark())
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
	other := h.Listen(w.caller, w.callerAt)
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

// Flows of which each feeds the other end: packets between programs of a machine have hops.
func TestRingOfFlowsEnds(t *testing.T) {
	h := hosts.New(t)
	table := opened(t, h)
	lo := netip.MustParseAddr("127.0.0.1")
	var c [4]*net.UDPConn
	for i := range c {
		c[i] = h.Listen(h.Switchboard, lo)
	}
	for i := range 2 {
		x, y := 2*i, 2-2*i
		if _, err := table.Install(Flow{Key: Key{Source: addrOf(c[x]), Local: addrOf(c[x+1])}, From: addrOf(c[y]), To: addrOf(c[y+1]),
			SSRC: 7, NewSSRC: 7, Clock: 8000}); err != nil {
			t.Fatal(err)
		}
	}
	c[0].WriteToUDPAddrPort(packet(0, 1, 0, 7, "round and round"), addrOf(c[1]))
	came := 0
	for _, i := range []int{1, 3} {
		if b, _ := read(c[i]); b != nil {
			came++
		}
	}
	if came != 1 {
		t.Errorf("%d packets came out of the ring", came)
	}
}

// An interface that comes after the start is forwarded from as well.
func TestInterfaceThatComesLater(t *testing.T) {
	h := hosts.New(t)
	table := opened(t, h)
	for _, c := range []string{"ip -n " + h.Switchboard + " link add ob-late type veth peer name ob-far",
		"ip -n " + h.Switchboard + " link set ob-late up"} {
		f := strings.Fields(c)
		if out, err := exec.Command(f[0], f[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v %s", c, err, out)
		}
	}
	has := func(name string) bool { return slices.Contains(table.Interfaces(), name) }
	for end := time.Now().Add(20 * time.Second); !has("ob-late") && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
	if !has("ob-late") || !has("lo") {
		t.Fatal(table.Interfaces())
	}
	if out, err := exec.Command("ip", "-n", h.Switchboard, "link", "del", "ob-late").CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	for end := time.Now().Add(20 * time.Second); has("ob-late") && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
	if has("ob-late") {
		t.Error("it is gone, and still listed")
	}
}

func TestWhatCannotBeForwarded(t *testing.T) {
	h := hosts.New(t)
	table := opened(t, h)
	here := netip.MustParseAddrPort("0.0.0.0:4000")
	for name, f := range map[string]Flow{
		"from IPv4 to IPv6": {Key: Key{here, netip.MustParseAddrPort("[2001:db8::1]:4000")}, From: here,
			To: netip.MustParseAddrPort("10.201.2.2:1")},
		"no route": {Key: Key{here, netip.MustParseAddrPort("10.201.1.2:1")}, From: here, To: netip.MustParseAddrPort("192.0.2.1:1")},
		"a zone":   {Key: Key{here, netip.MustParseAddrPort("[fe80::1%sa]:1")}, From: here, To: netip.MustParseAddrPort("[fe80::2%sb]:1")},
		"a group":  {Key: Key{here, netip.MustParseAddrPort("10.201.1.2:1")}, From: here, To: netip.MustParseAddrPort("224.0.0.9:1")},
	} {
		if _, err := table.Install(f); err == nil {
			t.Errorf("%s is forwarded", name)
		}
	}
}

// received says with how many hops left and which mark the last packet of a socket came.
func received(t *testing.T, c *net.UDPConn) (hops, mark func() int) {
	six := addrOf(c).Addr().Is6()
	raw, err := c.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	raw.Control(func(fd uintptr) {
		if six {
			unix.SetsockoptInt(int(fd), unix.IPPROTO_IPV6, unix.IPV6_RECVHOPLIMIT, 1)
			unix.SetsockoptInt(int(fd), unix.IPPROTO_IPV6, unix.IPV6_RECVTCLASS, 1)
			return
		}
		unix.SetsockoptInt(int(fd), unix.IPPROTO_IP, unix.IP_RECVTTL, 1)
		unix.SetsockoptInt(int(fd), unix.IPPROTO_IP, unix.IP_RECVTOS, 1)
	})
	of := func(kinds ...int32) func() int {
		return func() int {
			for _, m := range lastControl {
				if slices.Contains(kinds, m.Header.Type) {
					return int(m.Data[0])
				}
			}
			return -1
		}
	}
	return of(unix.IP_TTL, unix.IPV6_HOPLIMIT), of(unix.IP_TOS, unix.IPV6_TCLASS)
}
