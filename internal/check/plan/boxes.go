package plan

import (
	"regexp"
	"slices"
	"strings"

	"obelisk/dialplan"
)

// boxOfDefault tells of a box that a call names, without a context, where none is in [default].
func (s *step) boxOfDefault(text string) {
	all, elsewhere := s.j.Boxes(), ""
	for _, homes := range all.Homes {
		if slices.Contains(homes, "default") {
			return
		}
		elsewhere = homes[0]
	}
	if elsewhere == "" || !boxNumber.MatchString(text) || strings.Contains(text, "ARG") && s.j.passesBoxes(s.Context.Name) {
		return
	}
	s.say("plan-voicemail-missing", text+"@"+elsewhere, "%s has no @context, and a box without one is in [default], where "+
		"voicemail.conf has none: "+
		"no box is found", text)
}

// boxNumber is a number of the call, or an argument of a subroutine, and nothing else.
var boxNumber = regexp.MustCompile(`^\$\{(EXTEN(:-?[0-9]+)?|CALLERID\(num(ber)?\)|ARG[1-9]|MACRO_EXTEN)\}$`)

// passesBoxes says whether a step may hand the subroutines of a context a box with its own one.
func (j *judge) passesBoxes(context string) (may bool) {
	j.plan.EachStep(func(at dialplan.Place) {
		text := at.Step.App + "(" + at.Step.Args.Raw()
		app := strings.ToLower(at.Step.App)
		if !strings.HasPrefix(app, "gosub") && !strings.HasPrefix(app, "macro") && !strings.Contains(text, "U(") {
			return
		}
		if at.Context.Name == context || strings.Contains(text, strings.TrimPrefix(context, "macro-")) ||
			strings.HasPrefix(strings.ToLower(text), app+"(${") {
			may = may || strings.Contains(text, "@") || handed.MatchString(text)
		}
	})
	return may
}

// handed is a variable whose value is not a number that was dialled.
var handed = regexp.MustCompile(`[(,]\$\{(?:[A-DF-Z_a-z]|E[A-WYZ])[A-Za-z_0-9]*\}`)

// withValues is a text with the variables that global ones, or steps before this one in its extension, have set.
func (s *step) withValues(text string) string {
	text = s.j.Known(text)
	for _, o := range s.Extension.Priorities() {
		name, value, ok := strings.Cut(strings.TrimSpace(o.Args.Raw()), "=")
		if ok && o.N < s.Step.N && strings.EqualFold(o.App, "Set") {
			text = strings.ReplaceAll(text, "${"+strings.TrimLeft(name, "_")+"}", value)
		}
	}
	return text
}
