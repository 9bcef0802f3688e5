package calls

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"obelisk/channels/chansip/dnsmgr"
	"obelisk/internal/testkit"
)

const mixedLines = "Content-Type: multipart/mixed;boundary=ub1\r\n"

// inParts wraps a description between a location and an ISUP message.
func inParts(sdp string) string {
	return "--ub1\r\nContent-Type: application/pidf+xml\r\nContent-ID: <l@h>\r\n\r\n<presence/>\r\n--ub1\r\nContent-Type: " +
		"application/sdp\r\nContent-Disposition: session;handling=required\r\n\r\n" + sdp +
		"\r\n--ub1\r\nContent-Type: application/isup; version=itu-t92+\r\nContent-Disposition: signal; handling=optional\r\n\r\n" +
		"\x01\x11\x00\r\n--ub1--\r\n"
}

// at is the description with another port.
func at(sdp, port string) string { return strings.Replace(sdp, "m=audio 4000", "m=audio "+port, 1) }

// The session in a part counts wherever a session may be, and media goes where it says.
func TestSessionInAPart(t *testing.T) {
	bareWorld(t, "100rel=yes\n", "", func(w *world, a *testkit.Phone, u *bareUA) {
		heard := func(what string, call *testkit.Call, port string) {
			t.Helper()
			rtp := newBare(t, w, "10.0.0.60:"+port)
			defer rtp.conn.Close()
			call.Media.Tone(440, 200*time.Millisecond)
			if p := rtp.next("", time.Second); p == "" {
				t.Errorf("%s: nothing comes to port %s", what, port)
			}
		}
		call := a.Dial("9")
		invite := u.next("INVITE", time.Second)
		u.answer(invite, "183 Session Progress", "Require: 100rel\r\nRSeq: 1\r\n"+mixedLines, inParts(at(u.sdp(), "4002")))
		if !call.Wait("183", time.Second) {
			t.Fatal("no 183")
		}
		u.answer(u.next("PRACK", time.Second), "200 OK", "", "")
		u.answer(invite, "200 OK", mixedLines, inParts(at(u.sdp(), "4002")))
		if u.next("ACK", time.Second) == "" || !call.Wait("200", time.Second) {
			t.Fatal("the call is not up")
		}
		heard("183 and 200", call, "4002")
		g := u.called(invite)
		for i, method := range []string{"INVITE", "UPDATE"} {
			port := []string{"4004", "4006"}[i]
			if m := g.ask(method, mixedLines, inParts(at(u.sdp(), port))); codeOf(m) != "200 OK" || !strings.HasPrefix(bodyOf(m), "v=0") {
				t.Errorf("%s: %s\n%s", method, codeOf(m), bodyOf(m))
			}
			heard(method, call, port)
		}
		u.final(g.request("INVITE", "", ""), time.Second)
		g.send(g.cseq, "ACK", mixedLines, inParts(at(u.sdp(), "4008")))
		time.Sleep(100 * time.Millisecond)
		heard("ACK", call, "4008")
		g.ask("BYE", "", "")

		in := u.dial("705") // Progress: the offer in the 183 is answered in the PRACK
		invited := in.request("INVITE", "Require: 100rel\r\n", "")
		early := u.next("SIP/2.0 183", time.Second)
		in.peer = lineOf(early, "To")
		if m := u.final(in.request("PRACK", "RAck: "+lineOf(early, "RSeq")+" 1 INVITE\r\n"+mixedLines, inParts(u.sdp())),
			time.Second); codeOf(m) != "200 OK" {
			t.Errorf("PRACK: %s", codeOf(m))
		}
		if m := u.final(invited, 5*time.Second); codeOf(m) != "200 OK" {
			t.Errorf("after a PRACK with the answer: %s", codeOf(m))
		}
		in.send(1, "ACK", "", "")
		in.ask("BYE", "", "")
	})
}

// An answer in something that is no session is none: the call that has no other ends, and
// one that has goes on.
func TestAnswerThatIsNoSession(t *testing.T) {
	for lines, up := range map[string]bool{"Content-Type: text/plain\r\n": false,
		"Content-Type: application/sdp\r\nContent-Disposition: early-session\r\n": false, "": true} {
		bareWorld(t, "", "", func(w *world, a *testkit.Phone, u *bareUA) {
			call := a.Dial("9")
			invite := u.next("INVITE", time.Second)
			u.answer(invite, "200 OK", lines, u.sdp())
			if u.next("ACK", time.Second) == "" {
				t.Fatal("no ACK")
			}
			bye := u.next("BYE", time.Second)
			if (bye == "") != up {
				t.Errorf("%q: BYE %.20q", lines, bye)
			}
			if up {
				go call.Hangup()
				bye = u.next("BYE", time.Second)
			}
			u.answer(bye, "200 OK", "", "")
		})
	}
	bareWorld(t, "", "", func(w *world, a *testkit.Phone, u *bareUA) {
		call := a.Dial("9")
		invite := u.next("INVITE", time.Second)
		u.answer(invite, "183 Session Progress", "", u.sdp())
		u.answer(invite, "200 OK", "Content-Type: text/plain\r\n", "welcome")
		if !call.Wait("200", time.Second) || u.next("BYE", time.Second) != "" {
			t.Error("the call whose 183 had the session is not up")
		}
		go call.Hangup()
		u.answer(u.next("BYE", time.Second), "200 OK", "", "")
	})
}

// Whatever is refused for its body is told what is taken.
func TestRefusedBodies(t *testing.T) {
	bareWorld(t, "", "", func(w *world, a *testkit.Phone, u *bareUA) {
		_, g := callsBare(t, a, u, "")
		out := u.dial("600")
		for _, c := range []struct {
			g                    *bareDialog
			method, lines, takes string
		}{
			{out, "INVITE", "Content-Type: text/plain\r\nContent-Disposition: render;handling=required\r\n", "application/sdp"},
			{out, "INVITE", "Content-Type: application/sdp\r\nContent-Encoding: gzip\r\n", "application/sdp"},
			{out, "INVITE", "Content-Type: multipart/mixed;boundary=b\r\nContent-Disposition: render;handling=required\r\n", "application/sdp"},
			{out, "MESSAGE", "Content-Type: text/html\r\n", "text/plain"},
			{g, "INVITE", "Content-Type: text/plain\r\nContent-Disposition: render;handling=required\r\n", "application/sdp"},
			{g, "UPDATE", "Content-Type: application/sdp\r\nContent-Encoding: gzip\r\n", "application/sdp"},
			{g, "MESSAGE", "Content-Type: text/html\r\n", "text/plain"},
			{g, "INFO", "Content-Type: application/x-unknown\r\n", "application/dtmf-relay"},
		} {
			m := c.g.ask(c.method, c.lines, "x")
			if codeOf(m) != "415 Unsupported Media Type" || !strings.HasPrefix(lineOf(m, "Accept"), c.takes) ||
				(lineOf(m, "Accept-Encoding") != "") != strings.Contains(c.lines, "Encoding") {
				t.Errorf("%s %q: %s, Accept: %s, Accept-Encoding: %s", c.method, c.lines, codeOf(m), lineOf(m, "Accept"), lineOf(m, "Accept-Encoding"))
			}
			if c.g == out {
				*out = *u.dial("600")
			}
		}
		if m := out.ask("INVITE", "Content-Type: text/plain\r\nContent-Disposition: render;handling=optional\r\n",
			"hello"); !strings.Contains(bodyOf(m), "m=audio") {
			t.Errorf("an optional body: %s", codeOf(m))
		}
		g.ask("BYE", "", "")
	})
}

// Keys in INFO, in all their forms, reach the other party.
func TestKeysInInfo(t *testing.T) {
	bareWorld(t, "dtmfmode=info\n", "dtmfmode=info\n", func(w *world, a *testkit.Phone, u *bareUA) {
		call, g := callsBare(t, a, u, "")
		for _, c := range []struct{ kind, body, key string }{
			{"application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", "5"}, {"application/dtmf-relay;charset=x", "Signal= * \n", "*"},
			{"application/dtmf", "11", "#"}, {"application/dtmf", "#", "#"}, {"application/vnd.nortelnetworks.digits",
				"p=Digit-Collection\r\ny=Digits\r\nd=7\r\n", "7"},
			{"audio/telephone-event", "Digit: 5", "5"}, {"audio/telephone-event", "event=10\r\nduration=160\r\n", "*"},
			{"Audio/Telephone-Event;rate=8000", "9", "9"}, {"audio/telephone-event", "\x03\x0a\x00\xa0", "3"},
			{"audio/telephone-event", "\x03\x8a\x03\x20", ""}, {"audio/telephone-event", "\x04\x8a\x03\x20", "4"},
			{"multipart/mixed;boundary=b", "--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b\r\nContent-Type: application/dtmf-relay\r\n\r\n" +
				"Signal=8\r\n--b--\r\n", "8"}, {"application/hook-flash", "x", ""}, {"application/dtmf-relay", "nonsense", ""},
		} {
			if m := g.ask("INFO", "Content-Type: "+c.kind+"\r\n", c.body); codeOf(m) != "200 OK" {
				t.Errorf("%s %q: %s", c.kind, c.body, codeOf(m))
			}
			if want := "INFO Signal=" + c.key + " Duration=250"; c.key != "" && !call.Wait(want, time.Second) {
				t.Errorf("%s %q: %s is not heard", c.kind, c.body, c.key)
			}
			for len(call.Events) > 0 {
				if e := <-call.Events; strings.HasPrefix(e, "INFO") {
					t.Errorf("%s %q: %s is heard", c.kind, c.body, e)
				}
			}
		}
		if m := g.ask("INFO", "", ""); codeOf(m) != "200 OK" {
			t.Errorf("an empty one: %s", codeOf(m))
		}
		g.ask("BYE", "", "")
	})
}

// A host name in c= is looked up while everything else goes on, and media goes there when
// the answer comes.
func TestHostNameInSDP(t *testing.T) {
	slow := dnsmgr.Resolver{Addr: func(host string) (netip.Addr, error) {
		if host == "pc.example" {
			time.Sleep(3 * time.Second)
			return netip.MustParseAddr("10.0.0.60"), nil
		}
		return netip.ParseAddr(host)
	}}
	resolvingWorld(t, slow, func(w *world, a *testkit.Phone, u *bareUA) {
		rtp := newBare(t, w, "10.0.0.60:4000")
		defer rtp.conn.Close()
		named := strings.Replace(u.sdp(), "c=IN IP4 10.0.0.60", "c=IN IP4 pc.example", 1)
		call := a.Dial("9")
		invite := u.next("INVITE", time.Second)
		begun := time.Now()
		u.answer(invite, "200 OK", "", named)
		if u.next("ACK", time.Second) == "" || !call.Wait("200", time.Second) {
			t.Fatal("the call is not up")
		}
		g := u.called(invite)
		if m := g.ask("OPTIONS", "", ""); codeOf(m) != "200 OK" || time.Since(begun) > time.Second {
			t.Errorf("OPTIONS meanwhile: %s after %v", codeOf(m), time.Since(begun))
		}
		call.Media.Tone(440, 4*time.Second)
		time.Sleep(5 * time.Second)
		if n := len(rtp.in); n < 30 || n > 60 {
			t.Errorf("%d packets came", n)
		}
		// Its name again is known; another description meanwhile goes before it.
		for len(rtp.in) > 0 {
			<-rtp.in
		}
		g.ask("INVITE", "", named)
		call.Media.Tone(440, 200*time.Millisecond)
		time.Sleep(time.Second)
		if n := len(rtp.in); n < 9 {
			t.Errorf("after a re-INVITE with the name %d packets came", n)
		}
		g.ask("INVITE", "", strings.Replace(named, "pc.example", "nobody.example", 1))
		g.ask("INVITE", "", at(u.sdp(), "4010"))
		other := newBare(t, w, "10.0.0.60:4010")
		defer other.conn.Close()
		time.Sleep(5 * time.Second)
		call.Media.Tone(440, 200*time.Millisecond)
		if other.next("", time.Second) == "" {
			t.Error("a name that was not found has put the address away that came after it")
		}
		g.ask("BYE", "", "")
	})
}
