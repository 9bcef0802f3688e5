package plan

import (
	"slices"
	"strings"

	"obelisk/channels/chansip/sipconf"
	"obelisk/dialplan"
	"obelisk/internal/config"
)

// helpOfOthers tells of a phone that dials some numbers and none for help, where those of another context have one as
// an extension of its own.
func (j *judge) helpOfOthers(p *sipconf.Peer) bool {
	x := j.plan.Contexts[p.Context]
	if x == nil || len(x.Switches) > 0 || j.help(p.Context) != "" || j.helpByPattern(p.Context) {
		return false
	}
	for _, o := range j.sip.Peers {
		number := j.help(o.Context)
		if !o.Dynamic || o.Context == p.Context || number == "" {
			continue
		}
		j.SayAs(config.Note, "plan-no-emergency", p.Line("context"), "include => the context that has "+number, "phone '%s' cannot dial %s: its "+
			"context '%s' has no number for help, and that of '%s' ('%s') has: whoever stands before this phone reaches nobody", p.Name, number,
			p.Context, o.Name, o.Context)
		return true
	}
	return false
}

// help is the number for help that is an extension of its own in a context, and calls or goes on; "" without one.
func (j *judge) help(context string) (number string) {
	j.eachIn(context, map[string]bool{}, func(e *dialplan.Extension) {
		if !slices.Contains([]string{"112", "911", "999"}, e.Name) {
			return
		}
		if slices.ContainsFunc(e.Priorities(), func(s *dialplan.Priority) bool {
			return strings.EqualFold(s.App, "Dial")
		}) {
			number = e.Name
		}
	})
	return number
}

// helpByPattern says whether a context takes a number for help by a pattern.
func (j *judge) helpByPattern(context string) (found bool) {
	j.eachIn(context, map[string]bool{}, func(e *dialplan.Extension) {
		found = found || slices.ContainsFunc(emergencies, e.Matches)
	})
	return found
}
