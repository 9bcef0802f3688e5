package elsewhere

import (
	"net/netip"
	"strings"

	"obelisk/channels/chansip/location"
	"obelisk/internal/sipstack"
	"obelisk/pbx"
)

// The two ways of a message through the node that has the phone. A branch says which one.
const (
	toPhone = "d"
	toNode  = "u"
)

// nodeParam of a Record-Route names the node that the call is of.
const nodeParam = "obk-node"

// Request implements sipstack.Relay. What is passed on comes from a node, with the token of a phone
// that is here; or from that phone, within a call, and then goes to a node and nowhere else. What
// a stranger sends is as if the route were not there.
func (ph *Phones) Request(m *sipstack.Message, route *sipstack.URI) (h sipstack.Hop, ours bool) {
	token, _ := route.Param(sipstack.RelayParam)
	b := ph.keys.find(ph.cfg.Bindings, token)
	node, fromNode := ph.Node(m.Flow)
	switch {
	case fromNode && b == nil:
		ph.stale.Add(1)
		return sipstack.Hop{Status: 430, Reason: "Flow Failed"}, true
	case fromNode:
		ph.passed.Add(1)
		return ph.down(m, b, node, token), true
	case b == nil || m.To.Tag() == "" || !of(b, m.Flow):
		return h, false
	}
	node, _ = route.Param(nodeParam)
	at, alive := ph.others.SIPOf(node)
	if !alive {
		ph.refused.Add(1)
		return sipstack.Hop{Status: 408, Reason: "Request Timeout"}, true
	}
	ph.passed.Add(1)
	flow := ph.flowTo(node, at)
	return sipstack.Hop{To: flow, SentBy: flow.Local.String(), Branch: ph.branch(toNode, m.CallID, &m.Via, m.Flow.Remote, token),
		Token: token}, true
}

// down passes a request of a node on to a phone.
func (ph *Phones) down(m *sipstack.Message, b *location.Binding, node, token string) sipstack.Hop {
	flow := flowOf(b)
	me := ph.cfg.Directory().Advertised(flow).String()
	h := sipstack.Hop{To: flow, SentBy: me, Branch: ph.branch(toPhone, m.CallID, &m.Via, m.Flow.Remote, ""), Token: token}
	if m.Method == "INVITE" && m.To.Tag() == "" { // the two sides know this node by two addresses (RFC 5658)
		params := ";lr;" + sipstack.RelayParam + "=" + token + ";" + nodeParam + "=" + node + ">"
		outside := "<sip:" + me
		if flow.Proto != sipstack.UDP {
			outside += ";transport=" + strings.ToLower(flow.Proto.String())
		}
		inside := pbx.NodeSIP{AddrPort: m.Flow.Local, TLS: m.Flow.Proto == sipstack.Node}
		h.Record = []string{outside + params, "<sip:" + uriOf(inside) + params}
	}
	return h
}

// flowOf is the way to a phone.
func flowOf(b *location.Binding) sipstack.Flow {
	flow := b.Flow
	flow.Remote = b.Addr
	return flow
}

// of says whether a message comes from a phone, by its flow.
func of(b *location.Binding, f sipstack.Flow) bool {
	if b.Flow.Proto != f.Proto {
		return false
	}
	if f.Proto.Reliable() {
		return b.Flow.Remote == f.Remote
	}
	return sipstack.SameHost(b.Flow.Remote.Addr(), f.Remote.Addr()) || sipstack.SameHost(b.Addr.Addr(), f.Remote.Addr())
}

// branch is that of a request that is passed on: the same for what belongs to one transaction,
// and nobody else can make it. An answer goes where it says, and nowhere else.
func (ph *Phones) branch(way, callID string, via *sipstack.Via, source netip.AddrPort, token string) string {
	branch := sipstack.RelayBranch + way + ph.keys.seal(way, callID, via.Branch, via.SentBy(), source.String(), token)
	if token != "" {
		branch += "-" + token
	}
	return branch
}

// Response implements sipstack.Relay: an answer to what was passed on goes back to who asked.
func (ph *Phones) Response(m *sipstack.Message, below *sipstack.Via, source netip.AddrPort) (to sipstack.Flow, ours bool) {
	rest := strings.TrimPrefix(m.Via.Branch, sipstack.RelayBranch)
	_, token, _ := strings.Cut(rest, "-")
	way := rest[:min(len(rest), 1)]
	if ph.branch(way, m.CallID, below, source, token) != m.Via.Branch {
		return to, false
	}
	switch way {
	case toPhone:
		node, ok := ph.others.NodeAt(source)
		if !ok {
			return to, false
		}
		way, _ := ph.others.SIPOf(node)
		to = ph.flowTo(node, way)
	case toNode:
		_, fromNode := ph.Node(m.Flow)
		b := ph.keys.find(ph.cfg.Bindings, token)
		if !fromNode || b == nil {
			return to, false
		}
		if to = b.Flow; to.Proto == sipstack.UDP {
			to.Remote = source
		}
	}
	ph.passed.Add(1)
	return to, true
}
