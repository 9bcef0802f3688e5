package wording

import (
	"go/ast"
	"go/parser"
	"go/token"
	"net/netip"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"obelisk/dialplan"
	"obelisk/pbx/cdr"
	"obelisk/pbx/event"
)

var (
	a    = &event.Channel{Name: "A", UniqueID: "1"}
	b    = &event.Channel{Name: "B", UniqueID: "2"}
	room = &event.Bridge{ID: "R"}
	last = &event.Bridge{ID: "S"}
)

// words are events, and what the manager interface makes of them: name, class, then channels, bridges and
// fields in the order of Asterisk 20. "" is an event that it does not tell of.
var words = []struct {
	e    event.Event
	want string
}{
	{event.ChannelBegins{Channel: a}, "Newchannel call A"},
	{event.StateChanges{Channel: a}, "Newstate call A"},
	{event.CallerIDChanges{Channel: a, Presentation: 32, PresentationText: "x"}, "NewCallerid call A CID-CallingPres=32 (x)"},
	{event.ConnectedLineChanges{Channel: a}, "NewConnectedLine call A"},
	{event.AccountChanges{Channel: a, Old: "o"}, "NewAccountCode call A OldAccountCode=o"},
	{event.Step{Channel: a, Exten: "1", App: "Dial", Data: "x"}, "Newexten dialplan A Extension=1 Application=Dial AppData=x"},
	{event.StepMissing{Channel: a, App: "x"}, ""},
	{event.VariableSet{Name: "N", Value: "v"}, "VarSet dialplan Channel=none Uniqueid=none Variable=N Value=v"},
	{event.VariableSet{Name: "N", Value: "a?b'c\"d\\e\n\x01ü"},
		"VarSet dialplan Channel=none Uniqueid=none Variable=N Value=a\\?b\\'c\\\"d\\\\e\\n\x01ü"},
	{event.Key{Channel: a, Digit: '5', Received: true}, "DTMFBegin dtmf A Digit=5 Direction=Received"},
	{event.Key{Channel: a, Digit: '#', Ends: true, Lasted: 90 * time.Millisecond}, "DTMFEnd dtmf A Digit=# DurationMs=90 Direction=Sent"},
	{event.Flash{Channel: a}, "Flash call A"},
	{event.Hold{Channel: a, On: true}, "Hold call A"},
	{event.Hold{Channel: a}, "Unhold call A"},
	{event.Music{Channel: a, On: true, Class: "default"}, "MusicOnHoldStart call A Class=default"},
	{event.Music{Channel: a}, "MusicOnHoldStop call A"},
	{event.Prompt{Channel: a, On: true, Sound: "x"}, ""},
	{event.Talking{Channel: a, On: true}, "ChannelTalkingStart call A"},
	{event.Talking{Channel: a, Lasted: time.Second}, "ChannelTalkingStop call A Duration=1000"},
	{event.HangupAsked{Channel: a, Cause: event.NoCause}, "HangupRequest call A"},
	{event.HangupAsked{Channel: a, Soft: true, Cause: 32}, "SoftHangupRequest call A Cause=32"},
	{event.SessionTimeout{Channel: a, Source: "RTPTimeout"}, "SessionTimeout call A Source=RTPTimeout"},
	{event.Hangup{Channel: a, Cause: 16, Text: "Normal Clearing"}, "Hangup call A Cause=16 Cause-txt=Normal Clearing"},
	{event.HangupHandler{Channel: a, What: event.HandlerPopped, Handler: "h"}, "HangupHandlerPop dialplan A Handler=h"},
	{event.Dial{Callee: b, DialString: "100"}, "DialBegin call Dest:B DialString=100"},
	{event.Dial{Stage: event.DialGoesOn, Caller: a, Callee: b, Status: "RINGING"}, "DialState call A Dest:B DialStatus=RINGING"},
	{event.Dial{Stage: event.DialEnds, Caller: a, Callee: b, Status: "CANCEL", Forward: "Local/2@x"},
		"DialEnd call A Dest:B Forward=Local/2@x DialStatus=CANCEL"},
	{event.CallRecord{Record: &cdr.Record{Src: "100", Dst: "200", Channel: "A", UniqueID: "1"}}, "Cdr cdr AccountCode= Source=100 " +
		"Destination=200 DestinationContext= CallerID= Channel=A DestinationChannel= LastApplication= LastData= StartTime= AnswerTime= " +
		"EndTime= Duration=0 BillableSeconds=0 Disposition= AMAFlags= UniqueID=1 UserField="},
	{event.Logged{Channel: a, Type: "x"}, ""},
	{event.User{Channel: a, Name: "Seen", Fields: []event.Field{{Name: "K", Value: "v"}}}, "UserEvent user A UserEvent=Seen K=v"},
	{event.MessageWaiting{Mailbox: "1@x", New: 2, Old: 1}, "MessageWaiting call Mailbox=1@x Waiting=1 New=2 Old=1"},
	{event.DeviceState{Device: "SIP/1", State: "INUSE"}, "DeviceStateChange call Device=SIP/1 State=INUSE"},
	{event.HintState{Hint: event.Hint{Exten: "1", Context: "c", Text: "SIP/1"}, Status: 1, Text: "InUse"},
		"ExtensionStatus call Exten=1 Context=c Hint=SIP/1 Status=1 StatusText=InUse"},
	{event.PresenceState{Presentity: "CustomPresence:b", Presence: event.Presence{State: "away", Message: `a"b`}},
		`PresenceStateChange call Presentity=CustomPresence:b Status=away Subtype= Message=a\"b`},
	{event.HintPresence{Hint: event.Hint{Exten: "1"}, Presence: event.Presence{State: "away", Message: `a"b`}},
		`PresenceStatus call Exten=1 Context= Hint= Status=away Subtype= Message=a"b`},
	{event.PeerStatus{Peer: "SIP/1", Status: "Rejected", Cause: "C", Address: netip.MustParseAddrPort("[::1]:5")},
		"PeerStatus system ChannelType=SIP Peer=SIP/1 PeerStatus=Rejected Cause=C Address=::1 Port=5"},
	{event.PeerStatus{Peer: "SIP/1", Status: "Registered", Address: netip.MustParseAddrPort("192.0.2.1:5060")},
		"PeerStatus system ChannelType=SIP Peer=SIP/1 PeerStatus=Registered Address=192.0.2.1:5060"},
	{event.PeerStatus{Peer: "SIP/1", Status: "Lagged", Asked: true, RTT: 1999 * time.Microsecond},
		"PeerStatus system ChannelType=SIP Peer=SIP/1 PeerStatus=Lagged Time=1"},
	{event.PeerStatus{Peer: "SIP/1", Status: "Unreachable", Asked: true, RTT: -1},
		"PeerStatus system ChannelType=SIP Peer=SIP/1 PeerStatus=Unreachable Time=-1"},
	{event.News{Name: "Own", Class: "agent", Chan: a}, "Own agent A"},
	{event.BridgeBegins{Bridge: room}, "BridgeCreate call R"},
	{event.BridgeEnds{Bridge: room}, "BridgeDestroy call R"},
	{event.BridgeEntered{Bridge: room, Channel: a, Swapped: "2"}, "BridgeEnter call R A SwapUniqueid=2"},
	{event.BridgeLeft{Bridge: room, Channel: a}, "BridgeLeave call R A"},
	{event.BridgesMerge{To: room, From: last}, "BridgeMerge call To:R From:S"},
	{event.VideoSource{Bridge: room, Before: "1"}, "BridgeVideoSourceUpdate call R BridgePreviousVideoSource=1"},
	{event.BlindTransfer{By: a, Other: b, Bridge: room, To: dialplan.Location{Context: "c", Exten: "9"}, External: true},
		"BlindTransfer call Result=Success Transferer:A Transferee:B :R IsExternal=Yes Context=c Extension=9"},
	{event.AttendedTransfer{First: a, Second: b, Transferee: a, Target: b, From: room, To: last, Into: event.Destination{BridgeID: "R"}},
		"AttendedTransfer call Result=Success OrigTransferer:A Orig:R SecondTransferer:B Second:S Transferee:A TransferTarget:B " +
			"IsExternal=No DestType=Bridge DestBridgeUniqueid=R"},
	{event.AttendedTransfer{First: a, Second: b, Transferee: a, From: room, Into: event.Destination{App: "Playback"}},
		"AttendedTransfer call Result=Success OrigTransferer:A Orig:R SecondTransferer:B Transferee:A IsExternal=No DestType=App " +
			"DestApp=Playback"},
	{event.Pickup{By: a, Target: b}, "Pickup call :A Target:B"},
	{event.LocalBridged{One: a, Two: b, Context: "c", Exten: "1", Optimizes: true},
		"LocalBridge call LocalOne:A LocalTwo:B Context=c Exten=1 LocalOptimization=Yes"},
	{event.LocalOptimized{One: a, Two: b, Begins: true, Source: b, ID: 7},
		"LocalOptimizationBegin call LocalOne:A LocalTwo:B Source:B DestUniqueId=1 Id=7"},
	{event.LocalOptimized{One: a, Two: b, ID: 7}, "LocalOptimizationEnd call LocalOne:A LocalTwo:B Success=Yes Id=7"},
	{event.Parked{What: event.ParkingFetched, Parkee: a, Retriever: b,
		Call: event.ParkedCall{Lot: "default", Space: 701, Left: 45 * time.Second}},
		"UnParkedCall call Parkee:A Retriever:B ParkerDialString= Parkinglot=default ParkingSpace=701 ParkingTimeout=45 ParkingDuration=0"},
}

// said is an event in one line.
func said(n event.News) string {
	if n.Name == "" {
		return ""
	}
	out := []string{n.Name, n.Class}
	if n.Bridge != nil {
		out = append(out, n.Bridge.ID)
	}
	if n.Chan != nil {
		out = append(out, n.Chan.Name)
	}
	if n.Dest != nil {
		out = append(out, "Dest:"+n.Dest.Name)
	}
	for _, p := range append([]event.Part{{Fields: n.Fields}}, n.Parts...) {
		switch {
		case p.Chan != nil:
			out = append(out, p.Prefix+":"+p.Chan.Name)
		case p.Bridge != nil:
			out = append(out, p.Prefix+":"+p.Bridge.ID)
		}
		for _, f := range p.Fields {
			out = append(out, f.Name+"="+f.Value)
		}
	}
	return strings.Join(out, " ")
}

func TestWords(t *testing.T) {
	for _, c := range words {
		if got := said(Event(c.e)); got != c.want {
			t.Errorf("%T: %s\nwant %s", c.e, got, c.want)
		}
	}
}

// Every type of package event stands in the table above.
func TestEveryEvent(t *testing.T) {
	tested := map[string]bool{}
	for _, c := range words {
		tested[reflect.TypeOf(c.e).Name()] = true
	}
	names, err := filepath.Glob("../../../pbx/event/*.go")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Name.Name != "event" || f.Recv == nil {
				continue
			}
			if name := f.Recv.List[0].Type.(*ast.Ident).Name; !tested[name] {
				t.Errorf("event %s has no row", name)
			}
		}
	}
}
