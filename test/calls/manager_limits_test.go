package calls

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/manage/ami"
	"obelisk/pbx"
)

// Events that wait behind the response of a slow action are bounded: a client that reads gets
// them, one that does not is cut.
func TestManagerEventsOfASlowAction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := managerWorld(t, originatePlan)
		b := w.registered("1002", "two", "10.0.0.12:5060")
		big := func(n int) {
			for range n {
				w.sys.Core().Tell(pbx.News{Name: "UserEvent", Class: "user", Fields: []pbx.Field{{Name: "X", Value: strings.Repeat("x", 100<<10)}}})
				time.Sleep(time.Millisecond)
			}
		}
		c := w.client("admin", "secret")
		c.read(100 * time.Millisecond)
		c.send("Action: Originate\r\nChannel: SIP/1002\r\nApplication: Wait\r\nData: 1\r\nTimeout: 10000\r\nActionID: slow")
		answered(t, b).Ring()
		big(5)
		if got := c.read(100 * time.Millisecond); strings.Contains(got, "X: xxx") {
			t.Error("a few events come before the response")
		}
		big(20)
		if got := c.read(100 * time.Millisecond); strings.Count(got, "X: xxx") != 25 || strings.Contains(got, "slow") {
			t.Errorf("of 25 large events %d came before the response", strings.Count(got, "X: xxx"))
		}
		if got := c.read(11 * time.Second); !strings.Contains(got, "ActionID: slow\r\nMessage: Originate failed") {
			t.Errorf("the response: %.300q", got)
		}
		c.ask("Action: Logoff")

		near, far := w.pipe("admin", "secret")
		fmt.Fprint(far, "Action: Originate\r\nChannel: SIP/1002\r\nApplication: Wait\r\nData: 1\r\nTimeout: 10000\r\n\r\n")
		answered(t, b).Ring()
		big(100)
		if _, _, _, cut, _ := w.sys.AMI().Counts(); cut != 1 {
			t.Errorf("%d clients that do not read are cut", cut)
		}
		far.Close()
		near.Close()
		time.Sleep(15 * time.Second)
		b.Close()
		w.stop()
	})
}

// Strangers who connect and say nothing push each other out, not who has the secret.
func TestManagerStrangers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := managerWorld(t, originatePlan)
		var all []*client
		for range 100 {
			all = append(all, w.client("", ""))
		}
		time.Sleep(time.Second) // the last of them have come too
		closed := 0
		for _, c := range all[:10] { // which of two is taken first is chance
			if got := c.read(100 * time.Millisecond); strings.HasSuffix(got, "(closed)") {
				closed++
			}
		}
		if closed < 5 {
			t.Errorf("%d of the oldest ten of a hundred strangers are gone", closed)
		}
		c := w.client("admin", "secret")
		if got := c.read(100 * time.Millisecond); !strings.Contains(got, "Authentication accepted") {
			t.Errorf("the administrator is shut out: %q", got)
		}
		if out, _, _, _, _ := w.sys.AMI().Counts(); out < 80 {
			t.Errorf("%d strangers made room", out)
		}
		conf := *w.sys.AMI().Config()
		conf.SessionLimit = 1
		w.sys.AMI().SetConfig(conf)
		if got := w.client("admin", "secret").read(100 * time.Millisecond); !strings.HasSuffix(got,
			"Response: Error\r\nMessage: Too many sessions\r\n\r\n(closed)") {
			t.Errorf("one above sessionlimit: %q", got)
		}
		c.ask("Action: Logoff")
		w.stop()
	})
}

// visit is a request over HTTP with a cookie; it returns the body and the cookie that comes.
func (w *world) visit(from, cookie, query string) (body, next string) {
	r := httptest.NewRequest("GET", "/rawman?"+query, nil)
	r.RemoteAddr = from
	if cookie != "" {
		r.Header.Set("Cookie", cookie)
	}
	out := httptest.NewRecorder()
	w.sys.AMI().Web("rawman").ServeHTTP(out, r)
	next, _, _ = strings.Cut(out.Header().Get("Set-Cookie"), ";")
	return out.Body.String(), next
}

// Only who logs in has a session over HTTP, and one address cannot take them all.
func TestManagerSessionsOverHTTP(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, map[string]string{"sip.conf": baseSIP, "extensions.conf": originatePlan, "manager.conf": managerConf})
		w.overHTTP(func(c *ami.Config) { c.HTTPSessionLimit, c.HTTPSourceLimit = 5, 3 })
		const stranger, one, two = "192.0.2.66:1", "192.0.2.1:1", "192.0.2.2:1"
		for range 600 {
			w.visit(stranger, "", "action=ping")
			w.visit(stranger, "", "action=challenge&authtype=md5")
		}
		const in = "action=login&username=admin&secret=secret&events=off"
		body, mine := w.visit(one, "", in)
		if !strings.Contains(body, "Authentication accepted") {
			t.Fatalf("the administrator is shut out: %q", body)
		}
		for range 20 {
			w.visit(two, "", in)
		}
		if body, _ := w.visit(one, mine, "action=ping"); !strings.Contains(body, "Pong") {
			t.Errorf("another address has taken his session: %q", body)
		}
		if _, out, _, _, _ := w.sys.AMI().Counts(); out != 17 {
			t.Errorf("%d sessions made room", out)
		}
		time.Sleep(time.Second)
		if n := len(w.sys.AMI().Sessions()); n != 4 {
			t.Errorf("%d sessions", n)
		}
		w.sys.AMI().Close()
		time.Sleep(2 * time.Second)
		w.stop()
	})
}

// MD5 over HTTP needs no session before the login; the one after it has a cookie that
// nobody could know.
func TestManagerChallengeOverHTTP(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, map[string]string{"sip.conf": baseSIP, "extensions.conf": originatePlan, "manager.conf": managerConf})
		w.overHTTP(func(*ami.Config) {})
		for _, wait := range []time.Duration{0, 29 * time.Second, 100 * time.Second} {
			body, cookie := w.visit("192.0.2.1:1", "", "action=challenge&authtype=md5")
			challenge := strings.TrimSpace(strings.TrimPrefix(body, "Response: Success\r\nChallenge: "))
			sum := md5.Sum([]byte(challenge + "secret"))
			time.Sleep(wait)
			login := "action=login&authtype=md5&username=admin&key=" + hex.EncodeToString(sum[:])
			if body, _ := w.visit("192.0.2.1:1", "", login); strings.Contains(body, "accepted") {
				t.Error("an answer to the challenge of another cookie is taken")
			}
			body, next := w.visit("192.0.2.1:1", cookie, login)
			if strings.Contains(body, "accepted") != (wait < time.Minute) {
				t.Errorf("after %s: %q", wait, body)
			}
			if strings.Contains(body, "accepted") && next == cookie {
				t.Error("the cookie from before the login is that of the session")
			}
		}
		w.sys.AMI().Close()
		time.Sleep(2 * time.Second)
		w.stop()
	})
}
