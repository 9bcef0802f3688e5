package check

import (
	"slices"
	"strings"

	"obelisk/dialplan"
)

// doubtful reports what the dialplan will hardly do as it was meant: steps that no call reaches,
// variables that are set nowhere.
func (l *linter) doubtful() {
	set := map[string]bool{}
	if l.sip != nil {
		for _, peer := range l.sip.Peers {
			for _, v := range peer.SetVars {
				set[strings.TrimLeft(v[0], "_")] = true
			}
		}
	}
	l.out = append(l.out, l.plan.Doubts(endsHere, l.jumps)...)
	l.out = append(l.out, l.plan.Unset(func(name string) bool { return set[name] })...)
}

// jumps are the places that a step names, as far as they are written.
func (l *linter) jumps(s *dialplan.Priority) []string {
	if a := l.Core().App(s.App); a != nil && a.Targets != nil {
		return a.Targets(s.Args.Raw())
	}
	return nil
}

// ending are the applications that never go on to the next priority.
var ending = []string{"hangup", "return", "congestion", "busy", "goto", "macroexit"}

// endsHere says whether the step does not go on. A Goto whose target is empty does.
func endsHere(s *dialplan.Priority) bool {
	app := strings.ToLower(s.App)
	return slices.Contains(ending, app) && (app != "goto" || strings.TrimSpace(s.Args.Raw()) != "" && s.Args.Literal())
}
