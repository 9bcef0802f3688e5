package ari

import (
	_ "embed"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"

	"obelisk/apps/stasis"
)

// The descriptions of the interface from which some clients build theirs (Swagger 1.1), made of the
// table of operations and the list of models.

//go:embed models.txt
var modelText string

// modelRow is a model.
type modelRow struct {
	name    string
	event   bool
	members []param
}

// models are all, in their order.
var models = sync.OnceValue(func() (out []modelRow) {
	for _, line := range strings.Split(modelText, "\n") {
		name, rest, ok := strings.Cut(line, ":")
		if strings.HasPrefix(line, "#") || !ok {
			continue
		}
		m := modelRow{}
		m.name, m.event = strings.CutPrefix(name, "> ")
		for _, text := range strings.Split(rest, ", ") {
			if text = strings.TrimSpace(text); text != "" {
				m.members = append(m.members, readMember(text))
			}
		}
		out = append(out, m)
	}
	return out
})

// readMember reads name*:Type{values}.
func readMember(text string) param {
	p := param{Type: "string"}
	if head, list, ok := strings.Cut(text, "{"); ok {
		p.Allowed, text = strings.Split(strings.TrimSuffix(list, "}"), "|"), head
	}
	if head, kind, ok := strings.Cut(text, ":"); ok {
		p.Type, text = kind, head
	}
	p.Name, p.Required = strings.CutSuffix(text, "*")
	return p
}

// docs serves api-docs.
func (s *Server) docs(method, base, name string) reply {
	if method != http.MethodGet {
		return failure(405, "Unsupported method")
	}
	name, ok := strings.CutSuffix(name, ".json")
	if ok && name == "resources" {
		return reply{status: 200, body: listing(base)}
	}
	for _, x := range resources {
		if ok && x.name == name {
			return reply{status: 200, body: description(base, name)}
		}
	}
	return failure(404, "Resource not found")
}

func header(base string) stasis.Object {
	return stasis.Object{"apiVersion", "8.0.0", "swaggerVersion", "1.1", "basePath", base}
}

func listing(base string) stasis.Object {
	var list []stasis.Object
	for _, x := range resources {
		list = append(list, stasis.Object{"path", "/api-docs/" + x.name + ".{format}", "description", x.text})
	}
	return append(header(base), "apis", list)
}

// description is that of a resource.
func description(base, name string) stasis.Object {
	var apis []stasis.Object
	var used []string
	for i := 0; i < len(operations); {
		o := &operations[i]
		if first, _, _ := strings.Cut(strings.TrimPrefix(o.Path, "/"), "/"); first != name {
			i++
			continue
		}
		var list []stasis.Object
		for ; i < len(operations) && operations[i].Path == o.Path; i++ {
			list = append(list, operations[i].describe())
			used = append(used, operations[i].Response)
		}
		apis = append(apis, stasis.Object{"path", o.Path, "description", o.Summary, "operations", list})
	}
	return append(header(base), "resourcePath", "/api-docs/"+name+".{format}", "apis", apis, "models", described(used, name == "events"))
}

func (o *operation) describe() stasis.Object {
	d := stasis.Object{"httpMethod", o.Method, "summary", o.Summary, "nickname", o.Nickname, "responseClass", o.Response}
	if o.Path == "/events" {
		d = append(d, "upgrade", "websocket", "websocketProtocol", "ari")
	}
	var list []stasis.Object
	for _, p := range o.params() {
		x := stasis.Object{"name", p.Name, "description", p.Name, "paramType", p.In, "required", p.Required, "allowMultiple", p.Many, "dataType",
			p.Type}
		if p.Default != "" {
			x = append(x, "defaultValue", p.Default)
		}
		if p.Allowed != nil {
			x = append(x, "allowableValues", stasis.Object{"valueType", "LIST", "values", p.Allowed})
		}
		list = append(list, x)
	}
	if list != nil {
		d = append(d, "parameters", list)
	}
	var errors []stasis.Object
	for _, status := range strings.Fields(o.Errors) {
		errors = append(errors, stasis.Object{"code", stasis.Raw(status), "reason", reasonOf[status]})
	}
	if errors != nil {
		d = append(d, "errorResponses", errors)
	}
	return d
}

var reasonOf = map[string]string{"400": "What is asked for is not valid.", "403": "It is not allowed.", "404": "There is no such thing.",
	"409": "Its state does not allow that.",
	"412": "The channel is in a state that does not allow that.", "422": "What the request names cannot be used for that."}

var typeNames = regexp.MustCompile(`[A-Z][A-Za-z]+`)

// described are the models that some types need, and all events where these are wanted.
func described(types []string, events bool) stasis.Object {
	wanted := map[string]bool{}
	var want func(string)
	want = func(text string) {
		for _, name := range typeNames.FindAllString(text, -1) {
			if i := slices.IndexFunc(models(), func(m modelRow) bool { return m.name == name }); i >= 0 && !wanted[name] {
				wanted[name] = true
				for _, p := range models()[i].members {
					want(p.Type)
				}
			}
		}
	}
	for _, t := range types {
		want(t)
	}
	var names []string
	for _, m := range models() {
		if m.event {
			names = append(names, m.name)
			if events {
				want(m.name)
			}
		}
	}
	if events {
		want("Message MissingParams Event RESTRequest RESTResponse")
	}
	var out stasis.Object
	for _, m := range models() {
		if wanted[m.name] {
			out = append(out, m.name, m.describe(names))
		}
	}
	return out
}

func (m *modelRow) describe(events []string) stasis.Object {
	o := stasis.Object{"id", m.name}
	switch m.name {
	case "Message":
		o = append(o, "discriminator", "type", "subTypes", []string{"MissingParams", "Event"})
	case "Event":
		o = append(o, "subTypes", events)
	}
	members := stasis.Object{}
	for _, p := range m.members {
		x := stasis.Object{"type", p.Type, "description", p.Name, "required", p.Required}
		if p.Allowed != nil {
			x = append(x, "allowableValues", stasis.Object{"valueType", "LIST", "values", p.Allowed})
		}
		members = append(members, p.Name, x)
	}
	return append(o, "properties", members)
}
