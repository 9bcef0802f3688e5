package rawnet

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestAddrRoundTrip(t *testing.T) {
	for text, want := range map[string]string{
		"192.0.2.1:5060": "192.0.2.1:5060", "[2001:db8::1]:7": "[2001:db8::1]:7", "[::ffff:192.0.2.9]:8": "192.0.2.9:8",
		"0.0.0.0:0": "0.0.0.0:0", "[fe80::1%lo]:5060": "[fe80::1%lo]:5060", "[fe80::1]:5060": "[fe80::1]:5060",
		"[fe80::1%77777]:5060": "[fe80::1%77777]:5060",
	} {
		var a Addr
		a.Set(netip.MustParseAddrPort(text))
		if got := a.AddrPort().String(); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

// A link-local address is reached by its zone, and a datagram from there names it.
func TestZones(t *testing.T) {
	list, _ := net.Interfaces()
	for _, i := range list {
		addrs, _ := i.Addrs()
		for _, a := range addrs {
			n, ok := a.(*net.IPNet)
			ip, _ := netip.AddrFromSlice(n.IP)
			if !ok || !ip.Is6() || !ip.IsLinkLocalUnicast() {
				continue
			}
			exchange(t, netip.AddrPortFrom(ip.WithZone(i.Name), 0))
			return
		}
	}
	t.Skip("no link-local address here")
}

func exchange(t *testing.T, at netip.AddrPort) {
	fd, err := Bind(netip.AddrPortFrom(netip.IPv6Unspecified(), 0))
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	AskInfo(fd, true)
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(at))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.WriteToUDPAddrPort([]byte("there"), netip.AddrPortFrom(at.Addr(), Local(fd).Port()))
	b := NewBatch(1, 100)
	n := 0
	for begun := time.Now(); n == 0 && time.Since(begun) < 10*time.Second; time.Sleep(time.Millisecond) {
		n = b.Recv(fd)
	}
	if n == 0 {
		t.Fatal("nothing came")
	}
	d := b.Datagram(0)
	if d.From.Addr() != at.Addr() || d.To != at.Addr() {
		t.Errorf("from %s to %s, want both %s", d.From, d.To, at.Addr())
	}
	var to Addr
	to.Set(d.From)
	if errno := SendFrom(fd, []byte("back"), &to, d.To); errno != 0 {
		t.Fatalf("not sent: %v", errno)
	}
	buf := make([]byte, 100)
	conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	if n, _, err := conn.ReadFromUDPAddrPort(buf); err != nil || string(buf[:n]) != "back" {
		t.Errorf("%q %v", buf[:n], err)
	}
}

// On a wildcard socket each datagram tells where it was sent to and when it
// came, and an answer leaves from there.
func TestBatchTellsWhereAndWhen(t *testing.T) {
	for _, c := range []struct{ bind, to string }{
		{"0.0.0.0:0", "127.0.0.7"}, {"127.0.0.1:0", "127.0.0.1"}, {"[::]:0", "::1"}, {"[::]:0", "127.0.0.5"},
	} {
		fd, err := Bind(netip.MustParseAddrPort(c.bind))
		if err != nil {
			t.Logf("%s: %v", c.bind, err) // no IPv6 here
			continue
		}
		bound := netip.MustParseAddrPort(c.bind)
		AskInfo(fd, bound.Addr().IsUnspecified())
		conn, err := net.DialUDP("udp", nil, &net.UDPAddr{IP: net.ParseIP(c.to), Port: int(Local(fd).Port())})
		if err != nil {
			t.Logf("%s: %v", c.to, err)
			unix.Close(fd)
			continue
		}
		before := time.Now().Add(-time.Second)
		conn.Write([]byte("one"))
		conn.Write([]byte("second"))
		b := NewBatch(4, 2048)
		n := 0
		for range 200 {
			if n = b.Recv(fd); n > 0 {
				break
			}
			time.Sleep(time.Millisecond)
		}
		if n == 0 {
			t.Fatalf("%s: nothing read", c.bind)
		}
		d := b.Datagram(0)
		if string(d.Data) != "one" || d.From.Port() != uint16(conn.LocalAddr().(*net.UDPAddr).Port) {
			t.Errorf("%s: %+v", c.bind, d)
		}
		if d.Arrived.Before(before) || d.Arrived.After(time.Now().Add(time.Second)) {
			t.Errorf("%s: arrived %s", c.bind, d.Arrived)
		}
		if bound.Addr().IsUnspecified() && d.To.String() != c.to {
			t.Errorf("%s: sent to %s, told %s", c.bind, c.to, d.To)
		}
		var to Addr
		to.Set(d.From)
		errno := Send(fd, []byte("answer"), &to)
		if bound.Addr().IsUnspecified() {
			errno = SendFrom(fd, []byte("answer"), &to, d.To)
		}
		buf := make([]byte, 16)
		conn.SetReadDeadline(time.Now().Add(2 * time.Second))
		if got, err := conn.Read(buf); err != nil || errno != 0 || string(buf[:got]) != "answer" {
			t.Errorf("%s: %v %v %q", c.bind, err, errno, buf[:got])
		}
		conn.Close()
		unix.Close(fd)
	}
}

func TestBindInUse(t *testing.T) {
	fd, err := Bind(netip.MustParseAddrPort("127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if _, err := Bind(Local(fd)); err == nil {
		t.Error("bound twice")
	}
}

// A hot path: nothing may be allocated for a packet.
func TestSendAndRecvAllocateNothing(t *testing.T) {
	fd, err := Bind(netip.MustParseAddrPort("127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	var to, from Addr
	to.Set(Local(fd))
	buf, b := make([]byte, 100), make([]byte, 2048)
	if n := testing.AllocsPerRun(100, func() {
		Send(fd, buf, &to)
		Recv(fd, b, &from)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// An IPv4 address in IPv6 form is reached from an IPv4 socket.
func TestMappedAddress(t *testing.T) {
	fd, err := Bind(netip.MustParseAddrPort("127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	var to, from Addr
	to.Set(netip.AddrPortFrom(netip.MustParseAddr("::ffff:127.0.0.1"), Local(fd).Port()))
	if errno := Send(fd, []byte("x"), &to); errno != 0 {
		t.Fatal(errno)
	}
	if n, ok := Recv(fd, make([]byte, 8), &from); !ok || n != 1 {
		t.Errorf("%d %v", n, ok)
	}
}
