package calls

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/testkit"
)

const shownPlan = `[inside]
exten => 100,1,NoOp
exten => 610,1,Answer()
same => n,Wait(60)
exten => _9X.,1,NoOp
include => inner
ignorepat => 9
switch => Local/inner@inner
[inner]
exten => _X!,1,NoOp
`

// What "dialplan show EXTEN@CONTEXT" lists beside the extensions: ignorepats that the number has passed, switches always, and no
// empty line before an included context (seen on Asterisk 20.20.1).
func TestDialplanShowExten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, baseSIP, shownPlan, testkit.Faults{})
		const office, inner = "[ Context 'inside' created by 'pbx_config' ]\n", "[ Included context 'inner' created by 'pbx_config' ]\n"
		for asked, want := range map[string]string{
			"100": office + "'100' 1. NoOp()\n" + inner + "'_X!' 1. NoOp()\n\nswitch\n\n-= 2 extensions (2 priorities) in 2 contexts. =-\n",
			"9":   inner + "'_X!' 1. NoOp()\n\nswitch\n-= 1 extension (1 priority) in 1 context. =-\n",
			"915": office + "'_9X.' 1. NoOp()\n" + inner +
				"'_X!' 1. NoOp()\n\nignorepat\nswitch\n\n-= 2 extensions (2 priorities) in 2 contexts. =-\n",
			"nope": "switch\nThere is no existence of nope@inside extension\nCommand 'dialplan show nope@inside' failed.\n",
		} {
			var got strings.Builder
			for l := range strings.Lines(w.console("dialplan show " + asked + "@inside")) {
				f := strings.Fields(l)
				switch {
				case strings.Contains(l, "Ignore pattern"):
					l = "ignorepat\n"
				case strings.Contains(l, "Alt. Switch"):
					l = "switch\n"
				case strings.Contains(l, "=>"):
					l = f[0] + " " + f[2] + " " + f[3] + "\n"
				}
				got.WriteString(l)
			}
			if got.String() != want {
				t.Errorf("%s:\n%s\nwant\n%s", asked, got.String(), want)
			}
		}
		w.stop()
	})
}

// What "sip show channels" lists: the user that a call is to, or whom its peer is known as; the last request, no response; the
// codec before it is answered too (seen on Asterisk 20.20.1).
func TestSIPShowChannels(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, baseSIP+"[out]\ntype=peer\nhost=10.0.0.12\nport=5062\ndefaultuser=known\n[dora]\ntype=user\ncontext=inside\n",
			"[inside]\nexten => 1,1,Dial(SIP/1002)\nexten => 2,1,Dial(SIP/1002/77)\nexten => 3,1,Dial(SIP/out)\nexten => 4,1,Dial(SIP/out/55)\n"+
				"exten => 5,1,Dial(SIP/12@10.0.0.12:5062)\nexten => 6,1,Dial(SIP/10.0.0.12:5062)\n", testkit.Faults{})
		defer w.stop()
		a, b, o := w.phone("1001", "one", "10.0.0.11:5060"), w.phone("1002", "two", "10.0.0.12:5060"), w.phone("out", "", "10.0.0.12:5062")
		for p, user := range map[*testkit.Phone]string{a: "me", b: "b-contact"} {
			if status, _, err := p.RegisterWith(fmt.Sprintf("Contact: <sip:%s@%s>\r\nExpires: 300\r\n", user, p.Addr())); status != 200 {
				t.Fatal(status, err)
			}
		}
		if got := w.console("sip show peer 1001"); !strings.Contains(got, "Expire       : 310") {
			t.Errorf("Expire of a phone that has just registered, which is kept ten seconds longer: %s", got)
		}
		shown := func(host string) (row string) {
			for l := range strings.Lines(w.console("sip show channels")) {
				if f := strings.Fields(l); f[0] == host {
					row = strings.Join(append(f[1:2], f[3:]...), " ") // without the Call-ID
				}
			}
			return row
		}
		for _, c := range []struct {
			number     string
			rings      *testkit.Phone
			user, peer string
		}{{"1", b, "b-contact", "1002"}, {"2", b, "77", "1002"}, {"3", o, "known", "out"}, {"4", o, "55", "out"}, {"5", o, "12", "<guest>"},
			{"6", o, "(None)", "<guest>"}} {
			ac := a.Dial(c.number)
			bc := answered(t, c.rings)
			bc.Ring()
			time.Sleep(time.Second)
			if got, want := shown("10.0.0.12"), c.user+" (ulaw) No Init: INVITE "+c.peer; got != want {
				t.Errorf("%s: %q, want %q", c.number, got, want)
			}
			if got := shown("10.0.0.11"); got != "me (ulaw) No Rx: INVITE 1001" {
				t.Errorf("who calls %s: %q", c.number, got)
			}
			bc.Answer()
			ac.Wait("answered", 5*time.Second)
			time.Sleep(time.Second)
			if got := shown("10.0.0.12") + ", " + shown("10.0.0.11"); got != c.user+" (ulaw) No Tx: ACK "+c.peer+", me (ulaw) No Rx: ACK 1001" {
				t.Errorf("%s, answered: %q", c.number, got)
			}
			ac.Hangup()
			time.Sleep(40 * time.Second)
		}
		a.Close()
		b.Close()
		o.Close()
	})
}

// sip notify with types that are not there: said once, whatever the peers; one without the file. Names of types are taken in any
// case, and an empty section is none (seen on Asterisk 20.20.1).
func TestSIPNotifyWithoutTypes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		files := map[string]string{"sip.conf": baseSIP, "extensions.conf": baseExtensions}
		w := newWorldWith(t, files)
		if got := w.console("sip notify x 1001 1002"); got != "No sip_notify.conf file found, or no types listed there\nCommand 'sip notify x "+
			"1001 1002' failed.\n" {
			t.Errorf("without the file: %q", got)
		}
		w.stop()
		files["sip_notify.conf"] = "[empty]\n[Check]\nEvent=>check-sync\n"
		w = newWorldWith(t, files)
		defer w.stop()
		for _, kind := range []string{"x", "empty"} {
			if got := w.console("sip notify " + kind + " 1001 1002"); got != "Unable to find notify type '"+kind+"'\nCommand 'sip notify "+kind+
				" 1001 1002' failed.\n" {
				t.Errorf("%q", got)
			}
		}
		if got := w.console("sip notify cHECK 1001 x"); got != "Could not create address for '1001'\nCould not create address for 'x'\n" {
			t.Errorf("%q", got)
		}
	})
}

// Commands about what Asterisk chooses from or counts, and what is one thing here.
func TestMatchingCommands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, baseSIP, baseExtensions, testkit.Faults{})
		defer w.stop()
		const pattern = " pattern match algorithm for extension names in the dialplan.\n"
		for _, row := range [][2]string{
			{"dialplan set extenpatternmatchnew true", "\n    -- Switched to using the NEW" + pattern},
			{"dialplan set extenpatternmatchnew true", "\n    -- Still using the NEW" + pattern},
			{"dialplan set extenpatternmatchnew false", "\n    -- Switched to using the OLD" + pattern},
			{"dialplan set extenpatternmatchnew false", "\n    -- Still using the OLD" + pattern},
			{"core show profile", "profile values (0, allocated 0)\n-------------------\n    ID      Scale      Events        Value      " +
				"Average  Name\n"},
			{"core clear profile", ""}, {"keys init", ""},
			{"keys show", "Key Name           Type     Status           Sum                              \n------------------ -------- " +
				"---------------- -------------------------------- \n\n0 known RSA keys.\n"},
		} {
			if got := w.console(row[0]); got != row[1] {
				t.Errorf("%s: %q, want %q", row[0], got, row[1])
			}
		}
	})
}
