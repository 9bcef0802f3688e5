// Package app has the dialplan applications, one file for each family.
package app

import (
	"strings"

	"obelisk/dialplan"
	"obelisk/pbx"
	"obelisk/pbx/prompt"
	"obelisk/sounds"
)

// Register adds all applications to a core.
func Register(core *pbx.Core, lib *sounds.Library) {
	p := player{&prompt.Player{Lib: lib}}
	for _, family := range [][]pbx.App{
		callControl, logic, subroutines, blocks, execution, macros, hashApps,
		p.apps(), p.keys(), p.sayers(), {p.recordApp()}, waiting(), {sendDTMFApp},
		{p.dialApp(), p.retryDialApp(), chanIsAvailApp}, p.pickupApps(), transferApps, p.bridgeApps(), channelApps, messageApps, recordApps,
		{dumpChanApp},
		absent,
	} {
		for _, a := range family {
			core.RegisterApp(a)
		}
	}
	core.SetInterception(interception)
	core.RegisterFunc(p.sayFiles())
	core.RegisterFunc(recordingInfo)
}

// word is one argument without surrounding blanks.
func word(args []string, i int) string {
	if i < len(args) {
		return strings.TrimSpace(args[i])
	}
	return ""
}

// after is for applications that have to do with the caller: Continue, or End when the
// channel is gone. In "h" most others go on, as in Asterisk.
func after(c *pbx.Channel) dialplan.Result {
	if c.Gone() {
		return dialplan.End
	}
	return dialplan.Continue
}
