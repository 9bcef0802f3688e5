package plan

import (
	"strings"

	"obelisk/dialplan"
	"obelisk/internal/check/look"
)

// kept looks at a device of a hint that another file has, or that is a place where calls are parked.
func (j *judge) kept(e *dialplan.Extension, device string) {
	kind, name, ok := strings.Cut(device, ":")
	if !ok || !known(name) || name == "" {
		return
	}
	say := func(hint, format string, args ...any) {
		j.Say("plan-hint-endpoint", e.Hint.Pos, hint, "the hint of extension '"+e.Name+"' is about '"+device+"': "+format+
			", and its lamp never lights", args...)
	}
	switch strings.ToLower(kind) {
	case "park":
		place, context, in := strings.Cut(name, "@")
		if !in {
			say("Park:"+place+"@parkedcalls", "no context stands behind the @, where the place is")
		} else if !j.hasContext(context) {
			say(j.likeContext(context), "there is no context '%s', where the place would be", context)
		} else if !j.plan.Exists(context, place, dialplan.Query{}) && j.File("res_parking.conf") != nil {
			say("", "no parking lot has the place %s in context '%s'", place, context)
		}
	case "queue":
		name, _ = strings.CutSuffix(name, "_avail")
		if names, there := j.sectionsOf("queues.conf"); there && !contains(names, name) {
			say(look.Like(name, names), "there is no queue '%s' in queues.conf", name)
		}
	case "agent":
		if names, there := j.sectionsOf("agents.conf"); there && !contains(names, name) {
			say(look.Like(name, names), "there is no agent '%s' in agents.conf", name)
		}
	}
}
