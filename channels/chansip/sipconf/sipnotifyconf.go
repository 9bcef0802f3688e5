package sipconf

import (
	"strings"

	"obelisk/internal/config"
	"obelisk/internal/sipstack"
)

// NotifyType is a section of sip_notify.conf: what "sip notify" sends.
type NotifyType struct {
	Name    string
	Headers []sipstack.Header
	Body    []string // lines
}

// ReadNotify reads sip_notify.conf: its types by their names in small letters; nil without the file. A section
// without a line is no type.
func ReadNotify(f *config.File) map[string]NotifyType {
	if f == nil {
		return nil
	}
	out := map[string]NotifyType{}
	for _, s := range f.Visible() {
		n := NotifyType{Name: s.Name}
		for _, v := range s.Vars {
			n.Add(v.Name, v.Value)
		}
		if len(s.Vars) > 0 {
			out[strings.ToLower(s.Name)] = n
		}
	}
	return out
}

// Add takes a header, or a line of the body; what could begin another header is left out.
func (n *NotifyType) Add(name, value string) {
	switch {
	case strings.ContainsAny(name+value, "\r\n"):
	case strings.EqualFold(name, "Content"):
		n.Body = append(n.Body, value)
	case strings.EqualFold(name, "Content-Length"): // it is counted
	default:
		n.Headers = append(n.Headers, sipstack.Header{Name: name, Value: value})
	}
}

// Fill writes the headers and the body into a NOTIFY.
func (n *NotifyType) Fill(out *sipstack.Outgoing, e *Endpoint) {
	out.Headers = append(out.Headers, sipstack.DateHeader(), sipstack.Header{Name: "Allow", Value: Allow},
		sipstack.Header{Name: "Supported", Value: e.Supported()}, sipstack.Header{Name: "Subscription-State", Value: "terminated"})
	for _, h := range n.Headers {
		if strings.EqualFold(h.Name, "Content-Type") && len(n.Body) > 0 {
			out.ContentType = h.Value
		} else {
			out.Headers = append(out.Headers, h)
		}
	}
	if len(n.Body) > 0 {
		out.Body = []byte(strings.Join(n.Body, "\r\n"))
	}
}

// NotifyOf is a type with headers; those named Content are the lines of its body.
func NotifyOf(headers [][2]string) (n NotifyType) {
	for _, h := range headers {
		n.Add(h[0], h[1])
	}
	return n
}
