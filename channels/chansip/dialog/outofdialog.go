package dialog

import (
	"cmp"
	"fmt"

	"obelisk/channels/chansip/dnsmgr"
	"obelisk/channels/chansip/location"
	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/sipstack"
)

// Reach is the way to a hop: the one that a phone has registered over, where there is
// one.
func (ua *Agent) Reach(h dnsmgr.Target, registered sipstack.Flow) sipstack.Flow {
	if !registered.Local.IsValid() {
		return ua.FlowTo(h)
	}
	registered.Remote = h.Addr
	return registered
}

// OutOfDialog is a request of ours to a peer outside any dialog, and the flow it takes;
// false when the peer cannot be reached. b is where it is registered, nil for a peer
// that is not; fromUser is the user in From. It takes the endpoint's outboundproxy, as by chan_sip.
func (ua *Agent) OutOfDialog(dir *sipconf.Directory, p *sipconf.Peer, b *location.Binding, method,
	fromUser string) (o *sipstack.Outgoing, f sipstack.Flow, ok bool) {
	to, uri, ok := PeerTarget(p, b)
	if !ok {
		return nil, f, false
	}
	var registered sipstack.Flow
	var routes []string
	if b != nil {
		registered, routes = b.Flow, b.Routes()
	}
	f = ua.Reach(to, registered)
	if atAnotherNode := b != nil && !registered.Local.IsValid(); p.OutboundProxy != "" && !atAnotherNode && MayProxy(registered) {
		if f, ok = ua.toProxy(dir, p); !ok {
			return nil, f, false
		}
	}
	me := dir.Advertised(f)
	user := cmp.Or(fromUser, dir.CallerID)
	at, routes := sipstack.Routed(uri, routes)
	return &sipstack.Outgoing{Method: method, URI: at, From: fmt.Sprintf(`"asterisk" <sip:%s@%s>;tag=%s`, user, dir.FromHost(f),
		sipstack.Tag()), To: "<" + uri + ">",
		Contact: sipstack.FormatContact(user, me.String(), f.Proto), CallID: sipstack.Hex32() + "@" + me.String(), CSeq: 102,
		MaxForwards: p.MaxForwards, Routes: routes, Headers: dir.RequestHeaders(), ForceRport: p.NAT.ForceRport}, f, true
}

// MayProxy says whether requests to a phone that has registered over a flow, or to a peer that has
// not, may take the outbound proxy of its endpoint (outboundproxy): to all but those of WebSockets,
// which have no other way than their own connection.
func MayProxy(registered sipstack.Flow) bool {
	return !registered.Local.IsValid() || registered.Proto != sipstack.WS && registered.Proto != sipstack.WSS
}

// toProxy is the way to the outbound proxy of an endpoint; false while its name has no address.
func (ua *Agent) toProxy(dir *sipconf.Directory, p *sipconf.Peer) (f sipstack.Flow, ok bool) {
	hops := ua.ProxyEntry(dir, p).Targets()
	if len(hops) == 0 {
		return f, false
	}
	return ua.FlowTo(hops[0]), true
}

// ProxyEntry is where the outbound proxy of an endpoint is; nil: it has none, or a transport that there is not.
func (ua *Agent) ProxyEntry(dir *sipconf.Directory, p *sipconf.Peer) *dnsmgr.Entry {
	if p.OutboundProxy == "" {
		return nil
	}
	q, err := dir.ProxyQuery(p.OutboundProxy, p.Transports[0])
	if err != nil {
		return nil
	}
	return ua.cfg.Names.Entry(q)
}

// Places are where a peer is: its bindings, or nil for one that is not registered.
func (ua *Agent) Places(name string) []*location.Binding {
	if list := ua.cfg.Bindings.All(name); len(list) > 0 {
		return list
	}
	return []*location.Binding{nil}
}

// FlowTo is the way to a hop.
func (ua *Agent) FlowTo(h dnsmgr.Target) sipstack.Flow {
	f := ua.stack.Route(h.Proto, h.Addr)
	f.Name = h.TLSName
	return f
}

// UnknownFlow is a flow to a place that is not known yet: of it the transport counts, and
// the family of our socket.
func (ua *Agent) UnknownFlow(p sipstack.Proto) sipstack.Flow {
	return sipstack.Flow{Proto: p, Local: ua.stack.Local()}
}

// PeerTarget is where and as what a peer is poked.
func PeerTarget(p *sipconf.Peer, b *location.Binding) (to dnsmgr.Target, uri string, ok bool) {
	if b != nil {
		return dnsmgr.Target{Proto: b.Flow.Proto, Addr: b.Addr}, b.Contact, true
	}
	host := p.Host
	switch {
	case p.Addr().IsValid():
		to = p.HostEntry.Targets()[0]
	case p.DefaultAddr.IsValid():
		to, host = dnsmgr.Target{Proto: p.Transports[0], Addr: p.DefaultAddr}, p.DefaultAddr.Addr().String()
	default:
		return to, "", false
	}
	return to, "sip:" + sipstack.HostPort(host, 0), true
}
