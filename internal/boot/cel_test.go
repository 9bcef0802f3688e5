package boot

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// The events of an answered call, in the order in which Asterisk has them.
func TestChannelEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, map[string]string{"sip.conf": baseSIP, "extensions.conf": "[inside]\nexten => 1002,1,Dial(SIP/1002,20)\n",
			"cel.conf":        "[general]\nenable=yes\napps=dial\nevents=ALL\n[manager]\nenabled=yes\n",
			"cel_custom.conf": "[mappings]\nMaster.csv => ${eventtype},${CSV_QUOTE(${CALLERID(name)})},${CHANNEL(channame):0:8},${CHANNEL(appname)},${CHANNEL(exten)},${BRIDGEPEER:0:8},${eventextra:0:17}\n",
			"manager.conf":    managerConf})
		a, b := w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060")
		c := w.client("admin", "secret")
		c.read(100 * time.Millisecond)
		call, in := connectVia(a, b)
		time.Sleep(time.Second)
		call.Hangup()
		in.Wait("BYE", time.Second)
		if text := c.read(time.Second); !strings.Contains(text, "Event: CEL\r\nPrivilege: call,all\r\nEventName: CHAN_START\r\n") || !strings.Contains(text, "EventName: LINKEDID_END\r\n") {
			t.Error("the manager interface hears nothing")
		}
		c.ask("Action: Logoff")
		a.Close()
		b.Close()
		w.stop()
		text, _ := os.ReadFile(filepath.Join(w.dir, "log/cel-custom/Master.csv"))
		want := `CHAN_START,"Alice",SIP/1001,,1002,,
APP_START,"Alice",SIP/1001,Dial,1002,,
CHAN_START,"",SIP/1002,,s,,
ANSWER,"",SIP/1002,AppDial,1002,,
ANSWER,"Alice",SIP/1001,Dial,1002,,
BRIDGE_ENTER,"",SIP/1002,AppDial,,,{"bridge_id":"
BRIDGE_ENTER,"Alice",SIP/1001,Dial,1002,SIP/1002,{"bridge_id":"
BRIDGE_EXIT,"Alice",SIP/1001,Dial,1002,SIP/1002,{"bridge_id":"
BRIDGE_EXIT,"",SIP/1002,AppDial,,SIP/1001,{"bridge_id":"
HANGUP,"",SIP/1002,AppDial,,,{"hangupcause":16
CHAN_END,"",SIP/1002,AppDial,,,
APP_END,"Alice",SIP/1001,Dial,1002,,
HANGUP,"Alice",SIP/1001,Dial,1002,,{"hangupcause":16
CHAN_END,"Alice",SIP/1001,Dial,1002,,
LINKEDID_END,"Alice",SIP/1001,Dial,1002,,
`
		short := strings.ReplaceAll(string(text), `"hangupcause":1,`, "")
		var got []string
		for _, l := range strings.Split(short, "\n") {
			if i := strings.Index(l, `{"`); i >= 0 {
				l = l[:min(len(l), i+len(`{"hangupcause":16`))]
				if strings.HasPrefix(l[i:], `{"bridge_id":"`) {
					l = l[:i+len(`{"bridge_id":"`)]
				}
			}
			got = append(got, l)
		}
		if strings.Join(got, "\n") != want {
			t.Errorf("events:\n%s\nwant\n%s", strings.Join(got, "\n"), want)
		}
	})
}
