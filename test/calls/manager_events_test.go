package calls

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const wishesConf = managerConf + `[some]
secret=some
read=all
write=all
eventfilter=UserEvent: Foo
eventfilter=!UserEvent: FooBar
[advanced]
secret=advanced
read=all
write=all
eventfilter(name(UserEvent),header(UserEvent),method(starts_with))=Ba
`

// What a client may wish to hear, and how it waits for it, with the answers of Asterisk 20.
func TestManagerWishes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, map[string]string{"sip.conf": baseSIP, "extensions.conf": originatePlan, "manager.conf": wishesConf})
		c := w.client("admin", "secret")
		c.read(time.Second)
		for mask, want := range map[string]string{"on": "On", "ON": "On", "off": "Off", "call": "On", "call,user": "On", "system call": "Off",
			"all": "On", "yes": "On", "1": "On", "3": "On", "0": "Off", "-1": "Off", "boo": "Off", "call,boo": "On", "none": "Off", "false": "Off",
			"": "Invalid event mask"} {
			if got := c.ask("Action: Events\r\nEventMask: %s", mask); !strings.HasSuffix(got, ": "+want+"\r\n\r\n") {
				t.Errorf("EventMask %s: %q", mask, got)
			}
		}
		for filter, want := range map[string]string{"Filter: !Event: X": "Success",
			"Filter: [": "Filter did not compile.  Check the syntax of the filter given.",
			"X: y":      "Filter was formatted incorrectly.  Check the syntax of the filter given.",
			"Filter: x\r\nMatchCriteria: name(Foo),header(Bar),method(boo)": "Filter was formatted incorrectly.  Check the syntax of the filter " +
				"given.", "Filter: x\r\nMatchCriteria: boo(x)": "Filter was formatted incorrectly.  Check the syntax of the filter given.",
			"MatchCriteria: action(exclude),name(Foo)": "Success",
			"Filter: x\r\nMatchCriteria: name(Foo)":    "Filter was formatted incorrectly.  Check the syntax of the filter given."} {
			if got := c.ask("Action: Filter\r\nOperation: Add\r\n%s", filter); !strings.HasSuffix(got, "Message: "+want+"\r\n\r\n") {
				t.Errorf("%s: %q", filter, got)
			}
		}
		some, advanced := w.client("some", "some"), w.client("advanced", "advanced")
		some.read(time.Second)
		advanced.read(time.Second)
		for _, name := range []string{"Foo", "FooBar", "Bar", "Qux"} {
			c.ask("Action: UserEvent\r\nUserEvent: %s\r\nA: b\r\nActionID: 77\r\nEvent: Hangup", name)
		}
		if got := some.read(time.Second); got != "Event: UserEvent\r\nPrivilege: user,all\r\nUserEvent: Foo\r\nA: b\r\nActionID: 77\r\n"+
			"X-Event: Hangup\r\n\r\n" {
			t.Errorf("some hears %q", got)
		}
		if got := advanced.read(time.Second); strings.Count(got, "Event: UserEvent") != 1 || !strings.Contains(got, "UserEvent: Bar") {
			t.Errorf("advanced hears %q", got)
		}
		waiting(t, w)
		w.stop()
	})
}

// waiting is about WaitEvent: it ends with an event, at its time, or when the client asks for
// something else.
func waiting(t *testing.T, w *world) {
	const done, over = "Response: Success\r\nMessage: Waiting for Event completed.\r\n\r\n", "Event: WaitEventComplete\r\n\r\n"
	a, b := w.client("admin", "secret"), w.client("admin", "secret")
	a.read(time.Second)
	b.read(time.Second)
	b.ask("Action: Events\r\nEventMask: off")
	a.ask("Action: Events\r\nEventMask: off")
	begun := time.Now()
	a.send("Action: WaitEvent\r\nTimeout: 5")
	if got := a.read(6 * time.Second); got != done+over {
		t.Errorf("nothing happens: %q", got)
	}
	a.send("Action: WaitEvent\r\nTimeout: 60")
	time.Sleep(time.Second)
	b.ask("Action: UserEvent\r\nUserEvent: Here")
	if got := a.read(time.Second); got != done+"Event: UserEvent\r\nPrivilege: user,all\r\nUserEvent: Here\r\n\r\n"+over {
		t.Errorf("something happens: %q", got)
	}
	a.send("Action: WaitEvent\r\nTimeout: 60\r\n\r\nAction: Ping")
	if got := a.read(time.Second); !strings.HasPrefix(got, done+over+"Response: Success\r\nPing: Pong\r\n") {
		t.Errorf("another request: %q", got)
	}
	a.send("Action: WaitEvent\r\nTimeout: 60")
	time.Sleep(time.Second)
	a.conn.Close()
	time.Sleep(time.Second)
	if took := time.Since(begun); took > 30*time.Second {
		t.Errorf("it took %s", took)
	}
}

// Variables of an Originate: commas in quotes, functions that are written, any Timeout that
// C can read.
func TestManagerOriginateVariables(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, map[string]string{"sip.conf": baseSIP, "extensions.conf": "[inside]\nexten => 1,1,Answer()\nsame => n,Wait(9)\n" +
			"exten => 2,1,Set(GLOBAL(G)=${V1}/${V2}/${CHANNEL(language)}/${V3})\n", "manager.conf": managerConf})
		c := w.client("admin", "secret")
		c.read(time.Second)
		c.ask("Action: Events\r\nEventMask: off")
		for variable, want := range map[string]string{"V1=a,V2=b": "a/b/en/", `V1="x,y",V2`: "x,y//en/", `V1="a\,b"`: "a,b//en/",
			"CHANNEL(language)=de\r\nVariable: V1=${EXTEN}": "${EXTEN}//de/", "__V1=i,_V2=j": "i/j/en/", "V3=a|V1=b": "//en/a|V1=b"} {
			if got := c.ask("Action: Originate\r\nChannel: Local/1@inside/n\r\nContext: inside\r\nExten: 2\r\nPriority: 1\r\nTimeout: %s\r\n"+
				"Variable: %s", strings.Repeat("5", 50), variable); !strings.Contains(got, "Response: Success") {
				t.Errorf("%s: %q", variable, got)
			}
			time.Sleep(20 * time.Second)
			if got := w.global("G"); got != want {
				t.Errorf("%s: %q, want %q", variable, got, want)
			}
		}
		for timeout, want := range map[string]string{"-1": "Success", "5x": "Success", "x": "Error", "0": "Success"} {
			if got := c.ask("Action: Originate\r\nChannel: Local/1@inside/n\r\nApplication: Wait\r\nData: 1\r\nAsync: 1\r\nTimeout: %s",
				timeout); !strings.HasPrefix(got, "Response: "+want) {
				t.Errorf("Timeout %s: %q", timeout, got)
			}
		}
		time.Sleep(20 * time.Second)
		originate := func(ids string) string {
			return c.ask("Action: Originate\r\nChannel: Local/1@inside/n\r\nApplication: Wait\r\nData: 9\r\nAsync: 1\r\n%s", ids)
		}
		originate("ChannelId: mine\r\nOtherChannelId: yours")
		originate("ChannelId: one")
		time.Sleep(time.Second)
		var ids []string
		for _, ch := range w.sys.Core().Channels() {
			ids = append(ids, ch.UniqueID()+"/"+ch.View().LinkedID)
		}
		slices.Sort(ids)
		if got := strings.Join(ids, " "); got != "mine/mine one/one one;2/one yours/mine" {
			t.Errorf("unique ids: %s", got)
		}
		if originate("ChannelId: mine"); len(w.sys.Core().Channels()) != 4 {
			t.Error("two channels of one unique id")
		}
		if got := originate("ChannelId: " + strings.Repeat("x", 150)); !strings.Contains(got,
			"Message: Uniqueid length exceeds maximum of 149") {
			t.Errorf("a long id: %q", got)
		}
		if got := c.ask("Action: Originate\r\nChannel: Local/1@inside/n\r\nApplication: Wait\r\nVariable: FILE(/tmp/x)=1"); !strings.HasPrefix(
			got, "Response: Error\r\nMessage: Originate Access Forbidden") {
			t.Errorf("a file is written: %q", got)
		}
		time.Sleep(time.Minute)
		w.stop()
	})
}

// Who is connected with whom, through Local channels too.
func TestManagerChannelMap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, map[string]string{"sip.conf": baseSIP, "extensions.conf": "[inside]\nexten => 1,1,Dial(Local/2@inside/n)\nexten " +
			"=> 2,1,Answer()\nsame => n,Wait(9)\nexten => 3,1,Answer()\nsame => n,Wait(9)\n", "manager.conf": managerConf})
		c := w.client("admin", "secret")
		c.read(time.Second)
		c.ask("Action: Events\r\nEventMask: off")
		c.ask("Action: Originate\r\nChannel: Local/3@inside/n\r\nContext: inside\r\nExten: 1\r\nPriority: 1\r\nAsync: 1")
		time.Sleep(time.Second)
		for request, want := range map[string]string{
			"CoreShowChannelMap\r\nChannel: Local/3@inside-00000000;1": "start|Channel map will follow\nCoreShowChannelMap|Local/3@inside-00000000;1|Local/2@inside-00000001;1\nCoreShowChannelMap|Local/3@inside-00000000;1|Local/2@inside-00000001;2\nCoreShowChannelMapComplete|Complete|2",
			"CoreShowChannelMap\r\nChannel: Local/3@inside-00000000;2": "start|Channel map will follow\nCoreShowChannelMapComplete|Complete|0",
			"CoreShowChannelMap\r\nChannel: nope":                      "Error|Could not get channel snapshot",
			"CoreShowChannelMap":                                       "Error|CoreShowChannelMap requires a channel.",
			"BridgeTechnologyList\r\nActionID: 4": "start|Bridge technology listing will follow\n" +
				"BridgeTechnologyListItem|native_rtp|Native|90|No\nBridgeTechnologyListItem|holding_bridge|Holding|50|No\n" +
				"BridgeTechnologyListItem|simple_bridge|1to1Mix|50|No\nBridgeTechnologyListItem|softmix|MultiMix|10|No\n" +
				"BridgeTechnologyListComplete|Complete|4",
			"BridgeList\r\nBridgeType: x": "start|Bridge listing will follow\nBridgeListComplete|Complete|0",
		} {
			if got := strings.Join(short(c.ask("Action: %s", request)), "\n"); got != want {
				t.Errorf("%s: %s", request, got)
			}
		}
		w.stop()
	})
}

// Where a subroutine of Dial has run on a channel, events show it there until the next news of it: DialBegin does, and that it
// is back at Dial is told as it rings or answers. After M it is at the extension of who dials (MACRO_EXTEN). A dialplan that
// runs off its end tells of no further step. As Asterisk 20 does it.
func TestDialSubroutinesAsTold(t *testing.T) {
	const plan = `[inside]
exten => wait,1,Wait(1)
exten => t,1,Ringing()
same => n,Wait(1)
same => n,Answer()
same => n,Wait(60)
exten => b,1,Dial(Local/t@inside/n,5,b(pre^s^1)B(pre^s^1))
exten => m,1,Dial(Local/t@inside/n,5,M(mac))
[pre]
exten => s,1,Return()
[macro-mac]
exten => s,1,Verbose(1,${MACRO_EXTEN} ${MACRO_CONTEXT})
`
	for exten, want := range map[string][]string{
		"b": {"Newexten 1 b Dial", "Newexten 1 s Return", "Newexten 2 b AppDial", "Newexten 2 s Return", "DialBegin s s", "Newexten 2 b AppDial",
			"Newexten 1 b Dial", "DialEnd b ", "Newexten 2  AppDial", "BridgeEnter 2 ", "BridgeEnter 1 b"},
		"m": {"Newexten 1 m Dial", "Newexten 2 m AppDial", "DialBegin m m", "Newexten 2 s Verbose m inside", "DialEnd m m",
			"Newexten 2 m AppDial", "BridgeEnter 2 m", "BridgeEnter 1 m"},
	} {
		t.Run(exten, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := managerWorld(t, plan)
				m := w.client("admin", "secret")
				m.read(time.Second)
				m.ask("Action: Events\r\nEventMask: call,dialplan")
				w.console("channel originate Local/" + exten + "@inside/n extension wait@inside")
				time.Sleep(5 * time.Second)
				text := m.read(time.Second)
				if strings.Contains(text, "Application: AppDial2\r\nAppData: (Outgoing Line)\r\n\r\nEvent: Hangup") ||
					strings.Count(text, "Application: AppDial2") != 1 {
					t.Error("the end of a dialplan is told of as a step")
				}
				if got := dialSteps(text, exten); !slices.Equal(got, want) {
					t.Errorf("\n got %q\nwant %q", got, want)
				}
				w.stop()
			})
		})
	}
}

// dialSteps are the events of the caller (half ;2 of Local/exten, as 1) and the callee (;1 of Local/t, as 2) of a Dial.
func dialSteps(text, exten string) (out []string) {
	who := map[bool]string{true: "1 ", false: "2 "}
	for _, block := range strings.Split(text, "\r\n\r\n") {
		name, what := headerOf(block, "Channel"), headerOf(block, "Event")
		caller := strings.HasPrefix(name, "Local/"+exten+"@") && strings.HasSuffix(name, ";2")
		if !caller && !(strings.HasPrefix(name, "Local/t@") && strings.HasSuffix(name, ";1")) {
			continue
		}
		line := what + " " + who[caller] + headerOf(block, "Exten")
		switch what {
		case "Newexten":
			if line += " " + headerOf(block, "Application"); strings.HasSuffix(line, "Verbose") {
				line += " " + strings.TrimPrefix(headerOf(block, "AppData"), "1,")
			}
		case "BridgeEnter":
		case "DialBegin", "DialEnd":
			line = what + " " + headerOf(block, "Exten") + " " + headerOf(block, "DestExten")
		default:
			continue
		}
		out = append(out, line)
	}
	return out
}
