package ami

import (
	"strings"
	"testing"
	"time"

	"obelisk/pbx"
)

// Channels: their variables, their end, keys and texts.
func TestChannels(t *testing.T) {
	inWorld(t, func(w *world) {
		ch := w.calls("desk", "wait")
		p := w.quiet("admin")
		p.rows([][2]string{
			{"Setvar\nVariable: G\nValue: all", "Response: Success\nMessage: Variable Set"},
			{"Setvar\nChannel: Phone/desk-00000000\nVariable: V\nValue: a: b", "Response: Success\nMessage: Variable Set"},
			{"Setvar\nChannel: Phone/desk-00000000\nVariable: CALLERID(num)\nValue: 8", "Response: Success\nMessage: Variable Set"},
			{"Getvar\nVariable: G\nActionID: 1", "Response: Success\nActionID: 1\nVariable: G\nValue: all"},
			{"Getvar\nChannel: Phone/desk-00000000\nVariable: V", "Response: Success\nVariable: V\nValue: a: b"},
			{"Getvar\nChannel: Phone/desk-00000000\nVariable: CALLERID(all)",
				"Response: Success\nVariable: CALLERID(all)\nValue: \"Ann\" <8>"},
			{"Getvar\nVariable: LEN(abc)", "Response: Success\nVariable: LEN(abc)\nValue: 3"},
			{"Getvar\nVariable: SHELL(id)", "Response: Success\nVariable: SHELL(id)\nValue: "}, // as live_dangerously is off
			{"Getvar\nVariable: NOSUCH(x)", "Response: Success\nVariable: NOSUCH(x)\nValue: "},
			{"SendText\nChannel: Phone/desk-00000000\nMessage: hello", "Response: Success\nMessage: Success"},
			{"PlayDTMF\nChannel: Phone/desk-00000000\nDigit: 5", "Response: Success\nMessage: DTMF successfully queued"},
			{"SendFlash\nChannel: Phone/desk-00000000", "Response: Success\nMessage: Flash successfully queued"},
			{"ControlPlayback\nChannel: Phone/desk-00000000\nControl: Forward", "Response: Success"},
			{"AbsoluteTimeout\nChannel: Phone/desk-00000000\nTimeout: 100", "Response: Success\nMessage: Timeout Set"},
		})
		if v, _ := ch.Var("V"); v != "a: b" || ch.View().CallerID.Num != "8" {
			t.Errorf("V is %q, the caller %+v", v, ch.View().CallerID)
		}
		if leg := ch.Leg().(*phone); leg.Heard() != "hello" {
			t.Errorf("the phone has %v", leg.Heard())
		}
		p.refused([][2]string{
			{"Getvar", "No variable specified"}, {"Getvar\nVariable: x\nChannel: none", "No such channel"},
			{"Setvar", "No variable specified"}, {"Setvar\nVariable: SHELL(x)\nValue: 1", "Variable not set"},
			{"Setvar\nVariable: LEN(x)\nValue: 1", "Variable not set"}, {"SendText\nChannel: x", "No Message specified"},
			{"SendText\nMessage: x", "No channel specified"}, {"SendText\nChannel: x\nMessage: y", "No such channel"},
			{"ControlPlayback\nControl: stop", "Channel not specified"}, {"ControlPlayback\nChannel: x", "Control not specified"},
			{"ControlPlayback\nChannel: x\nControl: stop", "No such channel"},
			{"ControlPlayback\nChannel: Phone/desk-00000000\nControl: x", "Unknown control type"},
			{"SendFlash", "Channel not found"}, {"SendFlash\nChannel: x", "Channel not found"},
			{"PlayDTMF\nChannel: x\nDigit: 1", "Channel not found"}, {"PlayDTMF\nChannel: Phone/desk-00000000", "No digit specified"},
			{"AbsoluteTimeout", "No channel specified"}, {"AbsoluteTimeout\nChannel: x\nTimeout: 1", "No such channel"},
			{"AbsoluteTimeout\nChannel: Phone/desk-00000000\nTimeout: x", "No timeout specified"},
			{"LocalOptimizeAway", "'Channel' not specified."},
			{"LocalOptimizeAway\nChannel: Phone/desk-00000000", "Unable to find channel"}, {"Hangup", "No channel specified"},
			{"Hangup\nChannel: none", "No such channel"},
			{"Hangup\nChannel: /[/", "Regex compile failed on: /[/"}, {"Status\nChannel: none", "No such channel"},
		})
		p.rows([][2]string{{"Hangup\nChannel: Phone/desk-00000000\nCause: 17", "Response: Success\nMessage: Channel Hungup"}})
		if ch.View().Cause != pbx.CauseBusy || w.core.Channel("Phone/desk-00000000") != nil {
			t.Errorf("it ends with cause %d", ch.View().Cause)
		}
		a, b := w.calls("a", "wait"), w.calls("b", "wait")
		got := p.ask("Action: Hangup\nChannel: /^Phone/[ab]-/")
		if got := fields(got, "Message", "Event", "Channel", "ListItems"); got != "Channels hung up will follow ChannelHungup "+a.Name()+
			" ChannelHungup "+b.Name()+" ChannelsHungupListComplete 2" {
			t.Errorf("%s", got)
		}
	})
}

// Lists of channels and of bridges.
func TestLists(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.quiet("admin")
		p.rows([][2]string{{"CoreShowChannels", "Response: Success\nEventList: start\nMessage: Channels will follow\n\n" +
			"Event: CoreShowChannelsComplete\nEventList: Complete\nListItems: 0"},
			{"BridgeList",
				"Response: Success\nEventList: start\nMessage: Bridge listing will follow\n\nEvent: BridgeListComplete\n" +
					"EventList: Complete\nListItems: 0"}})
		ch := w.calls("caller", "both")
		ch.SetVar("MARK", "m")
		time.Sleep(5 * time.Second)
		got := p.ask("Action: CoreShowChannels\nActionID: 9")
		names := strings.Split(
			"Channel,ChannelStateDesc,CallerIDNum,CallerIDName,Context,Exten,Application,ApplicationData,Duration,ChanVariable", ",")
		rows := map[string]string{}
		for _, block := range strings.Split(got, "\r\n\r\n") { // they were made in the same instant
			rows[fields(block, "Event")+fields(block, "Channel")] = fields(block, names...)
		}
		if got := rows["CoreShowChannelPhone/caller-00000000"]; got != "Phone/caller-00000000 Up 7 Ann in both MARK=m Dial "+
			"Phone/busy&Phone/desk,20 00:00:05" {
			t.Errorf("%s", got)
		}
		if got := rows["CoreShowChannelPhone/desk-00000002"]; got != "Phone/desk-00000002 Up both <unknown>   MARK= AppDial (Outgoing Line) "+
			"00:00:05" {
			t.Errorf("%s", got)
		}
		if n := strings.Count(got, "ActionID: 9\r\n"); n != 4 {
			t.Errorf("%d ActionIDs", n)
		}
		got = p.ask("Action: Status\nChannel: Phone/caller-00000000\nVariables: MARK,CALLERID(num),NONE")
		if got := fields(got, "Type", "Nativeformats", "Readformat", "Seconds", "Variable",
			"Items"); got != "Phone (ulaw|alaw) ulaw 5 MARK=m CALLERID(num)=7 NONE=(null) 1" {
			t.Errorf("%s", got)
		}
		got = p.ask("Action: BridgeList")
		id := fields(got, "BridgeUniqueid")
		if fields(got, "BridgeNumChannels", "ListItems") != "2 1" || id != ch.View().BridgeID {
			t.Errorf("%s", got)
		}
		got = p.ask("Action: BridgeInfo\nBridgeUniqueid: " + id)
		if fields(got, "BridgeNumChannels") != "2" || !strings.Contains(got, "BridgeInfoChannel\r\nChannel: Phone/caller-00000000\r\n") ||
			!strings.Contains(got, "BridgeInfoChannel\r\nChannel: Phone/desk-00000002\r\n") {
			t.Errorf("%s", got)
		}
		p.refused([][2]string{{"BridgeInfo", "BridgeUniqueid must be provided"},
			{"BridgeInfo\nBridgeUniqueid: x", "Specified BridgeUniqueid not found"}, {"BridgeDestroy", "BridgeUniqueid must be provided"},
			{"BridgeKick\nBridgeUniqueid: x\nChannel: y", "Channel does not exist"}, {"BridgeKick", "Channel must be provided"},
			{"BridgeKick\nChannel: x", "Channel does not exist"}})
		alone := w.calls("alone", "wait")
		p.refused([][2]string{{"BridgeKick\nChannel: " + alone.Name(), "Channel is not in a bridge"}})
		p.rows([][2]string{{"BridgeKick\nChannel: Phone/desk-00000002\nBridgeUniqueid: " + id, "Response: Success\n" +
			"Message: Channel has been kicked"}})
		if list := w.core.Channels(); len(list) != 1 || list[0] != alone {
			t.Errorf("%d channels are left", len(list))
		}
		again := w.calls("caller", "both")
		time.Sleep(2 * time.Second)
		p.rows([][2]string{{"BridgeDestroy\nBridgeUniqueid: " + again.View().BridgeID, "Response: Success\n" +
			"Message: Bridge has been destroyed"}})
		if n, _, _ := w.core.Counts(); n != 1 {
			t.Errorf("%d channels are left", n)
		}
	})
}

// Calls that are begun, and sent elsewhere.
func TestCalls(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.quiet("admin")
		p.refused([][2]string{
			{"Originate", "Channel not specified"}, {"Originate\nChannel: Phone", "Invalid channel"},
			{"Originate\nChannel: Phone/desk\nTimeout: x", "Invalid timeout"},
			{"Originate\nChannel: Phone/desk\nExten: wait", "Originate with 'Exten' requires 'Context' and 'Priority'"},
			{"Originate\nChannel: Phone/desk\nExten: wait\nContext: in\nPriority: none", "Invalid priority"},
			{"Originate\nChannel: Phone/desk\nExten: 0\nContext: in\nPriority: 1", "Extension does not exist."},
			{"Originate\nChannel: Phone/none\nApplication: Wait", "Originate failed"},
			{"Originate\nChannel: Phone/busy\nApplication: Wait", "Originate failed"}, {"Redirect", "Channel not specified"},
			{"Redirect\nChannel: x", "Context not specified"}, {"Redirect\nChannel: x\nContext: in", "Exten not specified"},
			{"Redirect\nChannel: x\nContext: in\nExten: sent", "Priority not specified"},
			{"Redirect\nChannel: x\nContext: in\nExten: sent\nPriority: none", "Priority is invalid"},
			{"Redirect\nChannel: x\nContext: in\nExten: sent\nPriority: 1", "Channel does not exist: x"},
			{"Redirect\nChannel: x\nExtraChannel: y\nContext: in\nExten: sent\nPriority: 1\nExtraContext: in", "ExtraExten not specified"},
			{"Redirect\nChannel: x\nExtraChannel: y\nContext: in\nExten: sent\nPriority: 1\nExtraContext: in\nExtraExten: sent\n" +
				"ExtraPriority: none", "ExtraPriority is invalid"},
			{"BlindTransfer", "No channel specified"}, {"BlindTransfer\nChannel: x", "No extension specified"},
			{"BlindTransfer\nChannel: x\nExten: 1", "Channel specified does not exist"},
			{"MessageSend\nBody: x", "No 'To' address specified."}, {"MessageSend\nTo: fax:1\nBody: x", "Message technology not found."},
		})
		p.ask("Action: Originate\nChannel: Phone/desk\nContext: in\nExten: wait\nPriority: 1\nCallerID: \"B\" <9>\nAccount: acc\n" +
			"Variable: A=1,B=2\nVariable: C=3")
		if got := p.read(2 * time.Second); got != "Response: Success\r\nMessage: Originate successfully queued\r\n\r\n" {
			t.Errorf("%q", got)
		}
		ch := w.core.Channels()[0]
		v := ch.View()
		if got := ch.Variable("A") + ch.Variable("B") + ch.Variable("C") + ch.Variable("FROM"); got != "123admin" ||
			v.CallerID != (pbx.CallerID{Name: "B", Num: "9"}) || v.AccountCode != "acc" || v.At.Exten != "wait" {
			t.Errorf("variables %s, %+v", got, v)
		}
		other := w.calls("caller", "ring")
		p.rows([][2]string{
			{"Redirect\nChannel: " + ch.Name() + "\nContext: in\nExten: sent\nPriority: here", "Response: Success\n" +
				"Message: Redirect successful"},
			{"Redirect\nChannel: " + ch.Name() + "\nExtraChannel: " + other.Name() + "\nContext: in\nExten: sent\n" +
				"Priority: 1", "Response: Success\nMessage: Dual Redirect successful"},
		})
		if at := ch.View().At; at.Exten != "sent" || other.View().At.Exten != "sent" {
			t.Errorf("they are at %v, %v", at, other.View().At)
		}
		p.refused([][2]string{{"Redirect\nChannel: " + ch.Name() + "\nExtraChannel: x\nContext: in\n" +
			"Exten: sent\nPriority: 1", "ExtraChannel does not exist: x"},
			{"BlindTransfer\nChannel: " + ch.Name(), "No extension specified"},
			{"BlindTransfer\nChannel: " + ch.Name() + "\nExten: sent", "Transfer failed"}})
		w.core.HangupAll(pbx.CauseNormal)
		time.Sleep(time.Second)
		caller := w.calls("caller", "both")
		time.Sleep(2 * time.Second)
		p.rows([][2]string{{"BlindTransfer\nChannel: " + caller.View().Bridged.Name() + "\nContext: in\n" +
			"Exten: sent", "Response: Success\nMessage: Transfer succeeded"}})
		if at := caller.View().At; at.Exten != "sent" || len(w.core.Channels()) != 1 {
			t.Errorf("the caller is at %v, %d channels", at, len(w.core.Channels()))
		}
	})
}

// An Originate with Async tells by an event what became of it; one that nobody takes runs "failed".
func TestAsync(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.loggedIn("admin")
		p.ask("Action: Filter\nOperation: Add\nFilter: Event: OriginateResponse|Application: NoOp")
		const begun = "Response: Success\r\nActionID: 4\r\nMessage: Originate successfully queued\r\n\r\n"
		got := p.ask("Action: Originate\nActionID: 4\nAsync: yes\nChannel: Phone/desk\nApplication: Wait\nData: 1\n"+
			"CallerID: 9") + p.read(2*time.Second)
		const names = "ActionID,Response,Channel,Application,Data,Context,Exten,Reason,CallerIDNum,CallerIDName"
		if !strings.HasPrefix(got, begun) ||
			fields(strings.TrimPrefix(got, begun), strings.Split(names, ",")...) != "4 Success Phone/desk-00000000 Wait 1 4 9 <unknown>" {
			t.Errorf("%s", got)
		}
		got = p.ask("Action: Originate\nActionID: 4\nAsync: true\nChannel: Phone/busy\nContext: in\nExten: wait\n"+
			"Priority: 1") + p.read(2*time.Second)
		rest := strings.TrimPrefix(got, begun)
		if !strings.Contains(rest, "\r\nResponse: Failure\r\nChannel: Phone/busy\r\nContext: in\r\nExten: wait\r\nReason: 5\r\nUniqueid: "+
			"<unknown>\r\n") || !strings.Contains(rest, "Application: NoOp\r\nAppData: 5\r\n") {
			t.Errorf("%s", got)
		}
	})
}

// What the switchboard says of itself, and what it is asked to do.
func TestSystem(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.quiet("admin")
		p.rows([][2]string{
			{"CoreStatus",
				"Response: Success\nCoreStartupDate: 2000-01-01\nCoreStartupTime: 00:00:00\nCoreReloadDate: 2000-01-01\n" +
					"CoreReloadTime: 00:00:00\nCoreCurrentCalls: 0\nCoreProcessedCalls: 0"},
			{"CoreSettings",
				"Response: Success\nAMIversion: 9.0.0\nAsteriskVersion: 20.20.1\nSystemName: box\nCoreMaxCalls: 100\n" +
					"CoreMaxLoadAvg: 2.500000\nCoreRunUser: \nCoreRunGroup: \nCoreMaxFilehandles: 0\nCoreRealTimeEnabled: No\n" +
					"CoreCDRenabled: Yes\nCoreHTTPenabled: No\nSoundsSearchCustomDir: Yes"},
			{"Command\nCommand: do", "Response: Success\nMessage: Command output follows\nOutput: did do\nOutput: and more"},
			{"Command\nCommand: fail", "Response: Error\nMessage: Command output follows\nOutput: did fail\nOutput: and more"},
			{"Command\nCommand: core stop now", "Response: Success..."},
			{"Reload\nModule: sip", "Response: Success\nMessage: Module Reloaded"},
			{"LoggerRotate", "Response: Success\nMessage: Reloaded the logger and rotated log files"},
			{"ModuleCheck\nModule: app_dial.so", "Response: Success\nVersion: "},
			{"ModuleLoad\nLoadType: reload\nModule: sip", "Response: Success\nMessage: Module reloaded."},
			{"GetConfig\nFilename: x.conf",
				"Response: Success\nCategory-000000: general\nLine-000000-000000: a=1\nLine-000000-000001: b=2\n" +
					"Category-000001: peer\nTemplates-000001: tpl,other\nLine-000001-000000: a=3"},
			{"GetConfig\nFilename: x.conf\nCategory: peer",
				"Response: Success\nCategory-000000: peer\nTemplates-000000: tpl,other\nLine-000000-000000: a=3"},
			{"GetConfig\nFilename: x.conf\nCategory: none", "Response: Success\nNo categories found"},
			{"GetConfig\nFilename: x.conf\nFilter: TEMPLATES=restrict", "Response: Success\nCategory-000000: tpl\nIsTemplate-000000: 1"},
			{"GetConfig\nFilename: x.conf\nFilter: a=3", "Response: Success\nCategory-000000: peer..."},
			{"ListCategories\nFilename: x.conf\nFilter: TEMPLATES=include",
				"Response: Success\nCategory-000000: general\nCategory-000001: peer"},
			{"GetConfigJSON\nFilename: x.conf",
				"Response: Success\nJSON: {\"general\":{\"a\":\"1\",\"b\":\"2\"},\"peer\":{\"templates\":\"tpl,other\",\"a\":\"3\"}}"},
			{"CreateConfig\nFilename: new.conf", "Response: Success\nMessage: New configuration file created successfully"},
			{"UpdateConfig\nSrcFilename: a.conf\nDstFilename: b.conf\nReload: sip\nAction-000000: NewCat\nCat-000000: c\n" +
				"Action-000001: Append\nCat-000001: c\nVar-000001: v\nValue-000001: w",
				"Response: Success"},
		})
		if got := w.sys.said(); got != "reload sip; rotate; reload sip; create new.conf; update a.conf b.conf [{Action:NewCat Category:c "+
			"Name: Value: Match: Line: Options:} {Action:Append Category:c Name:v Value:w Match: Line: Options:}]; keep; reload sip" {
			t.Errorf("it was asked for %s", got)
		}
		p.refused([][2]string{
			{"Command", "No command provided"}, {"Command\nCommand: !sh", "Permission denied"},
			{"Reload\nModule: nope", "No such module"},
			{"Reload\nModule: broken", "Reload refused, everything stays as it was: x.conf:1: no"},
			{"ModuleCheck\nModule: app_none.so", "Module not loaded"}, {"ModuleLoad\nLoadType: reload\nModule: nope", "No such module."},
			{"ModuleLoad\nLoadType: reload\nModule: broken", "An unknown error occurred"}, {"ModuleLoad", "Need module name"},
			{"ModuleLoad\nModule: x\nLoadType: load", "Could not load module."},
			{"ModuleLoad\nModule: x\nLoadType: unload", "Could not unload module."},
			{"ModuleLoad\nModule: x", "Incomplete ModuleLoad action."},
			{"GetConfig", "Filename not specified"}, {"GetConfig\nFilename: y.conf", "Config file not found"},
			{"CreateConfig", "Filename not specified"},
			{"CreateConfig\nFilename: bad.conf", "It cannot be written"}, {"UpdateConfig\nSrcFilename: a.conf", "Filename not specified"},
			{"UpdateConfig\nSrcFilename: a.conf\nDstFilename: bad.conf", "It cannot be written"},
		})
	})
}

// The astdb.
func TestDatabase(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.quiet("admin")
		p.rows([][2]string{
			{"DBPut\nFamily: f\nKey: k\nVal: v", "Response: Success\nMessage: Updated database successfully"},
			{"DBPut\nFamily: f\nKey: t/1\nVal: w", "Response: Success\nMessage: Updated database successfully"},
			{"DBGet\nFamily: f\nKey: k",
				"Response: Success\nEventList: start\nMessage: Result will follow\n\nEvent: DBGetResponse\nFamily: f\nKey: k\n" +
					"Val: v\n\nEvent: DBGetComplete\nEventList: Complete\nListItems: 1"},
			{"DBGetTree\nFamily: f\nKey: t",
				"Response: Success\nEventList: start\nMessage: Result will follow\n\nEvent: DBGetTreeResponse\nKey: /f/t/1\nVal: w\n" +
					"\nEvent: DBGetTreeComplete\nEventList: Complete\nListItems: 1"},
			{"DBDel\nFamily: f\nKey: k", "Response: Success\nMessage: Key deleted successfully"},
			{"DBGetTree\nFamily: none",
				"Response: Success\nEventList: start\nMessage: Result will follow\n\nEvent: DBGetTreeComplete\n" +
					"EventList: Complete\nListItems: 0"},
			{"DBDelTree\nFamily: f", "Response: Success\nMessage: Key tree deleted successfully"},
		})
		p.refused([][2]string{{"DBGet\nFamily: f\nKey: k", "Database entry not found"}, {"DBGet\nKey: k", "No family specified."},
			{"DBPut\nFamily: f", "No key specified"}, {"DBGet\nFamily: f", "No key specified."}, {"DBPut\nKey: k", "No family specified"},
			{"DBDel\nFamily: f\nKey: k", "Database entry could not be deleted"}, {"DBDelTree\nFamily: f", "Database entry not found"},
			{"DBDelTree", "No family specified."}})
	})
}

// The dialplan: shown, and changed.
func TestDialplan(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.quiet("admin")
		if got := fields(p.ask("Action: ShowDialPlan\nContext: in\nExtension: sent"), "Extension", "ExtensionLabel", "Priority", "Application",
			"AppData", "Registrar", "ListExtensions", "ListPriorities", "ListContexts"); got != "sent here 1 Wait 300 pbx_config 1 1 1" {
			t.Errorf("%s", got)
		}
		if got := fields(p.ask("Action: ShowDialPlan\nContext: in"), "IncludeContext", "IgnorePattern", "ListExtensions", "ListPriorities",
			"ListContexts", "ListItems"); got != "more 9 11 7 9 1" {
			t.Errorf("%s", got)
		}
		p.rows([][2]string{
			{"DialplanExtensionAdd\nContext: in\nExtension: new\nPriority: 1\nApplication: NoOp\nApplicationData: a",
				"Response: Success\nMessage: Added requested extension"},
			{"DialplanExtensionAdd\nContext: in\nExtension: new\nPriority: 1\nApplication: NoOp\nReplace: yes",
				"Response: Success\nMessage: Added requested extension"},
			{"DialplanExtensionRemove\nContext: in\nExtension: new", "Response: Success\nMessage: Removed the requested extension"},
		})
		p.refused([][2]string{
			{"ShowDialPlan\nContext: none", "Did not find context none"},
			{"ShowDialPlan\nContext: in\nExtension: 0", "Did not find extension 0@in"},
			{"DialplanExtensionAdd\nContext: in",
				"Context, Extension, Priority, and Application must be defined for DialplanExtensionAdd."},
			{"DialplanExtensionAdd\nContext: in\nExtension: sent\nPriority: 1\nApplication: NoOp",
				"That extension and priority already exist at that context"},
			{"DialplanExtensionRemove\nContext: in", "Context and Extension must be provided for DialplanExtensionRemove"},
			{"DialplanExtensionRemove\nContext: in\nExtension: sent\nPriority: x", "The priority specified was invalid, see warnings"},
			{"DialplanExtensionRemove\nContext: in\nExtension: none", "Failed to remove requested extension"},
		})
	})
}

// Hints, devices, presence and mailboxes.
func TestStates(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.quiet("admin")
		p.ask("Action: Setvar\nVariable: DEVICE_STATE(Custom:door)\nValue: INUSE")
		p.ask("Action: Setvar\nVariable: PRESENCE_STATE(CustomPresence:ann)\nValue: away,lunch,back soon")
		w.core.SetMailbox("1@default", pbx.Mailbox{New: 3, Old: 3, Urgent: 1})
		p.rows([][2]string{
			{"ExtensionState\nContext: in\nExten: 10",
				"Response: Success\nMessage: Extension Status\nExten: 10\nContext: in\nHint: Custom:door\nStatus: 1\nStatusText: InUse"},
			{"ExtensionState\nExten: 11",
				"Response: Success\nMessage: Extension Status\nExten: 11\nContext: default\nHint: \nStatus: -1\nStatusText: Unknown"},
			{"ExtensionStateList",
				"Response: Success\nEventList: start\nMessage: Extension Statuses will follow\n\nEvent: ExtensionStatus\nExten: 10\n" +
					"Context: in\nHint: Custom:door\nStatus: 1\nStatusText: InUse\n\nEvent: ExtensionStateListComplete\n" +
					"EventList: Complete\nListItems: 1"},
			{"PresenceState\nProvider: CustomPresence:ann",
				"Response: Success\nMessage: Presence State\nState: away\nSubtype: lunch\nMessage: back soon\nPresenceMessage: back soon"},
			{"PresenceState\nProvider: CustomPresence:x,y", "Response: Success\nMessage: Presence State\nState: not_set"},
			{"MailboxStatus\nMailbox: 1@default", "Response: Success\nMessage: Mailbox Status\nMailbox: 1@default\nWaiting: 1"},
			{"MailboxStatus\nMailbox: 2@default", "Response: Success\nMessage: Mailbox Status\nMailbox: 2@default\nWaiting: 0"},
			{"MailboxCount\nMailbox: 1@default",
				"Response: Success\nMessage: Mailbox Message Count\nMailbox: 1@default\nUrgMessages: 1\nNewMessages: 2\nOldMessages: 3"},
			{"MailboxStatus\nMailbox: 2@default,1@default", "Response: Success\nMessage: Mailbox Status\nMailbox: 2@default,1@default\nWaiting: 1"},
			{"MailboxCount\nMailbox: 1@default,1@default", "Response: Success\nMessage: Mailbox Message Count\nMailbox: 1@default,1@default\n" +
				"UrgMessages: 2\nNewMessages: 4\nOldMessages: 6"},
		})
		if got := fields(p.ask("Action: DeviceStateList"), "Device", "State", "ListItems"); got != "Custom:door INUSE 1" {
			t.Errorf("%s", got)
		}
		p.refused([][2]string{{"ExtensionState", "Extension not specified"}, {"PresenceState", "No provider specified"},
			{"PresenceState\nProvider: SIP/x", "Invalid provider SIP/x or provider in invalid state"},
			{"MailboxStatus", "Mailbox not specified"}, {"MailboxCount", "Mailbox not specified"}})
	})
}

// SIP endpoints.
func TestSIP(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.quiet("admin")
		const both = "Response: Success\nEventList: start\nMessage: Peer status list will follow\n\n" +
			"Event: PeerEntry\nChanneltype: SIP\nObjectName: ann\nChanObjectType: peer\nIPaddress: 192.0.2.1\nIPport: 5060\n" +
			"Dynamic: yes\nAutoForcerport: no\nForcerport: yes\nAutoComedia: no\nComedia: no\nVideoSupport: yes\n" +
			"TextSupport: no\nACL: no\n" +
			"Status: OK (7 ms)\nRealtimeDevice: no\nDescription: d\nAccountcode: a\n\n" +
			"Event: PeerEntry\nChanneltype: SIP\nObjectName: bob\nChanObjectType: peer\nIPaddress: -none-\nIPport: 0\nDynamic: no\n" +
			"AutoForcerport: yes\nForcerport: no\nAutoComedia: yes\nComedia: yes\nVideoSupport: no\nTextSupport: no\nACL: yes\n" +
			"Status: UNKNOWN\nRealtimeDevice: yes\nDescription: \nAccountcode: \n\nEvent: PeerlistComplete\nEventList: Complete\n" +
			"ListItems: 2"
		p.rows([][2]string{
			{"SIPpeers", both}, {"SIPshowpeer\nPeer: ann", "Response: Success\nChanneltype: SIP\nObjectName: ann"},
			{"SIPpeerstatus\nPeer: ann",
				"Response: Success\nEventList: start\nMessage: Peer status will follow\n\nEvent: PeerStatus\nPrivilege: System\n" +
					"ChannelType: SIP\nPeer: SIP/ann\nPeerStatus: Reachable\nTime: 7\n\nEvent: SIPpeerstatusComplete\n" +
					"EventList: Complete\nListItems: 1"},
			{"SIPpeerstatus",
				"Response: Success\nEventList: start\nMessage: Peer status will follow\n\nEvent: PeerStatus\nPrivilege: System\n" +
					"ChannelType: SIP\nPeer: SIP/ann\nPeerStatus: Reachable\nTime: 7\n\nEvent: PeerStatus\nPrivilege: System\n" +
					"ChannelType: SIP\nPeer: SIP/bob\nPeerStatus: Unknown\n\nEvent: PeerStatus\nPrivilege: System\n" +
					"ChannelType: SIP\nPeer: SIP/dora\nPeerStatus: Unmonitored\n\nEvent: SIPpeerstatusComplete\n" +
					"EventList: Complete\nListItems: 3"},
			{"SIPqualifypeer\nPeer: ann", "Response: Success\nMessage: SIP peer found - will qualify"},
			{"SIPnotify\nChannel: ann\nVariable: Event=x,Content=y", "Response: Success\nMessage: Notify Sent"},
			{"SIPshowregistry",
				"Response: Success\nEventList: start\nMessage: Registrations will follow\n\nEvent: RegistryEntry\nHost: h\n" +
					"Port: 5060\nUsername: u\nDomain: d\nDomainPort: 5061\nRefresh: 105\nState: Registered\n" +
					"RegistrationTime: 1000000000\n\n" +
					"Event: RegistryEntry\nHost: i\nPort: 0\nUsername: \nDomain: \nDomainPort: 0\nRefresh: 0\nState: Unregistered\n" +
					"RegistrationTime: 0\n\nEvent: RegistrationsComplete\nEventList: Complete\nListItems: 2"},
		})
		if got := strings.Join(w.sip.asked, "; "); got != "qualify ann; notify ann[[Event x] [Content y]]" {
			t.Errorf("it was asked for %s", got)
		}
		p.refused([][2]string{{"SIPshowpeer", "Peer: <name> missing."}, {"SIPshowpeer\nPeer: x", "Peer x not found."},
			{"SIPpeerstatus\nPeer: x", "No such peer"}, {"SIPpeerstatus\nPeer: dora", "No such peer"},
			{"SIPqualifypeer", "Peer: <name> missing."},
			{"SIPqualifypeer\nPeer: x", "Peer not found"},
			{"SIPnotify", "SIPNotify requires a channel name"}, {"SIPnotify\nChannel: x", "Could not create address"}})
		w.srv.rooms.SIP = nil
		p.refused([][2]string{{"SIPpeers", "SIP is not started"}, {"SIPshowpeer\nPeer: ann", "SIP is not started"},
			{"SIPpeerstatus", "SIP is not started"}, {"SIPqualifypeer\nPeer: ann", "SIP is not started"},
			{"SIPshowregistry", "SIP is not started"}, {"SIPnotify\nChannel: ann", "SIP is not started"}})
	})
}

// A channel on which another program has a function evaluated is shown like any other.
func TestStatusOfBareChannel(t *testing.T) {
	inWorld(t, func(w *world) {
		defer w.core.Drop(w.core.Bare(pbx.Nowhere))
		p := w.quiet("admin")
		if got := p.ask("Action: Status"); !strings.Contains(got, "Channel: Bogus/manager-") || !strings.Contains(got, "Items: 1") ||
			!strings.Contains(got, "Nativeformats: (nothing)") {
			t.Errorf("%q", got)
		}
	})
}

// Faxes are told of as by an Asterisk without a fax technology, and technologies of bridges are
// suspended.
func TestFaxesAndTechnologies(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.quiet("admin")
		p.rows([][2]string{
			{"FAXSessions\nActionID: 7", "Response: Success\nActionID: 7\nEventList: Start\nMessage: FAXSessionsEntry event list will follow\n\n" +
				"Event: FAXSessionsComplete\nActionID: 7\nEventList: Complete\nListItems: 0\nTotal: 0"},
			{"FAXStats", "Response: Success\nMessage: FAXStats event will follow\n\nEvent: FAXStats\nCurrentSessions: 0\nReservedSessions: 0\n" +
				"TransmitAttempts: 0\nReceiveAttempts: 0\nCompletedFAXes: 0\nFailedFAXes: 0"},
			{"BridgeTechnologySuspend\nBridgeTechnology: softmix", "Response: Success\nMessage: Suspended bridge technology"},
		})
		if got := p.ask("Action: BridgeTechnologyList"); !strings.Contains(got, "softmix\r\nBridgeType: MultiMix\r\nBridgePriority: 10\r\n"+
			"BridgeSuspended: Yes\r\n") || strings.Count(got, "BridgeSuspended: No") != 3 {
			t.Error(got)
		}
		p.rows([][2]string{{"BridgeTechnologyUnsuspend\nBridgeTechnology: softmix", "Response: Success\nMessage: Unsuspended bridge technology"}})
		if got := p.ask("Action: BridgeTechnologyList"); strings.Contains(got, "Yes") {
			t.Error(got)
		}
		p.refused([][2]string{
			{"FAXSession", "Invalid session ID"}, {"FAXSession\nSessionNumber: x", "Invalid session ID"},
			{"FAXSession\nSessionNumber: 1", "Session not found"}, {"BridgeTechnologySuspend", "BridgeTechnology must be provided"},
			{"BridgeTechnologySuspend\nBridgeTechnology: x", "BridgeTechnology not found"},
			{"BridgeTechnologyUnsuspend", "BridgeTechnology must be provided"},
			{"BridgeTechnologyUnsuspend\nBridgeTechnology: x", "BridgeTechnology not found"},
		})
	})
}
