package calls

import (
	"strings"
	"testing"
	"time"

	"obelisk/internal/testkit"
)

// Who calls, as the callee's INVITE tells it: From, Remote-Party-ID,
// P-Asserted-Identity and Privacy, by what both endpoints are trusted with.
func TestCallerIdentity(t *testing.T) {
	const (
		rpid        = "Remote-Party-ID: \"Reception\" <sip:555@10.0.0.11>;party=calling;privacy=off;screen=yes\r\n"
		rpidPrivate = "Remote-Party-ID: \"Reception\" <sip:555@10.0.0.11>;privacy=full\r\n"
		pai         = "P-Asserted-Identity: \"Desk\" <sip:556@10.0.0.11>\r\n"
		anonymous   = "\"Anonymous\" <sip:anonymous@anonymous.invalid>"
	)
	for name, c := range map[string]struct {
		caller, callee, headers string // options, options, of the INVITE
		from                    string // "name" <sip:number@
		rpid, pai, privacy      string
	}{
		"not trusted":             {"", "", rpid + pai, `"Alice" <sip:1001@`, "", "", ""},
		"RPID trusted":            {"trustrpid=yes", "", rpid + pai, `"Reception" <sip:555@`, "", "", ""},
		"PAI trusted":             {"trustrpid=yes", "", pai, `"Desk" <sip:556@`, "", "", ""},
		"trusted without headers": {"trustrpid=yes", "", "", `"Alice" <sip:1001@`, "", "", ""},
		"PAI of tel:":             {"trustrpid=yes", "", "P-Asserted-Identity: <tel:+4930123>\r\n", `<sip:+4930123@`, "", "", ""},
		"sent as RPID": {"", "sendrpid=yes", "", `"Alice" <sip:1001@`,
			`"Alice" <sip:1001@10.0.0.1>;party=calling;privacy=off;screen=no`, "", ""},
		"sent as PAI": {"", "sendrpid=pai", "", `"Alice" <sip:1001@`, "", `"Alice" <sip:1001@10.0.0.1>`, ""},
		"RPID goes on": {"trustrpid=yes", "sendrpid=yes", rpid, `"Reception" <sip:555@`,
			`"Reception" <sip:555@10.0.0.1>;party=calling;privacy=off;screen=yes`, "", ""},
		"private, RPID": {"trustrpid=yes", "sendrpid=rpid", rpidPrivate, anonymous,
			`"Reception" <sip:555@anonymous.invalid>;party=calling;privacy=full;screen=no`, "", ""},
		"private, RPID, trusted": {"trustrpid=yes", "sendrpid=rpid\ntrust_id_outbound=yes", rpidPrivate, anonymous,
			`"Reception" <sip:555@10.0.0.1>;party=calling;privacy=full;screen=no`, "", ""},
		"private, RPID, nothing": {"trustrpid=yes", "sendrpid=rpid\ntrust_id_outbound=no", rpidPrivate, anonymous, "", "", ""},
		"private and screened": {"trustrpid=yes", "sendrpid=rpid", strings.Replace(rpidPrivate, "full", "FULL;screen=Yes", 1), anonymous,
			`"Reception" <sip:555@anonymous.invalid>;party=calling;privacy=full;screen=yes`, "", ""},
		"callingpres, passed": {"callingpres=allowed_passed_screen", "sendrpid=rpid", "", `"Alice" <sip:1001@`,
			`"Alice" <sip:1001@10.0.0.1>;party=calling;privacy=off;screen=yes`, "", ""},
		"callingpres, failed": {"callingpres=2", "sendrpid=rpid", "", `"Alice" <sip:1001@`,
			`"Alice" <sip:1001@10.0.0.1>;party=calling;privacy=off;screen=no`, "", ""},
		"callingpres, network": {"callingpres=allowed", "sendrpid=rpid", "", `"Alice" <sip:1001@`,
			`"Alice" <sip:1001@10.0.0.1>;party=calling;privacy=off;screen=yes`, "", ""},
		"callingpres, prohibited": {"callingpres=prohib_passed_screen", "sendrpid=rpid\ntrust_id_outbound=yes", "", anonymous,
			`"Alice" <sip:1001@10.0.0.1>;party=calling;privacy=full;screen=yes`, "", ""},
		"callingpres, no number": {"callingpres=unavailable", "sendrpid=rpid\ntrust_id_outbound=yes", "", anonymous,
			`"Alice" <sip:1001@10.0.0.1>;party=calling`, "", ""},
		"private, PAI": {"trustrpid=yes", "sendrpid=pai", rpidPrivate, anonymous, "", anonymous, ""},
		"private, PAI, trusted": {"trustrpid=yes", "sendrpid=pai\ntrust_id_outbound=yes", pai + "Privacy: id\r\n", anonymous, "",
			`"Desk" <sip:556@10.0.0.1>`, "id"},
		"private, PAI, nothing": {"trustrpid=yes", "sendrpid=pai\ntrust_id_outbound=no", pai + "Privacy: id\r\n", anonymous, "", "", ""},
		"anonymous comes in":    {"trustrpid=yes", "sendrpid=yes", "P-Asserted-Identity: " + anonymous + "\r\n", anonymous, "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			sip := strings.NewReplacer("secret=one\n", "secret=one\n"+c.caller+"\n", "secret=two\n", "secret=two\n"+c.callee+"\n").Replace(baseSIP)
			inWorldOf(t, sip, func(w *world, a, b *testkit.Phone) {
				a.Headers = c.headers
				call := a.Dial("1002")
				in := answered(t, b)
				m := in.Invite()
				if from := m.Get("From"); !strings.HasPrefix(from, c.from) {
					t.Errorf("From: %s", from)
				}
				for header, want := range map[string]string{"Remote-Party-ID": c.rpid, "P-Asserted-Identity": c.pai, "Privacy": c.privacy} {
					if got := m.Get(header); got != want {
						t.Errorf("%s: %s, want %s", header, got, want)
					}
				}
				in.Ring()
				time.Sleep(100 * time.Millisecond)
				call.Cancel()
				in.Wait("CANCEL", time.Second)
				time.Sleep(time.Second)
			})
		})
	}
}

// call-limit: one call more is refused, to and from the endpoint, and an ended call
// makes room.
func TestCallLimit(t *testing.T) {
	sip := strings.Replace(baseSIP, "secret=one\n", "secret=one\ncall-limit=2\n", 1)
	inWorldOf(t, sip, func(w *world, a, b *testkit.Phone) {
		first, second := a.Dial("600"), a.Dial("600")
		if !first.Wait("200", time.Second) || !second.Wait("200", time.Second) {
			t.Fatal("two calls are allowed")
		}
		if got := heard(a.Dial("600"), time.Second); got != "480" {
			t.Errorf("the third: %s", got)
		}
		if got := heard(b.Dial("1001"), 3*time.Second); got != "100 503" { // CHANUNAVAIL, seen with chan_sip
			t.Errorf("a call to it: %s", got)
		}
		first.Hangup()
		time.Sleep(time.Second)
		out := b.Dial("1001")
		in := answered(t, a)
		in.Answer()
		if !out.Wait("200", time.Second) {
			t.Error("a call to it after one has ended")
		}
		if n := w.sys.Driver().InUse("1001"); n != 2 {
			t.Errorf("%d in use", n)
		}
		out.Hangup()
		second.Hangup()
		time.Sleep(time.Second)
		if n := w.sys.Driver().InUse("1001"); n != 0 {
			t.Errorf("%d in use at the end", n)
		}
	})
}
