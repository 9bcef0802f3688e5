package app

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/pbx"
)

var dumpChanApp = pbx.App{Name: "DumpChan", Synopsis: "Tell the console all about the channel",
	Usage: "DumpChan([level]): where the console shows that level", Exec: dumpChan}

// dumpChan writes what the channel is and its variables, in Asterisk's form.
func dumpChan(c *pbx.Channel, args string) dialplan.Result {
	level := 0
	fmt.Sscan(args, &level) // what is no number is 0
	level = min(max(level, 0), 4)
	if !c.Shows(level) {
		return dialplan.Continue
	}
	v := c.View()
	var b strings.Builder
	row := func(name, value string) { fmt.Fprintf(&b, "%-20s%s\n", name+"=", value) }
	or := func(s string) string { return cmp.Or(s, "(N/A)") }
	row("Name", c.Name())
	row("Type", c.TechName())
	row("UniqueID", c.UniqueID())
	row("LinkedID", v.LinkedID)
	row("CallerIDNum", or(v.CallerID.Num))
	row("CallerIDName", or(v.CallerID.Name))
	row("ConnectedLineIDNum", or(v.Connected.Num))
	row("ConnectedLineIDName", or(v.Connected.Name))
	row("Language", v.Language)
	row("State", fmt.Sprintf("%s (%d)", v.State, v.State))
	_, _, left := c.Timeouts()
	row("TimetoHangup", fmt.Sprint(int(left/time.Second)))
	row("Context", v.At.Context)
	row("Extension", v.At.Exten)
	row("Priority", fmt.Sprint(v.At.Priority))
	row("Application", or(v.App))
	row("Data", cmp.Or(v.AppData, "(Empty)"))
	b.WriteString("\nVariables:\n")
	c.EachVar(func(name, value string) { fmt.Fprintf(&b, "%s=%s\n", name, value) })
	line := strings.Repeat("=", 80)
	c.Show(level, "app_dumpchan.c", "%s", "\nDumping Info For Channel: "+c.Name()+":\n"+line+"\nInfo:\n"+b.String()+line)
	return dialplan.Continue
}
