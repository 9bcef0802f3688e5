package plan

import (
	"strings"

	"obelisk/dialplan"
	"obelisk/internal/config"
)

// callerIDOfOld tells of a variable named as the caller's number was in old versions. One that a step reads may be
// somebody's own.
func (s *step) callerIDOfOld(name string) {
	severity := config.Warning
	if s.j.reads(name) {
		severity = config.Note
	}
	s.j.SayAs(severity, "plan-callerid-function", s.Step.Pos, "Set(CALLERID(num)=...)",
		"%s: '%s' is a variable of that name: the caller's number is CALLERID(num), his name CALLERID(name)", s.Step.App, name)
}

// namesContext tells of a variable that has to name a context, and names none.
func (s *step) namesContext(name, value string) {
	value = strings.TrimSpace(value)
	if what := contextNames[strings.TrimLeft(name, "_")]; what != "" && known(value) && !s.j.hasContext(value) {
		s.say("plan-context-missing", s.j.likeContext(value), "there is no context '%s', in which %s: it does not exist, and each fails", value,
			what)
	}
}

// reads says whether a step reads a variable by its name.
func (j *judge) reads(name string) (found bool) {
	name = strings.TrimLeft(name, "_")
	j.plan.EachStep(func(at dialplan.Place) {
		text := at.Step.Args.Raw()
		found = found || strings.Contains(text, "${"+name+"}") || strings.Contains(text, "${"+name+":")
	})
	return found
}

// contextNames are variables that name a context of the dialplan, with what is done there.
var contextNames = map[string]string{"TRANSFER_CONTEXT": "the number of a transfer is looked for", "FORWARD_CONTEXT": "the number that a " +
	"phone forwards to is looked for"}
