package ami

import (
	"slices"

	"obelisk/pbx"
)

// addModules adds the actions of modules.
func addModules(all map[string]*action, list []pbx.Module) {
	for _, m := range list {
		actor, ok := m.(pbx.Actor)
		if !ok {
			continue
		}
		for _, k := range actor.Actions() {
			class, _ := parseClasses(k.Classes)
			all[lower(k.Name)] = &action{k.Name, k.Synopsis, class, false, func(a *act) { k.Run(asked{a}) }}
		}
	}
}

// asked implements pbx.Asked.
type asked struct{ a *act }

func (q asked) Get(name string) string   { return q.a.m.get(name) }
func (q asked) All(name string) []string { return q.a.m.all(name) }

// Variables and Respond implement pbx.Asked.
func (q asked) Variables() [][2]string                     { return q.a.m.variables() }
func (q asked) Respond(result string, fields ...pbx.Field) { q.a.respond(result, headers(fields)...) }

// May implements pbx.Asked.
func (q asked) May(class string) bool {
	c, _ := parseClasses(class)
	return q.a.may(c)
}

// OK, Bare and Fail implement pbx.Asked.
func (q asked) OK(message string, fields ...pbx.Field) {
	if message == "" {
		q.a.respond("Success", headers(fields)...)
		return
	}
	q.a.respond("Success", slices.Concat([]header{{"Message", message}}, headers(fields))...)
}
func (q asked) Fail(message string) { q.a.fail(message) }

// IDLast implements pbx.Asked.
func (q asked) IDLast() { q.a.lastID = true }

// List implements pbx.Asked.
func (q asked) List(message, complete string, rows [][]pbx.Field, more ...pbx.Field) {
	var events [][]header
	for _, r := range rows {
		events = append(events, headers(r))
	}
	q.a.list(message, complete, events, headers(more)...)
}

func headers(fields []pbx.Field) (out []header) {
	for _, f := range fields {
		out = append(out, header{f.Name, f.Value})
	}
	return out
}

// UnknownClasses are those of a list of classes that there are none of.
func UnknownClasses(list string) []string {
	_, unknown := parseClasses(list)
	return unknown
}
