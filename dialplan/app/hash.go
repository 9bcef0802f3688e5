package app

import (
	"strings"

	"obelisk/dialplan"
	"obelisk/pbx"
)

// hashApps are about variables of several channels, or several of one.
var hashApps = []pbx.App{
	{Name: "ClearHash", Synopsis: "Forget a table of HASH()", Usage: "ClearHash(table)", Exec: clearHash},
	{Name: "ImportVar", Synopsis: "Set a variable to that of another channel (use IMPORT)", Usage: "ImportVar(name=channel,variable)",
		Exec: importVar},
	{Name: "SetAMAFlags", Synopsis: "Say what the call record is for (use CHANNEL(amaflags))",
		Usage: "SetAMAFlags(omit|billing|documentation)", Exec: setAMAFlags},
}

func clearHash(c *pbx.Channel, args string) dialplan.Result {
	var names []string
	c.EachVar(func(name, _ string) {
		if strings.HasPrefix(name, "~HASH~"+args+"~") {
			names = append(names, name)
		}
	})
	for _, name := range names {
		c.UnsetVar(name)
	}
	return dialplan.Continue
}

func importVar(c *pbx.Channel, args string) dialplan.Result {
	name, of, _ := strings.Cut(args, "=")
	if channel, variable, ok := strings.Cut(of, ","); ok {
		value := ""
		if o := c.Core().Channel(channel); o != nil {
			value = dialplan.Expand("${"+variable+"}", o)
		}
		c.SetVar(name, value)
	}
	return dialplan.Continue
}

func setAMAFlags(c *pbx.Channel, args string) dialplan.Result {
	if err := c.WriteFunction("CHANNEL", "amaflags", args); err != nil && args != "" {
		c.Warn("SetAMAFlags: " + err.Error())
	}
	return dialplan.Continue
}
