package plan

import (
	"regexp"
	"strings"

	"obelisk/dialplan"
)

// inSubroutines says whether a step is one that only a subroutine has: Return, or what reads its arguments.
func inSubroutines(s *dialplan.Priority) bool {
	return strings.EqualFold(s.App, "Return") || strings.Contains(s.Args.Raw(), "${ARG") && argument.MatchString(s.Args.Raw())
}

var argument = regexp.MustCompile(`\$\{(ARG[1-9][0-9]?)[}:]`)

// strayReturns finds Return, and arguments that are read, where calls come and no Gosub leads. Contexts that
// anything names as a subroutine, or that are reached by a variable, are left alone.
func (j *judge) strayReturns() {
	found := false
	j.plan.EachStep(func(at dialplan.Place) { found = found || inSubroutines(at.Step) })
	if !found || j.sip == nil {
		return
	}
	named := j.subroutines()
	if named == nil {
		return
	}
	begun := map[string]bool{j.sip.Context: true}
	for _, p := range j.sip.Peers {
		begun[p.Context] = true
	}
	j.spread(begun)
	j.plan.EachStep(func(at dialplan.Place) {
		if !begun[at.Context.Name] || named[at.Context.Name] || strings.HasPrefix(at.Context.Name, "macro-") {
			return
		}
		if m := argument.FindStringSubmatch(at.Step.Args.Raw()); m != nil && !j.vars.exact[m[1]] {
			j.Say("plan-argument-stray", at.Step.Pos, "${EXTEN}, or Gosub(context,s,1(argument))",
				"%s: ${%s} is an argument of a subroutine, and no Gosub leads to context '%s': it reads as nothing", at.Step.App, m[1],
				at.Context.Name)
		}
		if strings.EqualFold(at.Step.App, "Return") {
			j.Say("plan-return-stray", at.Step.Pos, "Hangup(), or a Gosub that leads here",
				"Return in context '%s', where no Gosub leads: there is nowhere to return to, and the call ends", at.Context.Name)
		}
	})
}

// subroutine are ways to come to a place from which Return goes back.
var subroutine = regexp.MustCompile(`(?i)gosub|_sub\b|_sub_|hangup_handler|\b[A-Za-z0-9]*[UbB]\(|subroutine|exten_?hook|periodic_hook`)

// subroutineIn says whether a text has one of them. Most texts have none of the words that these have in
// common, which is seen sooner.
func subroutineIn(text string) bool {
	if strings.Contains(text, "DB(") {
		text = strings.ReplaceAll(text, "DB(", "DB ") // no option b( of Dial
	}
	for i := 1; i < len(text); i++ {
		switch c, before := text[i]|0x20, text[i-1]|0x20; {
		case c == '(' && (before == 'u' || before == 'b'), before == 'u' && c == 'b', before == 'o' && c == 'k',
			before == 'p' && text[i] == '_':
			return subroutine.MatchString(text)
		}
	}
	return false
}

// subroutines are the contexts that some text may lead to as a subroutine, with those that they lead
// to; nil where a text leaves it open which.
func (j *judge) subroutines() map[string]bool {
	out := map[string]bool{}
	open := false
	j.plan.EachStep(func(at dialplan.Place) {
		text := at.Step.App + "(" + at.Step.Args.Raw() + ")"
		if !subroutineIn(text) {
			return
		}
		found := false
		for _, word := range words(text) {
			if j.plan.Contexts[word] != nil {
				out[word], found = true, true
			}
		}
		if !found {
			out[at.Context.Name] = true
			open = open || strings.Contains(text, "${")
		}
	})
	if open || j.File("ari.conf") != nil {
		return nil
	}
	for _, name := range []string{"queues.conf", "sip.conf", "features.conf", "users.conf", "confbridge.conf", "ccss.conf", "followme.conf"} {
		j.subroutinesOf(name, out)
	}
	j.spread(out)
	return out
}

// subroutinesOf adds those that lines of another file name.
func (j *judge) subroutinesOf(file string, out map[string]bool) {
	f := j.File(file)
	if f == nil {
		return
	}
	for _, s := range f.Sections {
		for _, v := range s.Vars {
			if !subroutineIn(v.Name) && !subroutineIn(v.Value) {
				continue
			}
			for _, word := range words(v.Value) {
				out[word] = out[word] || j.plan.Contexts[word] != nil
			}
		}
	}
}

// words are the parts of a text that may be names of contexts.
func words(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("(),^?:@= ", r) })
}

// spread adds the contexts to which those of a set lead, by include or by a jump.
func (j *judge) spread(set map[string]bool) {
	var todo []string
	for name := range set {
		todo = append(todo, name)
	}
	for len(todo) > 0 {
		x := j.plan.Contexts[todo[len(todo)-1]]
		todo = todo[:len(todo)-1]
		if x == nil {
			continue
		}
		for _, name := range j.Leads(x) {
			if !set[name] {
				set[name] = true
				todo = append(todo, name)
			}
		}
	}
}
