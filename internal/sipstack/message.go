package sipstack

import (
	"iter"
	"strings"
	"time"
)

// Message is a received request or response, checked and ready to use. It is
// read-only once it has left the reader.
type Message struct {
	Method     string // request method; for responses the CSeq method
	RequestURI string // requests only, as written
	Status     int    // responses only, 0 for requests
	Reason     string
	CallID     string
	CSeq       uint32
	From, To   NameAddr
	FromRaw    string // header values as they came, for answers
	ToRaw      string
	Via        Via // topmost
	Body       []byte
	Flow       Flow // how it came
	Arrived    time.Time
	Size       int  // bytes on the wire
	Stranger   bool // a request from an address where nobody is known

	headers fields
	cseq    string
	room    [usualFields]span
}

// IsRequest tells requests from responses.
func (m *Message) IsRequest() bool { return m.Status == 0 }

// Header returns the first value of a header, "" when absent. name is the full
// name; compact forms were expanded by the guard.
func (m *Message) Header(name string) string {
	for i := range m.headers.len() {
		if f := m.headers.line(i); equalName(f.name, name) {
			return f.value
		}
	}
	return ""
}

// Has says whether the header is present.
func (m *Message) Has(name string) bool {
	for i := range m.headers.len() {
		if equalName(m.headers.line(i).name, name) {
			return true
		}
	}
	return false
}

// Names lists the headers in order, each as often as it comes.
func (m *Message) Names() []string {
	var out []string
	for i := range m.headers.len() {
		if name := m.headers.line(i).name; name != "" {
			out = append(out, name)
		}
	}
	return out
}

// Headers returns every line of a header, in order.
func (m *Message) Headers(name string) []string {
	var out []string
	for i := range m.headers.len() {
		if f := m.headers.line(i); equalName(f.name, name) {
			out = append(out, f.value)
		}
	}
	return out
}

// Each goes through the lines of a header, in order.
func (m *Message) Each(name string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range m.headers.len() {
			if f := m.headers.line(i); equalName(f.name, name) && !yield(f.value) {
				return
			}
		}
	}
}

// List returns all values of a header that may be a comma list.
func (m *Message) List(name string) []string {
	var out []string
	for line := range m.Each(name) {
		out = appendList(out, line)
	}
	return out
}

// Contact returns the first Contact.
func (m *Message) Contact() (NameAddr, bool) {
	for line := range m.Each("Contact") {
		for line != "" {
			var one string
			one, line = cutOutside(line, ',')
			if one = strings.TrimSpace(one); one != "" {
				return ParseNameAddr(one)
			}
		}
	}
	return NameAddr{}, false
}

// Options returns the lower-case option tags of Require, Supported and the like.
func (m *Message) Options(name string) []string {
	var out []string
	for _, o := range m.List(name) {
		out = append(out, strings.ToLower(o))
	}
	return out
}
