package app

import (
	"strings"

	"obelisk/dialplan"
	"obelisk/pbx"
)

// recordApps change call records.
var recordApps = []pbx.App{
	{Name: "NoCDR", Synopsis: "Make no call record of this call", Usage: "NoCDR()", Exec: func(c *pbx.Channel, _ string) dialplan.Result {
		c.DisableRecords(true)
		return dialplan.Continue
	}},
	{Name: "ResetCDR", Synopsis: "Begin the call record anew", Usage: "ResetCDR([options])\n  v  keep its variables\n  e  make records again after NoCDR", Exec: resetCDR},
	{Name: "ForkCDR", Synopsis: "Begin a second call record", Usage: "ForkCDR([options])\n  a  the new one is answered now, if the old one was\n  e  end the old one\n  r  the new one begins now\n  v  the new one has no variables", Exec: forkCDR},
}

func resetCDR(c *pbx.Channel, args string) dialplan.Result {
	if strings.Contains(args, "e") {
		c.DisableRecords(false)
	}
	c.ResetRecord(strings.Contains(args, "v"))
	return dialplan.Continue
}

func forkCDR(c *pbx.Channel, args string) dialplan.Result {
	c.ForkRecord(pbx.Fork{AnswerNow: strings.Contains(args, "a"), EndOld: strings.Contains(args, "e"), StartNow: strings.Contains(args, "r"), NoVars: strings.Contains(args, "v")})
	return dialplan.Continue
}
