package calls

import (
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A program hears of variables that a dialled channel inherits, by the names with which they are
// inherited further (funcs/func_push of the Asterisk test suite).
func TestInheritedVariablesAreTold(t *testing.T) {
	const plan = "[inside]\nexten => s,1,Set(__A=1)\n same => n,Set(_B=2)\n same => n,Set(C=3)\n same => n,Dial(Local/d@inside/n,3)\n" +
		"exten => d,1,NoOp(${CHANNEL(videonativeformat)})\n same => n,Answer()\n"
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, map[string]string{"sip.conf": baseSIP, "extensions.conf": plan, "manager.conf": managerConf})
		c := w.client("admin", "secret")
		c.read(100 * time.Millisecond)
		go w.console("channel originate Local/s@inside/n application Wait 1")
		text := c.read(5 * time.Second)
		var got []string
		for _, event := range strings.Split(text, "\r\n\r\n") {
			if m := regexp.MustCompile(`(?s)Event: VarSet\r\n.*Channel: (\S+)\r\n.*Variable: (_*[ABC])\r\nValue: (\d)`).FindStringSubmatch(
				event); m != nil {
				got = append(got, m[1]+" "+m[2]+"="+m[3])
			}
		}
		want := "Local/s@inside-00000000;2 __A=1|Local/s@inside-00000000;2 _B=2|Local/s@inside-00000000;2 C=3|" +
			"Local/d@inside-00000001;1 B=2|Local/d@inside-00000001;1 __A=1|Local/d@inside-00000001;2 B=2|Local/d@inside-00000001;2 __A=1"
		if strings.Join(got, "|") != want {
			t.Errorf("told %q", got)
		}
		if !strings.Contains(text, "AppData: (nothing)\r\n") {
			t.Error("CHANNEL(videonativeformat) of a channel without video")
		}
		c.ask("Action: Logoff")
		synctest.Wait()
		w.stop()
	})
}
