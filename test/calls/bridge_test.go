package calls

import (
	"bytes"
	"runtime/pprof"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/testkit"
	"obelisk/pbx"
)

// working counts the goroutines that work channels.
func working() int {
	var b bytes.Buffer
	pprof.Lookup("goroutine").WriteTo(&b, 2)
	n := 0
	for _, stack := range strings.Split(b.String(), "\n\n") {
		if strings.Contains(stack, "pbx.(*Channel).drive") || strings.Contains(stack, "pbx.(*pairing)") {
			n++
		}
	}
	return n
}

// While two are bridged nobody works them, whatever leads there; news is served all the same,
// and the dialplan goes on behind Dial. Below another application the goroutine waits.
func TestBridgedCallHasNoGoroutine(t *testing.T) {
	for name, c := range map[string]struct {
		dial string
		held int
		want string
	}{
		"Dial":            {"Dial(Local/b@test/n,,g)", 0, "h/ANSWER 2/h/"},
		"in a subroutine": {"Gosub(call,1)", 0, "h/ANSWER 2/h/"},
		"ExecIf":          {"ExecIf(1?Dial(Local/b@test/n,,g))", 0, "h/ANSWER 2/h/"},
		"TryExec":         {"TryExec(Dial(Local/b@test/n,,g))", 1, "h/ANSWER 2/h/"},
		"Macro":           {"Macro(call)", 1, "h/ANSWER 2/h/"},
	} {
		t.Run(name, func(t *testing.T) {
			plan := "[test]\nexten => s,1,Answer()\nsame => n," + c.dial + "\nsame => n," + note("${DIALSTATUS} ${ANSWEREDTIME}") +
				"\nsame => n,Hangup()\n" +
				"exten => h,1," + note("h") + "\nexten => b,1,Answer()\nsame => n,Wait(2)\n" +
				"exten => call,1,Dial(Local/b@test/n,,g)\nsame => n,Return()\n[macro-call]\nexten => s,1,Dial(Local/b@test/n,,g)\n"
			out := ran(t, plan, func(w *world) {
				time.Sleep(time.Second)
				synctest.Wait()
				// Wait() of the Local channel's far half and of the call's other end have one each.
				if n := working(); n != 2+c.held {
					t.Errorf("%d goroutines work channels, want %d", n, 2+c.held)
				}
				for _, ch := range w.sys.Core().Channels() {
					if err := ch.Visit(func(c *pbx.Channel) { c.SetVar("SEEN", "1") }); err != nil {
						t.Errorf("%s: %v", ch.Name(), err)
					}
				}
			})
			if out != c.want {
				t.Errorf("%q, not %q", out, c.want)
			}
		})
	}
}

// A panic while two are bridged costs that call, and the switchboard nothing.
func TestPanicInABridge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, baseSIP, "[test]\nexten => s,1,Answer()\nsame => n,Dial(Local/b@test/n)\nexten => b,1,Answer()\nsame => n,Wait(60)\n"+
			"exten => h,1,"+note("h"), testkit.Faults{})
		core := w.sys.Core()
		core.Originate(pbx.Originate{Tech: "Local", Resource: "s@test/n", App: "Wait", Data: "60", Timeout: time.Minute})
		time.Sleep(time.Second)
		for _, ch := range core.Channels() {
			if v := ch.View(); v.App == "Dial" {
				ch.Visit(func(*pbx.Channel) { panic("a feature") })
			}
		}
		time.Sleep(2 * time.Second)
		if n, _, _ := core.Counts(); n != 0 || core.Panics() != 1 || !strings.Contains(w.global("OUT"), "h/") {
			t.Errorf("%d channels left, %d panics, %q", n, core.Panics(), w.global("OUT"))
		}
		w.stop()
	})
}
