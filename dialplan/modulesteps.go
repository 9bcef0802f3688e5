package dialplan

import (
	"slices"
	"strings"

	"obelisk/internal/config"
)

// OwnStep is an extension that a module gives to the plan: a priority 1 whose arguments are not
// evaluated, and perhaps a hint.
type OwnStep struct {
	Context, Exten string
	App, Args      string
	Hint           string // devices; "": none
	Registrar      string // who gives it: the module's name, or that with "/" and something
}

// WithOwn takes away what a module (family) has given before and gives it the extensions of the
// list, in contexts that are made where they are not there. What others have put at a place stays.
func (p *Plan) WithOwn(family string, list []OwnStep) *Plan {
	wanted := map[string][]OwnStep{}
	for _, s := range list {
		wanted[s.Context] = append(wanted[s.Context], s)
	}
	for _, x := range p.Order {
		if !x.given(family) && len(wanted[x.Name]) == 0 {
			continue
		}
		p = p.own(family, x.Name, wanted[x.Name])
		delete(wanted, x.Name)
	}
	for _, s := range list { // in this order
		if steps, ok := wanted[s.Context]; ok {
			p = p.own(family, s.Context, steps)
			delete(wanted, s.Context)
		}
	}
	return p
}

// of says whether a registrar is one of a module's.
func of(family, registrar string) bool {
	rest, ok := strings.CutPrefix(registrar, family)
	return ok && (rest == "" || rest[0] == '/')
}

// given says whether something of the context is a module's.
func (x *Context) given(family string) bool {
	return of(family, x.Registrar) || slices.ContainsFunc(x.Extensions, func(e *Extension) bool {
		return e.Hint != nil && of(family, e.Hint.Registrar) ||
			slices.ContainsFunc(e.prios, func(p *Priority) bool { return of(family, p.Registrar) })
	})
}

// own is WithOwn for one context.
func (p *Plan) own(family, context string, list []OwnStep) *Plan {
	ed, _ := p.edit(context, true)
	if p.Contexts[context] == nil {
		ed.x.Registrar = list[0].Registrar
	}
	byName := map[string]*Extension{}
	for _, e := range ed.x.Extensions {
		if e.Hint != nil && of(family, e.Hint.Registrar) {
			e.Hint = nil
		}
		if first := e.Priority(1); first != nil && of(family, first.Registrar) {
			e.drop(1)
		}
		byName[e.key()] = e
	}
	for _, s := range list {
		pos := config.Pos{File: s.Registrar}
		e := ed.extension(s.Exten, pos, byName)
		if e.Priority(1) == nil {
			e.insert(&Priority{N: 1, App: s.App, Args: &Text{raw: s.Args}, Pos: pos, Registrar: s.Registrar})
		}
		if e.Hint == nil && s.Hint != "" {
			e.Hint = &Hint{Devices: s.Hint, Pos: pos, Registrar: s.Registrar}
		}
	}
	ed.x.Extensions = slices.DeleteFunc(ed.x.Extensions, func(e *Extension) bool { return e.steps() == 0 })
	n := ed.done()
	if of(family, ed.x.Registrar) && len(ed.x.Extensions) == 0 && len(ed.x.Includes) == 0 {
		n, _ = n.WithoutContext(context)
	}
	return n
}
