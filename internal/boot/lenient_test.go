package boot

import (
	"strings"
	"testing"
	"time"

	"obelisk/internal/testkit"
)

// What chan_sip takes although it should not have been sent so. Each row is a test of the
// Asterisk test suite that sends it; play says what is wrong, "" for nothing.
func TestLenientOnTheWire(t *testing.T) {
	for _, c := range []struct {
		source string
		play   func(w *world, a *testkit.Phone, u *bareUA) string
	}{
		// The 200 to our INVITE has the Via of our NOTIFY.
		{"channels/SIP/ami/sip_notify/call_id, callee", func(w *world, a *testkit.Phone, u *bareUA) string {
			call := a.Dial("9")
			invite := u.next("INVITE", time.Second)
			u.answer(invite, "180 Ringing", "", "")
			time.Sleep(100 * time.Millisecond)
			if !w.sys.Driver().NotifyIn(lineOf(invite, "Call-ID"), [][2]string{{"Event", "talk"}}) || w.sys.Driver().NotifyIn("nobody's", nil) {
				return "Call-IDs are not told apart"
			}
			notify := u.next("NOTIFY", time.Second)
			if lineOf(notify, "Event") != "talk" || lineOf(notify, "Subscription-State") != "terminated" || !strings.HasSuffix(lineOf(notify, "To"), ";tag=bare") {
				return "the NOTIFY is " + notify
			}
			u.answer(notify, "200 OK", "", "")
			u.answer(strings.Replace(invite, lineOf(invite, "Via"), lineOf(notify, "Via"), 1), "200 OK", "", u.sdp())
			if u.next("ACK", time.Second) == "" || !call.Wait("200", time.Second) {
				return "the answer is not taken"
			}
			go call.Hangup()
			u.answer(u.next("BYE", time.Second), "200 OK", "", "")
			return ""
		}},
		// The ACK of our 200 has another CSeq; the BYE behind it ends an INVITE that is open.
		{"channels/SIP/ami/sip_notify/call_id, caller", func(w *world, a *testkit.Phone, u *bareUA) string {
			g := u.dial("600")
			invite := g.request("INVITE", "", u.sdp())
			g.peer = lineOf(u.final(invite, time.Second), "To")
			g.send(7, "ACK", "", "")
			g.cseq = 7
			bye := g.request("BYE", "", "")
			first := u.next("SIP/2.0 487", time.Second)
			if lineOf(first, "CSeq") != invite || lineOf(first, "To") != g.peer || bodyOf(first) != "" {
				return "no 487: " + first
			}
			if m := u.final(bye, time.Second); codeOf(m) != "200 OK" {
				return "the BYE is answered " + codeOf(m)
			}
			return ""
		}},
	} {
		t.Run(c.source, func(t *testing.T) {
			bareWorld(t, "", "", func(w *world, a *testkit.Phone, u *bareUA) {
				if wrong := c.play(w, a, u); wrong != "" {
					t.Error(wrong)
				}
			})
		})
	}
}
