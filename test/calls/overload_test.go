package calls

import (
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/testkit"
)

// An endpoint that makes more calls than its callrate is refused with 503, a
// reason and a time to come back; a reload changes the rate. Calls of others go
// on.
func TestEndpointsCallRate(t *testing.T) {
	inWorldOf(t, strings.Replace(baseSIP, "secret=one\n", "secret=one\ncallrate=1\n", 1), func(w *world, a, b *testkit.Phone) {
		var last *testkit.Call
		var got []string
		for range 4 {
			last = a.Dial("701")
			got = append(got, heard(last, 20*time.Millisecond))
		}
		if s := strings.Join(got, ", "); s != "100 486, 100 486, 503, 503" {
			t.Errorf("got %s", s)
		}
		if v := w.verdict(last.ID); !strings.Contains(v, "'1001' makes more calls than its callrate (sip.conf:") {
			t.Errorf("verdict: %s", v)
		}
		if s := heard(b.Dial("701"), 20*time.Millisecond); s != "100 486" {
			t.Errorf("another phone got %s", s)
		}
		if o := w.sys.Driver().Overload(); o.Endpoint != 2 {
			t.Errorf("%d counted", o.Endpoint)
		}
		path := filepath.Join(w.dir, "sip.conf")
		text, _ := os.ReadFile(path)
		os.WriteFile(path, []byte(strings.Replace(string(text), "callrate=1", "callrate=1000", 1)), 0o644)
		if err := w.sys.Reload("sip"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Second)
		for range 5 {
			if s := heard(a.Dial("701"), 20*time.Millisecond); s != "100 486" {
				t.Errorf("after the reload: %s", s)
			}
		}
	})
}

// A scan from an address that nobody knows is cut off without an answer;
// meanwhile phones register and call.
func TestScanIsCutOff(t *testing.T) {
	inWorld(t, func(w *world, a, b *testkit.Phone) {
		conn, err := w.net.Listen(netip.MustParseAddrPort("10.9.9.9:5060"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		answers := make(chan int)
		go func() {
			n, buf := 0, make([]byte, 4096)
			conn.SetReadDeadline(time.Now().Add(time.Minute))
			for {
				if _, _, err := conn.ReadFrom(buf); err != nil {
					answers <- n
					return
				}
				n++
			}
		}()
		const scan = 3000
		for i := range scan {
			conn.WriteTo([]byte(strings.ReplaceAll("REGISTER sip:10.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 10.9.9.9:5060;branch=z9hG4bKN\r\nFrom: "+
				"<sip:N@x>;tag=1\r\nTo: <sip:N@x>\r\nCall-ID: N\r\nCSeq: 1 REGISTER\r\nContent-Length: 0\r\n\r\n", "N",
				string(rune('A'+i%26))+time.Duration(i).String())), net.UDPAddrFromAddrPort(pbxAddr))
			if i%100 == 0 {
				synctest.Wait()
			}
			if i == scan/2 {
				call, in := connected(t, a, b, "1002")
				call.Hangup()
				in.Wait("BYE", time.Second)
				if status, _, err := b.Register(300); status != 200 {
					t.Errorf("a phone was answered %d, %v", status, err)
				}
			}
		}
		time.Sleep(2 * time.Minute)
		n := <-answers
		if o := w.sys.Driver().Overload(); n > 250 || o.Strangers < uint64(scan-n-50) {
			t.Errorf("%d answers to a scan of %d; %d dropped", n, scan, o.Strangers)
		}
	})
}
