package calls

import (
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/testkit"
)

const conferencePlan = `[inside]
exten => 800,1,ConfBridge(staff)
 same => n,UserEvent(end,R: ${CONFBRIDGE_RESULT})
exten => 801,1,ConfBridge(staff,,boss)
exten => h,1,UserEvent(end,R: h ${CONFBRIDGE_RESULT})
`

const conferenceConf = `[default_user]
type=user
quiet=yes
[boss]
type=user
admin=yes
quiet=yes
startmuted=yes
`

var momentary = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\d{6,}\.\d+|-[0-9a-f]{8}`)

// The actions and events of conferences, field by field in Asterisk's order.
func TestConferenceForPrograms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, map[string]string{"sip.conf": baseSIP, "extensions.conf": conferencePlan, "confbridge.conf": conferenceConf,
			"manager.conf": managerConf})
		c := w.client("admin", "secret")
		c.read(time.Second)
		if got := c.ask("Action: ConfbridgeListRooms"); !strings.Contains(got, "Message: No active conferences.") {
			t.Errorf("%q", got)
		}
		a, b := w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060")
		defer a.Close()
		defer b.Close()
		one := a.Dial("800")
		time.Sleep(time.Second)
		two := b.Dial("801")
		time.Sleep(time.Second)
		got := momentary.ReplaceAllString(c.read(time.Second), "#")
		const bridge = "BridgeUniqueid: #\r\nBridgeType: base\r\nBridgeTechnology: softmix\r\nBridgeCreator: ConfBridge\r\nBridgeName: " +
			"staff\r\nBridgeNumChannels: N\r\nBridgeVideoSourceMode: none\r\n"
		const bob = "Channel: SIP/1002#\r\nChannelState: 6\r\nChannelStateDesc: Up\r\nCallerIDNum: 1002\r\nCallerIDName: <unknown>\r\n" +
			"ConnectedLineNum: <unknown>\r\nConnectedLineName: <unknown>\r\nLanguage: en\r\nAccountCode: \r\nContext: inside\r\nExten: 801\r\n" +
			"Priority: 1\r\nUniqueid: #\r\nLinkedid: #\r\n"
		for _, want := range []string{
			"Event: ConfbridgeStart\r\nPrivilege: call,all\r\nConference: staff\r\n" + strings.Replace(bridge, "NumChannels: N", "NumChannels: 1",
				1) + "\r\n",
			"Event: ConfbridgeJoin\r\nPrivilege: call,all\r\nConference: staff\r\n" + strings.Replace(bridge, "NumChannels: N", "NumChannels: 3",
				1) + bob + "Admin: Yes\r\nMuted: Yes\r\n\r\n",
		} {
			if !strings.Contains(got, want) {
				t.Errorf("%q\nis not in\n%q", want, got)
			}
		}
		for _, x := range [][2]string{
			{"ConfbridgeMute\r\nConference: STAFF\r\nChannel: SIP/1001", "Success\r\nMessage: User muted"},
			{"ConfbridgeMute\r\nConference: staff\r\nChannel: SIP/9", "Error\r\nMessage: No Channel by that name found in Conference."},
			{"ConfbridgeUnmute\r\nConference: staff", "Error\r\nMessage: No channel name provided."},
			{"ConfbridgeLock", "Error\r\nMessage: No Conference name provided."},
			{"ConfbridgeLock\r\nConference: staff", "Success\r\nMessage: Conference locked"},
			{"ConfbridgeUnlock\r\nConference: other", "Error\r\nMessage: No Conference by that name found."},
			{"ConfbridgeStartRecord\r\nConference: staff\r\nRecordFile: tape.wav", "Success\r\nMessage: Conference Recording Started."},
			{"ConfbridgeStartRecord\r\nConference: staff", "Error\r\nMessage: Conference is already being recorded."},
			{"ConfbridgeStopRecord\r\nConference: staff", "Success\r\nMessage: Conference Recording Stopped."},
			{"ConfbridgeStopRecord\r\nConference: staff", "Error\r\nMessage: Internal error while stopping recording."},
			{"ConfbridgeSetSingleVideoSrc\r\nConference: staff\r\nChannel: nobody",
				"Error\r\nMessage: No channel by that name found in conference."},
			{"ConfbridgeSetSingleVideoSrc\r\nConference: staff\r\nChannel: SIP/1001", "Success\r\nMessage: Conference single video source set."},
		} {
			if got := c.ask("Action: %s", x[0]); !strings.HasPrefix(got, "Response: "+x[1]+"\r\n") {
				t.Errorf("%s: %q", x[0], got)
			}
		}
		list := c.ask("Action: ConfbridgeList\r\nConference: staff")
		if !strings.Contains(momentary.ReplaceAllString(list, "#"), "Event: ConfbridgeList\r\nConference: staff\r\nAdmin: Yes\r\nMarkedUser: "+
			"No\r\nWaitMarked: No\r\nEndMarked: No\r\nEndMarkedAny: No\r\nWaiting: No\r\nMuted: Yes\r\nTalking: No\r\nAnsweredTime: 2\r\n"+bob) {
			t.Errorf("%q", list)
		}
		watch := w.client("admin", "secret")
		watch.read(time.Second)
		c.ask("Action: ConfbridgeKick\r\nConference: staff\r\nChannel: participants")
		time.Sleep(time.Second)
		two.Hangup()
		time.Sleep(time.Second)
		got = momentary.ReplaceAllString(watch.read(time.Second), "#")
		at := 0
		for _, want := range []string{"Event: ConfbridgeLeave\r\nPrivilege: call,all\r\nConference: staff\r\n", "Event: BridgeLeave\r\n",
			"R: KICKED\r\n", "R: h KICKED\r\n", "Event: ConfbridgeLeave\r\n", "Event: BridgeLeave\r\n", "Event: ConfbridgeEnd\r\n",
			"BridgeNumChannels: 1\r\n", "Event: BridgeDestroy\r\n", "R: h HANGUP\r\n"} {
			i := strings.Index(got[at:], want)
			if i < 0 {
				t.Errorf("%q is not in its place in\n%q", want, got)
				break
			}
			at += i
		}
		one.Hangup()
		time.Sleep(time.Second)
		w.stop()
	})
}

// In a conference the picture of one leader goes to all others who have video, and to nobody a
// picture of his own; a text of one goes to all others.
func TestVideoAndTextsInAConference(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sip := strings.Replace(baseSIP, "context=inside\n", "context=inside\n"+withVideo, 1)
		w := newWorldWith(t, map[string]string{"sip.conf": sip, "extensions.conf": conferencePlan,
			"confbridge.conf": "[default_user]\ntype=user\nquiet=yes\n[boss]\ntype=user\nmarked=yes\nquiet=yes\ntext_messaging=no\n" +
				"[default_bridge]\ntype=bridge\nvideo_mode=last_marked\n"})
		a, b, c := w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060"), w.registered("1003", "three",
			"10.0.0.13:5060")
		calls := map[string]*testkit.Call{}
		for _, p := range []struct {
			p            *testkit.Phone
			name, number string
		}{{a, "a", "800"}, {b, "b", "801"}, {c, "c", "800"}} {
			defer p.p.Close()
			p.p.Video = "profile-level-id=42e01f"
			calls[p.name] = p.p.Dial(p.number)
			if !calls[p.name].Wait("200", 2*time.Second) {
				t.Fatal("not answered")
			}
			time.Sleep(100 * time.Millisecond)
		}
		for range 20 {
			for _, x := range calls {
				x.Video.Packet(97, make([]byte, 300))
			}
			time.Sleep(10 * time.Millisecond)
		}
		time.Sleep(100 * time.Millisecond)
		for name, want := range map[string]bool{"a": true, "b": false, "c": true} {
			if n := calls[name].Video.Types()[97]; want && (n < 15 || n > 20) || !want && n > 0 {
				t.Errorf("%s has %d pictures", name, n)
			}
		}
		if calls["a"].Send("MESSAGE", "Content-Type: text/plain\r\n", "hello") != 202 {
			t.Error("the text was refused")
		}
		time.Sleep(time.Second)
		if m := calls["c"].LastRequest("MESSAGE"); m == nil || m.Body != "hello" {
			t.Errorf("c got %+v", m)
		}
		for _, name := range []string{"a", "b"} {
			if m := calls[name].LastRequest("MESSAGE"); m != nil && m.Body != "" {
				t.Errorf("%s got %+v", name, m)
			}
		}
		for _, x := range calls {
			x.Hangup()
		}
		time.Sleep(time.Second)
		w.stop()
	})
}
