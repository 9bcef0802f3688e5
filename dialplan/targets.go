package dialplan

import (
	"strconv"
	"strings"

	"obelisk/internal/config"
)

// Place is where a step stands.
type Place struct {
	Context   *Context
	Extension *Extension
	Step      *Priority
}

// CheckTarget says in a sentence what is wrong with "[[context,]extension,]priority" as it
// is written in a step; "" when nothing is, or when only a call can tell.
func (p *Plan) CheckTarget(at Place, target string) string {
	f := SplitOutside(strings.TrimSpace(target), ',', 0)
	for i := range f {
		f[i] = strings.TrimSpace(f[i])
	}
	x, exten := at.Context, ""
	if len(f) > 2 {
		context := f[0]
		if strings.Contains(context, "$") {
			return ""
		}
		if x = p.Contexts[context]; x == nil {
			return "there is no context '" + context + "'" + config.DidYouMean(context, p.names())
		}
		f = f[1:3]
	}
	if len(f) == 2 {
		if exten = f[0]; exten == "" || strings.Contains(exten, "$") {
			return ""
		}
		f = f[1:]
	}
	return p.checkPriority(at, x, exten, f[0])
}

// checkPriority is CheckTarget within a context; exten "" is the step's own.
func (p *Plan) checkPriority(at Place, x *Context, exten, priority string) string {
	wants, told := priorityWanted(priority, at.Step.N)
	if !told {
		wants = func(*Extension) bool { return true }
	}
	if exten == "" && wants(at.Extension) || exten != "" && p.found(x.Name, exten, wants) {
		return "" // nearly all; what follows looks at every extension
	}
	fits := func(e *Extension) bool { return exten == "" || e.Matches(exten) }
	named := "context '" + x.Name + "'"
	if exten != "" {
		if named = "extension '" + exten + "' in " + named; !p.reaches(x, fits, map[*Context]bool{}) {
			return "there is no " + named
		}
	}
	if p.reaches(x, func(e *Extension) bool { return fits(e) && wants(e) }, map[*Context]bool{}) {
		if exten == "" && told && !p.besides(at, x, wants) {
			return "there is no priority or label '" + priority + "' in extension '" + at.Extension.Name + "' of context '" + x.Name + "'"
		}
		return ""
	}
	return "there is no priority or label '" + priority + "' in " + named
}

// besides says whether an extension that takes a number of a step's own one, and is looked for with it, has a priority:
// one of the same context, of one that it includes or of one that includes it.
func (p *Plan) besides(at Place, x *Context, wants func(*Extension) bool) bool {
	d := &doubts{p: p}
	for _, c := range d.together(x) {
		if len(c.Switches) > 0 {
			return true
		}
		for _, e := range c.Extensions {
			if wants(e) && e.match.overlaps(&at.Extension.match) {
				return true
			}
		}
		for _, i := range c.Includes {
			if strings.Contains(i.Context, "$") {
				return true
			}
		}
	}
	return false
}

// found looks in the extension that a call would find first.
func (p *Plan) found(context, exten string, wants func(*Extension) bool) bool {
	h, ok := p.Find(context, exten, 1, Query{})
	return ok && wants(h.Extension)
}

// priorityWanted reads a number, +N, -N or a label; not told when only a call can tell.
func priorityWanted(text string, current int) (wants func(*Extension) bool, told bool) {
	if text == "" || strings.Contains(text, "$") {
		return nil, false
	}
	n, err := strconv.Atoi(text)
	if err == nil && (text[0] == '+' || text[0] == '-') {
		n += current
	}
	return func(e *Extension) bool {
		for _, s := range e.prios {
			if err == nil && s.N == n || err != nil && s.Label == text {
				return true
			}
		}
		return false
	}, true
}

// reaches says whether an extension that fits is in a context or one that it includes;
// what a switch reaches is not known and counts.
func (p *Plan) reaches(x *Context, fits func(*Extension) bool, seen map[*Context]bool) bool {
	if x == nil || seen[x] {
		return false
	}
	seen[x] = true
	if len(x.Switches) > 0 {
		return true
	}
	for _, e := range x.Extensions {
		if fits(e) {
			return true
		}
	}
	for _, i := range x.Includes {
		if strings.Contains(i.Context, "$") || p.reaches(p.Contexts[i.Context], fits, seen) {
			return true
		}
	}
	return false
}

func (p *Plan) names() (out []string) {
	for _, x := range p.Order {
		out = append(out, x.Name)
	}
	return out
}
