// Package asked has requests of the manager interface for tests of actions.
package asked

import (
	"strings"

	"obelisk/pbx"
)

// Request is a pbx.Asked: its headers, and what was answered.
type Request struct {
	Headers map[string]string
	Tame    bool // the user may write no class
	// Reply is the answer: "Success: message" with the names of its fields behind, "Error: message".
	Reply string
	Rows  [][]pbx.Field // of a list
}

var _ pbx.Asked = (*Request)(nil)

// For is a request with headers: names and values in turn.
func For(headers ...string) *Request {
	r := &Request{Headers: map[string]string{}}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Headers[headers[i]] = headers[i+1]
	}
	return r
}

// Get implements pbx.Asked.
func (r *Request) Get(name string) string { return r.Headers[name] }

// All implements pbx.Asked.
func (r *Request) All(name string) []string {
	if v, ok := r.Headers[name]; ok {
		return []string{v}
	}
	return nil
}

// May implements pbx.Asked.
func (r *Request) May(string) bool { return !r.Tame }

// Variables implements pbx.Asked: there are none.
func (r *Request) Variables() [][2]string { return nil }

// OK implements pbx.Asked.
func (r *Request) OK(message string, fields ...pbx.Field) {
	for _, f := range fields {
		message += " " + f.Name
	}
	r.answer("Success", message)
}

// Fail implements pbx.Asked.
func (r *Request) Fail(message string) { r.answer("Error", message) }

// Respond implements pbx.Asked.
func (r *Request) Respond(result string, fields ...pbx.Field) {
	names := ""
	for _, f := range fields {
		names += " " + f.Name
	}
	r.answer(result, names)
}

// IDLast implements pbx.Asked.
func (r *Request) IDLast() {}

// List implements pbx.Asked.
func (r *Request) List(message, _ string, rows [][]pbx.Field, _ ...pbx.Field) {
	r.Rows = rows
	r.answer("Success", message)
}

func (r *Request) answer(result, message string) {
	r.Reply = strings.TrimSuffix(result+": "+strings.TrimSpace(message), ": ")
}
