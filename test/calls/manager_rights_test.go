package calls

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const rightsConf = `[general]
enabled=no
[admin]
secret=x
read=all
write=all
[cmd]
secret=x
read=all
write=command
[mover]
secret=x
write=command,call,originate
[conf]
secret=x
write=config
[watch]
secret=x
read=call
`

// The class command is the console without a shell, the dialplan's text and the stop.
func TestManagerClassesAreNoShell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, map[string]string{"sip.conf": baseSIP, "extensions.conf": originatePlan, "manager.conf": rightsConf,
			"cli_aliases.conf": "[general]\ntemplate=own\n[own]\nrun=channel originate\n"})
		proof := filepath.Join(w.dir, "proof")
		denied := "Response: Error\r\nMessage: Permission denied\r\n\r\n"
		for user, lines := range map[string]map[string]bool{ // whether it is run
			"cmd": {
				"core show calls": true, "sip show peers": true, "dialplan show": true, "dialplan eval function LEN(abc)": true, "nonsense": true,
				"channel originate Local/610@inside application System touch " + proof:              false,
				"channel originate Local/610@inside application Wait 1":                             true,
				"channel originate Local/610@inside extension 610@inside":                           true,
				"channel originate Local/610@inside application Set DB(a/b)=1":                      false,
				"channel originate Local/610@inside application NoOp ${SHELL(touch " + proof + ")}": false,
				"chan orig Local/610@inside application System touch " + proof:                      false,
				"run Local/610@inside application System touch " + proof:                            false,
				"dialplan add extension 9,1,System(touch " + proof + ") into inside":                false, "dialplan save /tmp": false,
				"dialplan eval function SHELL(ls)": false, "dialplan eval function EVAL(x)": false,
				"dialplan eval function CUT(FILE(/etc/passwd),x,1)": false, "database put a b c": true, "database show": true,
				"core restart now": false, "core stop now": false, "core reload": true, "sip notify x y": true, "dialplan set global A 1": true,
				"channel request hangup all": true, "realtime load sippeers name x": false,
			},
			"mover": {
				"channel originate Local/610@inside application Wait 1": true, "channel request hangup all": true,
				"channel originate Local/610@inside application System touch " + proof:                    false,
				"channel originate Local/610@inside application Originate Local/610@inside,app,System,ls": false,
				"channel originate Local/610@inside application Exec System(ls)":                          false,
			},
			"admin": {
				// live_dangerously=no
				"database put a b c": true, "dialplan eval function EVAL(x)": true, "dialplan eval function SHELL(ls)": false,
				"dialplan eval function DB(a/b)": false,
			},
		} {
			c := w.client(user, "x")
			c.ask("Action: Events\r\nEventMask: off")
			c.read(100 * time.Millisecond)
			for line, runs := range lines {
				if got := c.ask("Action: Command\r\nCommand: %s", line); (got == denied) == runs {
					t.Errorf("%s: %s: %q", user, line, got)
				}
			}
			c.ask("Action: Logoff")
		}
		time.Sleep(5 * time.Second)
		if _, err := os.Stat(proof); err == nil {
			t.Error("a shell was had")
		}
		w.stop()
	})
}

// A user with the class config alone neither makes himself an administrator nor reads how.
func TestManagerConfigClass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, map[string]string{"sip.conf": baseSIP, "extensions.conf": originatePlan,
			"manager.conf": rightsConf + "#include more.conf\n", "more.conf": "[other]\nsecret=deep\n"})
		c := w.client("conf", "x")
		c.read(100 * time.Millisecond)
		edit := func(from, to string) string {
			return c.ask("Action: UpdateConfig\r\nSrcFilename: %s\r\nDstFilename: %s\r\nAction-000000: Append\r\nCat-000000: general\r\n"+
				"Var-000000: useragent\r\nValue-000000: y", from, to)
		}
		refused := "Response: Error\r\nMessage: File requires escalated privileges\r\n\r\n"
		for _, f := range [][2]string{{"manager.conf", "manager.conf"}, {"sip.conf", "extensions.conf"}, {"more.conf", "sip.conf"},
			{"sip.conf", "asterisk.conf"}, {"sip.conf", "new.conf"}} {
			if got := edit(f[0], f[1]); got != refused {
				t.Errorf("%v: %q", f, got)
			}
		}
		if got := c.ask("Action: CreateConfig\r\nFilename: features.conf"); got != refused {
			t.Errorf("create: %q", got)
		}
		if got := edit("sip.conf", "sip.conf"); got != "Response: Success\r\n\r\n" {
			t.Errorf("sip.conf: %q", got)
		}
		for _, action := range []string{"GetConfig", "GetConfigJSON", "ListCategories"} {
			for _, file := range []string{"manager.conf", "more.conf"} {
				if got := c.ask("Action: %s\r\nFilename: %s", action, file); got != "Response: Error\r\nMessage: Config file not found\r\n\r\n" {
					t.Errorf("%s %s: %q", action, file, got)
				}
			}
		}
		c.ask("Action: Logoff")
		c = w.client("watch", "x")
		c.read(100 * time.Millisecond)
		for _, action := range []string{"BridgeKick\r\nChannel: x", "BridgeDestroy\r\nBridgeUniqueid: x"} {
			if got := c.ask("Action: %s", action); !strings.Contains(got, "Permission denied") {
				t.Errorf("%s: %q", action, got)
			}
		}
		c.ask("Action: Logoff")
		w.stop()
	})
}

// live_dangerously opens the functions that are kept from programs, to who may have them.
func TestLiveDangerously(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, map[string]string{"sip.conf": baseSIP, "extensions.conf": originatePlan, "manager.conf": rightsConf})
		w.sys.DB().Put("a", "b", "kept")
		c := w.client("admin", "x")
		c.ask("Action: Events\r\nEventMask: off")
		c.read(100 * time.Millisecond)
		value := func(v string) string {
			got := c.ask("Action: Getvar\r\nVariable: %s", v)
			return strings.TrimSuffix(got[strings.LastIndex(got, "Value: ")+len("Value: "):], "\r\n\r\n")
		}
		for _, open := range []bool{false, true} {
			w.sys.Core().SetLiveDangerously(open)
			for v, want := range map[string]string{"DB(a/b)": "kept", "FILE(" + w.dir + "/manager.conf,0,9)": "[general]",
				"CUT(SHELL(echo -n a-b),-,2)": "b"} {
				if !open {
					want = ""
				}
				if got := value(v); got != want {
					t.Errorf("live_dangerously=%v: %s is %q", open, v, got)
				}
			}
			if got := value("DB_EXISTS(a/b)"); got != "1" {
				t.Errorf("DB_EXISTS: %q", got)
			}
		}
		c.ask("Action: Logoff")
		w.stop()
	})
}
