package ami

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"obelisk/internal/auth"
)

// browser is a client that answers challenges over HTTP.
type browser struct {
	w              *world
	user, password string
	from           string
	challenge      auth.Digest
	count          int
	site           string // Sec-Fetch-Site
}

// send is a request with an Authorization, or none.
func (b *browser) send(method, form, query, credentials string) *http.Response {
	r := httptest.NewRequest(method, "/a"+form+"?"+query, nil)
	r.RemoteAddr = b.from
	if credentials != "" {
		r.Header.Set("Authorization", credentials)
	}
	if b.site != "" {
		r.Header.Set("Sec-Fetch-Site", b.site)
	}
	out := httptest.NewRecorder()
	b.w.srv.WebDigest(form).ServeHTTP(out, r)
	if d, ok := auth.ParseDigest(out.Header().Get("WWW-Authenticate")); ok {
		b.challenge, b.count = d, 0
	}
	return out.Result()
}

// asks is one with the next count of the nonce that it has, or of a new one.
func (b *browser) asks(form, query string) string {
	if b.challenge == nil {
		b.send("GET", form, "", "")
	}
	b.count++
	c := auth.Credentials{User: b.user, Password: b.password}
	return said(b.send("GET", form, query, c.Answer(b.challenge, "GET", "/a"+form, b.count)))
}

// said is the status, with "stale" where the challenge says so, and the body of an answer.
func said(r *http.Response) string {
	b := new(strings.Builder)
	fmt.Fprint(b, r.StatusCode, " ")
	if strings.HasSuffix(r.Header.Get("WWW-Authenticate"), ", stale=true") {
		b.WriteString("stale ")
	}
	if r.StatusCode == http.StatusOK {
		text := make([]byte, 64<<10)
		n, _ := r.Body.Read(text)
		b.Write(text[:n])
	}
	return strings.TrimSpace(b.String())
}

// digestWorld is one with the interface over HTTP.
func digestWorld(t *testing.T, f func(w *world, as func(user, password string) *browser)) {
	inWorld(t, func(w *world) {
		conf := *w.srv.Config()
		conf.Enabled, conf.WebEnabled, conf.HTTPTimeout = true, true, time.Minute
		w.srv.SetConfig(conf)
		f(w, func(user, password string) *browser {
			return &browser{w: w, user: user, password: password, from: "192.0.2.1:1"}
		})
	})
}

// The challenge, and what is executed in the three forms.
func TestWebDigest(t *testing.T) {
	digestWorld(t, func(w *world, as func(user, password string) *browser) {
		b := as("admin", "secret")
		r := b.send("GET", "rawman", "action=ping", "")
		nonce := b.challenge["nonce"]
		want := fmt.Sprintf(`Digest algorithm=MD5, realm="asterisk", nonce="%s", qop="auth", opaque="%s"`, nonce, nonce)
		if got := r.Header.Get("WWW-Authenticate"); r.StatusCode != 401 || got != want || r.Header.Get("Cache-Control") != "no-cache, no-store" {
			t.Errorf("%d %s %v, want %s", r.StatusCode, got, r.Header, want)
		}
		for _, row := range [][3]string{
			{"rawman", "action=getvar&variable=A", "200 Response: Success\r\nVariable: A\r\nValue:"},
			{"rawman", "", "200 Response: Error\r\nMessage: Missing action in request"},
			{"rawman", "action=login&username=low&secret=low", "200 Response: Success\r\nMessage: Already authenticated"},
			{"mxml", "action=getvar&variable=%3CA%3E", "200 <ajax-response>\n<response type='object' id='unknown'><generic " +
				"response='Success' variable='&lt;A&gt;' value='' /></response>\n</ajax-response>"},
		} {
			if got := b.asks(row[0], row[1]); got != row[2] {
				t.Errorf("%s %s: %q, want %q", row[0], row[1], got, row[2])
			}
		}
		page := b.asks("manager", "action=getvar&variable=A")
		if !strings.Contains(page, "<tr><td>Variable</td><td>A</td></tr>\n") || strings.Contains(page, "name=\"secret\"") {
			t.Errorf("page: %s", page)
		}
		if n := len(w.srv.Sessions()); n != 1 {
			t.Errorf("%d sessions", n)
		}
		if got := b.asks("rawman", "action=waitevent&timeout=1"); !strings.HasSuffix(got, "Event: WaitEventComplete") {
			t.Errorf("waitevent: %q", got)
		}
		if got := b.asks("rawman", "action=logoff"); got != "200 Response: Goodbye\r\nMessage: Thanks for all the fish." {
			t.Errorf("logoff: %q", got)
		}
		if got := b.asks("rawman", "action=ping"); got != "401 stale" {
			t.Errorf("the nonce of an ended session: %s", got)
		}
		if r := b.send("PUT", "rawman", "action=ping", ""); r.StatusCode != http.StatusNotImplemented {
			t.Errorf("PUT: %d", r.StatusCode)
		}
	})
}

// A nonce is taken with higher counts only, from the user who had it first, and where it is ours.
func TestWebDigestNonces(t *testing.T) {
	digestWorld(t, func(w *world, as func(user, password string) *browser) {
		pong := func(what, got string) {
			t.Helper()
			if !strings.HasPrefix(got, "200 Response: Success\r\nPing: Pong") {
				t.Errorf("%s: %s", what, got)
			}
		}
		stale := func(what, got string) {
			t.Helper()
			if got != "401 stale" {
				t.Errorf("%s: %s", what, got)
			}
		}
		b := as("admin", "secret")
		pong("first", b.asks("rawman", "action=ping"))
		b.count += 5
		pong("counts left out", b.asks("rawman", "action=ping"))
		b.count--
		first := b.challenge
		stale("a count again", b.asks("rawman", "action=ping"))
		pong("the new nonce", b.asks("rawman", "action=ping"))

		b.challenge, b.count = first, 100
		pong("the old session goes on", b.asks("rawman", "action=ping"))
		other := as("low", "low")
		other.challenge, other.count = first, 200
		stale("the nonce of another user", other.asks("rawman", "action=ping"))

		forged := as("admin", "secret")
		forged.challenge = auth.Digest{"realm": "asterisk", "nonce": "12345678", "qop": "auth"}
		stale("a nonce that is not ours", forged.asks("rawman", "action=ping"))
		stale("one that is ours, changed", func() string {
			n := forged.challenge["nonce"]
			forged.challenge["nonce"] = strings.Repeat("0", 12) + n[12:]
			return forged.asks("rawman", "action=ping")
		}())

		old := as("admin", "secret")
		old.send("GET", "rawman", "", "")
		time.Sleep(w.srv.Config().AuthTimeout + time.Second)
		stale("one that nobody used in time", old.asks("rawman", "action=ping"))
		pong("before httptimeout", b.asks("rawman", "action=ping"))
		time.Sleep(2 * time.Minute)
		stale("after httptimeout", b.asks("rawman", "action=ping"))

		plain := as("admin", "secret") // RFC 2069: no counts, so each nonce serves once
		plain.send("GET", "rawman", "", "")
		delete(plain.challenge, "qop")
		once := plain.challenge
		pong("without qop", plain.asks("rawman", "action=ping"))
		plain.challenge = once
		stale("without qop, again", plain.asks("rawman", "action=ping"))

		gone := as("admin", "secret") // logged off: what was seen on the wire is no login
		gone.send("GET", "rawman", "", "")
		seen := auth.Credentials{User: "admin", Password: "secret"}.Answer(gone.challenge, "GET", "/arawman", 1)
		pong("once", said(gone.send("GET", "rawman", "action=ping", seen)))
		gone.count = 1
		gone.asks("rawman", "action=logoff")
		time.Sleep(time.Second)
		stale("after the logoff", said(gone.send("GET", "rawman", "action=ping", seen)))
	})
}

// Who is not let in: it takes its time, is told as for other logins, and nothing is kept of it.
func TestWebDigestRefused(t *testing.T) {
	digestWorld(t, func(w *world, as func(user, password string) *browser) {
		for _, row := range []struct{ user, password, want, event string }{
			{"admin", "wrong", "401", "ChallengeResponseFailed"}, {"nobody", "x", "401", "InvalidAccountID"},
			{"none", "", "401", "InvalidAccountID"}, {"far", "far", "403", "FailedACL"}, {"admin", "secret", "200", "SuccessfulAuth"},
		} {
			w.safety = nil
			begun := time.Now()
			got := as(row.user, row.password).asks("rawman", "action=ping")
			if !strings.HasPrefix(got, row.want) || strings.Contains(got, "stale") {
				t.Errorf("%s: %s, want %s", row.user, got, row.want)
			}
			if d := time.Since(begun); (d >= failPause) != (row.want != "200") {
				t.Errorf("%s: after %s", row.user, d)
			}
			if len(w.safety) != 1 || !strings.HasPrefix(w.safety[0], `SecurityEvent="`+row.event+`"`) {
				t.Errorf("%s: %v", row.user, w.safety)
			}
		}
		b := as("admin", "secret")
		for _, text := range []string{"Basic YWRtaW46c2VjcmV0", "Digest", "Digest foo", `Digest username="admin"`} {
			if got := said(b.send("GET", "rawman", "action=ping", text)); got != "401" {
				t.Errorf("%s: %s", text, got)
			}
		}
		b.site = "cross-site"
		if got := b.asks("rawman", "action=ping"); got != "403" {
			t.Errorf("a page of another site: %s", got)
		}
		if n := len(w.srv.Sessions()); n != 1 {
			t.Errorf("%d sessions", n)
		}
	})
}

// allowmultiplelogin=no does not concern it, and sessions make room for new ones.
func TestWebDigestLimits(t *testing.T) {
	digestWorld(t, func(w *world, as func(user, password string) *browser) {
		conf := *w.srv.Config()
		conf.HTTPSessionLimit, conf.HTTPSourceLimit = 5, 3
		w.srv.SetConfig(conf)
		_, cookie := w.web("rawman", "", "action=login&username=admin&secret=secret")
		for range 20 {
			if got := as("once", "once").asks("rawman", "action=ping"); !strings.HasPrefix(got, "200 ") {
				t.Error(got)
			}
			time.Sleep(time.Second)
		}
		if n := len(w.srv.Sessions()); n != 1+3 {
			t.Errorf("%d sessions", n)
		}
		if got, _ := w.web("rawman", cookie, "action=ping"); !strings.Contains(got, "Pong") {
			t.Errorf("the session of the cookie: %s", got)
		}
		b := as("admin", "secret")
		b.from = "192.0.2.2:1"
		b.asks("rawman", "action=ping")
		if got, _ := w.web("rawman", b.challenge["nonce"], "action=ping"); !strings.Contains(got, "Permission denied") {
			t.Errorf("a nonce is no cookie: %s", got)
		}
	})
}

// No Authorization of a stranger is more than a challenge.
func FuzzWebDigest(f *testing.F) {
	s := &Server{digests: map[string]*session{}}
	for _, text := range []string{"", `Digest username="admin", nonce="` + s.nonce() + `", response="x", qop=auth, nc=00000001`, "Basic x",
		`Digest username="none", realm="asterisk", nonce="", uri="/", response=""`} {
		f.Add(text)
	}
	c := DefaultConfig()
	c.Users["admin"] = &User{Name: "admin", Secret: "5ecret"}
	c.Users["none"] = &User{Name: "none"}
	s.cfg.Store(&c)
	f.Fuzz(func(t *testing.T, text string) {
		d, ok := readCredentials(text)
		if !ok {
			return
		}
		_, event, _ := s.judge(d["username"], netip.Addr{}, proofOf(d, "GET"))
		if event == "" {
			t.Errorf("%q is let in", text)
		}
		s.mint(d["nonce"])
	})
}
