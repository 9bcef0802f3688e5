package calls

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/dialplan"
	"obelisk/internal/testkit"
)

// regcontext: a phone that is registered is an extension, until it goes; a reload of the
// dialplan keeps it, and what extensions.conf has is not touched.
func TestRegisteredPhonesAreExtensions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, configured("regcontext=phones\n", "", "regexten=20&7@inside&8@nowhere\n"),
			"[inside]\nexten => 1,1,Busy()\n[phones]\nexten => _100X,2,Answer()\nexten => 20,2,Answer()\n", testkit.Faults{})
		exists := func(context, exten string) bool {
			return w.sys.Core().Plan().Exists(context, exten, dialplan.Query{})
		}
		check := func(when, want string) {
			t.Helper()
			time.Sleep(100 * time.Millisecond)
			got := ""
			for _, x := range []string{"phones 1001", "phones 1002", "phones 20", "inside 7", "nowhere 8", "inside 1"} {
				if context, exten, _ := strings.Cut(x, " "); exists(context, exten) {
					got += x + ", "
				}
			}
			if got != want {
				t.Errorf("%s: %q, want %q", when, got, want)
			}
		}
		check("before", "inside 1, ")
		a, b := w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060")
		check("registered", "phones 1001, phones 20, inside 7, inside 1, ")
		var show strings.Builder
		w.sys.Console().Run(&show, "dialplan show 20@phones")
		if !strings.Contains(show.String(), "1. Noop(1002)                                 [SIP]") {
			t.Error(show.String())
		}
		if err := w.sys.Reload("dialplan"); err != nil {
			t.Fatal(err)
		}
		check("reloaded", "phones 1001, phones 20, inside 7, inside 1, ")
		b.Register(0)
		check("one has gone", "phones 1001, inside 1, ")
		time.Sleep(10 * time.Minute)
		check("its time has run out", "inside 1, ")
		a.Register(300)
		check("back", "phones 1001, inside 1, ")
		w.write("sip.conf", baseSIP)
		if err := w.sys.Reload("sip"); err != nil {
			t.Fatal(err)
		}
		check("without regcontext", "inside 1, ")
		a.Close()
		b.Close()
		w.stop()
	})
}

// regextenonqualify: while the phone does not answer, it is no extension; a host of a fixed
// address is one while it does.
func TestRegextenOnQualify(t *testing.T) {
	for general, want := range map[string]string{"regextenonqualify=yes\n": "yes yes no no", "": "yes no yes no"} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, configured("regcontext=phones\nqualify=yes\n"+general, "", "host=10.0.0.12\n"), "[inside]\nexten => 1,1,Busy()\n",
				testkit.Faults{})
			a, b := w.registered("1001", "one", "10.0.0.11:5060"), w.phone("1002", "two", "10.0.0.12:5060")
			got := ""
			look := func() {
				time.Sleep(time.Minute + 20*time.Second)
				for _, exten := range []string{"1001", "1002"} {
					if w.sys.Core().Plan().Exists("phones", exten, dialplan.Query{}) {
						got += "yes "
					} else {
						got += "no "
					}
				}
			}
			look()
			a.Close()
			b.Close()
			look()
			if got = strings.TrimSpace(got); got != want {
				t.Errorf("%q: %s, want %s", general, got, want)
			}
			w.stop()
		})
	}
}

// Two phones with one extension: it is there while one of them is.
func TestSharedRegexten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, configured("regcontext=phones\n", "regexten=5\n", "regexten=5\n"), "[inside]\nexten => 1,1,Busy()\n", testkit.Faults{})
		a, b := w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060")
		for i, want := range []bool{true, true, false} {
			time.Sleep(time.Second)
			if got := w.sys.Core().Plan().Exists("phones", "5", dialplan.Query{}); got != want {
				t.Errorf("step %d: %v", i, got)
			}
			[]*testkit.Phone{a, b, b}[i].Register(0)
		}
		a.Close()
		b.Close()
		w.stop()
	})
}
