package wording

import (
	"fmt"
	"strconv"
	"time"

	"obelisk/pbx/cdr"
	"obelisk/pbx/event"
)

// ofChannel are the events of one channel.
func ofChannel(e event.Event) event.News {
	switch e := e.(type) {
	case event.ChannelBegins:
		return news("Newchannel", e.Channel)
	case event.StateChanges:
		return news("Newstate", e.Channel)
	case event.CallerIDChanges:
		return news("NewCallerid", e.Channel, "CID-CallingPres", fmt.Sprintf("%d (%s)", e.Presentation, e.PresentationText))
	case event.ConnectedLineChanges:
		return news("NewConnectedLine", e.Channel)
	case event.AccountChanges:
		return news("NewAccountCode", e.Channel, "OldAccountCode", e.Old)
	case event.Step:
		return of("dialplan", news("Newexten", e.Channel, "Extension", e.Exten, "Application", e.App, "AppData", e.Data))
	case event.VariableSet:
		if e.Channel == nil {
			return of("dialplan", news("VarSet", nil, "Channel", "none", "Uniqueid", "none", "Variable", e.Name, "Value", event.Escaped(e.Value)))
		}
		return of("dialplan", news("VarSet", e.Channel, "Variable", e.Name, "Value", event.Escaped(e.Value)))
	case event.Key:
		return key(e)
	case event.Flash:
		return news("Flash", e.Channel)
	case event.Hold:
		return news(choose(e.On, "Hold", "Unhold"), e.Channel)
	case event.Music:
		if e.On {
			return news("MusicOnHoldStart", e.Channel, "Class", e.Class)
		}
		return news("MusicOnHoldStop", e.Channel)
	case event.Talking:
		if e.On {
			return news("ChannelTalkingStart", e.Channel)
		}
		return news("ChannelTalkingStop", e.Channel, "Duration", milliseconds(e.Lasted))
	case event.HangupAsked:
		n := news(choose(e.Soft, "SoftHangupRequest", "HangupRequest"), e.Channel)
		if e.Cause != event.NoCause {
			n.Fields = fields([]string{"Cause", strconv.Itoa(e.Cause)})
		}
		return n
	case event.SessionTimeout:
		return news("SessionTimeout", e.Channel, "Source", e.Source)
	case event.Hangup:
		return news("Hangup", e.Channel, "Cause", strconv.Itoa(e.Cause), "Cause-txt", e.Text)
	case event.HangupHandler:
		name := [...]string{event.HandlerPushed: "HangupHandlerPush", event.HandlerPopped: "HangupHandlerPop",
			event.HandlerRuns: "HangupHandlerRun"}[e.What]
		return of("dialplan", news(name, e.Channel, "Handler", e.Handler))
	}
	return event.News{}
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

func key(e event.Key) event.News {
	direction := choose(e.Received, "Received", "Sent")
	if e.Ends {
		return of("dtmf", news("DTMFEnd", e.Channel, "Digit", string(e.Digit), "DurationMs", milliseconds(e.Lasted), "Direction", direction))
	}
	return of("dtmf", news("DTMFBegin", e.Channel, "Digit", string(e.Digit), "Direction", direction))
}

func dial(e event.Dial) event.News {
	var pairs []string
	if e.Stage == event.DialBegins {
		pairs = []string{"DialString", e.DialString}
	} else {
		if e.Forward != "" {
			pairs = []string{"Forward", e.Forward}
		}
		pairs = append(pairs, "DialStatus", e.Status)
	}
	name := [...]string{event.DialBegins: "DialBegin", event.DialGoesOn: "DialState", event.DialEnds: "DialEnd"}[e.Stage]
	n := news(name, e.Caller, pairs...)
	n.Dest = e.Callee
	return n
}

// record are the fields of a call record.
func record(r *cdr.Record) []event.Field {
	moment := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.Format(time.DateTime)
	}
	return fields([]string{"AccountCode", r.AccountCode, "Source", r.Src, "Destination", r.Dst, "DestinationContext", r.DContext,
		"CallerID", r.CLID, "Channel", r.Channel, "DestinationChannel", r.DstChannel, "LastApplication", r.LastApp,
		"LastData", r.LastData, "StartTime", moment(r.Start), "AnswerTime", moment(r.Answer), "EndTime", moment(r.End),
		"Duration", strconv.Itoa(r.Duration()), "BillableSeconds", strconv.Itoa(r.Billsec()), "Disposition", r.Disposition,
		"AMAFlags", r.AMAFlags, "UniqueID", r.UniqueID, "UserField", r.UserField})
}
