package calls

import (
	"strings"
	"testing"
	"time"

	"obelisk/internal/testkit"
)

// A 2xx that is repeated is acknowledged each time (RFC 3261 13.2.2.4): whatever we have
// sent since, after the end, and long after its transaction.
func TestRepeated2xxIsAcknowledged(t *testing.T) {
	bareWorld(t, "directmedia=yes\n", "directmedia=yes\n", func(w *world, a *testkit.Phone, u *bareUA) {
		call, g := callsBare(t, a, u, "")
		first, _, _ := strings.Cut(lineOf(g.invite, "CSeq"), " ")
		again := func(when string) {
			t.Helper()
			for range 3 {
				u.answer(g.invite, "200 OK", "", u.sdp())
				if m := u.next("ACK", 600*time.Millisecond); lineOf(m, "CSeq") != first+" ACK" || lineOf(m, "To") != g.local {
					t.Errorf("%s: ACK %q, To %q", when, lineOf(m, "CSeq"), lineOf(m, "To"))
				}
			}
		}
		re := u.next("INVITE", 2*time.Second)
		if re == "" {
			t.Fatal("no re-INVITE for direct media")
		}
		again("while a re-INVITE is open")
		u.answer(re, "491 Request Pending", "", "")
		u.next("ACK", time.Second)
		again("after a re-INVITE")
		if re = u.next("INVITE", 5*time.Second); re == "" {
			t.Fatal("no further re-INVITE")
		}
		u.answer(re, "200 OK", "", u.sdp())
		u.next("ACK", time.Second)
		time.Sleep(time.Minute)
		again("a minute later")
		go call.Hangup()
		u.answer(u.next("BYE", time.Second), "200 OK", "", "")
	})
}

// The 2xx to a re-INVITE of ours is acknowledged though the call has ended meanwhile.
func Test2xxAfterTheEnd(t *testing.T) {
	bareWorld(t, "directmedia=yes\n", "directmedia=yes\n", func(w *world, a *testkit.Phone, u *bareUA) {
		call, g := callsBare(t, a, u, "")
		re := u.next("INVITE", 2*time.Second)
		u.answer(re, "100 Trying", "", "")
		go call.Hangup()
		bye := u.next("BYE", 3*time.Second) // which waits for the answer, for two seconds
		if bye == "" {
			t.Fatal("no BYE")
		}
		u.answer(bye, "200 OK", "", "")
		for range 2 {
			u.answer(re, "200 OK", "", u.sdp())
			if m := u.next("ACK", time.Second); lineOf(m, "CSeq") != strings.Replace(lineOf(re, "CSeq"), "INVITE", "ACK", 1) {
				t.Errorf("that of our re-INVITE: ACK %q", lineOf(m, "CSeq"))
			}
			u.answer(g.invite, "200 OK", "", u.sdp())
			if m := u.next("ACK", time.Second); lineOf(m, "CSeq") != strings.Replace(lineOf(g.invite, "CSeq"), "INVITE", "ACK", 1) {
				t.Errorf("that of our first INVITE: ACK %q", lineOf(m, "CSeq"))
			}
		}
	})
}

// A session whose refresh gets no final answer ends before its interval does (RFC 4028
// section 10), whether the refresh was tried or not.
func TestRefreshWithoutFinalAnswer(t *testing.T) {
	for _, reply := range []string{"100 Trying", "183 Session Progress", ""} {
		bareWorld(t, "", "", func(w *world, a *testkit.Phone, u *bareUA) {
			call, _ := callsBare(t, a, u, "Supported: timer\r\nRequire: timer\r\nSession-Expires: 200;refresher=uac\r\n")
			re := u.next("INVITE", 150*time.Second)
			if re == "" {
				t.Fatal("no refresh")
			}
			if reply != "" {
				u.answer(re, reply, "", "")
			}
			begun := time.Now()
			if u.next("BYE", time.Hour) == "" || !call.Wait("BYE", time.Second) {
				t.Fatalf("%q: the call is still up", reply)
			}
			if d := time.Since(begun); d > 100*time.Second {
				t.Errorf("%q: it ended %v after the refresh", reply, d)
			}
		})
	}
}

// A re-INVITE that is only tried is cancelled; whoever answers that keeps the call.
func TestReinviteThatIsOnlyTried(t *testing.T) {
	for _, alive := range []bool{true, false} {
		bareWorld(t, "directmedia=yes\n", "directmedia=yes\n", func(w *world, a *testkit.Phone, u *bareUA) {
			call, g := callsBare(t, a, u, "")
			re := u.next("INVITE", 2*time.Second)
			u.answer(re, "100 Trying", "", "")
			cancel := u.next("CANCEL", 40*time.Second)
			if cancel == "" {
				t.Fatal("the re-INVITE is not given up")
			}
			if !alive {
				if !call.Wait("BYE", 2*time.Minute) {
					t.Error("the call is still up")
				}
				return
			}
			u.answer(cancel, "200 OK", "", "")
			u.answer(re, "487 Request Terminated", "", "")
			time.Sleep(10 * time.Minute)
			if call.Over() {
				t.Error("the call has ended")
			}
			if m := g.ask("OPTIONS", "", ""); codeOf(m) != "200 OK" {
				t.Errorf("OPTIONS: %s", codeOf(m))
			}
			go call.Hangup()
			u.answer(u.next("BYE", time.Second), "200 OK", "", "")
		})
	}
}

// What a request of the dialog requires is judged for every method, and the call lives.
func TestRequireInDialog(t *testing.T) {
	bareWorld(t, "100rel=no\n", "", func(w *world, a *testkit.Phone, u *bareUA) {
		call, g := callsBare(t, a, u, "")
		for _, method := range []string{"INVITE", "UPDATE", "INFO", "OPTIONS", "MESSAGE", "REFER", "SUBSCRIBE", "NOTIFY", "PRACK", "BYE"} {
			for _, option := range []string{"nosuchthing", "timer, precondition"} {
				m := g.ask(method, "Require: "+option+"\r\n", "")
				if want := option[strings.LastIndex(option, " ")+1:]; codeOf(m) != "420 Bad extension (unsupported)" ||
					lineOf(m, "Unsupported") != want {
					t.Errorf("%s with %s: %s, Unsupported: %s", method, option, codeOf(m), lineOf(m, "Unsupported"))
				}
			}
		}
		if m := g.ask("INVITE", "Require: 100rel\r\n", u.sdp()); codeOf(m) != "420 Bad extension (unsupported)" ||
			lineOf(m, "Unsupported") != "100rel" {
			t.Errorf("100rel: %s", codeOf(m))
		}
		if m := g.ask("INVITE", "Require: timer\r\nSession-Expires: 600\r\n", u.sdp()); codeOf(m) != "200 OK" {
			t.Errorf("timer: %s", codeOf(m))
		}
		if call.Over() {
			t.Error("the call has ended")
		}
		g.ask("BYE", "", "")
	})
}

// A SUBSCRIBE or NOTIFY within a call names an event that we have.
func TestEventsInDialog(t *testing.T) {
	bareWorld(t, "", "", func(w *world, a *testkit.Phone, u *bareUA) {
		_, g := callsBare(t, a, u, "")
		for _, c := range [][3]string{
			{"SUBSCRIBE", "nosuchpackage", "489 Bad Event"}, {"SUBSCRIBE", "", "489 Bad Event"},
			{"SUBSCRIBE", "dialog", "403 Forbidden (within dialog)"}, {"SUBSCRIBE", "refer", "403 Forbidden (within dialog)"},
			{"NOTIFY", "nosuchpackage", "489 Bad event"}, {"NOTIFY", "refer;id=1", "200 OK"}, {"NOTIFY", "keep-alive", "200 OK"},
		} {
			lines := "Subscription-State: active\r\nExpires: 60\r\n"
			if c[1] != "" {
				lines += "Event: " + c[1] + "\r\n"
			}
			if m := g.ask(c[0], lines, ""); codeOf(m) != c[2] {
				t.Errorf("%s %s: %s", c[0], c[1], codeOf(m))
			}
		}
		g.ask("BYE", "", "")
	})
}

const srtpLine = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:"

// A request that is refused changes nothing: neither the session timer nor the target,
// nor the keys, nor where the media goes.
func TestRefusedRequestChangesNothing(t *testing.T) {
	bareWorld(t, "[bare2]\ntype=friend\nhost=10.0.0.61\ninsecure=port,invite\ncontext=inside\nencryption=yes\n", "",
		func(w *world, a *testkit.Phone, u *bareUA) {
			v := newBare(t, w, "10.0.0.61:5060")
			v.name = "bare2"
			defer v.conn.Close()
			key := func(c string) string { return strings.Repeat(c, 40) }
			secure := func(key, codecs string) string {
				s := strings.Replace(v.sdp(), "RTP/AVP 0 8 101", "RTP/SAVP "+codecs, 1)
				return s + srtpLine + key + "\r\n"
			}
			g := v.dial("600")
			ok := g.ask("INVITE", "Supported: timer\r\nSession-Expires: 200;refresher=uas\r\n", secure(key("A"), "0"))
			if codeOf(ok) != "200 OK" || lineOf(ok, "Session-Expires") != "200;refresher=uas" {
				t.Fatalf("%s, Session-Expires: %s", codeOf(ok), lineOf(ok, "Session-Expires"))
			}
			elsewhere := "Contact: <sip:other@10.0.0.62:5060>\r\n"
			for what, m := range map[string]string{
				"422 of an UPDATE": g.ask("UPDATE", elsewhere+"Supported: timer\r\nSession-Expires: 30\r\n", ""),
				"422 of an INVITE": g.ask("INVITE", elsewhere+"Supported: timer\r\nSession-Expires: 30\r\n", secure(key("B"), "0")),
				"488, no codec": g.ask("INVITE", elsewhere+"Supported: timer\r\nSession-Expires: 400;refresher=uac\r\n",
					strings.Replace(secure(key("C"), "96"), "o=- 1 1", "o=- 1 2", 1)), // one of the old version is not judged
				"488, plain RTP":           g.ask("UPDATE", elsewhere+"Supported: timer\r\nSession-Expires: 400;refresher=uac\r\n", v.sdp()),
				"415":                      g.ask("INVITE", elsewhere+"Content-Type: text/plain\r\nContent-Disposition: render;handling=required\r\n", "x"),
				"420":                      g.ask("INVITE", elsewhere+"Require: x\r\n", secure(key("D"), "0")),
				"400, a time that is none": g.ask("UPDATE", elsewhere+"Supported: timer\r\nSession-Expires: soon\r\n", ""),
				"415, only alternatives": g.ask("UPDATE", elsewhere+"Content-Type: multipart/alternative;boundary=b\r\n",
					"--b\r\nContent-Type: a/b\r\nContent-Disposition: x;handling=required\r\n\r\nx\r\n--b--\r\n"),
				"400, Replaces in a dialog": g.ask("INVITE", elsewhere+"Replaces: x;to-tag=1;from-tag=2\r\n", secure(key("E"), "0")),
				"481, nothing to confirm":   g.ask("PRACK", elsewhere+"RAck: 1 1 INVITE\r\n", v.sdp()),
			} {
				if got := codeOf(m); got[:3] != what[:3] {
					t.Errorf("%s: %s", what, got)
				}
			}
			re := v.next("INVITE", 101*time.Second)
			if lineOf(re, "Session-Expires") != "200;refresher=uac" || !strings.HasPrefix(re, "INVITE sip:bare@10.0.0.61:5060 ") {
				t.Errorf("the refresh: %.60s, Session-Expires: %s", re, lineOf(re, "Session-Expires"))
			}
			if bodyOf(re) != bodyOf(ok) {
				t.Errorf("the refresh says\n%s\nand the answer was\n%s", bodyOf(re), bodyOf(ok))
			}
			v.answer(re, "200 OK", "Session-Expires: 200;refresher=uac\r\n", secure(key("A"), "0"))
			v.next("ACK", time.Second)
			g.ask("BYE", "", "")
		})
}

// A session refresh that changes nothing repeats our last description, o= included (RFC
// 4028 section 7.4): ours that was offered, and one that was answered.
func TestRefreshRepeatsTheDescription(t *testing.T) {
	bareWorld(t, "videosupport=yes\nallow=h264\n", "videosupport=yes\nallow=h264\n", func(w *world, a *testkit.Phone, u *bareUA) {
		call, g := callsBare(t, a, u, "Supported: timer\r\nRequire: timer\r\nSession-Expires: 200;refresher=uac\r\n")
		last := bodyOf(g.invite)
		refresh := func(when string) {
			t.Helper()
			re := u.next("INVITE", 101*time.Second)
			if bodyOf(re) != last {
				t.Errorf("%s: the refresh says\n%s\nafter\n%s", when, bodyOf(re), last)
			}
			u.answer(re, "200 OK", "Session-Expires: 200;refresher=uac\r\n", strings.Replace(u.sdp(), "0 8 101", "0 101", 1))
			u.next("ACK", time.Second)
		}
		refresh("the first")
		refresh("the second")
		held := g.ask("INVITE", "Supported: timer\r\nSession-Expires: 200;refresher=uas\r\n", u.sdp()+"a=sendonly\r\n")
		if last = bodyOf(held); !strings.Contains(last, "a=recvonly") {
			t.Errorf("held: %s", last)
		}
		refresh("on hold")
		go call.Hangup()
		u.answer(u.next("BYE", time.Second), "200 OK", "", "")
	})
}

// A T.38 re-INVITE that waits for the other side when the call ends is answered.
func TestFaxReinviteOfAnEndedCall(t *testing.T) {
	bareWorld(t, "t38pt_udptl=yes\n[bare2]\ntype=friend\nhost=10.0.0.61\ninsecure=port,invite\ncontext=inside\nt38pt_udptl=yes\n", "",
		func(w *world, a *testkit.Phone, u *bareUA) {
			v := newBare(t, w, "10.0.0.61:5060")
			defer v.conn.Close()
			for range 3 {
				caller := v.dial("9")
				cseq := caller.request("INVITE", "", v.sdp())
				invite := u.next("INVITE", 5*time.Second)
				u.answer(invite, "200 OK", "", u.sdp())
				u.next("ACK", time.Second)
				caller.peer = lineOf(v.final(cseq, time.Second), "To")
				caller.send(caller.cseq, "ACK", "", "")
				at := strings.Index(u.sdp(), "m=audio")
				fax := u.called(invite).request("INVITE", "", u.sdp()[:at]+"m=image 4000 udptl t38\r\na=T38FaxVersion:0\r\n")
				re := v.next("INVITE", time.Second)
				if re == "" {
					t.Fatal("the fax is not offered")
				}
				caller.ask("BYE", "", "")
				v.answer(re, "487 Request Terminated", "", "")
				if got := codeOf(u.final(fax, 5*time.Second)); got != "487 Request Terminated" {
					t.Errorf("the re-INVITE got %q", got)
				}
				u.answer(u.next("BYE", 5*time.Second), "200 OK", "", "")
			}
			time.Sleep(10 * time.Minute)
			if n := w.sys.Driver().Overload().Pending; n != 0 {
				t.Errorf("%d INVITEs are pending", n)
			}
		})
}

// A T.38 re-INVITE is answered though nobody is there any more who could: whom it asked
// has hung up, and the dialplan has gone on.
func TestFaxThatNobodyAnswers(t *testing.T) {
	bareWorld(t, "t38pt_udptl=yes\n[bare2]\ntype=friend\nhost=10.0.0.61\ncontext=inside\nt38pt_udptl=yes\n", "",
		func(w *world, a *testkit.Phone, u *bareUA) {
			v := newBare(t, w, "10.0.0.61:5060")
			defer v.conn.Close()
			g := u.dial("92")
			cseq := g.request("INVITE", "", u.sdp())
			invite := v.next("INVITE", time.Second)
			v.answer(invite, "200 OK", "", v.sdp())
			v.next("ACK", time.Second)
			g.peer = lineOf(u.final(cseq, time.Second), "To")
			g.send(g.cseq, "ACK", "", "")
			at := strings.Index(u.sdp(), "m=audio")
			fax := g.request("INVITE", "", strings.Replace(u.sdp()[:at], "- 1 1 ", "- 1 2 ", 1)+"m=image 4000 udptl t38\r\na=T38FaxVersion:0\r\n")
			re := v.next("INVITE", time.Second)
			v.called(invite).ask("BYE", "", "")
			v.answer(re, "487 Request Terminated", "", "")
			if m := u.final(fax, 70*time.Second); codeOf(m) != "488 Not acceptable here" {
				t.Errorf("the re-INVITE: %q", codeOf(m))
			}
			if m := g.ask("OPTIONS", "", ""); codeOf(m) != "200 OK" {
				t.Errorf("the call has ended: %s", codeOf(m))
			}
			g.ask("BYE", "", "")
		})
}

// A re-INVITE without a description gets an offer of all that the call may use (RFC 3261
// section 14.2), what is in use by its number; an answer with another codec is heard.
func TestOfferInAReinvite(t *testing.T) {
	bareWorld(t, "allow=g722\n", "", func(w *world, a *testkit.Phone, u *bareUA) {
		call, g := callsBare(t, a, u, "")
		offer := g.u.final(g.request("INVITE", "", ""), time.Second)
		if !strings.Contains(offer, "RTP/AVP 0 8 9 101\r\n") {
			t.Errorf("offered:\n%s", bodyOf(offer))
		}
		pcma := strings.Replace(strings.Replace(u.sdp(), "0 8 101", "8", 1), "4000", "4444", 1)
		g.send(g.cseq, "ACK", "", pcma)
		rtp := newBare(t, w, "10.0.0.60:4444")
		defer rtp.conn.Close()
		call.Media.Tone(440, 200*time.Millisecond)
		if p := rtp.next("", time.Second); len(p) != 172 || p[1]&0x7f != 8 {
			t.Errorf("after an answer of PCMA %d octets came, payload %x", len(p), p[1:2])
		}
		_, before := call.Media.Counts()
		rtp.stream(mediaPort(bodyOf(offer)), 8, 20)
		if _, n := call.Media.Counts(); n-before < 18 {
			t.Errorf("of 20 packets in PCMA %d are heard", n-before)
		}
		// An ACK that brings no answer leaves all as it was.
		offer = g.u.final(g.request("INVITE", "", ""), time.Second)
		if !strings.Contains(offer, "RTP/AVP 8 0 9 101\r\n") {
			t.Errorf("offered:\n%s", bodyOf(offer))
		}
		g.send(g.cseq, "ACK", "", "")
		time.Sleep(time.Second)
		if call.Over() {
			t.Error("the call has ended")
		}
		go call.Hangup()
		u.answer(u.next("BYE", time.Second), "200 OK", "", "")
	})
}

// A re-INVITE without a description takes back from hold also what was held by port 0.
func TestOfferAfterAHoldByPort(t *testing.T) {
	bareWorld(t, "", "", func(w *world, a *testkit.Phone, u *bareUA) {
		call, g := callsBare(t, a, u, "")
		rtp := newBare(t, w, "10.0.0.60:4000")
		defer rtp.conn.Close()
		g.ask("INVITE", "", strings.Replace(u.sdp(), "m=audio 4000", "m=audio 0", 1))
		offer := g.u.final(g.request("INVITE", "", ""), time.Second)
		if codeOf(offer) != "200 OK" || mediaPort(bodyOf(offer)) == 0 || strings.Count(bodyOf(offer), "m=") != 1 {
			t.Errorf("offered:\n%s", bodyOf(offer))
		}
		g.send(g.cseq, "ACK", "", u.sdp())
		call.Media.Tone(440, 200*time.Millisecond)
		if rtp.next("", time.Second) == "" {
			t.Error("no audio after it")
		}
		g.ask("BYE", "", "")
	})
}

// A caller's re-INVITE without a description: the numbers that he has given stay his.
func TestOfferToTheCaller(t *testing.T) {
	bareWorld(t, "allow=g722\n", "", func(w *world, a *testkit.Phone, u *bareUA) {
		g := u.dial("600")
		mine := strings.NewReplacer("0 8 101", "8 9", "101 telephone-event", "9 telephone-event").Replace(u.sdp())
		if m := g.ask("INVITE", "", mine); !strings.Contains(bodyOf(m), "RTP/AVP 8 9\r\n") {
			t.Fatalf("answered: %s\n%s", codeOf(m), bodyOf(m))
		}
		offer := u.final(g.request("INVITE", "", ""), time.Second)
		if !strings.Contains(bodyOf(offer), "RTP/AVP 8 0 96 9\r\n") || !strings.Contains(bodyOf(offer), "a=rtpmap:96 G722/8000") ||
			!strings.Contains(bodyOf(offer), "a=rtpmap:9 telephone-event/8000") {
			t.Errorf("offered:\n%s", bodyOf(offer))
		}
		g.send(g.cseq, "ACK", "", mine)
		time.Sleep(100 * time.Millisecond)
		if m := g.ask("UPDATE", "", ""); codeOf(m) != "200 OK" || bodyOf(m) != "" {
			t.Errorf("an UPDATE without a description: %s\n%s", codeOf(m), bodyOf(m))
		}
		g.ask("BYE", "", "")
	})
}

// m=audio 0 is a hold; a port takes the call back.
func TestHoldByPort(t *testing.T) {
	bareWorld(t, "", "", func(w *world, a *testkit.Phone, u *bareUA) {
		call, g := callsBare(t, a, u, "")
		rtp := newBare(t, w, "10.0.0.60:4000")
		defer rtp.conn.Close()
		zero := strings.Replace(u.sdp(), "m=audio 4000", "m=audio 0", 1)
		for i, c := range []struct {
			method, sdp, line string
			held              bool
		}{
			{"INVITE", zero, "m=audio 0 ", true}, {"INVITE", u.sdp(), "a=sendrecv", false}, {"UPDATE", zero, "m=audio 0 ", true},
			{"UPDATE", u.sdp(), "a=sendrecv", false}, {"INVITE", strings.Replace(u.sdp(), "c=IN IP4 10.0.0.60", "c=IN IP6 ::", 1), "a=sendrecv",
				true}, {"INVITE", u.sdp() + "a=recvonly\r\n", "a=sendonly", false},
		} {
			m := g.ask(c.method, "", c.sdp)
			if codeOf(m) != "200 OK" || !strings.Contains(bodyOf(m), c.line) {
				t.Errorf("%d %s: %s\n%s", i, c.method, codeOf(m), bodyOf(m))
			}
			time.Sleep(100 * time.Millisecond)
			for len(rtp.in) > 0 {
				<-rtp.in
			}
			call.Media.Tone(440, 200*time.Millisecond)
			time.Sleep(300 * time.Millisecond)
			if n := len(rtp.in); n < 8 && !c.held || n > 0 && c.held {
				t.Errorf("%d %s: %d packets came", i, c.method, n)
			}
		}
		if call.Over() {
			t.Error("the call has ended")
		}
		fax := strings.Replace(zero, "- 1 1 ", "- 1 2 ", 1) + "m=image 4000 udptl t38\r\n"
		if m := g.ask("INVITE", "", fax); codeOf(m) != "488 Not acceptable here" {
			t.Errorf("a fax where there is none: %s", codeOf(m))
		}
		g.ask("BYE", "", "")
	})
}
