package boot

import (
	"slices"
	"strings"

	"obelisk/channels/chansip/sipconf"
	"obelisk/dialplan"
	"obelisk/internal/config"
	"obelisk/pbx"
)

// doubts finds what the dialplan will hardly do as it was meant.
func doubts(core *pbx.Core, d *sipconf.Directory, p *dialplan.Plan) []config.Diagnostic {
	set := map[string]bool{}
	if d != nil {
		for _, peer := range d.Peers {
			for _, v := range peer.SetVars {
				set[strings.TrimLeft(v[0], "_")] = true
			}
		}
	}
	return append(p.Doubts(endsHere, jumpsOf(core)), p.Unset(func(name string) bool { return set[name] })...)
}

// jumpsOf are the places that a step names, as far as they are written.
func jumpsOf(core *pbx.Core) func(*dialplan.Priority) []string {
	return func(s *dialplan.Priority) []string {
		if a := core.App(s.App); a != nil && a.Targets != nil {
			return a.Targets(s.Args.Raw())
		}
		return nil
	}
}

// ending are the applications that never go on to the next priority.
var ending = []string{"hangup", "return", "congestion", "busy", "goto", "macroexit"}

// endsHere says whether the step does not go on. A Goto whose target is empty does.
func endsHere(s *dialplan.Priority) bool {
	app := strings.ToLower(s.App)
	return slices.Contains(ending, app) && (app != "goto" || strings.TrimSpace(s.Args.Raw()) != "" && s.Args.Literal())
}
