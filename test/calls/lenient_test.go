package calls

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
			if lineOf(notify, "Event") != "talk" || lineOf(notify, "Subscription-State") != "terminated" || !strings.HasSuffix(lineOf(notify, "To"),
				";tag=bare") {
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
		// The To of a re-INVITE has no tag; that of a new call has none either.
		{"channels/SIP/sip_hold_direct_media", func(w *world, a *testkit.Phone, u *bareUA) string {
			_, g := callsBare(t, a, u, "")
			whole := g.peer
			g.peer, _, _ = strings.Cut(whole, ";tag=")
			if m := g.ask("INVITE", "", strings.Replace(u.sdp(), "t=0 0", "t=0 0\r\na=sendonly", 1)); codeOf(m) != "200 OK" ||
				!strings.Contains(bodyOf(m), "a=recvonly") || lineOf(m, "To") != whole {
				return "the re-INVITE is answered " + m
			}
			other := newBare(t, w, "10.0.0.61:5060")
			defer other.conn.Close()
			from, away := *g, *other
			from.u, from.peer = &away, g.peer
			from.peer, _, _ = strings.Cut(whole, ";tag=")
			if m := from.ask("BYE", "", ""); codeOf(m) == "200 OK" {
				return "a BYE from elsewhere is taken"
			}
			g.peer, _, _ = strings.Cut(whole, ";tag=")
			if m := g.ask("BYE", "", ""); codeOf(m) != "200 OK" {
				return "the BYE is answered " + codeOf(m)
			}
			return ""
		}},
		// The answer to audio and video has video alone.
		{"channels/SIP/SDP_attribute_passthrough", func(w *world, a *testkit.Phone, u *bareUA) string {
			w.write("sip.conf", strings.Replace(w.read("sip.conf"), "[general]\n", "[general]\nvideosupport=yes\n", 1)+
				"disallow=all\nallow=ulaw,h264\n[second]\ntype=friend\nhost=10.0.0.61\ninsecure=port,invite\ncontext=inside\ndisallow=all\n"+
				"allow=ulaw,h264\n")
			if err := w.sys.Reload("sip"); err != nil {
				return err.Error()
			}
			v := newBare(t, w, "10.0.0.61:5060")
			defer v.conn.Close()
			const video = "m=video 6002 RTP/AVP 99\r\na=rtpmap:99 H264/90000\r\na=fmtp:99 " +
				"profile-level-id=42801e;packetization-mode=1;max-mbps=48600\r\n"
			const passed = "a=fmtp:99 max-mbps=48600;packetization-mode=1;profile-level-id=42801E\r\n"
			g := v.dial("9")
			cseq := g.request("INVITE", "", v.sdp()+video)
			invite := u.next("INVITE", time.Second)
			if !strings.Contains(bodyOf(invite), passed) {
				return "the offer is " + bodyOf(invite)
			}
			head, _, _ := strings.Cut(u.sdp(), "m=audio")
			u.answer(invite, "200 OK", "", head+video)
			m := v.final(cseq, time.Second)
			if codeOf(m) != "200 OK" || !strings.Contains(bodyOf(m), passed) || !strings.Contains(bodyOf(m), "m=audio ") {
				return "the answer is " + m
			}
			g.peer = lineOf(m, "To")
			g.send(g.cseq, "ACK", "", "")
			bye := g.request("BYE", "", "")
			v.final(bye, time.Second)
			u.answer(u.next("BYE", time.Second), "200 OK", "", "")
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
