package chansip

import (
	"encoding/json"
	"strings"

	"obelisk/channels/chansip/dnsmgr"
	"obelisk/channels/chansip/elsewhere"
	"obelisk/channels/chansip/pubsub"
	"obelisk/dialplan"
	"obelisk/internal/sipstack"
	"obelisk/internal/trace"
	"obelisk/pbx"
)

// Visits (pbx.Visit) are calls between the SIP of two nodes, the same way as all that they pass on to each other. The
// user of the Request-URI is the ticket.

// visitUser begins it.
const visitUser = "obk-visit-"

// nodeTech is the technology Node.
type nodeTech struct{ d *Driver }

// Name implements pbx.Tech.
func (nodeTech) Name() string { return pbx.NodeTech }

// Request implements pbx.Tech: Node/NODE/TICKET.
func (x nodeTech) Request(r pbx.Request) (pbx.Leg, error) {
	node, ticket, _ := strings.Cut(r.Resource, "/")
	at, alive := x.d.phones.SIPOf(node)
	if !alive {
		return nil, refused(pbx.CauseAbsent, "node '"+node+"' is not there")
	}
	through := &elsewhere.Contact{Node: node, SIP: at, Addr: at.AddrPort}
	hop := nodeHop(through)
	t := &destination{uri: sipstack.FormatURI(visitUser+ticket, at.String()), proto: hop.Proto, visit: true, name: node,
		hops: []dnsmgr.Target{hop}, through: through}
	t.to = "<" + t.uri + ">"
	return x.d.legTo(x.d.Directory(), t, r)
}

// joinNodes is the part of the SIP driver in visits: the technology, and dialogs that other nodes look for.
func (d *Driver) joinNodes() {
	if d.core.Elsewhere() == nil {
		return
	}
	d.core.RegisterTech(nodeTech{d})
	d.core.RegisterApp(pbx.App{Name: fetchApp, Synopsis: "Talk with who was put through to another node", Usage: "NodeFetch(id)\n  what " +
		"the switchboard runs itself; of no use in a dialplan", Exec: d.fetch})
	d.core.AnswerNodes(dialogTopic, func(_, text string) (v pbx.Visit, ok bool) {
		r, ok := parseReplaces(text)
		if !ok {
			return v, false
		}
		find := d.findDialog
		if strings.HasPrefix(r.callID, pubsub.PickupPrefix) {
			find = d.findRinging
		}
		other, found := find(r)
		if !found || other.ch == nil || r.earlyOnly && other.state == legUp {
			return v, false
		}
		return pbx.Visit{Into: other.ch}, true
	})
	d.core.AnswerNodes(ringingTopic, func(_, text string) (v pbx.Visit, ok bool) {
		var at [2]string
		if json.Unmarshal([]byte(text), &at) != nil {
			return v, false
		}
		ch := d.core.RingingAt(at[0], at[1])
		return pbx.Visit{Into: ch}, ch != nil
	})
}

// Topics of questions between nodes: a dialog by its Replaces, a call that rings at a hint's devices.
const (
	dialogTopic  = "dialog"
	ringingTopic = "ringing-at"
)

// visits takes an INVITE of another node that brings a ticket; false: it is another one.
func (in *incoming) visits() bool {
	u, _ := sipstack.ParseURI(in.m.RequestURI)
	name, ok := strings.CutPrefix(u.User, visitUser)
	if !ok {
		return false
	}
	node, ok := in.d.phones.Node(in.m.Flow)
	if !ok {
		return false
	}
	v, ok := in.d.core.Visitor(name)
	if !ok {
		in.refuse(&trace.Refusal{Status: 410, Reason: "Gone", Cause: 22, Rule: "node '" + node + "' brings a ticket that is none"})
		return true
	}
	steps := []inviteStep{(*incoming).loops, (*incoming).required, (*incoming).offer,
		func(in *incoming) *trace.Refusal { return in.from(node) }, (*incoming).media}
	if v.Into != nil {
		steps = append(steps, (*incoming).start, func(in *incoming) *trace.Refusal { return in.visitInto(v) })
	} else {
		steps = append(steps, func(in *incoming) *trace.Refusal { return in.visit(v) }, (*incoming).start)
	}
	in.take(steps)
	return true
}

// from has the leg be one of another node.
func (in *incoming) from(node string) *trace.Refusal {
	at, _ := in.d.phones.SIPOf(node)
	in.leg.resource = node
	in.leg.through = &through{Contact: &elsewhere.Contact{Node: node, SIP: at, Addr: at.AddrPort}, visit: true}
	return nil
}

// visit begins the call: it runs what the ticket says, and nothing else.
func (in *incoming) visit(v pbx.Visit) *trace.Refusal {
	l, caller := in.leg, in.callerID()
	caller.Num, caller.Name = strings.Clone(caller.Num), strings.Clone(caller.Name)
	l.Contact = sipstack.FormatContact("node", l.SentBy, l.Flow.Proto)
	l.trying(in.tx)
	in.trace.Note("comes from node '%s' for %s(%s)", l.through.Node, v.App, v.Data)
	ch, err := in.d.core.Arrive(pbx.NewCall{Tech: pbx.NodeTech, Leg: l, Context: in.dir.Context, Exten: "s", ANI: caller.Num,
		CallerID: caller, Trace: in.trace, Language: l.Endpoint().Language, ToneZone: l.Endpoint().ToneZone, App: v.App, AppData: v.Data,
		Visitor: true})
	if err != nil {
		return &trace.Refusal{Status: 503, Reason: "Unavailable", Cause: 34, Rule: err.Error()}
	}
	if v.Begins != nil {
		v.Begins(ch)
	}
	ch.SetOut()
	l.sh = in.sh
	l.watchNode()
	return nil
}

// visitInto has the leg take the place of another one.
func (in *incoming) visitInto(v pbx.Visit) *trace.Refusal {
	l := in.leg
	l.Contact = sipstack.FormatContact("node", l.SentBy, l.Flow.Proto)
	in.trace.Note("comes from node '%s' in the place of %s", l.through.Node, v.Into.Name())
	if v.Into.Adopt(l, in.callerID()) != nil {
		return &trace.Refusal{Status: 603, Reason: "Declined (Replaces)", Cause: 21, Rule: "the dialog to be replaced is over"}
	}
	l.watchNode()
	return nil
}

// findAbroad is the way to a dialog that another node has, or to what rings at a hint there; "": there is none. It waits.
func (d *Driver) findAbroad(r replaces) (way string) {
	if d.core.Elsewhere() == nil {
		return ""
	}
	if way = d.core.AskNodes(dialogTopic, r.String()); way != "" || !strings.HasPrefix(r.callID, pubsub.PickupPrefix) {
		return way
	}
	context, exten, ok := d.subscribedTo(r)
	if !ok {
		return ""
	}
	text, _ := json.Marshal([2]string{context, exten}) // texts always can be
	return d.core.AskNodes(ringingTopic, string(text))
}

// replaceAbroad lets an INVITE with Replaces take the place of a leg at another node: its caller is connected with that node.
func (in *incoming) replaceAbroad(way string, caller pbx.CallerID) *trace.Refusal {
	l := in.leg
	_, err := in.d.core.Incoming(pbx.NewCall{Tech: "SIP", Leg: l, Context: l.Endpoint().Context, Exten: "s", ANI: caller.Num,
		CallerID: caller, Trace: in.trace, Language: l.Endpoint().Language, ToneZone: l.Endpoint().ToneZone, App: "Dial",
		AppData: pbx.VisitArgs(way)})
	if err != nil {
		return &trace.Refusal{Status: 503, Reason: "Unavailable", Cause: 34, Rule: err.Error()}
	}
	in.d.access.TrustFlow(in.id.Peer, in.m.Flow)
	return nil
}

// joinAbroad puts the other party of a call into the place of a leg at another node: an attended transfer between
// calls of two nodes. It waits until they are connected, and returns the status line of the outcome.
func (d *Driver) joinAbroad(way string, by, party *pbx.Channel) string {
	party.SetVar("ATTENDEDTRANSFER", by.Name())
	got := d.core.Originate(pbx.Originate{Tech: pbx.NodeTech, Resource: way, By: by, Party: true, Quiet: true,
		CallerID: party.View().CallerID, Codecs: party.Leg().Codecs(),
		App: fetchApp, Data: party.UniqueID()})
	if got.Channel == nil {
		return "503 Service Unavailable"
	}
	return "200 OK"
}

// fetchApp is what the call to another node does when it is answered.
const fetchApp = "NodeFetch"

// fetch is that: it talks with the party that has the unique id.
func (d *Driver) fetch(c *pbx.Channel, id string) dialplan.Result {
	for _, party := range d.core.Channels() {
		if party.UniqueID() != id {
			continue
		}
		over := func(*pbx.Channel, pbx.Left) dialplan.Result { return dialplan.End }
		r, err := c.Fetch(party, pbx.Member{After: over}, pbx.Member{After: (*pbx.Channel).Onward})
		if err == nil {
			return r
		}
	}
	return dialplan.End // he has hung up
}
