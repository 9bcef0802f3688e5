package chansip

import (
	"fmt"
	"slices"
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
			n.add(v.Name, v.Value)
		}
		out[s.Name] = n
	}
	return out
}

// add takes a header, or a line of the body; what could begin another header is left out.
func (n *NotifyType) add(name, value string) {
	switch {
	case strings.ContainsAny(name+value, "\r\n"):
	case strings.EqualFold(name, "Content"):
		n.Body = append(n.Body, value)
	case strings.EqualFold(name, "Content-Length"): // it is counted
	default:
		n.Headers = append(n.Headers, sipstack.Header{Name: name, Value: value})
	}
}

// ErrNoNotify is a type that sip_notify.conf does not have.
type ErrNoNotify string

func (e ErrNoNotify) Error() string { return fmt.Sprintf("Unable to find notify type '%s'", string(e)) }

// ErrNoAddress is a peer that is not known, or not registered.
type ErrNoAddress string

func (e ErrNoAddress) Error() string {
	return fmt.Sprintf("Could not create address for '%s'", string(e))
}

// Notify sends a NOTIFY of a type of sip_notify.conf to a peer.
func (d *Driver) Notify(kind, peer string) error {
	n, ok := d.Directory().Notify[kind]
	if !ok {
		return ErrNoNotify(kind)
	}
	return d.sendNotify(n, peer)
}

// NotifyWith sends one with headers; those named Content are the lines of its body.
func (d *Driver) NotifyWith(peer string, headers [][2]string) error {
	return d.sendNotify(notifyOf(headers), peer)
}

// NotifyIn sends one within the dialog of a call; false when there is none of that Call-ID.
func (d *Driver) NotifyIn(callID string, headers [][2]string) (found bool) {
	n := notifyOf(headers)
	d.stack.Call(callID, func(sh *sipstack.Shard) {
		for _, l := range data(sh).legs[callID] {
			if found = l.state != legEnded; found {
				l.sh = sh
				l.sendNotify(n)
				return
			}
		}
	})
	return found
}

// sendNotify sends one in the dialog.
func (l *Leg) sendNotify(n NotifyType) {
	l.ask(func() *sipstack.Outgoing {
		o := l.request("NOTIFY")
		o.Contact = l.contact
		n.fill(o, l.endpoint())
		return o
	}, nil)
}

func notifyOf(headers [][2]string) (n NotifyType) {
	for _, h := range headers {
		n.add(h[0], h[1])
	}
	return n
}

func (d *Driver) sendNotify(n NotifyType, peer string) error {
	dir := d.Directory()
	p := dir.Lookup(peer)
	if p == nil {
		return ErrNoAddress(peer)
	}
	err := error(ErrNoAddress(peer))
	for _, b := range d.places(peer) {
		if out, flow, ok := d.unasked(dir, p, b, "NOTIFY", p.FromUser); ok {
			n.fill(out, &p.endpoint)
			d.stack.Post(out.CallID, func(sh *sipstack.Shard) { d.askOutside(sh, dir, p, flow, out) })
			err = nil
		}
	}
	return err
}

// fill writes what is to be sent.
func (n *NotifyType) fill(out *sipstack.Outgoing, e *endpoint) {
	out.Headers = append(out.Headers, dateHeader(), sipstack.Header{Name: "Allow", Value: allow}, sipstack.Header{Name: "Supported", Value: e.extensions()}, sipstack.Header{Name: "Subscription-State", Value: "terminated"})
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

// askOutside sends a request outside any dialog, once more for each challenge that can be
// met.
func (d *Driver) askOutside(sh *sipstack.Shard, dir *Directory, p *Peer, flow sipstack.Flow, o *sipstack.Outgoing) {
	g := &dialog{d: d, dir: dir, peer: p, flow: flow, sentBy: dir.advertised(flow).String()}
	g.ask(sh, func() *sipstack.Outgoing {
		next := *o
		next.Headers = append(slices.Clone(o.Headers), g.creds.answers(o.Method, o.URI)...)
		o.CSeq++
		return &next
	}, nil)
}
