package calls

import (
	"cmp"
	"fmt"
	"strings"
	"testing"
	"time"

	"obelisk/internal/testkit"
)

// Each fork that answers reliably is confirmed in its own early dialog (RFC 3262
// section 4), once, and by its own route.
func TestEveryForkIsConfirmed(t *testing.T) {
	inLine(t, "", "100rel=yes\n", func(w *world, a, b *testkit.Phone, l *line) {
		call := a.Dial("9")
		invite := l.next("INVITE", time.Second)
		for _, c := range []struct {
			tag, status, rseq, body, route string
		}{
			{"t1", "183 Session Progress", "100", l.sdp(4000), ""},
			{"t2", "180 Ringing", "7", "", "<sip:10.0.0.60;fork=2;lr>"},
			{"t3", "180 Ringing", "500", "", ""},
			{"t1", "180 Ringing", "101", "", ""},
			{"t2", "183 Session Progress", "8", l.sdp(4002), "<sip:10.0.0.60;fork=2;lr>"},
		} {
			lines := "Require: 100rel\r\nRSeq: " + c.rseq + "\r\n"
			if c.route != "" {
				lines += "Record-Route: " + c.route + "\r\n"
			}
			response := l.response(invite, c.status, c.tag, lines, c.body)
			l.send(response)
			prack := l.next("PRACK", time.Second)
			if !strings.HasPrefix(prack, "PRACK sip:"+c.tag+"@") || !strings.HasSuffix(field(prack, "To"), ";tag="+c.tag) ||
				field(prack, "RAck") != c.rseq+" 102 INVITE" || field(prack, "Route") != c.route {
				t.Errorf("%+v:\n%s", c, prack)
			}
			l.reply(prack, "200 OK", "", "")
			l.send(response)
			if again := l.next("PRACK", time.Second); again != "" {
				t.Errorf("%+v is confirmed twice", c)
			}
		}
		l.send(l.response(invite, "486 Busy Here", "t2", "", ""))
		if !call.Wait("486", time.Second) {
			t.Error("the caller is not told")
		}
	})
}

// Once our offer was answered reliably, the callee may offer anew in an UPDATE of the
// early dialog (RFC 3311 section 5.2); what was agreed then stands when it answers with
// the old description. Without that the answer is 491.
func TestOfferInAnEarlyUpdate(t *testing.T) {
	for name, c := range map[string]struct{ lines, want, sends string }{
		"confirmed": {"Require: 100rel\r\nRSeq: 1\r\n", "SIP/2.0 200", "4010"},
		"plain":     {"", "SIP/2.0 491", "4000"},
	} {
		t.Run(name, func(t *testing.T) {
			inLine(t, "", "100rel=yes\n", func(w *world, a, b *testkit.Phone, l *line) {
				call := a.Dial("9")
				invite := l.next("INVITE", time.Second)
				l.reply(invite, "183 Session Progress", c.lines, l.sdp(4000))
				if c.lines != "" {
					l.reply(l.next("PRACK", time.Second), "200 OK", "", "")
				}
				update := l.request(invite, "UPDATE", "", l.sdp(4010), nil)
				begins(t, "UPDATE", update, c.want)
				if got := strings.Contains(update, "m=audio"); got != (c.lines != "") {
					t.Errorf("an answer in it: %v", got)
				}
				old, now := newLine(w, "10.0.0.60:4000"), newLine(w, "10.0.0.60:4010")
				defer old.conn.Close()
				defer now.conn.Close()
				l.reply(invite, "200 OK", "", l.sdp(4000))
				if ack := l.next("ACK", time.Second); ack == "" || !call.Wait("200", time.Second) {
					t.Fatal("not connected")
				}
				for range 10 {
					call.Media.Packet(0, make([]byte, 160))
					time.Sleep(20 * time.Millisecond)
				}
				got := "4000"
				if now.next("", 10*time.Millisecond) != "" {
					got = "4010"
				}
				if got != c.sends {
					t.Errorf("audio goes to %s, want %s", got, c.sends)
				}
				call.Hangup()
				l.reply(l.next("BYE", time.Second), "200 OK", "", "")
			})
		})
	}
}

// The caller is told 181, and 180 also after early media, in which there may be nothing.
func TestWhatRingsIsToldAfterEarlyMedia(t *testing.T) {
	inLine(t, "", "", func(w *world, a, b *testkit.Phone, l *line) {
		call := a.Dial("9")
		invite := l.next("INVITE", time.Second)
		l.reply(invite, "181 Call Is Being Forwarded", "Diversion: <sip:raw@10.0.0.60>;reason=no-answer\r\n", "")
		if got := heard(call, 300*time.Millisecond); got != "401 100 181" && got != "100 181" {
			t.Errorf("heard %s", got)
		}
		if got := call.Heard(181).Get("Diversion"); !strings.Contains(got, "<sip:raw@") || !strings.Contains(got, "reason=no-answer") {
			t.Errorf("Diversion: %s", got)
		}
		l.reply(invite, "183 Session Progress", "", l.sdp(4000))
		l.reply(invite, "181 Call Is Being Forwarded", "", "")
		l.reply(invite, "180 Ringing", "", "")
		l.reply(invite, "180 Ringing", "", "")
		if got := heard(call, 300*time.Millisecond); got != "183 181 180" {
			t.Errorf("then heard %s", got)
		}
		l.reply(invite, "486 Busy Here", "", "")
		call.Wait("486", time.Second)
	})
}

// A Local channel between them passes that on.
func TestWhatRingsIsToldThroughLocal(t *testing.T) {
	inLine(t, "", "", func(w *world, a, b *testkit.Phone, l *line) {
		call := a.Dial("708")
		invite := l.next("INVITE", time.Second)
		l.reply(invite, "181 Call Is Being Forwarded", "Diversion: <sip:raw@10.0.0.60>;reason=no-answer\r\n", "")
		l.reply(invite, "183 Session Progress", "", l.sdp(4000))
		l.reply(invite, "180 Ringing", "", "")
		if got := heard(call, 300*time.Millisecond); got != "100 181 183 180" && got != "401 100 181 183 180" {
			t.Errorf("heard %s", got)
		}
		if got := call.Heard(181).Get("Diversion"); !strings.Contains(got, "<sip:raw@") {
			t.Errorf("Diversion: %s", got)
		}
		l.reply(invite, "486 Busy Here", "", "")
		call.Wait("486", time.Second)
	})
}

// The contacts of a redirection are tried in the order of q, the next one when one
// fails (RFC 3261 8.1.3.4), and once each.
func TestRedirectionToSeveral(t *testing.T) {
	for name, c := range map[string]struct {
		contacts string
		busy     int // phones that are busy before one answers
		want     string
	}{
		"by q":            {"<sip:1001x@h>;q=0.9, <sip:1003@h>;q=0.1, <sip:1002@h>;q=0.5", 0, "1002"},
		"the next":        {"<sip:nosuch@h>, <sip:1002@h>", 0, "1002"},
		"when one fails":  {"<sip:1002@h>;q=0.2\r\nContact: <sip:1003@h>;q=0.7", 1, "1003 1002"},
		"tel":             {"<tel:10-02>", 0, "1002"},
		"once each":       {"<sip:1002@h>, <sip:1002@h>, <sip:1003@h>", 1, "1002 1003"},
		"all fail":        {"<sip:1003@h>, <sip:1002@h>", 2, "1003 1002 486"},
		"none is usable":  {"<mailto:a@b>, <sip:h>", 0, "486"},
		"decoded once":    {"<sip:100%2532@h>", 0, "486"},
		"another context": {"<sip:600%40public@h>, <sip:1002@h>", 0, "1002"},
		"another phone":   {"<sip:1002%26SIP%2f1003@h>", 0, "486"},
		"options":         {"<sip:1002%2cx@h>, <sip:1002!a@h>, <sip:^1003@h>", 1, "1003 486"},
	} {
		t.Run(name, func(t *testing.T) {
			inLine(t, "", "", func(w *world, a, b *testkit.Phone, l *line) {
				third := w.registered("1003", "three", "10.0.0.13:5060")
				defer third.Close()
				call := a.Dial("9")
				invite := l.next("INVITE", time.Second)
				l.reply(invite, "302 Moved Temporarily", "Contact: "+c.contacts+"\r\n", "")
				var got []string
				for done := false; !done; {
					var in *testkit.Call
					select {
					case in = <-b.Incoming:
						got = append(got, "1002")
					case in = <-third.Incoming:
						got = append(got, "1003")
					case <-time.After(2 * time.Second):
						got, done = append(got, "486"), true
					}
					switch {
					case in == nil:
					case len(got) <= c.busy:
						in.Reject("486 Busy Here")
					default:
						in.Ring()
						in.Answer()
						if !call.Wait("180", time.Second) || !call.Wait("200", time.Second) {
							t.Error("the caller is not connected")
						}
						call.Hangup()
						done = true
					}
				}
				if list := strings.Join(got, " "); list != c.want {
					t.Errorf("called %s, want %s", list, c.want)
				}
			})
		})
	}
}

// A redirection with many contacts is followed to ten of them.
func TestRedirectionIsBounded(t *testing.T) {
	inLine(t, "", "", func(w *world, a, b *testkit.Phone, l *line) {
		call := a.Dial("9")
		invite := l.next("INVITE", time.Second)
		var contacts []string
		for i := range 30 {
			contacts = append(contacts, fmt.Sprintf("<sip:none%d@h>", i))
		}
		l.reply(invite, "300 Multiple Choices", "Contact: "+strings.Join(append(contacts, "<sip:1002@h>"), ", ")+"\r\n", "")
		if got := heard(call, 5*time.Second); !strings.HasSuffix(got, "503") || len(b.Incoming) != 0 {
			t.Errorf("all are tried: %s, %d calls", got, len(b.Incoming))
		}
	})
}

// Two contacts that both lead back to who has named them: once the hops are used up, nothing
// further is tried.
func TestRedirectionThatLoops(t *testing.T) {
	inLine(t, "", "", func(w *world, a, b *testkit.Phone, l *line) {
		call := a.Dial("9")
		n := 0
		for invite := l.next("INVITE", time.Second); invite != "" && n < 100; invite = l.next("INVITE", time.Second) {
			n++
			l.reply(invite, "302 Moved Temporarily", "Contact: <sip:9@h>, <sip:708@h>\r\n", "")
		}
		if n > 21 {
			t.Errorf("%d redirections", n)
		}
		if !call.Wait("503", time.Second) {
			t.Errorf("no final answer after %d redirections", n)
		}
	})
}

// Each fork that has answered reliably may offer anew in its own early dialog, with its
// own CSeq; what it agreed counts when it takes the call, whoever spoke last.
func TestEveryForkAgreesForItself(t *testing.T) {
	for name, c := range map[string]struct {
		updates bool
		sends   string // where audio goes when the second fork has answered
	}{
		"answers": {false, "4002"},
		"offers":  {true, "4012"},
	} {
		t.Run(name, func(t *testing.T) {
			inLine(t, "", "100rel=yes\n", func(w *world, a, b *testkit.Phone, l *line) {
				call := a.Dial("9")
				invite := l.next("INVITE", time.Second)
				for i, tag := range []string{"t1", "t2", "t1"} {
					l.send(l.response(invite, "183 Session Progress", tag, fmt.Sprintf("Require: 100rel\r\nRSeq: %d\r\n", i+1), l.sdp(4000+i%2*2)))
					l.reply(l.next("PRACK", time.Second), "200 OK", "", "")
				}
				for i, tag := range []string{"t2", "t1", "t3"} {
					if l.tag, l.cseq = tag, 100*i; c.updates || tag == "t3" {
						want := map[string]string{"t3": "SIP/2.0 481"}[tag]
						begins(t, tag, l.request(invite, "UPDATE", "", l.sdp(4012-2*i), nil), cmp.Or(want, "SIP/2.0 200"))
					}
				}
				l.tag, l.cseq = "t2", 2
				if c.updates {
					begins(t, "INFO", l.request(invite, "INFO", "", "", nil), "SIP/2.0 481")
				}
				at := newLine(w, "10.0.0.60:"+c.sends)
				defer at.conn.Close()
				l.reply(invite, "200 OK", "", "")
				if ack := l.next("ACK", time.Second); ack == "" || !call.Wait("200", time.Second) {
					t.Fatal("not connected")
				}
				for range 10 {
					call.Media.Packet(0, make([]byte, 160))
					time.Sleep(20 * time.Millisecond)
				}
				if at.next("", 10*time.Millisecond) == "" {
					t.Errorf("no audio goes to %s", c.sends)
				}
				begins(t, "BYE", l.request(invite, "BYE", "", "", nil), "SIP/2.0 200")
			})
		})
	}
}

// A second fork that answers is acknowledged and ended once. Where its 200 is repeated it gets
// the same ACK again (RFC 3261 13.2.2.4), and no further BYE.
func TestRepeatedAnswerOfAnotherFork(t *testing.T) {
	inLine(t, "", "", func(w *world, a, b *testkit.Phone, l *line) {
		a.Dial("9")
		invite := l.next("INVITE", time.Second)
		l.send(l.response(invite, "200 OK", "t1", "", l.sdp(4000)))
		if l.next("ACK", time.Second) == "" {
			t.Fatal("no ACK for the first fork")
		}
		response := l.response(invite, "200 OK", "t2", "", l.sdp(4002))
		l.send(response)
		ack := l.next("ACK", time.Second)
		bye := l.next("BYE", time.Second)
		if !strings.HasSuffix(field(ack, "To"), ";tag=t2") || !strings.HasSuffix(field(bye, "To"), ";tag=t2") {
			t.Fatalf("the second fork got\n%s\n%s", ack, bye)
		}
		l.reply(bye, "200 OK", "", "")
		for range 2 {
			l.send(response)
			if again := l.next("ACK", time.Second); again != ack {
				t.Errorf("another ACK:\n%s\nat first:\n%s", again, ack)
			}
		}
		if again := l.next("BYE", time.Second); again != "" {
			t.Errorf("a second BYE:\n%s", again)
		}
	})
}
