package calls

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/testkit"
)

// endings are what the manager hears of the end of calls: event, extension and application, cause.
func endings(text string) string {
	var out []string
	for _, block := range strings.Split(text, "\r\n\r\n") {
		if strings.Contains(block, "Channel: SIP/1002") { // who was called
			continue
		}
		field := func(name string) string {
			m := regexp.MustCompile(`(?m)^` + name + `: (.*?)\r?$`).FindStringSubmatch(block)
			if m == nil {
				return ""
			}
			return m[1]
		}
		switch e := field("Event"); e {
		case "HangupRequest", "SoftHangupRequest", "Hangup":
			out = append(out, e+"("+field("Cause")+")")
		case "MusicOnHoldStop":
			out = append(out, e)
		case "Newexten":
			if field("Extension") == "h" {
				out = append(out, "h:"+field("AppData"))
			}
		}
	}
	return strings.Join(out, " ")
}

// A BYE and a hang-up of the manager have no cause of their own: the channel keeps what it has, in
// HANGUPCAUSE and in the events. The music of a channel ends at once where its party has gone, and after
// "h" where its own dialplan ends the call. All as Asterisk 20 does it.
func TestWhatIsSaidOfTheEnd(t *testing.T) {
	const plan = "[inside]\nexten => _1X,1,Answer()\nsame => n,StartMusicOnHold()\nsame => n,Wait(${EXTEN:1})\nsame => n,Hangup()\n" +
		"exten => 20,1,Dial(SIP/1002)\nexten => 30,1,Answer()\nsame => n,BridgeWait()\nexten => h,1,NoOp(${HANGUPCAUSE})\n"
	bye := func(_ *world, _ *client, x *testkit.Call) { x.Hangup() }
	asks := func(lines string) func(*world, *client, *testkit.Call) {
		return func(_ *world, c *client, _ *testkit.Call) { c.send("Action: Hangup\r\n%sChannel: /^SIP/", lines) }
	}
	for name, c := range map[string]struct {
		exten string
		end   func(w *world, c *client, x *testkit.Call)
		want  string
	}{
		"the caller leaves":       {"19", bye, "HangupRequest() MusicOnHoldStop SoftHangupRequest(16) h:0 Hangup(0)"},
		"its dialplan hangs up":   {"11", func(*world, *client, *testkit.Call) {}, "SoftHangupRequest(16) h:16 MusicOnHoldStop Hangup(16)"},
		"a program hangs up":      {"19", asks(""), "MusicOnHoldStop SoftHangupRequest(16) h:0 Hangup(0)"},
		"a program gives a cause": {"19", asks("Cause: 17\r\n"), "MusicOnHoldStop SoftHangupRequest(16) h:17 Hangup(17)"},
		"the console": {"19", func(w *world, _ *client, _ *testkit.Call) { w.console("channel request hangup all") },
			"SoftHangupRequest(32) MusicOnHoldStop SoftHangupRequest(16) h:0 Hangup(0)"},
		"the caller leaves a room":   {"30", bye, "HangupRequest() MusicOnHoldStop SoftHangupRequest(16) h:16 Hangup(16)"},
		"the caller leaves a callee": {"20", bye, "HangupRequest(16) SoftHangupRequest(16) h:16 Hangup(16)"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorldWith(t, map[string]string{"sip.conf": baseSIP, "extensions.conf": plan, "manager.conf": managerConf,
					"musiconhold.conf": "[default]\nmode=files\ndirectory=" + melody(t) + "\n"})
				m, a, b := w.client("admin", "secret"), w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060")
				m.read(time.Second)
				x := a.Dial(c.exten)
				if c.exten == "20" {
					(<-b.Incoming).Answer()
				}
				x.Wait("200", time.Second)
				time.Sleep(time.Second / 2)
				c.end(w, m, x)
				if got := endings(m.read(5 * time.Second)); got != c.want {
					t.Errorf("%s\nnot %s", got, c.want)
				}
				w.stop()
				a.Close()
				b.Close()
			})
		})
	}
}

// melody is a folder with a file to hear.
func melody(t *testing.T) string {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "one.sln"), make([]byte, 16000), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}
