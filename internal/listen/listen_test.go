package listen

import (
	"net"
	"net/netip"
	"strconv"
	"testing"
	"time"

	"obelisk/internal/testkit"
)

func reaches(host string, port uint16) bool {
	c, err := net.DialTimeout("tcp", net.JoinHostPort(host, strconv.Itoa(int(port))), time.Second)
	if err == nil {
		c.Close()
	}
	return err == nil
}

func hasIPv6() bool {
	l, err := net.Listen("tcp6", "[::1]:0")
	if err == nil {
		l.Close()
	}
	return err == nil
}

func serve(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		c.Close()
	}
}

// An IPv4 address is IPv4 alone; the wildcard of IPv6 is for both.
func TestFamilies(t *testing.T) {
	if !hasIPv6() {
		t.Skip("no IPv6 here")
	}
	for at, want := range map[string][2]bool{ // by IPv4, by IPv6
		"0.0.0.0:0":          {true, false},
		"127.0.0.1:0":        {true, false},
		"[::ffff:0.0.0.0]:0": {true, false},
		"[::]:0":             {true, true},
		"[::1]:0":            {false, true},
	} {
		var d Door
		if err := d.Set(netip.MustParseAddrPort(at), serve); err != nil {
			t.Fatal(err)
		}
		if got := [2]bool{reaches("127.0.0.1", d.Addr().Port()), reaches("::1", d.Addr().Port())}; got != want {
			t.Errorf("%s: %v, want %v", at, got, want)
		}
		d.Close()
	}
}

// A door moves, stays where it is when it cannot, and opens once it can.
func TestDoorFollows(t *testing.T) {
	taken, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	busy := taken.Addr().(*net.TCPAddr).AddrPort()
	var d Door
	defer d.Close()
	if err := d.Set(busy, serve); err == nil || d.Addr().IsValid() {
		t.Fatalf("a port that is taken: %v", err)
	}
	if err := d.Set(netip.MustParseAddrPort("127.0.0.1:0"), serve); err != nil {
		t.Fatal(err)
	}
	first := d.Addr()
	if err := d.Set(busy, serve); err == nil || d.Addr() != first || !reaches("127.0.0.1", first.Port()) {
		t.Errorf("it is lost: %v", err)
	}
	if err := d.Set(netip.AddrPortFrom(netip.IPv4Unspecified(), first.Port()), serve); err != nil || !reaches("127.0.0.2", first.Port()) {
		t.Errorf("to the wildcard of the same port: %v", err)
	}
	if err := d.Set(netip.AddrPortFrom(netip.MustParseAddr("192.0.2.17"), first.Port()), serve); err == nil ||
		!reaches("127.0.0.2", first.Port()) {
		t.Errorf("an address of another machine, of the same port: %v", err)
	}
	taken.Close()
	if err := d.Set(busy, serve); err != nil || d.Addr() != busy || reaches("127.0.0.1", first.Port()) {
		t.Errorf("moved: %v", err)
	}
	if d.Set(netip.AddrPort{}, serve); d.Addr().IsValid() || reaches("127.0.0.1", busy.Port()) {
		t.Error("it is not closed")
	}
}

// Files that cannot be read leave the pair before.
func TestCertificateIsKept(t *testing.T) {
	var c Certificate
	if err := c.Load("/nonexistent.pem", ""); err == nil || c.Loaded() {
		t.Fatalf("%v", err)
	}
	cert, key, err := testkit.Certificate(t.TempDir(), "pbx.example")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Load(cert, key); err != nil || !c.Loaded() {
		t.Fatalf("%v", err)
	}
	before, _ := c.Server().GetCertificate(nil)
	if err := c.Load("/nonexistent.pem", ""); err == nil {
		t.Error("no error")
	}
	if now, _ := c.Server().GetCertificate(nil); now != before || now == nil {
		t.Error("the pair is lost")
	}
}
