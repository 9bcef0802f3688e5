package calls

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/testkit"
)

// StoreDTMF keeps the keys that a channel presses (RX), or that are sent to it (TX), while it talks; what the
// variable has goes before them and counts, as observed with Asterisk 20.20.1.
func TestStoreDTMF(t *testing.T) {
	for args, want := range map[string]string{"RX,D,3": "945", "RX,D": "9456#", "TX,D": "971", "TX,CDR(userfield)": "9", "RX,D,1": "9"} {
		t.Run(args, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorldWith(t, map[string]string{"sip.conf": strings.Replace(baseSIP, "[general]\n", "[general]\ndtmfmode=info\n", 1),
					"extensions.conf": "[inside]\nexten => 1,1,Set(D=9)\nsame => n,StoreDTMF(" + args + ")\nsame => n,Dial(SIP/1002,,g)\n" +
						"same => n,Set(GLOBAL(D)=${D})\nsame => n,Set(GLOBAL(U)=${CDR(userfield)})\n"})
				a, b := w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060")
				call, in := connected(t, a, b, "1")
				time.Sleep(100 * time.Millisecond)
				keyed(call, "456#")
				time.Sleep(time.Second)
				keyed(in, "71")
				time.Sleep(time.Second)
				in.Hangup()
				time.Sleep(time.Second)
				if got := w.global("D"); got != want {
					t.Errorf("%q, want %q", got, want)
				}
				if got := w.global("U"); strings.Contains(args, "CDR") != (got == "71") {
					t.Errorf("in the call record: %q", got)
				}
				w.stop()
				a.Close()
				b.Close()
			})
		})
	}
}

// Modules of one application have the names of Asterisk's files.
func TestNamesOfApplicationModules(t *testing.T) {
	inWorld(t, func(w *world, _, _ *testkit.Phone) {
		shown := w.console("module show")
		for _, name := range []string{"app_blind_transfer.so", "app_attended_transfer.so", "app_dtmfstore.so",
			"app_stream_echo.so", "app_echo.so"} {
			if !strings.Contains(shown, name) {
				t.Errorf("%s is not there", name)
			}
		}
	})
}
