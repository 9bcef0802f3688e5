package app

import (
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/pbx"
	"obelisk/pbx/event"
)

// recordApps change call records.
var recordApps = []pbx.App{
	{Name: "NoCDR", Synopsis: "Make no call record of this call", Usage: "NoCDR()", Exec: func(c *pbx.Channel, _ string) dialplan.Result {
		c.Records().Disable(true)
		return dialplan.Continue
	}},
	{Name: "ResetCDR", Synopsis: "Begin the call records anew",
		Usage: "ResetCDR([options])\n  v  keep their variables\n  e  make records again after NoCDR", Exec: resetCDR},
	{Name: "CELGenUserEvent", Synopsis: "Write an event of one's own into the log of channel events",
		Usage: "CELGenUserEvent(name[,text])\n  the event is a USER_DEFINED one; cel.conf says where it is written", Exec: celUserEvent},
	{Name: "ForkCDR", Synopsis: "Begin a second call record", Usage: "ForkCDR([options])\n  a  the new one is answered now, if the call " +
		"was\n  e  end the old ones\n  r  the new one begins now, answered\n  v  the new one has the variables of the old one", Exec: forkCDR},
}

func resetCDR(c *pbx.Channel, args string) dialplan.Result {
	if strings.Contains(args, "e") {
		c.Records().Disable(false)
	}
	c.Records().Reset(strings.Contains(args, "v"), time.Now())
	return dialplan.Continue
}

func forkCDR(c *pbx.Channel, args string) dialplan.Result {
	c.Records().Fork(pbx.RecordFork{AnswerNow: strings.Contains(args, "a"), EndOld: strings.Contains(args, "e"),
		StartNow: strings.Contains(args, "r"), KeepVars: strings.Contains(args, "v")}, time.Now())
	return dialplan.Continue
}

func celUserEvent(c *pbx.Channel, args string) dialplan.Result {
	if f := dialplan.SplitArgs(args, 3); args != "" {
		c.Core().Tell(event.Logged{Channel: c.Snapshot(), Type: word(f, 0), Extra: word(f, 1)})
	}
	return dialplan.Continue
}
