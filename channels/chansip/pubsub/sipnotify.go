package pubsub

import (
	"fmt"
	"slices"
	"strings"

	"obelisk/channels/chansip/dialog"
	"obelisk/channels/chansip/location"
	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/sipstack"
)

// ErrNoNotify is a type that sip_notify.conf does not have.
type ErrNoNotify string

func (e ErrNoNotify) Error() string { return fmt.Sprintf("Unable to find notify type '%s'", string(e)) }

// ErrNoNotifies is that there is no sip_notify.conf.
var ErrNoNotifies error = noNotifies{}

type noNotifies struct{}

func (noNotifies) Error() string { return "No sip_notify.conf file found, or no types listed there" }

// ErrNoAddress is a peer that is not known, or not registered.
type ErrNoAddress string

func (e ErrNoAddress) Error() string {
	return fmt.Sprintf("Could not create address for '%s'", string(e))
}

// HasNotify is nil where sip_notify.conf has a type.
func (ps *PubSub) HasNotify(kind string) error {
	_, err := ps.notifyType(kind)
	return err
}

// notifyType is a type of sip_notify.conf, in capital letters or small ones.
func (ps *PubSub) notifyType(kind string) (n sipconf.NotifyType, err error) {
	types := ps.cfg.Directory().Notify
	if types == nil {
		return n, ErrNoNotifies
	}
	n, ok := types[strings.ToLower(kind)]
	if !ok {
		return n, ErrNoNotify(kind)
	}
	return n, nil
}

// Notify sends a NOTIFY of a type of sip_notify.conf to a peer.
func (ps *PubSub) Notify(kind, peer string) error {
	n, err := ps.notifyType(kind)
	if err != nil {
		return err
	}
	return ps.sendNotify(n, peer)
}

// NotifyWith sends one with headers; those named Content are the lines of its body.
func (ps *PubSub) NotifyWith(peer string, headers [][2]string) error {
	return ps.sendNotify(sipconf.NotifyOf(headers), peer)
}

func (ps *PubSub) sendNotify(n sipconf.NotifyType, peer string) error {
	dir := ps.cfg.Directory()
	p := dir.Lookup(peer)
	if p == nil {
		return ErrNoAddress(peer)
	}
	err := error(ErrNoAddress(peer))
	for _, b := range ps.places(peer) {
		if out, flow, ok := ps.cfg.Agent.OutOfDialog(dir, p, b, "NOTIFY", p.FromUser); ok {
			n.Fill(out, &p.Endpoint)
			ps.stack.Post(out.CallID, func(sh *sipstack.Shard) { ps.askOutside(sh, dir, p, flow, out) })
			err = nil
		}
	}
	return err
}

// places are where a peer is, at other nodes too.
func (ps *PubSub) places(name string) []*location.Binding {
	list, others := ps.cfg.Agent.Places(name), ps.cfg.Elsewhere(name)
	if len(others) > 0 && list[0] == nil {
		return others
	}
	return append(list, others...)
}

// askOutside sends a request outside any dialog, once more for each challenge that can be
// met.
func (ps *PubSub) askOutside(sh *sipstack.Shard, dir *sipconf.Directory, p *sipconf.Peer, flow sipstack.Flow, o *sipstack.Outgoing) {
	g := &dialog.Dialog{Agent: ps.cfg.Agent, Dir: dir, Peer: p, Flow: flow, SentBy: dir.Advertised(flow).String()}
	g.Send(sh, func() *sipstack.Outgoing {
		next := *o
		next.Headers = append(slices.Clone(o.Headers), g.Digest.Headers(o.Method, o.URI)...)
		o.CSeq++
		return &next
	}, nil)
}
