package calls

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/testkit"
)

// The dialplan changed from the console, with the texts of a running Asterisk, saved and
// read again.
func TestDialplanEditedFromTheConsole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, baseSIP, `[general]
static=yes
writeprotect=no
[globals]
G1=a;no
G2=a\;b
[inside]
include => near,9:00-10:00,mon,*,*
ignorepat => 9
lswitch => Loopback/1${EXTEN}@far
exten => 12,hint,SIP/a
exten => 12,1(lab),NoOp(a,b\;c)
same => n(l2),Goto(1)
exten => 12/55,1,NoOp(cid)
exten => _9X./_5X,1,Dial(SIP/${EXTEN:1}@p,20)
exten => 5-55,1,Answer
[near]
exten => 1,1,NoOp(x)
`, testkit.Faults{})
		run := func(line string) string {
			var b strings.Builder
			w.sys.Console().Run(&b, line)
			return b.String()
		}
		failed := func(line, text string) string { return text + "\nCommand '" + line + "' failed.\n" }
		for _, row := range [][2]string{
			{"dialplan add extension 99,1,NoOp(hello) into inside", "Extension '99,1,NoOp(hello)' added into 'inside' context\n"},
			{"dialplan add extension 99,1,NoOp(hello) into inside", failed("dialplan add extension 99,1,NoOp(hello) into inside",
				"Extension 99@inside with priority 1 already exists")},
			{"dialplan add extension 99,1,Answer() into inside replace", "Extension 99@inside (1) replace by '99,1,Answer()'\n"},
			{"dialplan add extension 99,2,Wait,3 into inside", "Extension '99,2,Wait(3)' added into 'inside' context\n"},
			{"dialplan add extension 98,hint,SIP/x into inside", "Extension '98,hint,SIP/x' added into 'inside' context\n"},
			{"dialplan add extension 7,1,Goto(a,b,c) into new", "Context 'new' did not exist prior to add extension - the context will be " +
				"created.\nExtension '7,1,Goto(a,b,c)' added into 'new' context\n"},
			{"dialplan remove extension 4711@inside", failed("dialplan remove extension 4711@inside", "Failed to remove extension 4711@inside")},
			{"dialplan remove extension 99", failed("dialplan remove extension 99", "Missing extension or context name in third argument '99'")},
			{"dialplan remove extension 12@inside 2", "Extension 12@inside with priority 2 removed\n"},
			{"dialplan remove extension 12/55@inside", "Whole extension 12@inside removed\n"},
			{"dialplan add include new into inside", "Context 'new' included in 'inside' context\n"},
			{"dialplan add include new into inside", failed("dialplan add include new into inside",
				"Context 'new' already included in 'inside' context")},
			{"dialplan remove include near from inside", failed("dialplan remove include near from inside",
				"Failed to remove 'near' include from 'inside' context")},
			{"dialplan add ignorepat _8 into inside", "Ignore pattern '_8' added into 'inside' context\n"},
			{"dialplan remove ignorepat 9 from inside", "Ignore pattern '9' removed from 'inside' context\n"},
			{"dialplan remove ignorepat 9 from inside", failed("dialplan remove ignorepat 9 from inside",
				"There is no existence of '9' ignore pattern in 'inside' context")},
			{"dialplan remove context near", "Removed context 'near'\n"},
			{"dialplan remove context near", "There is no such context as 'near'\n"},
			{"dialplan debug new", "[ Context 'new' ]\n 7\n +       EXTEN:7 (1.)\n\n-= 1 context. =-\n"},
			{"dialplan save", "Dialplan successfully saved into '" + filepath.Join(w.dir, "extensions.conf") + "'\n"},
		} {
			if got := run(row[0]); got != row[1] {
				t.Errorf("%s:\n%s, want\n%s", row[0], got, row[1])
			}
		}
		p := w.registered("1001", "one", "10.0.0.11:5060")
		call := p.Dial("99")
		if !call.Wait("200", time.Second) {
			t.Error("the extension that was added does not run")
		}
		p.Close()
		time.Sleep(10 * time.Second)

		place := strings.NewReplacer("[pbx_config]", "", "[extensions.conf:", "")
		shown := func() (out []string) {
			for _, l := range strings.Split(place.Replace(run("dialplan show")), "\n") {
				out = append(out, strings.TrimRight(strings.TrimRight(l, "0123456789]"), " "))
			}
			return out
		}
		before, globals := shown(), run("dialplan show globals")
		if out := run("dialplan reload"); !strings.Contains(out, "Dialplan reloaded.") {
			t.Error(out)
		}
		if after := shown(); strings.Join(before, "\n") != strings.Join(after, "\n") {
			t.Errorf("saved:\n%s\nread again:\n%s", strings.Join(before, "\n"), strings.Join(after, "\n"))
		}
		if again := run("dialplan show globals"); again != globals {
			t.Errorf("globals %s, then %s", globals, again)
		}
		if old, err := os.ReadFile(filepath.Join(w.dir, "extensions.conf.old")); err != nil || !strings.Contains(string(old), "G1=a;no") {
			t.Errorf("the file that was there is not kept: %v", err)
		}
		w.write("extensions.conf", "[inside]\nexten => 1,1,NoOp()\n")
		run("dialplan reload")
		if got := run("dialplan save"); !strings.Contains(got, "I can't save dialplan now") {
			t.Error(got)
		}
		w.stop()
	})
}

// A context with autohints has a hint for each endpoint, under its name.
func TestAutoHints(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, baseSIP+"[guest]\ntype=user\n", "[inside]\nautohints=yes\nexten => 1003,hint,Custom:x\n[other]\n", testkit.Faults{})
		p := w.registered("1001", "one", "10.0.0.11:5060")
		for _, c := range []struct{ context, exten, want string }{{"inside", "1001", "SIP/1001"}, {"inside", "1003", "Custom:x"},
			{"inside", "4711", ""}, {"other", "1001", ""}} {
			devices, _ := w.sys.Core().HintDevices(c.context, c.exten)
			if got := strings.Join(devices, "&"); got != c.want {
				t.Errorf("%s@%s: %q, want %q", c.exten, c.context, got, c.want)
			}
		}
		if s := p.Subscribe("1002", "dialog", "Accept: application/dialog-info+xml\r\nExpires: 300\r\n"); s.Next(time.Second) == nil {
			t.Error("nobody can subscribe to it")
		}
		if got := w.console("dialplan show inside"); !strings.Contains(got, "Autohints support enabled\n") {
			t.Error(got)
		}
		if got := w.console("dialplan show 4711@"); !strings.HasPrefix(got, "There is no existence of '4711' extension in all contexts\n") {
			t.Error(got)
		}
		p.Close()
		w.stop()
	})
}

// Commands under other names.
func TestConsoleAliases(t *testing.T) {
	w := newWorldWith(t, map[string]string{"sip.conf": baseSIP, "extensions.conf": "[inside]\n",
		"cli_aliases.conf": "[general]\ntemplate = mine\n[mine]\ncalls=core show calls\nshow plan=dialplan show\nshow=core show\n[other]\nx=y\n"})
	if got := w.console("calls"); got != "0 active calls\n0 calls processed\n" {
		t.Error(got)
	}
	if got := w.console("show  plan inside"); !strings.HasPrefix(got, "[ Context 'inside' created by") {
		t.Error(got)
	}
	if got := w.console("show calls"); got != "0 active calls\n0 calls processed\n" {
		t.Error(got)
	}
	if got := w.console("cli show aliases"); !strings.Contains(got, "calls                                    core show calls\n") {
		t.Error(got)
	}
	w.stop()
}
