package calls

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"obelisk/internal/testkit"
	"obelisk/pbx"
)

// challenged takes a request, has first a proxy and then the far side itself ask for
// credentials, and returns the third attempt, which must have both (RFC 3261 section
// 22.3).
func (u *bareUA) challenged(method string) string {
	u.t.Helper()
	m := u.next(method+" ", 150*time.Second)
	if m == "" {
		u.t.Errorf("no %s came", method)
		return ""
	}
	for i, c := range [2][2]string{{"407 Proxy Authentication Required", "Proxy-Authenticate"}, {"401 Unauthorized", "WWW-Authenticate"}} {
		before := m
		u.answer(m, c[0], fmt.Sprintf("%s: Digest realm=\"r%d\", nonce=\"n\", algorithm=MD5\r\n", c[1], i), "")
		if m = u.next(method+" ", 2*time.Second); m == "" {
			u.t.Errorf("%s is given up after %s", method, c[0])
			return ""
		}
		if lineOf(m, "CSeq") == lineOf(before, "CSeq") || lineOf(m, "Call-ID") != lineOf(before, "Call-ID") || bodyOf(m) != bodyOf(before) {
			u.t.Errorf("%s after %s: CSeq %s, body %q", method, c[0], lineOf(m, "CSeq"), bodyOf(m))
		}
	}
	proxy, own := linesOf(m, "Proxy-Authorization"), linesOf(m, "Authorization")
	if len(proxy) != 1 || len(own) != 1 || !strings.Contains(proxy[0], `realm="r0"`) || !strings.Contains(own[0], `realm="r1"`) {
		u.t.Errorf("%s: Proxy-Authorization %q, Authorization %q", method, proxy, own)
	}
	return m
}

// Every request of ours answers the challenges that it meets, two in a row as well.
func TestChallengesOfEveryRequest(t *testing.T) {
	const who = "defaultuser=me\nremotesecret=x\n"
	ends := func(call *testkit.Call, u *bareUA) {
		go call.Hangup()
		u.answer(u.next("BYE", time.Second), "200 OK", "", "")
	}
	for name, c := range map[string]struct {
		options, one, general string
		play                  func(w *world, a *testkit.Phone, u *bareUA)
	}{
		"INVITE": {play: func(w *world, a *testkit.Phone, u *bareUA) {
			call := a.Dial("9")
			if m := u.challenged("INVITE"); m != "" {
				u.answer(m, "200 OK", "", u.sdp())
				if u.next("ACK", time.Second) == "" || !call.Wait("200", time.Second) {
					u.t.Error("the call is not up")
				}
				go call.Hangup()
				m := u.next("BYE", time.Second)
				if len(linesOf(m, "Authorization"))+len(linesOf(m, "Proxy-Authorization")) != 2 {
					u.t.Error("the BYE has not both credentials")
				}
				u.answer(m, "200 OK", "", "")
			}
		}},
		"INFO": {options: "dtmfmode=info\n", play: func(w *world, a *testkit.Phone, u *bareUA) {
			call, _ := callsBare(u.t, a, u, "")
			call.Media.Packet(101, []byte{5, 0x8a, 3, 0x20})
			if m := u.challenged("INFO"); !strings.HasPrefix(bodyOf(m), "Signal=5\r\n") {
				u.t.Errorf("it says %q", bodyOf(m))
			}
			ends(call, u)
		}},
		"MESSAGE in a call": {play: func(w *world, a *testkit.Phone, u *bareUA) {
			call, _ := callsBare(u.t, a, u, "")
			call.Send("MESSAGE", "Content-Type: text/plain\r\n", "hello")
			u.challenged("MESSAGE")
			ends(call, u)
		}},
		"BYE": {play: func(w *world, a *testkit.Phone, u *bareUA) {
			call, _ := callsBare(u.t, a, u, "")
			go call.Hangup()
			u.answer(u.challenged("BYE"), "200 OK", "", "")
		}},
		"re-INVITE": {play: func(w *world, a *testkit.Phone, u *bareUA) {
			call, _ := callsBare(u.t, a, u, "Require: timer\r\nSession-Expires: 200;refresher=uac\r\n")
			u.answer(u.challenged("INVITE"), "200 OK", "", u.sdp())
			ends(call, u)
		}},
		"UPDATE": {options: "directmedia=update\n", play: func(w *world, a *testkit.Phone, u *bareUA) {
			call, _ := callsBare(u.t, a, u, "Require: timer\r\nSession-Expires: 200;refresher=uac\r\n")
			u.answer(u.challenged("UPDATE"), "200 OK", "", u.sdp())
			ends(call, u)
		}},
		"PRACK": {options: "100rel=yes\n", play: func(w *world, a *testkit.Phone, u *bareUA) {
			call := a.Dial("9")
			invite := u.next("INVITE", time.Second)
			u.answer(invite, "183 Session Progress", "Require: 100rel\r\nRSeq: 7\r\n", u.sdp())
			if m := u.challenged("PRACK"); !strings.HasPrefix(lineOf(m, "RAck"), "7 ") {
				u.t.Errorf("RAck: %s", lineOf(m, "RAck"))
			}
			u.answer(invite, "486 Busy Here", "", "")
			call.Wait("486", time.Second)
		}},
		"NOTIFY of a REFER": {play: func(w *world, a *testkit.Phone, u *bareUA) {
			_, g := callsBare(u.t, a, u, "")
			g.ask("REFER", "Refer-To: <sip:600@10.0.0.1>\r\n", "")
			if m := u.challenged("NOTIFY"); !strings.HasPrefix(bodyOf(m), "SIP/2.0 200") {
				u.t.Errorf("it says %q", bodyOf(m))
			}
			g.ask("BYE", "", "")
		}},
		"REFER": {play: func(w *world, a *testkit.Phone, u *bareUA) {
			g := u.dial("91")
			g.ask("INVITE", "", u.sdp())
			u.answer(u.challenged("REFER"), "603 Declined", "", "")
			u.answer(u.next("BYE", time.Second), "200 OK", "", "")
		}},
		"MESSAGE": {play: func(w *world, a *testkit.Phone, u *bareUA) {
			if err := w.sys.Driver().SendMessage("bare", pbx.Message{From: "<sip:x@y>", Body: "hello"}); err != nil {
				u.t.Error(err)
			}
			u.challenged("MESSAGE")
		}},
		"NOTIFY": {play: func(w *world, a *testkit.Phone, u *bareUA) {
			if err := w.sys.Driver().NotifyWith("bare", [][2]string{{"Event", "check-sync"}}); err != nil {
				u.t.Error(err)
			}
			u.challenged("NOTIFY")
		}},
		"NOTIFY of a subscription": {play: func(w *world, a *testkit.Phone, u *bareUA) {
			g := u.dial("77")
			if m := g.ask("SUBSCRIBE", "Event: dialog\r\nExpires: 600\r\n", ""); codeOf(m) != "200 OK" {
				u.t.Errorf("SUBSCRIBE: %s", codeOf(m))
			} else {
				g.peer = lineOf(m, "To")
			}
			m := u.next("NOTIFY", time.Second)
			u.answer(m, "407 Proxy Authentication Required", "Proxy-Authenticate: Digest realm=\"r0\", nonce=\"n\"\r\n", "")
			m = u.next("NOTIFY", time.Second)
			u.answer(m, "401 Unauthorized", "WWW-Authenticate: Digest realm=\"r1\", nonce=\"n\"\r\n", "")
			if m = u.next("NOTIFY", time.Second); len(linesOf(m, "Authorization"))+len(linesOf(m, "Proxy-Authorization")) != 2 {
				u.t.Errorf("the third NOTIFY: %s", m)
			}
			u.answer(m, "200 OK", "", "")
			g.ask("SUBSCRIBE", "Event: dialog\r\nExpires: 0\r\n", "")
			u.answer(u.challengedOnce("NOTIFY"), "200 OK", "", "")
		}},
		"REGISTER": {general: "register => me:x@10.0.0.60/200\n", play: func(w *world, a *testkit.Phone, u *bareUA) {
			u.answer(u.challenged("REGISTER"), "200 OK", "Expires: 120\r\n", "")
			m := u.next("REGISTER", 120*time.Second)
			if len(linesOf(m, "Authorization"))+len(linesOf(m, "Proxy-Authorization")) != 2 {
				u.t.Error("the refresh has not both credentials")
			}
			u.answer(m, "200 OK", "Expires: 3600\r\n", "")
		}},
		"SUBSCRIBE": {general: "mwi => me:x@10.0.0.60/77\n", play: func(w *world, a *testkit.Phone, u *bareUA) {
			u.answer(u.challenged("SUBSCRIBE"), "200 OK", "Expires: 3600\r\n", "")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			bareWorld(t, who+c.options, c.one, func(w *world, a *testkit.Phone, u *bareUA) {
				u.t = t
				if c.general != "" {
					sip := w.read("sip.conf")
					w.write("sip.conf", strings.Replace(sip, "context=public\n", "context=public\n"+c.general, 1))
					w.ask("sip reload")
				}
				c.play(w, a, u)
			})
		})
	}
}

// challengedOnce has the far side ask once more, with another nonce.
func (u *bareUA) challengedOnce(method string) string {
	m := u.next(method+" ", 2*time.Second)
	u.answer(m, "401 Unauthorized", "WWW-Authenticate: Digest realm=\"r1\", nonce=\"n2\", stale=true\r\n", "")
	if m = u.next(method+" ", 2*time.Second); !strings.Contains(lineOf(m, "Authorization"), `nonce="n2"`) {
		u.t.Errorf("%s after a stale nonce: %q", method, lineOf(m, "Authorization"))
	}
	return m
}

// Wrong credentials are not tried for ever.
func TestChallengeWithoutEnd(t *testing.T) {
	bareWorld(t, "defaultuser=me\nremotesecret=x\n", "", func(w *world, a *testkit.Phone, u *bareUA) {
		call := a.Dial("9")
		n := 0
		for m := u.next("INVITE", time.Second); m != ""; m = u.next("INVITE", time.Second) {
			n++
			u.answer(m, "401 Unauthorized", fmt.Sprintf("WWW-Authenticate: Digest realm=\"r\", nonce=\"n%d\"\r\n", n), "")
		}
		if n != 3 || !call.Wait("503", time.Second) {
			t.Errorf("%d INVITEs for one realm", n)
		}
		if err := w.sys.Driver().SendMessage("bare", pbx.Message{From: "<sip:x@y>", Body: "hello"}); err != nil {
			t.Error(err)
		}
		n = 0
		for m := u.next("MESSAGE", time.Second); m != ""; m = u.next("MESSAGE", time.Second) {
			n++
			u.answer(m, "407 Proxy Authentication Required", fmt.Sprintf("Proxy-Authenticate: Digest realm=\"r%d\", nonce=\"n\"\r\n", n), "")
		}
		if n > 10 {
			t.Errorf("%d MESSAGEs for realms without end", n)
		}
	})
}

// One answer with challenges of several realms: each is answered, by the best algorithm
// that it offers.
func TestChallengesInOneAnswer(t *testing.T) {
	bareWorld(t, "defaultuser=me\nremotesecret=x\n", "", func(w *world, a *testkit.Phone, u *bareUA) {
		call := a.Dial("9")
		u.answer(u.next("INVITE", time.Second), "407 Proxy Authentication Required", "Proxy-Authenticate: Digest realm=\"p1\", "+
			"nonce=\"n\"\r\nProxy-Authenticate: Digest realm=\"p2\", nonce=\"n\", algorithm=MD5\r\n"+
			"Proxy-Authenticate: Digest realm=\"p2\", nonce=\"n\", algorithm=SHA-256\r\nWWW-Authenticate: Digest realm=\"far\", nonce=\"n\"\r\n",
			"")
		m := u.next("INVITE", time.Second)
		proxy, own := linesOf(m, "Proxy-Authorization"), linesOf(m, "Authorization")
		if len(proxy) != 2 || len(own) != 1 || !strings.Contains(proxy[0], `realm="p1"`) || !strings.Contains(proxy[1], "algorithm=SHA-256") ||
			!strings.Contains(own[0], `realm="far"`) {
			t.Errorf("Proxy-Authorization %q, Authorization %q", proxy, own)
		}
		u.answer(m, "486 Busy Here", "", "")
		call.Wait("486", time.Second)
	})
}
