package calls

import (
	"strings"
	"testing"
	"time"

	"obelisk/internal/testkit"
)

const withVideo = "videosupport=yes\nallow=h264\n"

// Video passes between two phones that have it, each with the other's parameters and
// its own payload number; who has none, or may not, talks without.
func TestVideo(t *testing.T) {
	for name, c := range map[string]struct {
		caller, callee string // options
		sees           bool   // the callee's phone has video
		offered, video bool
	}{
		"both":              {withVideo, withVideo, true, true, true},
		"callee without":    {withVideo, withVideo, false, true, false},
		"callee may not":    {withVideo, "", true, false, false},
		"caller may not":    {"", withVideo, true, false, false},
		"always":            {"", "videosupport=always\nallow=h264\n", true, true, false},
		"no codec in comon": {withVideo, "videosupport=yes\nallow=vp8\n", true, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			inWorldOf(t, asserting(map[string]string{"one": c.caller, "two": c.callee}), func(w *world, a, b *testkit.Phone) {
				a.Video = "profile-level-id=42e01f"
				if c.sees {
					b.Video = "profile-level-id=420010"
				}
				call, in := connected(t, a, b, "1002")
				if got := strings.Contains(in.Invite().Body, "m=video"); got != c.offered {
					t.Errorf("offered to the callee: %v", got)
				}
				if got := strings.Contains(call.SDP(), "m=video 0 "); got == c.video || !strings.Contains(call.SDP(), "m=video") {
					t.Errorf("the caller's answer:\n%s", call.SDP())
				}
				if !heardAt(call, in) || !heardAt(in, call) {
					t.Error("they do not hear each other")
				}
				if c.video {
					seen(t, call, in, 97)
					seen(t, in, call, 97)
					if !strings.Contains(in.Invite().Body, "a=fmtp:99 "+strings.Replace(a.Video, "42e01f", "42E01F", 1)) ||
						!strings.Contains(call.SDP(), "a=fmtp:97 "+b.Video) || !strings.Contains(in.Invite().Body, "b=CT:384") {
						t.Errorf("parameters:\n%s\n%s", in.Invite().Body, call.SDP())
					}
					if in.Send("INFO", "Content-Type: application/media_control+xml\r\n", "<picture_fast_update/>") != 200 {
						t.Error("INFO")
					}
					time.Sleep(100 * time.Millisecond)
					if m := call.LastRequest("INFO"); !strings.Contains(m.Body, "picture_fast_update") {
						t.Errorf("the wish for a picture did not arrive: %+v", m)
					}
				}
				call.Hangup()
				in.Wait("BYE", time.Second)
			})
		})
	}
}

// seen sends video from one to the other.
func seen(t *testing.T, from, to *testkit.Call, payload uint8) {
	t.Helper()
	before := to.Video.Types()[payload]
	for range 20 {
		from.Video.Packet(97, make([]byte, 900))
		time.Sleep(10 * time.Millisecond)
	}
	time.Sleep(100 * time.Millisecond)
	if got := to.Video.Types()[payload] - before; got < 17 {
		t.Errorf("%d pictures with number %d: %v", got, payload, to.Video.Types())
	}
}

const withFax = "t38pt_udptl=yes,redundancy,maxdatagram=400\n"

// A re-INVITE for T.38 passes to the other leg, datagrams in both directions as they
// are, and the call goes back to audio. Who has no T.38 refuses, and the call goes on.
func TestFax(t *testing.T) {
	for name, c := range map[string]struct {
		callee string
		able   bool
		status int
	}{
		"both":           {withFax, true, 200},
		"phone cannot":   {withFax, false, 488},
		"callee may not": {"", true, 488},
	} {
		t.Run(name, func(t *testing.T) {
			inWorldOf(t, asserting(map[string]string{"one": withFax + "rtptimeout=5\n", "two": c.callee}), func(w *world, a, b *testkit.Phone) {
				b.Fax = c.able
				call, in := connected(t, a, b, "1002")
				call.Media.Tone(440, 200*time.Millisecond)
				in.Media.Tone(440, 200*time.Millisecond)
				time.Sleep(300 * time.Millisecond)
				if s := call.ReINVITE(call.FaxOffer()); s != c.status {
					t.Fatalf("answered %d", s)
				}
				if c.status == 200 {
					if offer := in.LastRequest("INVITE").Body; !strings.Contains(offer, "udptl t38") ||
						!strings.Contains(offer, "a=T38FaxMaxDatagram:400") || !strings.Contains(offer, "a=T38FaxUdpEC:t38UDPRedundancy") {
						t.Errorf("the callee was offered\n%s", offer)
					}
					if !strings.Contains(call.SDP(), "m=image") || !strings.Contains(call.SDP(), "a=T38FaxVersion:0") {
						t.Errorf("answered\n%s", call.SDP())
					}
					for from, to := range map[*testkit.Call]*testkit.Call{call: in, in: call} {
						_, before := to.Media.Counts()
						for i := range byte(10) {
							from.Media.Raw([]byte{0xc0, i, 6, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
							time.Sleep(20 * time.Millisecond)
						}
						if _, n := to.Media.Counts(); n-before != 10 || string(to.Media.Last()) != "\xc0\x09\x06\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a" {
							t.Errorf("%d datagrams, the last % x", n-before, to.Media.Last())
						}
					}
					time.Sleep(20 * time.Second) // no timeout
					if s := call.ReINVITE(call.Offer("sendrecv")); s != 200 || !in.Wait("reINVITE", time.Second) {
						t.Errorf("back to audio: %d", s)
					}
					time.Sleep(100 * time.Millisecond)
					if offer := in.LastRequest("INVITE").Body; !strings.Contains(offer, "m=audio") || strings.Contains(offer, "m=image") {
						t.Errorf("back to audio:\n%s", offer)
					}
				}
				if !heardAt(call, in) || !heardAt(in, call) {
					t.Error("they do not hear each other")
				}
				call.Hangup()
				in.Wait("BYE", time.Second)
			})
		})
	}
}
