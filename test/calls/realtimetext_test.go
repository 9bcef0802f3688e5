package calls

import (
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/testkit"
)

// What one types the other one reads: T.140 from phone to phone with each one's numbers, with
// redundancy where that one takes it, and as MESSAGE where he has no real-time text (textsupport).
func TestRealTimeText(t *testing.T) {
	const both, plain = "textsupport=yes\nallow=t140\nallow=red\n", "textsupport=yes\nallow=t140\n"
	for name, c := range map[string]struct {
		caller, callee string // options
		phones         [2]string
		offer, answer  string // the section of text in our INVITE, in our answer
		to             string // as the callee reads "hi"; "" as MESSAGE
		back           string // as the caller reads "yo"
	}{
		"both": {both, both, [2]string{"98 99", "98 99"},
			"RTP/AVP 106 105 rtpmap:106 T140/1000 rtpmap:105 RED/1000 fmtp:105 106/106/106 sendrecv",
			"RTP/AVP 98 99 rtpmap:98 T140/1000 rtpmap:99 RED/1000 fmtp:99 98/98/98 sendrecv", "\xe2\x00\x00\x00\xe2\x00\x00\x00\x62hi",
			"\xe2\x00\x00\x00\xe2\x00\x00\x00\x62yo"},
		"callee has no redundancy": {both, plain, [2]string{"98 99", "98 99"}, "RTP/AVP 106 rtpmap:106 T140/1000 sendrecv",
			"RTP/AVP 98 99 rtpmap:98 T140/1000 rtpmap:99 RED/1000 fmtp:99 98/98/98 sendrecv", "hi", "\xe2\x00\x00\x00\xe2\x00\x00\x00\x62yo"},
		"redundancy alone": {"textsupport=yes\nallow=red\n", both, [2]string{"98 99", "98 99"},
			"RTP/AVP 106 105 rtpmap:106 T140/1000 rtpmap:105 RED/1000 fmtp:105 106/106/106 sendrecv",
			"RTP/AVP 99 rtpmap:99 RED/1000 fmtp:99 98/98/98 sendrecv", "\xe2\x00\x00\x00\xe2\x00\x00\x00\x62hi",
			"\xe2\x00\x00\x00\xe2\x00\x00\x00\x62yo"},
		"callee's phone cannot": {both, both, [2]string{"98 99", ""},
			"RTP/AVP 106 105 rtpmap:106 T140/1000 rtpmap:105 RED/1000 fmtp:105 106/106/106 sendrecv",
			"RTP/AVP 98 99 rtpmap:98 T140/1000 rtpmap:99 RED/1000 fmtp:99 98/98/98 sendrecv", "", "\xe2\x00\x00\x00\xe2\x00\x00\x00\x62yo"},
		"callee may not": {both, "allow=t140\n", [2]string{"98 99", "98"}, "",
			"RTP/AVP 98 99 rtpmap:98 T140/1000 rtpmap:99 RED/1000 fmtp:99 98/98/98 sendrecv",
			"", "\xe2\x00\x00\x00\xe2\x00\x00\x00\x62yo"},
		"caller has no codec": {"textsupport=yes\n", plain, [2]string{"98 99", "98"}, "RTP/AVP 106 rtpmap:106 T140/1000 sendrecv", "refused", "",
			""},
	} {
		t.Run(name, func(t *testing.T) {
			inWorldOf(t, asserting(map[string]string{"one": c.caller, "two": c.callee}), func(w *world, a, b *testkit.Phone) {
				a.Text, b.Text = c.phones[0], c.phones[1]
				call, in := connected(t, a, b, "1002")
				if got := textSection(in.Invite().Body); got != c.offer {
					t.Errorf("offered %q, want %q", got, c.offer)
				}
				if got := textSection(call.SDP()); got != c.answer {
					t.Errorf("answered %q, want %q", got, c.answer)
				}
				if c.answer != "refused" {
					call.Text.Packet(98, []byte("hi"))
					time.Sleep(time.Second)
					if c.to == "" {
						if m := in.LastRequest("MESSAGE"); m == nil || m.Body != "hi" {
							t.Errorf("the callee reads %+v", m)
						}
					} else if got := in.Text.Payloads(); !strings.HasPrefix(got, c.to) {
						t.Errorf("the callee reads %q", got)
					}
					if s := in.Send("MESSAGE", "Content-Type: text/plain\r\n", "yo"); s != 202 {
						t.Errorf("MESSAGE: %d", s)
					}
					time.Sleep(time.Second)
					if got := call.Text.Payloads(); !strings.HasPrefix(got, c.back) {
						t.Errorf("the caller reads %q", got)
					}
				}
				call.Hangup()
				in.Wait("BYE", time.Second)
			})
		})
	}
}

// textSection is the section of text in a description, in one line; its port is not looked at.
func textSection(sdp string) string {
	_, s, ok := strings.Cut(sdp, "m=text ")
	if !ok {
		return ""
	}
	port, rest, _ := strings.Cut(s, " ")
	if port == "0" {
		return "refused"
	}
	return strings.Join(strings.Fields(regexp.MustCompile(`\r\n(a=)?`).ReplaceAllString(rest, " ")), " ")
}

// The dialplan types and reads (SendText, ReceiveText); who types faster than anybody is read in
// pieces, and it costs nobody the call.
func TestRealTimeTextOfTheDialplan(t *testing.T) {
	const plan = `[inside]
exten => 700,1,Answer()
 same => n,SendText(your name?)
 same => n,ReceiveText(5)
 same => n,SendText(hello ${RECEIVETEXTMESSAGE})
 same => n,Wait(30)
exten => 701,1,Answer()
 same => n,Wait(30)
`
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, asserting(map[string]string{"one": "textsupport=yes\nallow=t140\n"}), plan, testkit.Faults{})
		a := w.registered("1001", "one", "10.0.0.11:5060")
		a.Text = "98"
		call := a.Dial("700")
		if !call.Wait("200", 2*time.Second) {
			t.Fatal("not answered")
		}
		time.Sleep(time.Second)
		call.Text.Packet(98, []byte("\ufeff"))
		call.Text.Packet(98, []byte("Zoë"))
		time.Sleep(time.Second)
		if got := call.Text.Payloads(); got != "your name?hello Zoë" {
			t.Errorf("read %q", got)
		}
		call.Hangup()
		call = a.Dial("701")
		if !call.Wait("200", 2*time.Second) {
			t.Fatal("not answered")
		}
		for range 5000 {
			call.Text.Packet(98, []byte("xxxxxxxxxx"))
			time.Sleep(time.Millisecond)
		}
		if n := len(w.sys.Core().Channels()); n != 1 {
			t.Errorf("%d channels after a flood of text", n)
		}
		call.Hangup()
		time.Sleep(time.Second)
		synctest.Wait()
		w.stop()
		a.Close()
	})
}

// Text is taken up in a call that has begun without, and rests while the call is held.
func TestRealTimeTextLaterAndOnHold(t *testing.T) {
	const both = "textsupport=yes\nallow=t140\n"
	inWorldOf(t, asserting(map[string]string{"one": both, "two": both}), func(w *world, a, b *testkit.Phone) {
		b.Text = "98"
		call, in := connected(t, a, b, "1002")
		call.AddText("98")
		if s := call.ReINVITE(call.Offer("sendrecv") + call.TextOffer()); s != 200 {
			t.Fatalf("answered %d", s)
		}
		if got := textSection(call.SDP()); got != "RTP/AVP 98 rtpmap:98 T140/1000 sendrecv" {
			t.Errorf("answered %q", got)
		}
		in.Text.Packet(98, []byte("now"))
		time.Sleep(time.Second)
		if got := call.Text.Payloads(); got != "now" {
			t.Errorf("the caller reads %q", got)
		}
		if s := call.ReINVITE(call.Offer("sendonly") + "a=sendonly\r\n"); s != 200 {
			t.Fatalf("hold: %d", s)
		}
		in.Text.Packet(98, []byte(" held"))
		time.Sleep(time.Second)
		if got := call.Text.Payloads(); got != "now" {
			t.Errorf("on hold the caller reads %q", got)
		}
		call.ReINVITE(call.Offer("sendrecv"))
		time.Sleep(time.Second)
		if got := call.Text.Payloads(); got != "now held" {
			t.Errorf("afterwards the caller reads %q", got)
		}
		call.Hangup()
		in.Wait("BYE", time.Second)
	})
}
