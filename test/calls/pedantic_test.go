package calls

import (
	"strings"
	"testing"
	"time"

	"obelisk/internal/testkit"
)

// A request of the far side's host needs no tag of ours, as in chan_sip; pedantic=no finds a dialog by its Call-ID where the tags are
// those of none (channels/SIP/session_timers/basic_uas_refresh of the Asterisk test suite).
func TestPedantic(t *testing.T) {
	for option, want := range map[string]string{"": "481", "pedantic=yes\n": "481", "pedantic=no\n": "200"} {
		t.Run(option, func(t *testing.T) {
			sip := strings.Replace(baseSIP, "[general]\n", "[general]\n"+option, 1)
			inWorldOf(t, sip, func(w *world, a, b *testkit.Phone) {
				c := a.Dial("1002")
				in := answered(t, b)
				in.Answer()
				if !c.Wait("200", time.Second) {
					t.Fatal("no 200")
				}
				m := c.Response()
				bare, _, _ := strings.Cut(m.Get("To"), ";tag=")
				stranger := newWire(t, w.net, "10.0.0.11:5099", "10.0.0.1:5060")
				defer stranger.conn.Close()
				got := stranger.ask("BYE sip:1002@10.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.11:5099;branch=z9hG4bKother\r\nFrom: " +
					"<sip:1001@10.0.0.1>;tag=other\r\nTo: " +
					m.Get("To") + "\r\nCall-ID: " + m.Get("Call-ID") + "\r\nCSeq: 900 BYE\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n")
				begins(t, "BYE", got, "SIP/2.0 "+want)
				if want == "200" {
					c, _ = connected(t, a, b, "1002")
					m = c.Response()
				}
				got = stranger.ask("BYE sip:1002@10.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.11:5099;branch=z9hG4bKbare\r\nFrom: " + m.Get("From") +
					"\r\nTo: " +
					bare + "\r\nCall-ID: " + m.Get("Call-ID") + "\r\nCSeq: 901 BYE\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n")
				begins(t, "BYE without a tag of ours", got, "SIP/2.0 200")
				c.Hangup()
				time.Sleep(time.Second)
			})
		})
	}
}
