package calls

import (
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/testkit"
)

const faxPlan = `[inside]
exten => 1,1,Answer()
 same => n,Wait(20)
 same => n,Set(GLOBAL(R)=waited)
exten => 2,1,Answer()
 same => n,Macro(menu)
exten => 3,1,Dial(SIP/1002)
exten => fax,1,Set(GLOBAL(R)=fax from ${FAXEXTEN})
 same => n,Wait(10)
[macro-menu]
exten => s,1,Wait(20)
 same => n,Set(GLOBAL(R)=waited)
[nofax]
exten => 1,1,Answer()
 same => n,Wait(20)
 same => n,Set(GLOBAL(R)=waited)
`

// faxdetect: the calling tone, or a wish for T.38, leads to the extension fax.
func TestFaxDetect(t *testing.T) {
	for name, c := range map[string]struct {
		options, dial string
		hz            float64 // 0: the phone asks for T.38
		want          string
	}{
		"tone":                 {"faxdetect=yes\n", "1", 1100, "fax from 1"},
		"cng":                  {"faxdetect=cng\n", "1", 1100, "fax from 1"},
		"in a macro":           {"faxdetect=cng\n", "2", 1100, "fax from s"},
		"in a bridge":          {"faxdetect=cng\n", "3", 1100, "fax from 3"},
		"another tone":         {"faxdetect=yes\n", "1", 1000, "waited"},
		"no such extension":    {"faxdetect=yes\ncontext=nofax\n", "1", 1100, "waited"},
		"off":                  {"faxdetect=no\n", "1", 1100, "waited"},
		"no line":              {"", "1", 1100, "waited"},
		"t38 alone, a tone":    {"faxdetect=t38\n", "1", 1100, "waited"},
		"t38":                  {"faxdetect=t38\nt38pt_udptl=yes\n", "1", 0, "fax from 1"},
		"cng alone, T.38":      {"faxdetect=cng\nt38pt_udptl=yes\n", "1", 0, "waited"},
		"T.38 and both":        {"faxdetect=cng,t38\nt38pt_udptl=yes\n", "1", 0, "fax from 1"},
		"T.38 without passing": {"faxdetect=yes\n", "1", 0, "waited"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, configured("", c.options, ""), faxPlan, testkit.Faults{})
				a, b := w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060")
				call := a.Dial(c.dial)
				if c.dial == "3" {
					in := answered(t, b)
					in.Answer()
					in.Wait("ACK", time.Second)
				}
				if !call.Wait("200", time.Second) {
					t.Fatal("not answered")
				}
				time.Sleep(time.Second)
				if c.hz > 0 {
					call.Media.Tone(c.hz, 500*time.Millisecond)
				} else {
					call.ReINVITE(call.FaxOffer())
				}
				call.Wait("BYE", 40*time.Second)
				if got, _ := w.sys.Core().Global("R"); got != c.want {
					t.Errorf("%q, want %q", got, c.want)
				}
				time.Sleep(time.Minute)
				a.Close()
				b.Close()
				w.stop()
			})
		})
	}
}
