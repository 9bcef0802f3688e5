package calls

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/testkit"
)

func TestTwoPhonesTalk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, baseSIP, baseExtensions, testkit.Faults{})
		a, b := w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060")
		call := a.Dial("1002")
		in := answered(t, b)
		in.Ring()
		if !call.Wait("180", time.Second) {
			t.Fatal("no 180")
		}
		in.Answer()
		if !call.Wait("200", time.Second) || !in.Wait("ACK", time.Second) {
			t.Fatal("not connected")
		}
		if id := in.Invite().Get("Call-ID"); id == call.ID {
			t.Error("both legs have one Call-ID")
		}
		if from := in.Invite().Get("From"); !strings.HasPrefix(from, `"Alice" <sip:1001@10.0.0.1>;tag=as`) {
			t.Errorf("From %s", from)
		}
		call.Media.Tone(1000, time.Second)
		in.Media.Tone(440, time.Second)
		time.Sleep(1100 * time.Millisecond)
		if l := in.Media.Level(1000); l < 7000 || l > 8500 {
			t.Errorf("1 kHz at the callee: level %.0f", l)
		}
		if l := call.Media.Level(440); l < 7000 || l > 8500 {
			t.Errorf("440 Hz at the caller: level %.0f", l)
		}
		if s := call.Hangup(); s != 200 {
			t.Errorf("BYE answered %d", s)
		}
		if !in.Wait("BYE", time.Second) {
			t.Error("the callee got no BYE")
		}
		synctest.Wait()
		if v := w.verdict(call.ID); !strings.Contains(v, "was answered and lasted 1 s; SIP/1001-00000000 hung up") {
			t.Errorf("verdict: %s", v)
		}
		a.Close()
		b.Close()
		w.stop()
		if c := w.cdr(); !strings.Contains(c,
			`"","1001","1002","inside","""Alice"" <1001>","SIP/1001-00000000","SIP/1002-00000001","Dial","SIP/1002,20"`) ||
			!strings.Contains(c, `,1,1,"ANSWERED","DOCUMENTATION"`) {
			t.Errorf("CDR: %s", c)
		}
	})
}
