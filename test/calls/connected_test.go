package calls

import (
	"strings"
	"testing"
	"time"

	"obelisk/internal/testkit"
)

// asserting gives endpoints of the base configuration further options.
func asserting(options map[string]string) string {
	sip := baseSIP
	for secret, lines := range options {
		if secret == "one" {
			sip = strings.Replace(sip, "<1001>\n", "<1001>\n"+lines, 1)
			continue
		}
		sip = strings.Replace(sip, "secret="+secret+"\n", "secret="+secret+"\n"+lines, 1)
	}
	return sip
}

// A caller is told whom he has reached: by the callee's callerid, by what a trusted
// callee says of itself; he is told nothing where nothing is known.
func TestCallerIsToldWhomHeReached(t *testing.T) {
	for name, c := range map[string]struct{ callee, says, ringing, answered string }{
		"number":  {"", "", "", ""},
		"callee":  {"callerid=Bob <200>\n", "", `"Bob" <sip:200@10.0.0.1>`, `"Bob" <sip:200@10.0.0.1>`},
		"says":    {"callerid=Bob <200>\ntrustrpid=yes\n", `"Bobby" <sip:222@x>`, `"Bob" <sip:200@10.0.0.1>`, `"Bobby" <sip:222@10.0.0.1>`},
		"no word": {"callerid=Bob <200>\n", `"Bobby" <sip:222@x>`, `"Bob" <sip:200@10.0.0.1>`, `"Bob" <sip:200@10.0.0.1>`},
	} {
		t.Run(name, func(t *testing.T) {
			inWorldOf(t, asserting(map[string]string{"one": "sendrpid=pai\n", "two": c.callee}), func(w *world, a, b *testkit.Phone) {
				if c.says != "" {
					b.Session = "P-Asserted-Identity: " + c.says + "\r\n"
				}
				call, in := connected(t, a, b, "1002")
				if got := call.Heard(180).Get("P-Asserted-Identity"); got != c.ringing {
					t.Errorf("ringing: %s", got)
				}
				if got := call.Heard(200).Get("P-Asserted-Identity"); got != c.answered {
					t.Errorf("answered: %s", got)
				}
				call.Hangup()
				in.Wait("BYE", time.Second)
			})
		})
	}
}

// After a transfer who stays is told of his new partner in a re-INVITE; a phone that
// was busy with one of its own (491) is told again.
func TestPartyAfterTransfer(t *testing.T) {
	inWorldOf(t, asserting(map[string]string{"one": "sendrpid=yes\n", "three": "callerid=Carol <300>\n"}),
		func(w *world, a, b *testkit.Phone) {
			c := w.registered("1003", "three", "10.0.0.13:5060")
			defer c.Close()
			call, in := connected(t, a, b, "1002")
			call.Refusals = []string{"491 Request Pending", "491 Request Pending"}
			if s := in.Send("REFER", "Refer-To: <sip:1003@10.0.0.1>\r\n", ""); s != 202 {
				t.Fatalf("REFER answered %d", s)
			}
			third := answered(t, c)
			third.Ring()
			third.Answer()
			begun := time.Now()
			if !call.Wait("reINVITE", 10*time.Second) {
				t.Fatal("no re-INVITE")
			}
			if waited := time.Since(begun); waited > 5*time.Second {
				t.Errorf("it came after %v", waited)
			}
			m := call.LastRequest("INVITE")
			if got, want := m.Get("Remote-Party-ID"), `"Carol" <sip:300@10.0.0.1>;party=called;privacy=off;screen=no`; got != want {
				t.Errorf("%s", got)
			}
			if !heardAt(call, third) || !heardAt(third, call) {
				t.Error("they do not hear each other")
			}
			in.Hangup()
			call.Hangup()
			third.Wait("BYE", time.Second)
		})
}

// rpid_immediate tells a caller of news while it rings.
func TestNewsWhileItRings(t *testing.T) {
	for options, again := range map[string]bool{"sendrpid=pai\n": false, "sendrpid=pai\nrpid_immediate=yes\n": true} {
		t.Run(options, func(t *testing.T) {
			inWorldOf(t, asserting(map[string]string{"one": options, "two": "trustrpid=yes\n"}), func(w *world, a, b *testkit.Phone) {
				call := a.Dial("1002")
				in := answered(t, b)
				in.Ring()
				call.Wait("180", time.Second)
				in.RingAs("P-Asserted-Identity: \"Bobby\" <sip:222@x>\r\n")
				if told := call.Wait("180", time.Second); told != again {
					t.Errorf("told at once: %v", told)
				}
				in.Answer()
				call.Wait("200", time.Second)
				if got := call.Heard(200).Get("P-Asserted-Identity"); got != `"Bobby" <sip:222@10.0.0.1>` {
					t.Errorf("answered: %s", got)
				}
				call.Hangup()
				in.Wait("BYE", time.Second)
			})
		})
	}
}

// UPDATE (RFC 3311): without a body it refreshes and tells who is there; with one it is
// an offer, hold included.
func TestUpdate(t *testing.T) {
	inWorldOf(t, asserting(map[string]string{"one": "trustrpid=yes\n", "two": "sendrpid=pai\n"}), func(w *world, a, b *testkit.Phone) {
		call, in := connected(t, a, b, "1002")
		if s := call.Send("UPDATE", "P-Asserted-Identity: \"Mallory\" <sip:999@x>\r\n", ""); s != 200 {
			t.Fatalf("answered %d", s)
		}
		if !in.Wait("reINVITE", time.Second) || in.LastRequest("INVITE").Get("P-Asserted-Identity") != `"Mallory" <sip:999@10.0.0.1>` {
			t.Errorf("the other side was told %s", in.LastRequest("INVITE").Get("P-Asserted-Identity"))
		}
		if s := call.Send("UPDATE", "Content-Type: application/sdp\r\n", call.Offer("sendonly")); s != 200 {
			t.Errorf("hold answered %d", s)
		}
		_, n := in.Media.Counts()
		time.Sleep(time.Second)
		if _, more := in.Media.Counts(); more-n < 45 {
			t.Errorf("%d packets of music", more-n)
		}
		if s := call.Send("UPDATE", "Content-Type: application/sdp\r\n", strings.Replace(call.Offer("sendrecv"), "m=audio", "m=video",
			1)); s != 488 {
			t.Errorf("an offer without audio answered %d", s)
		}
		call.Hangup()
		in.Wait("BYE", time.Second)
	})
}
