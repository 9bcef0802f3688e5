package plan

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"obelisk/dialplan"
	"obelisk/internal/check/look"
	"obelisk/internal/config"
)

// trunkToTrunk finds contexts of providers that lead out again.
func (j *judge) trunkToTrunk() {
	if j.sip == nil {
		return
	}
	told := map[string]bool{}
	for _, p := range j.sip.Peers {
		if !p.IsPeer || p.Dynamic || p.Host == "" || told[p.Context] {
			continue
		}
		told[p.Context] = true
		o := look.Outward{L: j.Look}
		at, out := j.numberedOut(&o, p.Context)
		if !out {
			continue
		}
		j.Say("plan-trunk-to-trunk", p.Line("context"), "a context of its own for calls that come in",
			"calls from '%s' come in context '%s', where one can dial out (%s): "+
				"whoever calls through it, or forges its address, calls the world at your expense", p.Name, p.Context, at)
	}
}

// numberedOut is a step by which who calls a context dials out with a number of his own.
func (j *judge) numberedOut(o *look.Outward, context string) (config.Pos, bool) {
	seen := map[string]bool{}
	var visit func(name string) (config.Pos, bool)
	visit = func(name string) (config.Pos, bool) {
		x := j.plan.Contexts[name]
		if x == nil || seen[name] {
			return config.Pos{}, false
		}
		seen[name] = true
		for _, e := range x.Extensions {
			for _, s := range e.Priorities() {
				if j.dialsOn(o, e, s) {
					return s.Pos, true
				}
				if at, ok := j.throughGoto(o, e, s); ok {
					return at, true
				}
				if at, ok := j.throughGosub(o, e, s); ok {
					return at, true
				}
			}
		}
		for _, i := range x.Includes {
			if at, ok := visit(i.Context); ok {
				return at, true
			}
		}
		return config.Pos{}, false
	}
	return visit(context)
}

// dialsOn says whether a step dials out with the number that its extension was called by.
func (j *judge) dialsOn(o *look.Outward, e *dialplan.Extension, s *dialplan.Priority) bool {
	if !strings.EqualFold(s.App, "Dial") || !e.Pattern() || !o.Outside(e, j.Known(s.Args.Raw())) {
		return false
	}
	return strings.Contains(s.Args.Raw(), "${EXTEN") || slices.ContainsFunc(reads(s.Args.Raw()), func(r read) bool {
		return keepsNumber(e, r.name)
	})
}

// keepsNumber says whether a step of an extension puts the number that it was called by into a variable.
func keepsNumber(e *dialplan.Extension, name string) bool {
	for _, s := range e.Priorities() {
		for _, a := range assignments(s.App, s.Args.Raw()) {
			if strings.TrimLeft(a.name, "?_") == name && strings.Contains(a.value, "${EXTEN") {
				return true
			}
		}
	}
	return false
}

// throughGosub is a step by which a number goes out that an extension hands to a subroutine.
func (j *judge) throughGosub(o *look.Outward, e *dialplan.Extension, s *dialplan.Priority) (config.Pos, bool) {
	app := strings.ToLower(s.App)
	if app != "gosub" && app != "macro" || !e.Pattern() || !strings.Contains(s.Args.Raw(), "${EXTEN") {
		return config.Pos{}, false
	}
	for _, target := range j.Jumps(s) {
		x := j.plan.Contexts[contextOf(target, "")]
		if x == nil {
			continue
		}
		for _, in := range x.Extensions {
			for _, step := range in.Priorities() {
				if strings.EqualFold(step.App, "Dial") && strings.Contains(step.Args.Raw(), "${ARG") && o.Outside(in, j.Known(step.Args.Raw())) {
					return step.Pos, true
				}
			}
		}
	}
	return config.Pos{}, false
}

var ownNumber = regexp.MustCompile(`^\$\{EXTEN(?::(\d+))?\}$`)

// throughGoto is a step by which a number goes out that an extension passes on to another context,
// as it is or without its first digits: one that both patterns take.
func (j *judge) throughGoto(o *look.Outward, e *dialplan.Extension, s *dialplan.Priority) (config.Pos, bool) {
	f := dialplan.SplitOutside(s.Args.Raw(), ',', 0)
	if !strings.EqualFold(s.App, "Goto") || len(f) != 3 || !e.Pattern() {
		return config.Pos{}, false
	}
	m := ownNumber.FindStringSubmatch(strings.TrimSpace(f[1]))
	if m == nil {
		return config.Pos{}, false
	}
	cut, _ := strconv.Atoi(m[1])
	first := sample(e.Name)
	if cut > len(first) {
		return config.Pos{}, false
	}
	var found config.Pos
	j.eachIn(strings.TrimSpace(f[0]), map[string]bool{}, func(to *dialplan.Extension) {
		if found.Line > 0 || !to.Pattern() || !e.Matches(first[:cut]+sample(to.Name)) {
			return
		}
		for _, step := range to.Priorities() {
			if j.dialsOn(o, to, step) {
				found = step.Pos
				return
			}
		}
	})
	return found, found.Line > 0
}

// eachIn calls do for the extensions of a context and of those that it includes.
func (j *judge) eachIn(context string, seen map[string]bool, do func(*dialplan.Extension)) {
	x := j.plan.Contexts[context]
	if x == nil || seen[context] {
		return
	}
	seen[context] = true
	for _, e := range x.Extensions {
		do(e)
	}
	for _, i := range x.Includes {
		j.eachIn(i.Context, seen, do)
	}
}

// sample is a number that a pattern takes.
func sample(pattern string) string {
	var b strings.Builder
	text := strings.TrimPrefix(pattern, "_")
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case 'X', 'x', 'Z', 'z', 'N', 'n':
			b.WriteByte('5')
		case '.':
			b.WriteString("55555")
		case '!':
		case '[':
			if end := strings.IndexByte(text[i:], ']'); end > 1 {
				b.WriteByte(text[i+1])
				i += end
			}
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
