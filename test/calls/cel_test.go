package calls

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
		if text := c.read(time.Second); !strings.Contains(text, "Event: CEL\r\nPrivilege: call,all\r\nEventName: CHAN_START\r\n") ||
			!strings.Contains(text, "EventName: LINKEDID_END\r\n") {
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
BRIDGE_EXIT,"",SIP/1002,AppDial,,,{"bridge_id":"
HANGUP,"",SIP/1002,AppDial,,,{"hangupcause":16
CHAN_END,"",SIP/1002,AppDial,,,
APP_END,"Alice",SIP/1001,Dial,1002,,
HANGUP,"Alice",SIP/1001,,1002,,{"hangupcause":16
CHAN_END,"Alice",SIP/1001,,1002,,
LINKEDID_END,"Alice",SIP/1001,,1002,,
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

// The events about several channels, with what a running Asterisk says in them.
func TestChannelEventsOfTransfers(t *testing.T) {
	const plan = "[inside]\nexten => _100X,1,Dial(SIP/${EXTEN},20)\nexten => 8,1,Pickup(1002)\nexten => 9,1,Answer()\nsame => n,Wait(1)\n" +
		"exten => 7,1,Dial(Local/1003@inside)\n"
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, map[string]string{"sip.conf": baseSIP, "extensions.conf": plan,
			"cel.conf":        "[general]\nenable=yes\nevents=BLINDTRANSFER,ATTENDEDTRANSFER,PICKUP,FORWARD,LOCAL_OPTIMIZE,LOCAL_OPTIMIZE_BEGIN\n",
			"cel_custom.conf": "[mappings]\nx => ${eventtype} ${CHANNEL(channame)} ${eventextra}\n"})
		a, b, c := w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060"), w.registered("1003", "three",
			"10.0.0.13:5060")
		_, in := connectVia(a, b)
		in.Send("REFER", "Refer-To: <sip:9@10.0.0.1>\r\n", "")
		time.Sleep(100 * time.Millisecond)
		in.Hangup()
		time.Sleep(5 * time.Second)

		_, in = connectVia(a, b)
		second, far := connected(t, b, c, "1003")
		in.Send("REFER", referTo("1003", second), "")
		time.Sleep(100 * time.Millisecond)
		in.Hangup()
		far.Hangup()
		time.Sleep(time.Second)

		call := a.Dial("1002")
		answered(t, b).Ring()
		time.Sleep(100 * time.Millisecond)
		c.Dial("8").Wait("200", time.Second)
		call.Hangup()
		time.Sleep(time.Second)

		call = a.Dial("1002")
		answered(t, b).Redirect("<sip:1003@10.0.0.1>")
		answered(t, c).Answer()
		call.Wait("200", time.Second)
		time.Sleep(time.Second)
		call.Hangup()
		time.Sleep(time.Second)
		a.Close()
		b.Close()
		c.Close()
		w.stop()
		text, _ := os.ReadFile(filepath.Join(w.dir, "log/cel-custom/x"))
		want := `BLINDTRANSFER SIP/1002-00000001 {"extension":"9","context":"inside","bridge_id":"UUID","transferee_channel_name":"SIP/1001-00000000","transferee_channel_uniqueid":"ID.0"}
ATTENDEDTRANSFER SIP/1002-00000003 {"bridge1_id":"UUID","channel2_name":"SIP/1002-00000004","channel2_uniqueid":"ID.4","bridge2_id":"UUID","transferee_channel_name":"SIP/1001-00000002","transferee_channel_uniqueid":"ID.2","transfer_target_channel_name":"SIP/1003-00000005","transfer_target_channel_uniqueid":"ID.5"}
PICKUP SIP/1002-00000007 {"pickup_channel":"SIP/1003-00000008","pickup_channel_uniqueid":"ID.8"}
FORWARD SIP/1001-00000009 {"forward":"1003"}
LOCAL_OPTIMIZE_BEGIN Local/1003@inside-00000000;1 {"local_two":"Local/1003@inside-00000000;2","local_two_uniqueid":"ID.12"}
LOCAL_OPTIMIZE Local/1003@inside-00000000;1 {"local_two":"Local/1003@inside-00000000;2","local_two_uniqueid":"ID.12"}
`
		if got := transcript(string(text)); got != want {
			t.Errorf("%s", got)
		}
	})
}
