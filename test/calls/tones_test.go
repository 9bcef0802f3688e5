package calls

import (
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/testkit"
)

// A caller who hears already hears ringing as a tone, until somebody answers.
func TestRingingIsHeard(t *testing.T) {
	for name, c := range map[string]struct {
		plan, event string
		hears       bool
	}{
		"after an answer":   {"exten => 1,1,Answer()\nsame => n,Dial(SIP/1002)\n", "200", true},
		"after Progress()":  {"exten => 1,1,Progress()\nsame => n,Dial(SIP/1002)\n", "183", true},
		"before all answer": {"exten => 1,1,Dial(SIP/1002)\n", "180", false},
	} {
		t.Run(name, func(t *testing.T) {
			inWorldOf(t, baseSIP, func(w *world, a, b *testkit.Phone) {
				w.write("extensions.conf", "[inside]\n"+c.plan)
				if err := w.sys.Reload("dialplan"); err != nil {
					t.Fatal(err)
				}
				call := a.Dial("1")
				in := answered(t, b)
				in.Ring()
				if !call.Wait(c.event, time.Second) {
					t.Fatalf("no %s", c.event)
				}
				time.Sleep(1500 * time.Millisecond)
				if l := call.Media.Level(440); (l > 2000) != c.hears {
					t.Errorf("the tone has %.0f", l)
				}
				in.Answer()
				time.Sleep(100 * time.Millisecond)
				_, n := call.Media.Counts()
				time.Sleep(time.Second)
				if _, more := call.Media.Counts(); more > n {
					t.Errorf("%d packets of the tone after the answer", more-n)
				}
				if !heardAt(in, call) {
					t.Error("they do not hear each other")
				}
				call.Hangup()
				in.Wait("BYE", time.Second)
			})
		})
	}
}

// tonezone: an endpoint hears the tones of its country.
func TestTonesOfACountry(t *testing.T) {
	const indications = "[general]\ncountry=us\n[us]\nbusy=480+620/500,0/500\n[de]\nbusy=425/480,0/480\nring=425/1000,0/4000\nbad=x\n"
	for name, c := range map[string]struct {
		options, plan string
		hz            float64
	}{
		"default":  {"", "exten => 1,1,Answer()\nsame => n,Busy(3)\n", 620},
		"tonezone": {"tonezone=de\n", "exten => 1,1,Answer()\nsame => n,Busy(3)\n", 425},
		"CHANNEL":  {"", "exten => 1,1,Set(CHANNEL(tonezone)=de)\nsame => n,Answer()\nsame => n,Busy(3)\n", 425},
		"unknown":  {"tonezone=xx\n", "exten => 1,1,Answer()\nsame => n,Busy(3)\n", 620},
		"Playtones": {"tonezone=de\n", "exten => 1,1,Answer()\nsame => n,Playtones(ring)\nsame => n,Wait(2)\nsame => n,StopPlaytones()\n" +
			"same => n,Wait(1)\n", 425},
		"a list":       {"", "exten => 1,1,Answer()\nsame => n,Playtones(700/5000)\nsame => n,Wait(2)\n", 700},
		"escaped":      {"", "exten => 1,1,Answer()\nsame => n,Playtones(700/400\\,0/20)\nsame => n,Wait(2)\n", 700},
		"fall-through": {"tonezone=de\n", "exten => 1,1,Answer()\nsame => n,Set(DIALSTATUS=BUSY)\n", 425},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorldWith(t, map[string]string{"sip.conf": configured("", c.options, ""), "extensions.conf": "[inside]\n" + c.plan,
					"indications.conf": indications})
				a := w.registered("1001", "one", "10.0.0.11:5060")
				call := a.Dial("1")
				call.Wait("200", time.Second)
				time.Sleep(900 * time.Millisecond)
				if l := call.Media.Level(c.hz); l < 1500 {
					t.Errorf("%.0f Hz has %.0f", c.hz, l)
				}
				call.Wait("BYE", 15*time.Second)
				time.Sleep(time.Minute)
				a.Close()
				w.stop()
			})
		})
	}
}
