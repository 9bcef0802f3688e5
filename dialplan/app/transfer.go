package app

import (
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/pbx"
)

var transferApps = []pbx.App{
	{Name: "Transfer", Synopsis: "Ask the caller's phone to call elsewhere",
		Usage: "Transfer([Tech/]destination)\n  sets TRANSFERSTATUS and TRANSFERSTATUSPROTOCOL", Exec: transfer},
}

// transferPatience is how long a phone may take to say what became of it.
const transferPatience = 32 * time.Second

func transfer(c *pbx.Channel, args string) dialplan.Result {
	dest := strings.TrimSpace(args)
	tech, rest, named := strings.Cut(dest, "/")
	if named {
		dest = rest
	}
	leg, able := c.Leg().(pbx.Referrer)
	status, code := "FAILURE", "0"
	switch {
	case dest == "":
		c.Warn("Transfer requires an argument ([Tech/]destination)")
	case named && !strings.EqualFold(tech, c.TechName()), !able || !leg.Refer(dest):
		status = "UNSUPPORTED"
	default:
		if code = referred(c); strings.HasPrefix(code, "2") || strings.HasPrefix(code, "3") {
			status = "SUCCESS"
		}
	}
	c.SetVar("TRANSFERSTATUS", status)
	c.SetVar("TRANSFERSTATUSPROTOCOL", code)
	return dialplan.Continue
}

// referred waits for the outcome: a status code, 0 when none came.
func referred(c *pbx.Channel) string {
	e, why := c.Await(pbx.Wait{For: transferPatience, Kinds: pbx.Kinds(pbx.EventReferred)})
	if why != pbx.Came {
		return "0"
	}
	return e.Text
}
