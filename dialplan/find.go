package dialplan

import (
	"slices"
	"strings"
	"time"
)

// Query is what a lookup needs to know beside the place.
type Query struct {
	CallerID string    // caller number, "" when absent
	Now      time.Time // for includes with a time specification
	Env      Env       // what an eswitch reads its data with; nil: nothing
}

func (q Query) env() Env {
	if q.Env == nil {
		return loopEnv{}
	}
	return q.Env
}

// Hit is a found step.
type Hit struct {
	Context   *Context // where it was found, an included one perhaps
	Extension *Extension
	Priority  *Priority
	Moved     Location // where a Loopback switch has led the call; no Context: nowhere
}

// maxIncludes bounds the contexts one lookup visits, as in Asterisk.
const maxIncludes = 512

// lookup is the state of one search; it lives on the stack.
type lookup struct {
	plan  *Plan
	q     Query
	exten string
	as    *matcher // a pattern that is looked for as it is written, nil for none
	n     int      // wanted priority, or
	label string   // wanted label, or
	hint  bool     // the hint
	few   [16]*Context
	many  []*Context // in use once few is full
	depth int
	loops int // Loopback switches gone through
}

// hinted stands for the step that a hint is not.
var hinted = &Priority{N: hintPriority}

func (l *lookup) want(e *Extension) *Priority {
	if l.hint {
		if e.Hint == nil {
			return nil
		}
		return hinted
	}
	if l.label != "" {
		return e.labels[l.label]
	}
	return e.Priority(l.n)
}

// lookup begins a search. An extension that begins with "_" is first of all the pattern that is
// spelled so, or alike: Goto(_X.,1) goes there.
func (p *Plan) lookup(exten string, q Query) lookup {
	return lookup{plan: p, q: q, exten: undashed(exten), as: spelled(exten)}
}

// undashed drops the dashes of a number that was dialled; blanks, unlike those of a name in the
// file, are part of it.
func undashed(s string) string { return strings.ReplaceAll(s, "-", "") }

// spelled is the pattern that a dialled text spells, nil where it spells none.
func spelled(exten string) *matcher {
	if !strings.HasPrefix(exten, "_") {
		return nil
	}
	m := compileName(exten, func(string) {})
	if m.never {
		return nil
	}
	return &m
}

// Find returns priority n of exten in context, searching includes depth first.
// Extensions that match but lack the priority do not end the search, so
// priorities of overlapping extensions merge.
func (p *Plan) Find(context, exten string, n int, q Query) (Hit, bool) {
	l := p.lookup(exten, q)
	l.n = n
	return l.in(context)
}

// FindLabel is Find by label.
func (p *Plan) FindLabel(context, exten, label string, q Query) (Hit, bool) {
	l := p.lookup(exten, q)
	l.label = label
	return l.in(context)
}

// Hint finds the hint of an extension, as Find finds a priority.
func (p *Plan) Hint(context, exten string, q Query) (*Hint, bool) {
	l := p.lookup(exten, q)
	l.hint = true
	h, ok := l.in(context)
	if !ok {
		return nil, false
	}
	return h.Extension.Hint, true
}

// Mentions says whether a text stands in the arguments of any step.
func (p *Plan) Mentions(text string) bool {
	found := false
	p.EachStep(func(at Place) { found = found || strings.Contains(at.Step.Args.Raw(), text) })
	return found
}

// EachHint visits every extension that has one, in file order of the contexts.
func (p *Plan) EachHint(f func(context string, e *Extension)) {
	for _, c := range p.Order {
		for _, e := range c.Extensions {
			if e.Hint != nil {
				f(c.Name, e)
			}
		}
	}
}

// Exists says whether exten has a priority 1 in context (mode MATCH).
func (p *Plan) Exists(context, exten string, q Query) bool {
	_, ok := p.Find(context, exten, 1, q)
	return ok
}

func (l *lookup) in(name string) (Hit, bool) {
	c := l.enter(name)
	if c == nil {
		return Hit{}, false
	}
	if o := l.plan.Override; o != nil {
		if h, ok := l.findBehind(o, c); ok {
			return h, true
		}
	}
	if h, ok := l.of(c); ok {
		return h, true
	}
	for i := range c.Switches {
		if h, ok := l.findBehind(&c.Switches[i], c); ok {
			return h, true
		}
	}
	for i := range c.Includes {
		if c.Includes[i].active(l.q.Now) {
			if h, ok := l.in(c.Includes[i].Context); ok {
				return h, true
			}
		}
	}
	return Hit{}, false
}

// of searches the context's own extensions.
func (l *lookup) of(c *Context) (Hit, bool) {
	var found candidates
	c.index.match(l.exten, &found)
	if l.as != nil {
		for _, e := range c.Extensions {
			if e.match.equals(l.as) {
				found.add(e)
			}
		}
	}
	for _, e := range found.list() {
		if !e.fits(l.q.CallerID) {
			continue
		}
		if pr := l.want(e); pr != nil {
			return Hit{Context: c, Extension: e, Priority: pr}, true
		}
	}
	return Hit{}, false
}

// equals says whether two patterns are one in two spellings.
func (m *matcher) equals(o *matcher) bool {
	return m.pattern && !m.never && m.compare(o) == 0
}

// enter returns the context unless it is unknown or already on the stack.
func (l *lookup) enter(name string) *Context {
	c := l.plan.Contexts[name]
	if c == nil || l.depth >= maxIncludes {
		return nil
	}
	seen := l.few[:min(l.depth, len(l.few))]
	for _, list := range [2][]*Context{seen, l.many} {
		for _, s := range list {
			if s == c {
				return nil
			}
		}
	}
	if l.depth < len(l.few) {
		l.few[l.depth] = c
	} else {
		l.many = append(l.many, c)
	}
	l.depth++
	return c
}

func (i *Include) active(now time.Time) bool { return i.Time == nil || i.Time.Matches(now) }

// fits checks the caller-id part.
func (e *Extension) fits(callerID string) bool {
	if !e.HasCID {
		return true
	}
	if e.CID == "" {
		return callerID == ""
	}
	return callerID != "" && e.cid.matches(squeeze(callerID))
}

// Matches says whether dialled digits match the name, whatever the caller.
func (e *Extension) Matches(dialled string) bool { return e.match.matches(undashed(dialled)) }

// answer of a MATCHMORE search in one context.
type more uint8

const (
	moreUnknown more = iota // nothing here, go on
	moreYes                 // a longer number could match
	moreFinal               // a '!' pattern decides now: no
)

// Ignores says whether a dial tone goes on after these digits (ignorepat).
func (p *Plan) Ignores(context, exten string) bool {
	c := p.Contexts[context]
	return c != nil && slices.ContainsFunc(c.IgnorePats, func(pattern string) bool {
		m := compileName(pattern, func(string) {})
		return m.matches(exten)
	})
}

// ListedAfter says whether "dialplan show EXTEN@CONTEXT" lists an ignorepat: at least one more character has to follow, and
// the pattern is one with or without its underscore (seen on Asterisk 20.20.1).
func ListedAfter(ignorepat, exten string) bool {
	m := compileName("_"+strings.TrimPrefix(ignorepat, "_")+".", func(string) {})
	return m.matches(exten)
}

// MatchMore says whether a longer number than exten could match something.
func (p *Plan) MatchMore(context, exten string, q Query) bool {
	l := lookup{plan: p, q: q, exten: undashed(exten)}
	return l.more(context) == moreYes
}

// CanMatch says whether exten matches now or could with more digits.
func (p *Plan) CanMatch(context, exten string, q Query) bool {
	return exten == "" || p.Exists(context, exten, q) || p.MatchMore(context, exten, q)
}

func (l *lookup) more(name string) more {
	c := l.enter(name)
	if c == nil {
		return moreUnknown
	}
	if o := l.plan.Override; o != nil {
		if m := l.moreBehind(o, c); m != moreUnknown {
			return m
		}
	}
	if m := l.moreOf(c); m != moreUnknown {
		return m
	}
	for i := range c.Switches {
		if m := l.moreBehind(&c.Switches[i], c); m != moreUnknown {
			return m
		}
	}
	for i := range c.Includes {
		if c.Includes[i].active(l.q.Now) {
			if m := l.more(c.Includes[i].Context); m != moreUnknown {
				return m
			}
		}
	}
	return moreUnknown
}

// moreOf looks at the context's own extensions.
func (l *lookup) moreOf(c *Context) more {
	if l.exten == "" && len(c.Extensions) > 0 {
		return moreYes
	}
	if c.index.longerName(l.exten, func(e *Extension) bool { return e.Priority(1) != nil && e.fits(l.q.CallerID) }) {
		return moreYes
	}
	grow, decide := noOrder, noOrder
	c.index.root.growth(l.exten, &grow, &decide)
	switch {
	case grow < decide:
		return moreYes
	case decide != noOrder:
		return moreFinal
	}
	return moreUnknown
}
