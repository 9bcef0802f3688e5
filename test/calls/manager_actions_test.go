package calls

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/pbx"
)

// Answers to actions on a call and on files: those of a running Asterisk 16.28 to the same
// requests.
func TestManagerActionsOnACall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := managerWorld(t, "[inside]\nexten => 1002,1,Dial(SIP/1002,20)\n")
		a, b := w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060")
		call, in := connectVia(a, b)
		time.Sleep(time.Second)
		c := w.client("admin", "secret")
		c.read(time.Second)
		c.ask("Action: Events\r\nEventMask: dtmf,system")
		first, second := w.sys.Core().Channel("SIP/1001-00000000"), w.sys.Core().Channel("SIP/1002-00000001")
		bridge := first.View().BridgeID
		for _, row := range [][2]string{
			{"PlayDTMF\nChannel: nope\nDigit: 5", "Error: Channel not found"}, {"PlayDTMF\nChannel: SIP/1001-00000000",
				"Error: No digit specified"},
			{"SendFlash\nChannel: nope", "Error: Channel not found"},
			{"SendFlash\nChannel: SIP/1001-00000000", "Success: Flash successfully queued"},
			{"LocalOptimizeAway\nChannel: SIP/1001-00000000", "Error: Unable to find channel"},
			{"LocalOptimizeAway\nChannel: nope", "Error: Channel does not exist."}, {"LocalOptimizeAway", "Error: 'Channel' not specified."},
			{"PresenceState\nProvider: CustomPresence:x", "Success: Presence State"}, {"PresenceState", "Error: No provider specified"},
			{"BridgeInfo\nBridgeUniqueid: " + bridge, "Success: Bridge channel listing will follow"},
			{"BridgeInfo\nBridgeUniqueid: nope", "Error: Specified BridgeUniqueid not found"},
			{"BridgeInfo", "Error: BridgeUniqueid must be provided"}, {"BridgeKick\nChannel: nope", "Error: Channel does not exist"},
			{"BridgeKick", "Error: Channel must be provided"}, {"BridgeKick\nBridgeUniqueid: nope\nChannel: SIP/1001-00000000",
				"Error: Bridge not found"}, {"BridgeDestroy\nBridgeUniqueid: nope", "Error: Specified BridgeUniqueid not found"},
			{"BridgeDestroy", "Error: BridgeUniqueid must be provided"}, {"ModuleLoad\nModule: nope\nLoadType: reload", "Error: No such module."},
			{"ModuleLoad\nModule: nope\nLoadType: load", "Error: Could not load module."},
			{"CreateConfig\nFilename: zz.conf", "Success: New configuration file created successfully"},
			{"CreateConfig\nFilename: ../zz.conf", "Error: File requires escalated privileges"},
			{"UpdateConfig\nSrcFilename: zz.conf\nDstFilename: zz.conf\nAction-000000: NewCat\nCat-000000: one", "Success"},
			{"UpdateConfig\nSrcFilename: zz.conf\nDstFilename: zz.conf\nAction-000000: Append\nCat-000000: one\nVar-000000: a\nValue-000000: 1\n" +
				"Action-000001: Append\nCat-000001: one\nVar-000001: b\nValue-000001: >2", "Success"},
			{"UpdateConfig\nSrcFilename: zz.conf\nDstFilename: zz.conf\nAction-000000: Update\nCat-000000: nope\nVar-000000: a\nValue-000000: 3",
				"Error: Given category does not exist"},
			{"UpdateConfig\nSrcFilename: zz.conf\nDstFilename: ../zz2.conf\nAction-000000: NewCat\nCat-000000: nine",
				"Error: File requires escalated privileges"},
			{"UpdateConfig\nSrcFilename: /etc/passwd\nDstFilename: zz2.conf\nAction-000000: NewCat\nCat-000000: nine",
				"Error: File requires escalated privileges"},
			{"UpdateConfig\nDstFilename: zz.conf", "Error: Filename not specified"},
			{"CreateConfig\nFilename: made.conf", "Success: New configuration file created successfully"},
			{"UpdateConfig\nSrcFilename: made.conf\nDstFilename: made.conf\nAction-000000: NewCat\nCat-000000: base\nOptions-000000: template\n" +
				"Action-000001: Append\nCat-000001: base\nVar-000001: a\nValue-000001: 1 ;one\nOptions-000001: catfilter=\"TEMPLATES=restrict\"\n" +
				"Action-000002: NewCat\nCat-000002: made\nOptions-000002: inherit=\"base\"\nAction-000003: Append\nCat-000003: made\nVar-000003: " +
				"b\nValue-000003: 2", "Success"},
		} {
			got := c.ask("Action: " + strings.ReplaceAll(row[0], "\n", "\r\n"))
			head := strings.TrimPrefix(strings.SplitN(got, "\r\n", 2)[0], "Response: ")
			for _, l := range strings.Split(got, "\r\n") {
				if strings.HasPrefix(l, "Message: ") {
					head += strings.TrimPrefix(l, "Message")
					break
				}
			}
			if head != row[1] {
				t.Errorf("%s: %q", row[0], got)
			}
		}
		if text, _ := os.ReadFile(filepath.Join(w.dir, "zz.conf")); string(text) != "[one]\na = 1\nb => 2\n" {
			t.Errorf("the file: %q", text)
		}
		for _, row := range [][2]string{
			{"", "Category-000000: made\r\nTemplates-000000: base\r\nLine-000000-000000: a=1 ;one\r\nLine-000000-000001: b=2\r\n\r\n"},
			{"Filter: TEMPLATES=restrict\r\n", "Category-000000: base\r\nIsTemplate-000000: 1\r\nLine-000000-000000: a=1 ;one\r\n\r\n"},
			{"Filter: TEMPLATES=include,b=2\r\n", "Category-000000: made\r\nTemplates-000000: base\r\nLine-000000-000000: a=1 ;one\r\n" +
				"Line-000000-000001: b=2\r\n\r\n"},
			{"Category: base\r\n", "Response: Success\r\nNo categories found\r\n\r\n"},
		} {
			if got := c.ask("Action: GetConfig\r\n" + row[0] + "Filename: made.conf"); !strings.HasSuffix(got, row[1]) ||
				strings.Count(got, "Category-") > 1 {
				t.Errorf("GetConfig %s: %s", row[0], got)
			}
		}
		if got := c.ask("Action: GetConfigJSON\r\nFilter: TEMPLATES=include\r\nFilename: made.conf"); got != "Response: Success\r\nJSON: {\"base\":{\"istemplate\":1,\"a\":\"1 ;one\"},\"made\":{\"templates\":\"base\",\"a\":\"1 ;one\",\"b\":\"2\"}}\r\n\r\n" {
			t.Errorf("GetConfigJSON: %s", got)
		}
		for _, row := range [][2]string{{"", "Category-000000: made\r\n"}, {"\r\nMatch: TEMPLATES=include\r\nCategory: x",
			"Category-000000: base\r\nCategory-000001: made\r\n"}, {"\r\nMatch: b=7", "Error: no categories found\r\n"}} {
			if got := c.ask("Action: ListCategories\r\nFilename: made.conf" + row[0]); got != "Response: Success\r\n"+row[1]+"\r\n" {
				t.Errorf("ListCategories%s: %s", row[0], got)
			}
		}
		if got := c.ask("Action: BridgeInfo\r\nBridgeUniqueid: " + bridge); strings.Count(got,
			"Event: BridgeInfoChannel\r\nChannel: SIP/100") != 2 ||
			!strings.HasSuffix(got, "BridgeNumChannels: 2\r\nBridgeVideoSourceMode: none\r\n\r\n") {
			t.Errorf("BridgeInfo: %s", got)
		}
		got := c.ask("Action: PlayDTMF\r\nChannel: SIP/1001-00000000\r\nDigit: 6\r\nReceive: true")
		for _, want := range []string{"Message: DTMF successfully queued", "Event: DTMFEnd\r\nPrivilege: dtmf,all\r\nChannel: SIP/1001-",
			"Direction: Received", "Event: DTMFBegin\r\nPrivilege: dtmf,all\r\nChannel: SIP/1002-", "Direction: Sent"} {
			if !strings.Contains(got, want) {
				t.Errorf("no %q in %s", want, got)
			}
		}
		if got := c.ask("Action: ModuleLoad\r\nModule: chan_sip\r\nLoadType: reload"); !strings.Contains(got, "Message: Module reloaded.") ||
			!strings.Contains(got, "Event: Reload\r\nPrivilege: system,all\r\nModule: chan_sip\r\nStatus: 0\r\n") {
			t.Errorf("ModuleLoad: %s", got)
		}
		if got := c.ask("Action: BridgeKick\r\nChannel: " + second.Name()); !strings.Contains(got, "Message: Channel has been kicked") ||
			!in.Wait("BYE", time.Second) || !call.Wait("BYE", time.Second) {
			t.Errorf("BridgeKick: %s", got)
		}
		c.ask("Action: Logoff")
		a.Close()
		b.Close()
		w.stop()
	})
}

// Events about music, mailboxes, silence and the end.
func TestFurtherEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, map[string]string{"sip.conf": strings.Replace(baseSIP, "[phone](!)", "rtptimeout=5\n[phone](!)", 1),
			"extensions.conf": "[inside]\nexten => 1,1,Answer()\nsame => n,MusicOnHold(default,2)\nsame => n,Wait(60)\n",
			"manager.conf":    managerConf})
		a := w.registered("1001", "one", "10.0.0.11:5060")
		c := w.client("admin", "secret")
		c.read(time.Second)
		c.ask("Action: Events\r\nEventMask: call,system")
		w.sys.Core().SetMailbox("1001@default", pbx.Mailbox{New: 2, Old: 1})
		w.sys.Core().SetMailbox("1001@default", pbx.Mailbox{New: 2, Old: 1})
		a.Dial("1").Wait("200", time.Second)
		text := c.read(20 * time.Second)
		w.sys.Stop("now")
		text += c.read(time.Second)
		for _, want := range []string{
			"Event: MessageWaiting\r\nPrivilege: call,all\r\nMailbox: 1001@default\r\nWaiting: 1\r\nNew: 2\r\nOld: 1\r\n\r\n",
			"Event: MusicOnHoldStart\r\nPrivilege: call,all\r\nChannel: SIP/1001-00000000\r\n", "\r\nClass: default\r\n",
			"Event: MusicOnHoldStop\r\nPrivilege: call,all\r\nChannel: SIP/1001-",
			"Event: SessionTimeout\r\nPrivilege: call,all\r\nChannel: SIP/1001-00000000\r\n", "\r\nSource: RTPTimeout\r\n",
			"Event: Shutdown\r\nPrivilege: system,all\r\nShutdown: Cleanly\r\nRestart: False\r\n\r\n",
		} {
			if strings.Count(text, want) != 1 {
				t.Errorf("%d times %q in\n%s", strings.Count(text, want), want, text)
			}
		}
		a.Close()
		w.stop()
	})
}
