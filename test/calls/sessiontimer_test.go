package calls

import (
	"strings"
	"testing"
	"time"

	"obelisk/internal/testkit"
)

// sessionWorld is two phones with options for both endpoints.
func sessionWorld(t *testing.T, options string, f func(a, b *testkit.Phone)) {
	t.Helper()
	sip := strings.NewReplacer("secret=one\n", "secret=one\n"+options, "secret=two\n", "secret=two\n"+options).Replace(baseSIP)
	inWorldOf(t, sip, func(w *world, a, b *testkit.Phone) { f(a, b) })
}

// What an INVITE says of the session's interval, and what the answer says.
func TestSessionTimerAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		options, headers  string
		status            string
		expires, require  string // of the answer
		header, headerVal string
	}{
		"no word of it": {"", "", "200", "", "", "Supported", "replaces, timer"},
		"the phone refreshes": {"", "Supported: timer\r\nSession-Expires: 600;refresher=uac\r\n", "200", "600;refresher=uac", "timer", "",
			""},
		"we refresh": {"", "Supported: timer\r\nSession-Expires: 600;refresher=uas\r\n", "200", "600;refresher=uas", "timer", "",
			""},
		"nobody named": {"", "Require: timer\r\nSession-Expires: 600\r\n", "200", "600;refresher=uas", "timer", "", ""},
		"longer than ours": {"session-expires=1200\n", "Supported: timer\r\nSession-Expires: 3600\r\n", "200", "1200;refresher=uas",
			"timer", "", ""},
		"its Min-SE is above ours": {"session-expires=1200\n", "Supported: timer\r\nSession-Expires: 3600\r\nMin-SE: 1500\r\n", "200",
			"3600;refresher=uas", "timer", "", ""},
		"supported, without a time": {"", "Supported: timer\r\n", "200", "1800;refresher=uas", "timer", "", ""},
		"its Min-SE alone": {"session-expires=1200\n", "Supported: timer\r\nMin-SE: 1500\r\n", "200", "1500;refresher=uas", "timer", "",
			""},
		"a shorter Min-SE alone": {"session-expires=1200\n", "Supported: timer\r\nMin-SE: 100;x=y\r\n", "200", "1200;refresher=uas", "timer",
			"", ""},
		"Min-SE of who cannot":      {"session-timers=originate\n", "Min-SE: 3600\r\n", "200", "1800;refresher=uas", "", "", ""},
		"longer than there is time": {"", "Supported: timer\r\nSession-Expires: 99999999999999\r\n", "400", "", "", "", ""},
		"too short":                 {"", "Supported: timer\r\nSession-Expires: 60\r\n", "422", "", "", "Min-SE", "90"},
		"unreadable":                {"", "Supported: timer\r\nSession-Expires: soon\r\n", "400", "", "", "", ""},
		"unreadable, not supported": {"", "Session-Expires: soon\r\n", "200", "", "", "", ""},
		"unreadable Min-SE":         {"", "Supported: timer\r\nMin-SE: soon\r\n", "400", "", "", "", ""},
		"Min-SE of who has none":    {"", "Min-SE: soon\r\n", "200", "", "", "", ""},
		"refused, required": {"session-timers=refuse\n", "Require: timer\r\nSession-Expires: 600\r\n", "420", "", "", "Unsupported",
			"timer"},
		"refused, supported": {"session-timers=refuse\n", "Supported: timer\r\nSession-Expires: 600\r\n", "200", "", "", "Supported",
			"replaces"},
		"originated for who cannot": {"session-timers=originate\n", "", "200", "1800;refresher=uas", "", "", ""},
		"something else required":   {"", "Require: timer, gin\r\n", "420", "", "", "Unsupported", "gin"},
	} {
		t.Run(name, func(t *testing.T) {
			sessionWorld(t, c.options, func(a, b *testkit.Phone) {
				a.Headers = c.headers
				call := a.Dial("600")
				if !call.Wait(c.status, 2*time.Second) {
					t.Fatalf("no %s", c.status)
				}
				m := call.Response()
				if e, r := m.Get("Session-Expires"), m.Get("Require"); e != c.expires || r != c.require {
					t.Errorf("Session-Expires: %s, Require: %s", e, r)
				}
				if c.header != "" && m.Get(c.header) != c.headerVal {
					t.Errorf("%s: %s", c.header, m.Get(c.header))
				}
				if c.status == "200" {
					call.Hangup()
				}
			})
		})
	}
}

// How long a call lives: a refresher that falls silent ends it, one that refreshes
// keeps it.
func TestSessionTimerRuns(t *testing.T) {
	t.Run("the phone does not refresh", func(t *testing.T) {
		sessionWorld(t, "", func(a, b *testkit.Phone) {
			a.Headers = "Supported: timer\r\nSession-Expires: 600;refresher=uac\r\n"
			call, in := connected(t, a, b, "1002")
			begun := time.Now()
			if !call.Wait("BYE", time.Hour) || !in.Wait("BYE", time.Second) {
				t.Fatal("the call stays for ever")
			}
			if d := time.Since(begun); d < 567*time.Second || d > 570*time.Second {
				t.Errorf("it ended after %v", d)
			}
		})
	})
	t.Run("the phone refreshes", func(t *testing.T) {
		sessionWorld(t, "", func(a, b *testkit.Phone) {
			a.Headers = "Supported: timer\r\nSession-Expires: 600;refresher=uac\r\n"
			call, in := connected(t, a, b, "1002")
			for range 5 {
				time.Sleep(300 * time.Second)
				if status := call.Hold("sendrecv"); status != 200 || call.Response().Get("Session-Expires") != "600;refresher=uac" {
					t.Fatalf("the refresh got %d %s", status, call.Response().Get("Session-Expires"))
				}
			}
			if call.Over() {
				t.Error("the call has ended")
			}
			call.Hangup()
			in.Wait("BYE", time.Second)
		})
	})
	t.Run("we refresh", func(t *testing.T) {
		sessionWorld(t, "", func(a, b *testkit.Phone) {
			a.Headers = "Supported: timer\r\nSession-Expires: 200;refresher=uas\r\n"
			a.Session = "Session-Expires: 200;refresher=uac\r\n"
			call, in := connected(t, a, b, "1002")
			for i := range 5 {
				if !call.Wait("reINVITE", 101*time.Second) || !call.Wait("ACK", time.Second) {
					t.Fatalf("no refresh %d", i+1)
				}
			}
			call.Media.Tone(440, 200*time.Millisecond)
			time.Sleep(time.Second)
			if _, n := in.Media.Counts(); n < 9 {
				t.Errorf("after the refreshes %d packets came through", n)
			}
			call.Hangup()
			in.Wait("BYE", time.Second)
		})
	})
	t.Run("the callee wants it shorter than session-minse", func(t *testing.T) {
		sessionWorld(t, "session-minse=100\n", func(a, b *testkit.Phone) {
			for expires, stays := range map[string]bool{"99;refresher=uac": false, "soon": false, "100;refresher=uas": true} {
				b.Session = "Session-Expires: " + expires + "\r\n"
				_, in := connected(t, a, b, "1002")
				if ended := in.Wait("BYE", 5*time.Second); ended == stays {
					t.Errorf("Session-Expires %s: ended %v", expires, ended)
				}
				if stays {
					in.Hangup()
				}
				time.Sleep(time.Second)
			}
		})
	})
	t.Run("originated, and the callee wants it longer", func(t *testing.T) {
		sessionWorld(t, "session-timers=originate\nsession-expires=300\n", func(a, b *testkit.Phone) {
			b.Session = "Session-Expires: 3600;refresher=uas\r\n"
			call := a.Dial("1002")
			in := answered(t, b)
			if m := in.Invite(); m.Get("Session-Expires") != "300" || m.Get("Min-SE") != "90" || m.Get("Supported") != "replaces, timer" {
				t.Errorf("Session-Expires: %s, Min-SE: %s", m.Get("Session-Expires"), m.Get("Min-SE"))
			}
			if m := in.Again("422 Session Interval Too Small\r\nMin-SE: 3600"); m == nil || m.Get("Session-Expires") != "3600" ||
				m.Get("Min-SE") != "3600" {
				t.Fatalf("after 422: %v", m)
			}
			in.Answer()
			begun := time.Now()
			if !call.Wait("200", time.Second) || !in.Wait("BYE", 2*time.Hour) {
				t.Fatal("the callee never refreshed, and the call stays")
			}
			if d := time.Since(begun); d < 3567*time.Second || d > 3570*time.Second {
				t.Errorf("it ended after %v", d)
			}
		})
	})
}
