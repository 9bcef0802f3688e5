package calls

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/testkit"
)

// The story of a caller who was asked for credentials and never came back is closed, that of
// one who did is of his call.
func TestStoryOfACallThatWasOnlyChallenged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, baseSIP, baseExtensions, testkit.Faults{})
		c, err := w.net.Listen(netip.MustParseAddrPort("10.0.0.66:5060"))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&sender{c, pbxAddr}, "INVITE sip:600@10.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.66:5060;branch=z9hG4bKa\r\nFrom: "+
			"<sip:1001@10.0.0.1>;tag=1\r\n"+
			"To: <sip:600@10.0.0.1>\r\nCall-ID: once\r\nCSeq: 1 INVITE\r\nContact: <sip:x@10.0.0.66>\r\nContent-Length: 0\r\n\r\n")
		time.Sleep(time.Minute)
		a := w.registered("1001", "one", "10.0.0.11:5060")
		call := a.Dial("600")
		call.Wait("200", time.Second)
		var out strings.Builder
		w.sys.Console().Run(&out, "call list")
		if list := strings.Split(out.String(), "\n"); len(list) != 3 ||
			!strings.Contains(out.String(), "The caller was asked for credentials and did not come back.") ||
			!strings.Contains(out.String(), "The call is still going on.") {
			t.Errorf("%s", out.String())
		}
		call.Hangup()
		synctest.Wait()
		if v := w.verdict(call.ID); !strings.HasPrefix(v, "The call was answered") {
			t.Error(v)
		}
		a.Close()
		c.Close()
		w.stop()
	})
}

// sender writes packets to one address.
type sender struct {
	net.PacketConn
	to netip.AddrPort
}

func (s *sender) Write(b []byte) (int, error) { return s.WriteTo(b, net.UDPAddrFromAddrPort(s.to)) }
