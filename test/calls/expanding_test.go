package calls

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/testkit"
)

// What a channel and its record show while the arguments of a step are worked out: no application
// runs then, and the record is at the step that ran last (asked of Asterisk 20.20.1).
func TestWhileArgumentsAreWorkedOut(t *testing.T) {
	const plan = `[inside]
exten => 1,1,Set(GLOBAL(a)=${CDR(dst)})
same => n,Goto(inside,2,1)
exten => 2,1,Set(GLOBAL(b)=${CDR(dst)} ${CDR(lastapp)} [${CHANNEL(appname)}${CHANNEL(appdata)}])
same => n,Gosub(sub,s,1)
same => n,Set(GLOBAL(d)=${CDR(dst)}@${CDR(dcontext)} [${CHANNEL(appname)}])
same => n,Set(GLOBAL(e)=${LEN(${ENTITYID})})
[sub]
exten => s,1,Set(GLOBAL(c)=${CDR(dst)}@${CDR(dcontext)} [${CHANNEL(appname)}])
same => n,Return()
`
	inPlan(t, plan, func(w *world, a *testkit.Phone) {
		a.Dial("1").Wait("603", 3*time.Second)
		for name, want := range map[string]string{"a": "1", "b": "1 Goto []", "c": "2@inside []", "d": "s@sub []", "e": "17"} {
			if got := w.global(name); got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
	})
}

// Texts of a record are no longer than Asterisk's: 79 bytes, 255 of the user's.
func TestLongTextsOfRecords(t *testing.T) {
	long := strings.Repeat("0123456789", 30)
	plan := "[inside]\nexten => 1,1,Set(CDR(userfield)=" + long + ")\nsame => n,Set(CHANNEL(accountcode)=" + long[:100] +
		")\nsame => n,NoOp(" + long[:100] + ")\nsame => n,Answer()\nsame => n,NoOp(" + long[:100] + ")\n"
	inPlan(t, plan, func(w *world, a *testkit.Phone) {
		a.Dial("1").Wait("BYE", 3*time.Second)
		time.Sleep(2 * time.Second)
		if got := recordsOf(w, 0, 8); len(got) != 1 || got[0] != long[:79]+"|"+long[:79] {
			t.Errorf("%q", got)
		}
	})
}

// inPlan has one phone in a world with that extensions.conf.
func inPlan(t *testing.T, plan string, f func(w *world, a *testkit.Phone)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, baseSIP, plan, testkit.Faults{})
		a := w.registered("1001", "one", "10.0.0.11:5060")
		f(w, a)
		synctest.Wait()
		w.stop()
		a.Close()
	})
}
