package ari

import (
	"strings"
)

// One table has all operations: what is asked for by which path, with what parameters, and what serves
// it. The router, the descriptions for clients (api-docs) and the tests are made of it.

// operation is a row.
type operation struct {
	Method, Path, Nickname, Summary, Response string
	// Params are those of the query, parted by blanks: name*[]:type=default{a|b}, of which all but the
	// name may be missing. * is required, [] a list. "body:name" is one of the body alone.
	Params string
	Errors string // statuses, parted by blanks
	Run    func(*ask) reply
}

// param is one of its parameters.
type param struct {
	Name, In, Type, Default string
	Required, Many          bool
	Allowed                 []string
}

// params reads the path's and Params.
func (o *operation) params() (out []param) {
	for _, part := range strings.Split(o.Path, "/") {
		if strings.HasPrefix(part, "{") {
			out = append(out, param{Name: strings.Trim(part, "{}"), In: "path", Type: "string", Required: true})
		}
	}
	for _, text := range strings.Fields(o.Params) {
		out = append(out, readParam(text))
	}
	return out
}

func readParam(text string) param {
	p := param{In: "query", Type: "string"}
	if rest, body := strings.CutPrefix(text, "body:"); body {
		p.In, p.Type, text = "body", "containers", rest
	}
	if head, list, ok := strings.Cut(text, "{"); ok {
		p.Allowed, text = strings.Split(strings.TrimSuffix(list, "}"), "|"), head
	}
	text, p.Default, _ = strings.Cut(text, "=")
	if head, kind, ok := strings.Cut(text, ":"); ok {
		p.Type, text = kind, head
	}
	text, p.Many = strings.CutSuffix(text, "[]")
	p.Name, p.Required = strings.CutSuffix(text, "*")
	return p
}

// node is a part of a path.
type node struct {
	children map[string]*node
	wild     *node  // any text
	name     string // of that
	ops      map[string]*operation
}

func newNode() *node { return &node{children: map[string]*node{}, ops: map[string]*operation{}} }

// tree puts the table in order.
func tree(table []operation) *node {
	root := newNode()
	for i := range table {
		o := &table[i]
		n := root
		for _, part := range strings.Split(strings.Trim(o.Path, "/"), "/") {
			n = n.child(part)
		}
		n.ops[o.Method] = o
	}
	return root
}

func (n *node) child(part string) *node {
	if name, wild := strings.CutPrefix(part, "{"); wild {
		if n.wild == nil {
			n.wild = newNode()
			n.wild.name = strings.TrimSuffix(name, "}")
		}
		return n.wild
	}
	if n.children[part] == nil {
		n.children[part] = newNode()
	}
	return n.children[part]
}

// find follows a path: a name goes before a wild card. Names of operations may be written in any
// case, as Asterisk has it for the first part.
func (n *node) find(parts []string, vars map[string]string) *node {
	for _, part := range parts {
		next := n.children[part]
		if next == nil {
			if next = n.wild; next == nil {
				return nil
			}
			vars[next.name] = part
		}
		n = next
	}
	return n
}

// methods are those that there are, as they are told.
func (n *node) methods() string {
	out := "OPTIONS"
	for _, m := range []string{"GET", "POST", "PUT", "DELETE"} {
		if n.ops[m] != nil {
			out += "," + m
		}
	}
	return out
}
