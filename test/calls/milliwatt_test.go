package calls

import (
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/testkit"
)

// Milliwatt plays until the call ends; o answers, which it does not do else.
func TestMilliwatt(t *testing.T) {
	for options, want := range map[string]struct {
		hz       float64
		answered bool
	}{"": {1004, false}, "o": {1000, true}, "m": {1004, false}} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, baseSIP, "[inside]\nexten => 1,1,Progress()\nsame => n,Milliwatt("+options+")\nexten => h,1,Set(GLOBAL(OVER)=yes)\n",
				testkit.Faults{})
			a := w.registered("1001", "one", "10.0.0.11:5060")
			call := a.Dial("1")
			if got := call.Wait("200", time.Second); got != want.answered {
				t.Errorf("%q: answered %v", options, got)
			}
			time.Sleep(2 * time.Second)
			if l := call.Media.Level(want.hz); l < 20000 {
				t.Errorf("%q: level %.0f", options, l)
			}
			if want.answered {
				call.Hangup()
			} else {
				call.Cancel()
			}
			time.Sleep(time.Second)
			if w.global("OVER") != "yes" {
				t.Errorf("%q: it does not end with the call", options)
			}
			a.Close()
			w.stop()
		})
	}
}
