package calls

import (
	"strings"
	"testing"
	"time"

	"obelisk/internal/testkit"
)

// What single makes of phones do that others do not. Their presence documents, busy
// lamps, glare and keys have tests of their own.
func TestQuirksOfPhones(t *testing.T) {
	t.Run("Polycom claims pidf and understands xpidf", func(t *testing.T) {
		inPresence(t, "", func(w *world, a, b *testkit.Phone) {
			s := a.Subscribe("1002", "presence", "User-Agent: PolycomSoundPointIP-SPIP_550-UA/3.1.3\r\nAccept: application/pidf+xml, "+
				"application/xpidf+xml\r\nExpires: 300\r\n")
			if m := s.Next(time.Second); m == nil || m.Get("Content-Type") != "application/xpidf+xml" {
				t.Errorf("%v", m)
			}
		})
	})
	t.Run("Snom's buttons are answered", func(t *testing.T) {
		inWorld(t, func(w *world, a, b *testkit.Phone) {
			call, in := connected(t, a, b, "1002")
			for lines, want := range map[string]int{"Record: on\r\n": 403, "X-ClientCode: 42\r\n": 403,
				"Content-Type: application/hook-flash\r\n": 200} {
				if got := call.Send("INFO", lines, ""); got != want {
					t.Errorf("%q answered %d", lines, got)
				}
			}
			if call.Hangup(); !in.Wait("BYE", time.Second) {
				t.Error("the call is gone")
			}
		})
	})
	t.Run("Snom's client code with useclientcode", func(t *testing.T) {
		inWorldOf(t, asserting(map[string]string{"one": "useclientcode=yes\n"}), func(w *world, a, b *testkit.Phone) {
			call, in := connected(t, a, b, "1002")
			if got := call.Send("INFO", "X-ClientCode: 4711\r\n", ""); got != 200 {
				t.Errorf("answered %d", got)
			}
			if got := in.Send("INFO", "X-ClientCode: 42\r\n", ""); got != 403 {
				t.Errorf("a phone without the option was answered %d", got)
			}
			call.Hangup()
			in.Wait("BYE", time.Second)
			time.Sleep(time.Second)
			if line := w.cdr(); !strings.HasSuffix(line, ",\"4711\"\n") {
				t.Errorf("the call record is %s", line)
			}
		})
	})
	t.Run("Linphone's Contact", func(t *testing.T) {
		inWorld(t, func(w *world, a, b *testkit.Phone) {
			status, m, err := a.RegisterWith(
				"Contact: <sip:1001@10.0.0.11;transport=udp>;+sip.instance=\"<urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF>\";message-expires=2419200\r\nExpires: 600\r\n")
			if err != nil || status != 200 || m.Get("Contact") != "<sip:1001@10.0.0.11;transport=udp>;expires=600" {
				t.Fatalf("%d %v %v", status, m, err)
			}
			call := b.Dial("1001")
			in := answered(t, a)
			if in.Invite().Start != "INVITE sip:1001@10.0.0.11;transport=udp SIP/2.0" {
				t.Error(in.Invite().Start)
			}
			in.Reject("486 Busy Here")
			call.Wait("486", time.Second)
		})
	})
	t.Run("Yealink registers again at half its time", func(t *testing.T) {
		inWorld(t, func(w *world, a, b *testkit.Phone) {
			for range 5 {
				time.Sleep(150 * time.Second)
				if status, _, err := a.Register(300); status != 200 || err != nil {
					t.Fatalf("%d %v", status, err)
				}
			}
			if p, ok := w.sys.Driver().Peer("1001"); !ok || p.Binding == nil || time.Until(p.Binding.Expires) < 290*time.Second {
				t.Errorf("%+v", p.Binding)
			}
		})
	})
	t.Run("Linksys keeps its hole open with NOTIFY and packs 30 ms", func(t *testing.T) {
		inWorld(t, func(w *world, a, b *testkit.Phone) {
			if status := a.Ask("NOTIFY", "keep", "Event: keep-alive\r\n", ""); status != 200 {
				t.Errorf("answered %d", status)
			}
			call := a.Dial("600")
			call.Wait("200", time.Second)
			time.Sleep(20 * time.Millisecond) // the echo begins behind the answer
			for range 10 {
				call.Media.Packet(0, make([]byte, 240))
				time.Sleep(30 * time.Millisecond)
			}
			time.Sleep(100 * time.Millisecond)
			if got := call.Media.Sizes()[240]; got != 10 {
				t.Errorf("%v", call.Media.Sizes())
			}
			call.Hangup()
		})
	})
	t.Run("X-Lite's many codecs and private lines", func(t *testing.T) {
		inWorld(t, func(w *world, a, b *testkit.Phone) {
			call := a.DialWith("600", "107 119 100 106 6 0 97 105 98 8 18 3 5 101")
			if !call.Wait("200", time.Second) || !strings.Contains(call.SDP(), " RTP/AVP 0 8 101\r\n") {
				t.Errorf("%s", call.SDP())
			}
			call.Hangup()
		})
	})
}
