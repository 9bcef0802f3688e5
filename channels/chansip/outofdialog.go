package chansip

import (
	"cmp"
	"fmt"

	"obelisk/channels/chansip/dnsmgr"
	"obelisk/channels/chansip/location"
	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/sipstack"
)

// reach is the way to a hop: the one that a phone has registered over, where there is
// one.
func (d *Driver) reach(h dnsmgr.Target, registered sipstack.Flow) sipstack.Flow {
	if !registered.Local.IsValid() {
		return d.flowTo(h)
	}
	registered.Remote = h.Addr
	return registered
}

// unasked is a request of ours to a peer outside any dialog, and the flow it takes;
// false when the peer cannot be reached. b is where it is registered, nil for a peer
// that is not; fromUser is the user in From.
func (d *Driver) unasked(dir *sipconf.Directory, p *sipconf.Peer, b *location.Binding, method, fromUser string) (o *sipstack.Outgoing, f sipstack.Flow, ok bool) {
	to, uri, ok := pokeTarget(p, b)
	if !ok {
		return nil, f, false
	}
	var registered sipstack.Flow
	var routes []string
	if b != nil {
		registered, routes = b.Flow, b.Routes()
	}
	f = d.reach(to, registered)
	me := dir.Advertised(f)
	user := cmp.Or(fromUser, dir.CallerID)
	at, routes := sipstack.Routed(uri, routes)
	return &sipstack.Outgoing{Method: method, URI: at, From: fmt.Sprintf(`"asterisk" <sip:%s@%s>;tag=%s`, user, dir.FromHost(f), sipstack.Tag()), To: "<" + uri + ">",
		Contact: contactAt(user, me.String(), f.Proto), CallID: sipstack.Hex32() + "@" + me.String(), CSeq: 102, MaxForwards: p.MaxForwards,
		Routes: routes, Headers: dir.RequestHeaders(), ForceRport: p.NAT.ForceRport}, f, true
}

// places are where a peer is: its bindings, or nil for one that is not registered.
func (d *Driver) places(name string) []*location.Binding {
	if list := d.live.All(name); len(list) > 0 {
		return list
	}
	return []*location.Binding{nil}
}

// flowTo is the way to a hop.
func (d *Driver) flowTo(h dnsmgr.Target) sipstack.Flow {
	f := d.stack.Route(h.Proto, h.Addr)
	f.Name = h.TLSName
	return f
}

// somewhere is a flow to a place that is not known yet: of it the transport counts, and
// the family of our socket.
func (d *Driver) somewhere(p sipstack.Proto) sipstack.Flow {
	return sipstack.Flow{Proto: p, Local: d.stack.Local()}
}
