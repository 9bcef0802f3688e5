package dialplan

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"obelisk/internal/config"
)

// An edit makes another plan of one, with one context changed; calls that walk the old
// one do not notice. Errors leave nothing behind.
type edit struct {
	plan *Plan
	x    *Context
}

// Errors of edits that programs tell apart.
var (
	ErrExists    = errors.New("it exists already")
	ErrNotThere  = errors.New("it does not exist")
	ErrNoContext = errors.New("there is no such context")
)

// edit copies what is about to change: the context, made if need be, and its extensions.
func (p *Plan) edit(context string, create bool) (*edit, error) {
	n := *p
	n.Contexts, n.Order = maps.Clone(p.Contexts), slices.Clone(p.Order)
	old := p.Contexts[context]
	if old == nil {
		if !create {
			return nil, ErrNoContext
		}
		x := &Context{Name: context, Pos: config.Pos{File: "pbx_config"}}
		n.Contexts[context] = x
		n.Order = append(n.Order, x)
		return &edit{&n, x}, nil
	}
	x := *old
	x.Includes, x.IgnorePats = slices.Clone(old.Includes), slices.Clone(old.IgnorePats)
	x.Extensions = make([]*Extension, len(old.Extensions))
	for i, e := range old.Extensions {
		c := *e
		c.prios, c.labels = slices.Clone(e.prios), maps.Clone(e.labels)
		x.Extensions[i] = &c
	}
	n.Contexts[context] = &x
	n.Order[slices.Index(n.Order, old)] = &x
	return &edit{&n, &x}, nil
}

// done puts the extensions in order again.
func (e *edit) done() *Plan {
	e.x.build()
	return e.plan
}

// extension is that of a name, "name[/cid]", among those by their keys; a new one is added to both.
func (e *edit) extension(written string, pos config.Pos, byKey map[string]*Extension) *Extension {
	x := newExtension(written, pos, func(string) {})
	if old := byKey[x.key()]; old != nil {
		return old
	}
	byKey[x.key()] = x
	e.x.Extensions = append(e.x.Extensions, x)
	return x
}

// find is the extension of that name, "name[/cid]"; nil without one.
func (x *Context) find(written string) *Extension {
	want := newExtension(written, config.Pos{}, func(string) {})
	i := slices.IndexFunc(x.Extensions, func(e *Extension) bool { return e.key() == want.key() })
	if i < 0 {
		return nil
	}
	return x.Extensions[i]
}

// WithStep adds "name[/cid],priority,application(arguments)" to a context, which is made
// if it is not there; replace says that the priority may be there already.
func (p *Plan) WithStep(context, line string, replace bool) (*Plan, error) {
	ed, err := p.edit(context, true)
	if err != nil {
		return nil, err
	}
	name, _, ok := cutName(line)
	if !ok {
		return nil, fmt.Errorf("there is no priority in '%s'", line)
	}
	steps := 0
	if e := ed.x.find(name); e != nil {
		if n := e.numbered(line); e.has(n) {
			if !replace {
				return nil, ErrExists
			}
			e.drop(n)
		}
		steps = e.steps()
	}
	c := &compiler{plan: ed.plan, cur: ed.x, pos: config.Pos{File: "pbx_config"}, byKey: map[*Context]map[string]*Extension{ed.x: {}}}
	for _, e := range ed.x.Extensions {
		c.byKey[ed.x][e.key()] = e
	}
	c.exten(line)
	if c.lastEx == nil || c.lastEx.steps() <= steps {
		why := "it cannot be used"
		if len(c.diags) > 0 {
			why = c.diags[0].Text
		}
		return nil, errors.New(why)
	}
	return ed.done(), nil
}

// numbered reads the priority of a line of this extension, 0 for one that cannot be read.
func (e *Extension) numbered(line string) int {
	_, rest, _ := cutName(line)
	c := compiler{}
	prio, _, _ := cutName(rest + ",")
	n, _, _ := c.priority(e, prio)
	return n
}

func (e *Extension) has(n int) bool {
	if n == hintPriority {
		return e.Hint != nil
	}
	return e.Priority(n) != nil
}

// steps counts priorities and the hint.
func (e *Extension) steps() int {
	if e.Hint != nil {
		return len(e.prios) + 1
	}
	return len(e.prios)
}

func (e *Extension) drop(n int) {
	if n == hintPriority {
		e.Hint = nil
		return
	}
	if p := e.Priority(n); p != nil {
		delete(e.labels, p.Label)
		e.prios = slices.DeleteFunc(e.prios, func(o *Priority) bool { return o == p })
	}
}

// WithoutExtension takes an extension, "name[/cid]", away, or with n above 0 one priority
// of it.
func (p *Plan) WithoutExtension(context, written string, n int) (*Plan, error) {
	ed, err := p.edit(context, false)
	if err != nil {
		return nil, err
	}
	e := ed.x.find(written)
	if e == nil || n > 0 && !e.has(n) {
		return nil, ErrNotThere
	}
	if n > 0 {
		e.drop(n)
	}
	if n <= 0 || e.steps() == 0 {
		ed.x.Extensions = slices.DeleteFunc(ed.x.Extensions, func(o *Extension) bool { return o == e })
	}
	return ed.done(), nil
}

// WithInclude adds an include, which names a context and perhaps a time; the context it
// goes into is made if it is not there.
func (p *Plan) WithInclude(context, text string) (*Plan, error) {
	ed, err := p.edit(context, true)
	if err != nil {
		return nil, err
	}
	c := &compiler{plan: ed.plan, cur: ed.x, pos: config.Pos{File: "pbx_config"}}
	before := len(ed.x.Includes)
	if c.include(text); len(ed.x.Includes) == before {
		return nil, ErrExists
	}
	return ed.done(), nil
}

// WithoutInclude takes one away.
func (p *Plan) WithoutInclude(context, text string) (*Plan, error) {
	ed, err := p.edit(context, false)
	if err != nil {
		return nil, err
	}
	before := len(ed.x.Includes)
	ed.x.Includes = slices.DeleteFunc(ed.x.Includes, func(i Include) bool { return i.Text == text })
	if len(ed.x.Includes) == before {
		return nil, ErrNotThere
	}
	return ed.done(), nil
}

// WithIgnorePat adds a pattern after which dialtone goes on.
func (p *Plan) WithIgnorePat(context, pattern string) (*Plan, error) {
	ed, err := p.edit(context, false)
	switch {
	case err != nil:
		return nil, err
	case slices.Contains(ed.x.IgnorePats, pattern):
		return nil, ErrExists
	}
	ed.x.IgnorePats = append(ed.x.IgnorePats, pattern)
	return ed.done(), nil
}

// WithoutIgnorePat takes one away.
func (p *Plan) WithoutIgnorePat(context, pattern string) (*Plan, error) {
	ed, err := p.edit(context, false)
	switch {
	case err != nil:
		return nil, err
	case !slices.Contains(ed.x.IgnorePats, pattern):
		return nil, ErrNotThere
	}
	ed.x.IgnorePats = slices.DeleteFunc(ed.x.IgnorePats, func(o string) bool { return o == pattern })
	return ed.done(), nil
}

// WithoutContext takes a whole context away.
func (p *Plan) WithoutContext(context string) (*Plan, error) {
	if p.Contexts[context] == nil {
		return nil, ErrNoContext
	}
	n := *p
	n.Contexts = maps.Clone(p.Contexts)
	delete(n.Contexts, context)
	n.Order = slices.DeleteFunc(slices.Clone(p.Order), func(x *Context) bool { return x.Name == context })
	return &n, nil
}
