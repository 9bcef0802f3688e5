package boot

import (
	"net"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The service manager hears of readiness, life and the end.
func TestServiceManagerIsTold(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "notify")
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	t.Setenv("NOTIFY_SOCKET", socket)
	t.Setenv("WATCHDOG_USEC", "300000")
	sys, err := Start(Options{Home: t.TempDir(), Builtin: true, NoConsole: true, Bind: netip.MustParseAddrPort("127.0.0.1:0")})
	if err != nil {
		t.Fatal(err)
	}
	heard := func(word string) bool {
		b := make([]byte, 256)
		l.SetReadDeadline(time.Now().Add(5 * time.Second))
		for {
			n, err := l.Read(b)
			if err != nil {
				return false
			}
			if strings.Contains(string(b[:n]), word) {
				return true
			}
		}
	}
	if !heard("READY=1") || !heard("WATCHDOG=1") {
		t.Error("it is not told")
	}
	sys.Stop("now")
	sys.Wait()
	if !heard("STOPPING=1") {
		t.Error("the end is not told")
	}
}
