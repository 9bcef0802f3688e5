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

// ReadNotify reads sip_notify.conf; f may be nil.
func ReadNotify(f *config.File) map[string]NotifyType {
	out := map[string]NotifyType{}
	if f == nil {
		return out
	}
	for _, s := range f.Visible() {
		n := NotifyType{Name: s.Name}
		for _, v := range s.Vars {
			n.Add(v.Name, v.Value)
		}
		out[s.Name] = n
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
