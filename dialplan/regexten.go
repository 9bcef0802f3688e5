package dialplan

import (
	"slices"

	"obelisk/internal/config"
)

// Given is a priority 1 that a part of the switchboard puts into the plan while it runs:
// Noop(Data), whose text is not evaluated.
type Given struct{ Context, Exten, Data string }

// WithGiven takes the steps of a registrar ("SIP") at some places away, and gives others,
// in contexts that are made if they are not there. Where an extension can be reached
// already nothing is given; what others have put there stays.
func (p *Plan) WithGiven(registrar string, gone, came []Given) *Plan {
	for context, list := range byContext(gone) {
		if p.Contexts[context] != nil {
			p = p.editGiven(registrar, context, list, nil)
		}
	}
	for context, list := range byContext(came) {
		list = slices.DeleteFunc(list, func(g Given) bool { return p.Exists(context, g.Exten, Query{}) })
		if len(list) > 0 || p.Contexts[context] == nil {
			p = p.editGiven(registrar, context, nil, list)
		}
	}
	return p
}

// WithContexts makes contexts for a registrar, where they are not there.
func (p *Plan) WithContexts(registrar string, names []string) *Plan {
	for _, name := range names {
		if p.Contexts[name] == nil {
			p = p.editGiven(registrar, name, nil, nil)
		}
	}
	return p
}

func byContext(list []Given) map[string][]Given {
	by := map[string][]Given{}
	for _, g := range list {
		by[g.Context] = append(by[g.Context], g)
	}
	return by
}

func (p *Plan) editGiven(registrar, context string, gone, came []Given) *Plan {
	ed, _ := p.edit(context, true)
	if p.Contexts[context] == nil {
		ed.x.Registrar = registrar
	}
	pos := config.Pos{File: registrar}
	byName := make(map[string]*Extension, len(ed.x.Extensions))
	for _, e := range ed.x.Extensions {
		byName[e.key()] = e
	}
	for _, g := range gone {
		e := newExtension(g.Exten, pos, func(string) {})
		if e = byName[e.key()]; e != nil && e.Priority(1) != nil && e.Priority(1).Registrar == registrar {
			e.drop(1)
		}
	}
	ed.x.Extensions = slices.DeleteFunc(ed.x.Extensions, func(e *Extension) bool { return e.steps() == 0 })
	for _, g := range came {
		e := ed.extension(g.Exten, pos, byName)
		if e.Priority(1) == nil {
			e.insert(&Priority{N: 1, App: "Noop", Args: &Text{raw: g.Data}, Pos: pos, Registrar: registrar})
		}
	}
	return ed.done()
}
