package dialplan

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// missesShown is how many patterns that do not match are told of in each context.
const missesShown = 20

// Explain writes which extension a number runs in a context and why the others do not,
// context by context as they are searched, and the steps; false when none matches.
// remark has a word on a step's application, "" for none.
func (p *Plan) Explain(w io.Writer, context, exten string, q Query, remark func(app string) string) bool {
	if p.Contexts[context] == nil {
		fmt.Fprintf(w, "There is no context '%s'.\n", context)
		return false
	}
	x := explanation{Writer: w, plan: p, q: q, exten: undashed(exten), as: spelled(exten), seen: map[*Context]bool{}}
	if !x.context(p.Contexts[context]) {
		fmt.Fprintf(w, "No extension matches '%s'.\n", exten)
		if p.MatchMore(context, exten, q) {
			fmt.Fprintln(w, "With more digits one could.")
		}
		return false
	}
	fmt.Fprintf(w, "\nA call to '%s' in '%s' runs\n", exten, context)
	for n := 1; ; n++ {
		h, ok := p.Find(context, exten, n, q)
		if !ok {
			return true
		}
		fmt.Fprintf(w, "  %d. %s(%s)  (%s, '%s' of '%s')\n", n, h.Priority.App, h.Priority.Args.Raw(), h.Priority.Pos, h.Extension.Name,
			h.Context.Name)
		if word := remark(h.Priority.App); word != "" {
			fmt.Fprintf(w, "     %s\n", word)
		}
	}
}

type explanation struct {
	io.Writer
	plan  *Plan
	q     Query
	exten string
	as    *matcher // the pattern that is looked for, as in lookup
	seen  map[*Context]bool
}

// context tells of one context and those that it includes; true when it has the winner.
func (x *explanation) context(c *Context) bool {
	x.seen[c] = true
	fmt.Fprintf(x, "Context '%s' (%s)\n", c.Name, c.Pos)
	if o := x.plan.Override; o != nil && x.behind(o, c) {
		return true
	}
	winner, misses, names := x.extensions(c)
	if hidden := misses - missesShown; hidden > 0 {
		fmt.Fprintf(x, "  other patterns that do not match: %d\n", hidden)
	}
	if names > 0 {
		fmt.Fprintf(x, "  other numbers: %d\n", names)
	}
	found := winner != nil
	for i := range c.Switches {
		if !found {
			found = x.behind(&c.Switches[i], c)
		}
	}
	if found {
		if len(c.Includes) > 0 {
			fmt.Fprintln(x, "  what it includes is not searched: something matched")
		}
		return true
	}
	for i := range c.Includes {
		if x.include(&c.Includes[i]) {
			return true
		}
	}
	return false
}

// extensions tells of a context's own, in the order in which they are tried.
func (x *explanation) extensions(c *Context) (winner *Extension, misses, names int) {
	for _, e := range c.Extensions {
		why := e.refuses(x.exten, x.q.CallerID)
		if x.as != nil && e.match.equals(x.as) && e.fits(x.q.CallerID) {
			why = ""
		}
		switch {
		case why == "" && winner == nil && e.Priority(1) == nil:
			x.row("matches", e, "but has no priority 1 to begin with")
		case why == "" && winner == nil:
			winner = e
			x.row("RUNS", e, "")
		case why == "":
			x.row("matches", e, "but is tried after '"+winner.Name+"'"+winner.precedes(e))
		case !e.Pattern() && e.match.literal != x.exten:
			names++
		default:
			if misses++; misses <= missesShown {
				x.row("no", e, why)
			}
		}
	}
	return winner, misses, names
}

func (x *explanation) row(verdict string, e *Extension, why string) {
	name := e.Name
	if e.HasCID {
		name += "/" + e.CID
	}
	fmt.Fprintln(x, strings.TrimRight(fmt.Sprintf("  %-8s %-20s %s  %s", verdict, name, e.Pos, why), " "))
}

// behind asks a switch.
func (x *explanation) behind(s *Switch, c *Context) bool {
	l := lookup{plan: x.plan, q: x.q, exten: x.exten, n: 1}
	h, ok := l.findBehind(s, c)
	switch {
	case ok && h.Moved.Context != "":
		fmt.Fprintf(x, "  RUNS     %s of '%s' as %s@%s, behind switch %s\n", h.Extension.Name, h.Context.Name, h.Moved.Exten, h.Moved.Context, s)
	case ok:
		fmt.Fprintf(x, "  RUNS     %s, behind switch %s\n", h.Extension.Name, s)
	default:
		fmt.Fprintf(x, "  no       switch %s has nothing, or cannot be asked\n", s)
	}
	return ok
}

func (x *explanation) include(i *Include) bool {
	to := x.plan.Contexts[i.Context]
	switch {
	case to == nil:
		fmt.Fprintf(x, "  include %s (%s) names no context\n", i.Text, i.Pos)
	case x.seen[to]:
		fmt.Fprintf(x, "  include %s (%s) has been searched already\n", i.Text, i.Pos)
	case !i.active(x.q.Now):
		fmt.Fprintf(x, "  include %s (%s) is not in effect at %s\n", i.Text, i.Pos, x.q.Now.Format(time.DateTime))
	default:
		return x.context(to)
	}
	return false
}

// refuses says why a number does not match; "" when it does.
func (e *Extension) refuses(data, callerID string) string {
	m := &e.match
	least := len(m.sets)
	if m.tail == tailDot {
		least++
	}
	switch {
	case m.never:
		return "a bracket is never closed"
	case !m.pattern && m.literal != data:
		return "another number"
	}
	for i := range m.sets {
		switch {
		case i >= len(data):
			return fmt.Sprintf("needs %d characters", least)
		case !m.sets[i].has(data[i]):
			return fmt.Sprintf("takes %s at position %d, not '%c'", m.takes(i), i+1, data[i])
		}
	}
	switch {
	case m.pattern && len(data) < least:
		return fmt.Sprintf("needs %d characters", least)
	case m.pattern && m.tail == tailEnd && len(data) > len(m.sets):
		return fmt.Sprintf("ends after %d characters", len(m.sets))
	case !e.fits(callerID):
		return "is for other callers"
	}
	return ""
}

// precedes says at which position two that match part ways; "" for names.
func (e *Extension) precedes(o *Extension) string {
	if !e.Pattern() || !o.Pattern() {
		return ""
	}
	for i := 0; i <= max(len(e.match.sets), len(o.match.sets)); i++ {
		if a, b := e.match.takes(i), o.match.takes(i); a != b {
			return fmt.Sprintf(": at position %d it takes %s, '%s' takes %s", i+1, b, e.Name, a)
		}
	}
	return ""
}

// takes describes a position.
func (m *matcher) takes(i int) string {
	if i >= len(m.sets) {
		return [...]string{tailEnd: "no more", tailDot: "anything", tailBang: "anything or nothing"}[m.tail]
	}
	var b strings.Builder
	for c := 0; c < 256; c++ {
		if !m.sets[i].has(byte(c)) {
			continue
		}
		last := c
		for last < 255 && m.sets[i].has(byte(last+1)) {
			last++
		}
		switch {
		case last > c+1:
			fmt.Fprintf(&b, "%c-%c", c, last)
		case last > c:
			fmt.Fprintf(&b, "%c%c", c, last)
		default:
			b.WriteByte(byte(c))
		}
		c = last
	}
	if b.Len() == 0 {
		return "nothing"
	}
	return b.String()
}
