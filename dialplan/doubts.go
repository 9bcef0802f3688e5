package dialplan

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"obelisk/dialplan/expr"
	"obelisk/internal/config"
)

// Doubts are steps and extensions that are well formed and will hardly do what was meant:
// each is a sentence about a place. terminal names the applications after which an
// extension does not go on; jumps are the places that a step names as it is written.
func (p *Plan) Doubts(terminal func(s *Priority) bool, jumps func(s *Priority) []string) []config.Diagnostic {
	d := &doubts{p: p, terminal: terminal, circled: map[*Context]bool{}, reached: map[string]bool{}}
	p.EachStep(func(at Place) {
		for _, target := range jumps(at.Step) {
			d.jump(at, target)
		}
	})
	for _, x := range p.Order {
		d.cycle(x)
		d.overlaps(x)
		d.hidden(x)
		for _, e := range x.Extensions {
			d.unreachable(x, e)
		}
	}
	p.EachStep(d.brackets)
	return d.out
}

type doubts struct {
	p        *Plan
	terminal func(*Priority) bool
	circled  map[*Context]bool // told of already
	reached  map[string]bool   // priorities, by number, that a step somewhere jumps to
	joined   map[*Context][]*Context
	out      []config.Diagnostic
}

func (d *doubts) say(pos config.Pos, format string, args ...any) {
	d.out = append(d.out, config.Diagnostic{Pos: pos, Text: fmt.Sprintf(format, args...)})
}

func (d *doubts) note(pos config.Pos, format string, args ...any) {
	d.out = append(d.out, config.Diagnostic{Pos: pos, Severity: config.Note, Text: fmt.Sprintf(format, args...)})
}

// jump remembers that priorities of a number are gone to.
func (d *doubts) jump(at Place, target string) {
	f := SplitOutside(target, ',', 0)
	priority := strings.TrimSpace(f[len(f)-1])
	if strings.HasPrefix(priority, "+") || strings.HasPrefix(priority, "-") {
		if n := at.Step.N + expr.Atoi(priority[1:]); priority[0] == '+' {
			priority = fmt.Sprint(n)
		} else {
			priority = fmt.Sprint(at.Step.N - expr.Atoi(priority[1:]))
		}
	}
	d.reached[priority] = true
	if strings.Contains(priority, "$") {
		d.reached["$"] = true
	}
}

// unreachable finds steps to which nothing leads: after a gap in the numbers, or behind
// one that ends the call or goes elsewhere.
func (d *doubts) unreachable(x *Context, e *Extension) {
	if len(e.prios) == 0 || d.reached["$"] {
		return
	}
	if first := e.prios[0]; first.N > 1 && !d.entered(first) && !d.elsewhere(x, e, 1) {
		d.say(first.Pos, "extension '%s' of '%s' begins with priority %d: without a priority 1 no call reaches it", e.Name, x.Name, first.N)
		return
	}
	for i, s := range e.prios[1:] {
		before := e.prios[i]
		switch {
		case d.entered(s):
		case s.N > before.N+1 && !d.elsewhere(x, e, s.N-1):
			d.say(s.Pos, "no call reaches priority %d of extension '%s' in '%s': there is no priority %d before it", s.N, e.Name, x.Name, s.N-1)
			return
		case s.N == before.N+1 && d.terminal(before) && strings.EqualFold(s.App, "Hangup"):
			d.note(s.Pos, "no call reaches priority %d of extension '%s' in '%s': %s before it does not go on", s.N, e.Name, x.Name, before.App)
		case s.N == before.N+1 && d.terminal(before):
			d.say(s.Pos, "no call reaches priority %d of extension '%s' in '%s': %s before it does not go on", s.N, e.Name, x.Name, before.App)
			return
		}
	}
}

// entered says whether a step may be jumped to.
func (d *doubts) entered(s *Priority) bool { return s.Label != "" || d.reached[strconv.Itoa(s.N)] }

// elsewhere says whether another extension may supply a priority to the numbers of this
// one: in its context, in one that it includes or in one that includes it, however far away.
func (d *doubts) elsewhere(x *Context, e *Extension, n int) bool {
	for _, c := range d.together(x) {
		if len(c.Switches) > 0 {
			return true
		}
		for _, o := range c.Extensions {
			if o != e && o.Priority(n) != nil && o.match.overlaps(&e.match) {
				return true
			}
		}
	}
	return false
}

// together are a context and those that may be searched with it.
func (d *doubts) together(x *Context) []*Context {
	if d.joined == nil {
		d.joined = map[*Context][]*Context{}
		for _, c := range d.p.Order {
			for _, i := range c.Includes {
				if o := d.p.Contexts[i.Context]; o != nil {
					d.joined[c] = append(d.joined[c], o)
					d.joined[o] = append(d.joined[o], c)
				}
			}
		}
	}
	list, seen := []*Context{x}, map[*Context]bool{x: true}
	for i := 0; i < len(list); i++ {
		for _, o := range d.joined[list[i]] {
			if !seen[o] {
				seen[o] = true
				list = append(list, o)
			}
		}
	}
	return list
}

// cycle finds a context that includes itself, told at the include that closes the circle.
func (d *doubts) cycle(x *Context) {
	if d.circled[x] {
		return
	}
	var path []string
	var visit func(c *Context) bool
	seen := map[*Context]bool{}
	visit = func(c *Context) bool {
		for _, i := range c.Includes {
			to := d.p.Contexts[i.Context]
			if to == x {
				for _, name := range path {
					d.circled[d.p.Contexts[name]] = true
				}
				d.note(i.Pos, "context '%s' includes itself%s; the second time it is not searched", x.Name, through(path))
				return true
			}
			if to == nil || seen[to] {
				continue
			}
			seen[to] = true
			path = append(path, to.Name)
			if visit(to) {
				return true
			}
			path = path[:len(path)-1]
		}
		return false
	}
	visit(x)
}

func through(path []string) string {
	if len(path) == 0 {
		return ""
	}
	return " through '" + strings.Join(path, "', '") + "'"
}

// overlaps finds patterns of which each takes numbers that the other does not, and some
// that both do.
func (d *doubts) overlaps(x *Context) {
	const most = 500 // patterns; more are made by programs, which need no advice
	var list []*Extension
	for _, e := range x.Extensions {
		if e.Pattern() && !e.HasCID && e.Priority(1) != nil {
			list = append(list, e)
		}
	}
	if len(list) > most {
		return
	}
	for i, a := range list {
		for _, b := range list[i+1:] {
			if a.match.overlaps(&b.match) && !a.match.contains(&b.match) && !b.match.contains(&a.match) {
				d.note(b.Pos, "'%s' and '%s' (%s) of '%s' both match some numbers; those run '%s'%s", b.Name, a.Name, a.Pos, x.Name, a.Name,
					a.precedes(b))
			}
		}
	}
}

// hidden finds included extensions that never run, because the including context has one
// that takes all their numbers: it is searched first.
func (d *doubts) hidden(x *Context) {
	for k, i := range x.Includes {
		inc := d.p.Contexts[i.Context]
		if inc == nil || inc == x {
			continue
		}
		before := d.searched(x, k)
		var by, first *Extension
		n := 0
		for _, e := range inc.Extensions {
			if e.Priority(1) == nil || !e.Pattern() && len(e.match.literal) == 1 {
				continue
			}
			o := x.taker(e)
			for _, c := range before {
				if o == nil && c != inc {
					o = c.taker(e)
				}
			}
			if o != nil {
				if n++; n == 1 || emergency[e.Name] && !emergency[first.Name] {
					by, first = o, e
				}
			}
		}
		if n > 0 && emergency[first.Name] {
			d.say(i.Pos, "through this include '%s' (%s), an emergency number, never runs: '%s' (%s) takes all its numbers first%s", first.Name,
				first.Pos, by.Name, by.Pos, alike(n-1))
		} else if n > 0 {
			d.note(i.Pos, "through this include '%s' (%s) never runs: '%s' (%s) takes all its numbers first%s", first.Name, first.Pos, by.Name,
				by.Pos, alike(n-1))
		}
	}
}

// emergency are numbers that must always work.
var emergency = map[string]bool{"112": true, "110": true, "911": true, "999": true, "000": true, "118": true, "115": true, "113": true,
	"119": true, "190": true}

// searched are the contexts that come, at any time, before the kth one that a context includes.
func (d *doubts) searched(x *Context, k int) (out []*Context) {
	seen := map[*Context]bool{x: true}
	var add func(i Include)
	add = func(i Include) {
		c := d.p.Contexts[i.Context]
		if c == nil || seen[c] || i.Time != nil {
			return
		}
		seen[c] = true
		out = append(out, c)
		for _, in := range c.Includes {
			add(in)
		}
	}
	for _, i := range x.Includes[:k] {
		add(i)
	}
	return out
}

func alike(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("; %d more like it", n)
}

// taker is the pattern of a context that takes all numbers of another context's extension.
func (x *Context) taker(e *Extension) *Extension {
	for _, o := range x.Extensions {
		if o.Pattern() && !o.HasCID && o.Priority(1) != nil && o.match.contains(&e.match) {
			return o
		}
	}
	return nil
}

// brackets finds what is opened and never closed.
func (d *doubts) brackets(at Place) {
	s := at.Step
	if s.Args == nil {
		return
	}
	if open := s.Args.unclosed(); open != "" {
		d.say(s.Pos, "%s: '%s' is never closed in '%s'", s.App, open, s.Args.Raw())
		return
	}
	text := s.Args.Raw()
	if strings.ContainsAny(text, "\"\\") {
		text = plain.ReplaceAllString(text, "")
	}
	depth := 0
	for _, c := range text {
		switch c {
		case '(':
			depth++
		case ')':
			depth--
		}
		if depth < 0 {
			break
		}
	}
	if depth != 0 && strings.ContainsAny(s.Args.Raw(), "$") {
		d.note(s.Pos, "%s: the parentheses of '%s' do not match", s.App, s.Args.Raw())
	}
}

// plain is text in quotation marks, in which parentheses mean nothing.
var plain = regexp.MustCompile(`"[^"]*"|\\.`)

// unclosed is the first "${" or "$[" without an end, "" for none.
func (t *Text) unclosed() string {
	for i := range t.parts {
		p := &t.parts[i]
		if p.unended {
			return "$" + string(p.kind)
		}
		if p.inner != nil {
			if open := p.inner.unclosed(); open != "" {
				return open
			}
		}
	}
	return ""
}
