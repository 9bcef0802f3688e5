package chansip

import (
	"fmt"
	"slices"
	"strings"

	"obelisk/channels/chansip/dialog"
	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/sipstack"
)

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
func (l *Leg) sendNotify(n sipconf.NotifyType) {
	l.ask(func() *sipstack.Outgoing {
		o := l.request("NOTIFY")
		o.Contact = l.Contact
		fillNotify(&n, o, l.Endpoint())
		return o
	}, nil)
}

func notifyOf(headers [][2]string) (n sipconf.NotifyType) {
	for _, h := range headers {
		n.Add(h[0], h[1])
	}
	return n
}

func (d *Driver) sendNotify(n sipconf.NotifyType, peer string) error {
	dir := d.Directory()
	p := dir.Lookup(peer)
	if p == nil {
		return ErrNoAddress(peer)
	}
	err := error(ErrNoAddress(peer))
	for _, b := range d.ua.Places(peer) {
		if out, flow, ok := d.ua.OutOfDialog(dir, p, b, "NOTIFY", p.FromUser); ok {
			fillNotify(&n, out, &p.Endpoint)
			d.stack.Post(out.CallID, func(sh *sipstack.Shard) { d.askOutside(sh, dir, p, flow, out) })
			err = nil
		}
	}
	return err
}

// fillNotify writes what is to be sent.
func fillNotify(n *sipconf.NotifyType, out *sipstack.Outgoing, e *sipconf.Endpoint) {
	out.Headers = append(out.Headers, sipstack.DateHeader(), sipstack.Header{Name: "Allow", Value: sipconf.Allow}, sipstack.Header{Name: "Supported", Value: e.Supported()}, sipstack.Header{Name: "Subscription-State", Value: "terminated"})
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
func (d *Driver) askOutside(sh *sipstack.Shard, dir *sipconf.Directory, p *sipconf.Peer, flow sipstack.Flow, o *sipstack.Outgoing) {
	g := &dialog.Dialog{Agent: d.ua, Dir: dir, Peer: p, Flow: flow, SentBy: dir.Advertised(flow).String()}
	g.Send(sh, func() *sipstack.Outgoing {
		next := *o
		next.Headers = append(slices.Clone(o.Headers), g.Digest.Headers(o.Method, o.URI)...)
		o.CSeq++
		return &next
	}, nil)
}
