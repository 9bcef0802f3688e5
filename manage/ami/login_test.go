package ami

import (
	"crypto/md5"
	"encoding/hex"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// Who may log in, how, and what it opens.
func TestLogin(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.connected()
		p.refused([][2]string{
			{"Ping", "Permission denied"}, {"Nonsense", "Permission denied"}, {"", "Missing action in request"},
			{"Challenge", "Must specify AuthType"},
		})
		challenge := fields(p.ask("Action: Challenge\nAuthType: MD5"), "Challenge")
		sum := md5.Sum([]byte(challenge + "secret"))
		p.rows([][2]string{{"Login\nActionID: 7\nUsername: admin\nAuthType: md5\nKey: " + hex.EncodeToString(sum[:]),
			"Response: Success\nActionID: 7\nMessage: Authentication accepted\n\nEvent: FullyBooted\nPrivilege: system,all\n" +
				"Uptime: 0\nLastReload: ..."}})
		p.rows([][2]string{{"Login\nUsername: low", "Response: Success\nMessage: Already authenticated"}})
		if list := w.srv.Sessions(); len(list) != 1 || list[0].User != "admin" || list[0].Remote != "192.0.2.7:999" {
			t.Errorf("%+v", list)
		}
		p.rows([][2]string{{"Logoff", "Response: Goodbye\nMessage: Thanks for all the fish...."}})
		got := p.read(time.Second)
		synctest.Wait()
		if got != "(closed)" || len(w.srv.Sessions()) != 0 {
			t.Errorf("after the logoff: %q, %v", got, w.srv.Sessions())
		}
	})
}

// Who may not: the answer is the same for all, and comes after a second.
func TestRefusedLogins(t *testing.T) {
	inWorld(t, func(w *world) {
		for request, event := range map[string]string{"admin\nSecret: wrong": "InvalidPassword",
			"admin\nAuthType: MD5\nKey: 00": "ChallengeResponseFailed", "nobody\nSecret: x": "InvalidAccountID",
			"none": "InvalidAccountID", "far\nSecret: far": "FailedACL"} {
			p := w.connected()
			begun := time.Now()
			if got := p.ask("Action: Login\nUsername: " + request); got != "" {
				t.Errorf("%s is answered at once: %q", request, got)
			}
			if got := p.read(2 * time.Second); got != "Response: Error\r\nMessage: Authentication failed\r\n\r\n(closed)" ||
				time.Since(begun) > 2*time.Second {
				t.Errorf("%s: %q after %v", request, got, time.Since(begun))
			}
			w.mu.Lock()
			if last := w.safety[len(w.safety)-1]; !strings.Contains(last, `SecurityEvent="`+event+`"`) ||
				!strings.Contains(last, `RemoteAddress="IPV4/TCP/192.0.2.7/999"`) {
				t.Errorf("%s: %s", request, last)
			}
			w.mu.Unlock()
		}
		first := w.loggedIn("once")
		p := w.connected()
		if got := p.ask("Action: Login\nUsername: once\nSecret: once"); got != "Response: Error\r\nMessage: Login Already In Use\r\n\r\n(closed)" {
			t.Errorf("a second login: %q", got)
		}
		conf := *w.srv.Config()
		conf.SessionLimit = 1
		w.srv.SetConfig(conf)
		p = w.connected()
		if got := p.ask("Action: Login\nUsername: admin\nSecret: secret"); got != "Response: Error\r\nMessage: Too many sessions\r\n\r\n(closed)" {
			t.Errorf("one login more than sessionlimit: %q", got)
		}
		if _, _, refused, _, _ := w.srv.Counts(); refused != 1 {
			t.Errorf("%d logins were counted as refused", refused)
		}
		idle := w.connected()
		if got := idle.read(time.Minute); got != "(closed)" {
			t.Errorf("who does not log in within authtimeout has %q", got)
		}
		conf.Users = map[string]*User{} // a reload
		w.srv.SetConfig(conf)
		if got := first.read(time.Second); !strings.HasSuffix(got, "(closed)") {
			t.Errorf("a user who is gone has %q", got)
		}
	})
}

// What a user may do goes by his classes.
func TestRights(t *testing.T) {
	inWorld(t, func(w *world) {
		w.calls("desk", "wait")
		p := w.quiet("low")
		p.refused([][2]string{{"CoreNonsense", "Invalid/unknown command: CoreNonsense. Use Action: ListCommands to show available commands."},
			{"DBPut\nFamily: a\nKey: b", "Permission denied"}, {"Command\nCommand: x", "Permission denied"},
			{"Getvar\nVariable: SHELL(id)", "GetVar Access Forbidden: Variable"},
			{"Setvar\nVariable: FILE(/x)\nValue: 1", "Setvar Access Forbidden: Variable"},
			{"Status\nVariables: SHELL(id)", "Status Access Forbidden: Variables"},
			{"Originate\nChannel: Phone/desk\nApplication: System\nData: id", "Originate Access Forbidden: app or data blacklisted"},
			{"GetConfig\nFilename: manager.conf", "Config file not found"},
			{"CreateConfig\nFilename: extensions.conf", "File requires escalated privileges"},
			{"UpdateConfig\nSrcFilename: sip.conf\nDstFilename: manager.conf", "File requires escalated privileges"}})
		p.rows([][2]string{{"CreateConfig\nFilename: sip.conf", "Response: Success\nMessage: New configuration file created successfully"}})
		got := p.ask("Action: ListCommands")
		if !strings.Contains(got, "\r\nOriginate: Originate a call.  (Priv: originate,all)\r\n") || strings.Contains(got, "\r\nDBPut: ") ||
			!strings.Contains(got, "\r\nPing: Keepalive command.  (Priv: <none>)\r\n") {
			t.Errorf("%s", got)
		}
		if list := w.srv.Actions(); len(list) < 50 || list[0] != [3]string{"AbsoluteTimeout", "Set absolute timeout.", "system,call,all"} {
			t.Errorf("%d actions, the first is %v", len(list), list[0])
		}
	})
}

// Requests that are no lines, or too many, end the session.
func TestTooLong(t *testing.T) {
	inWorld(t, func(w *world) {
		for _, request := range []string{"Action: Ping\n" + strings.Repeat("X: 1\n", maxHeaders), "Action: " + strings.Repeat("x", maxLine)} {
			if got := w.quiet("admin").ask(request); got != "(closed)" {
				t.Errorf("%.20q: %q", request, got)
			}
		}
		p := w.quiet("admin")
		for n, want := range map[int]string{
			longLine: "Response: Success\r\nActionID: 7\r\nPing: Pong", longLine + 1: "Response: Error\r\nActionID: 7\r\nMessage: Failed to parse " +
				"message: line too long\r\n\r\n", 9000: "Response: Error\r\nActionID: 7\r\nMessage: Failed to parse message: line too long\r\n\r\n",
		} {
			if got := p.ask("Action: Ping\nActionID: 7\nX: " + strings.Repeat("x", n-3)); !strings.HasPrefix(got, want) {
				t.Errorf("%d octets: %q", n, got)
			}
		}
		p.conn.Write([]byte("action:ping\nactionid:  a b \n\n")) // without CR, any case
		if got := p.read(time.Second); !strings.HasPrefix(got, "Response: Success\r\nActionID: a b \r\nPing: Pong\r\nTimestamp: 9466848") {
			t.Errorf("%q", got)
		}
	})
}
