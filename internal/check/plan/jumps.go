package plan

import (
	"strings"

	"obelisk/internal/check/look"
)

// macro looks at Macro(name,arguments), which leads to extension s of [macro-name].
func (s *step) macro() {
	name := s.arg(0)
	if known(name) {
		s.macroThere(name)
	}
	s.note("plan-macro-old", "Gosub(name,s,1(arguments))", "Macro is deprecated since Asterisk 13 and gone since 21: Gosub does the same")
}

func (s *step) macroThere(name string) {
	x := s.j.plan.Contexts["macro-"+name]
	switch {
	case x == nil:
		var macros []string
		for _, c := range s.j.Contexts() {
			if m, ok := strings.CutPrefix(c, "macro-"); ok {
				macros = append(macros, m)
			}
		}
		s.say("plan-macro-missing", look.Like(name, macros),
			"there is no context 'macro-%s': it does not exist, nothing is run, and the call goes on at the next step", name)
	case !s.j.has(x, "s"):
		s.say("plan-macro-missing", "exten => s,1,...",
			"context 'macro-%s' has no extension s: there is no such place to begin, and nothing is run", name)
	}
}

// jump looks at Goto(context,extension,priority).
func (s *step) jump() {
	s.offsetOutside()
	s.nowhere()
	switch {
	case s.args == "":
		s.say("plan-arguments-missing", "Goto(context,extension,1)", "no target: the call goes on at the next step")
	case len(s.f) == 1 && known(s.args) && s.j.hasContext(strings.FieldsFunc(s.args+":", parts)[0]) && !s.j.hasContext(s.args) &&
		strings.ContainsAny(s.args, ":/;."):
		s.say("plan-goto-form", "Goto("+strings.Join(strings.FieldsFunc(s.args, parts), ",")+")",
			"context, extension and priority are parted by commas: '%s' is looked for as one label, which is not there", s.args)
	case len(s.f) > 3:
		s.say("plan-goto-form", "Goto(context,extension,1)", "more than context, extension and priority: the priority is read as '%s'",
			strings.Join(s.f[2:], ","))
	case len(s.f) == 3 && known(s.arg(0)) && number(s.arg(0)) && !s.j.hasContext(s.arg(0)) && s.j.hasContext(s.arg(1)):
		s.say("plan-arguments-swapped", "Goto("+s.arg(1)+","+s.arg(0)+","+s.arg(2)+")",
			"context and extension are swapped: the order is context, extension, priority")
	case len(s.f) == 3 && known(s.arg(2)) && s.j.hasContext(s.arg(2)) && !s.j.hasContext(s.arg(0)):
		s.say("plan-arguments-swapped", "Goto("+s.arg(2)+","+s.arg(0)+","+s.arg(1)+")",
			"the context stands last: the order is context, extension, priority")
	case len(s.f) == 2 && known(s.arg(0)) && s.j.hasContext(s.arg(0)) && !s.j.has(s.Context, s.arg(0)):
		s.note("plan-goto-form", "Goto("+s.arg(0)+",s,"+s.arg(1)+")",
			"'%s' is a context: with two arguments the first one is an extension of this context", s.arg(0))
	case len(s.f) == 1 && known(s.arg(0)) && s.j.hasContext(s.arg(0)) && s.Extension.Label(s.arg(0)) == nil:
		s.note("plan-goto-form", "Goto("+s.arg(0)+",s,1)", "'%s' is a context: with one argument it is a priority or a label of this extension",
			s.arg(0))
	}
}

// parts says whether a sign is one that people part context, extension and priority by who know other programs.
func parts(r rune) bool { return strings.ContainsRune(":/;.", r) }

// gosub looks at Gosub(context,extension,priority(arguments)).
func (s *step) gosub() {
	s.offsetOutside()
	if s.args == "" {
		s.say("plan-arguments-missing", "Gosub(context,s,1)", "no target: the call ends")
		return
	}
	if len(s.f) > 3 && !strings.Contains(s.arg(2), "(") && known(s.arg(2)) {
		s.say("plan-gosub-arguments", "Gosub("+s.arg(0)+","+s.arg(1)+","+s.arg(2)+"("+strings.Join(s.f[3:], ",")+"))",
			"arguments stand in parentheses behind the priority: '%s' is not passed on, and ${ARG1} is empty there", strings.Join(s.f[3:], ","))
	}
}
