package dialog

import (
	"net/netip"
	"slices"
	"strings"

	"obelisk/channels/chansip/access"
	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/auth"
	"obelisk/internal/sipstack"
)

// Dialog is what a call and a subscription have in common (RFC 3261 section 12). It
// belongs to the shard of its Call-ID; Agent, Dir, Peer and CallID never change and may be read
// from anywhere.
type Dialog struct {
	Agent  *Agent
	Dir    *sipconf.Directory // the configuration it began with
	Peer   *sipconf.Peer      // nil for guests and hosts that are no peer
	CallID string

	LocalTag   string
	RemoteTag  string
	From, To   string // our From and To of requests, without tags
	Flow       sipstack.Flow
	Source     netip.Addr // where its last message came from
	NAT        sipconf.NATMode
	ByContact  bool   // a proxy is between (outboundproxy): that the Contact is another host is no sign of NAT
	Target     string // remote target
	RouteSet   []string
	LocalCSeq  uint32
	RemoteCSeq uint32
	SentBy     string
	Contact    string
	Digest     access.ClientCredentials
	// Allowance of a guest who has not shown yet that he receives; nil: no bound.
	Allowance *sipstack.Allowance
}

// DialogOf is the dialog that a request of the far side opens.
func (ua *Agent) DialogOf(dir *sipconf.Directory, peer *sipconf.Peer, tx *sipstack.ServerTx, m *sipstack.Message) Dialog {
	g := Dialog{Agent: ua, Dir: dir, Peer: peer, CallID: strings.Clone(m.CallID), LocalTag: tx.ToTag, RemoteTag: strings.Clone(m.From.Tag()),
		From: sipstack.WithoutTag(m.ToRaw), To: sipstack.WithoutTag(m.FromRaw), Flow: m.Flow, LocalCSeq: 101, RemoteCSeq: m.CSeq,
		RouteSet: m.List("Record-Route")}
	if peer == nil {
		g.Allowance = tx.Bound(m)
	}
	g.NAT = g.Endpoint().NAT
	g.Retarget(m)
	g.SentBy = dir.Advertised(g.Flow).String()
	return g
}

// Endpoint is the peer's settings, or the general ones.
func (g *Dialog) Endpoint() *sipconf.Endpoint {
	if g.Peer != nil {
		return &g.Peer.Endpoint
	}
	return &g.Dir.Endpoint
}

// Request builds an in-dialog request.
func (g *Dialog) Request(method string) *sipstack.Outgoing { return g.RequestTo(method, g.Target) }

// RequestTo builds one to a target.
func (g *Dialog) RequestTo(method, target string) *sipstack.Outgoing {
	g.LocalCSeq++
	return g.build(method, target, g.LocalCSeq)
}

// Ack builds the ACK of a 2xx of our INVITE, whose CSeq it has (RFC 3261 13.2.2.4).
func (g *Dialog) Ack(cseq uint32) *sipstack.Outgoing { return g.build("ACK", g.Target, cseq) }

func (g *Dialog) build(method, target string, cseq uint32) *sipstack.Outgoing {
	uri, routes := sipstack.Routed(target, g.RouteSet)
	o := &sipstack.Outgoing{Method: method, URI: uri, From: g.From, FromTag: g.LocalTag, To: g.To, ToTag: g.RemoteTag,
		CallID: g.CallID, CSeq: cseq,
		Routes: routes, MaxForwards: g.Endpoint().MaxForwards, ForceRport: g.NAT.ForceRport}
	usual := 2
	if method == "INVITE" {
		usual = 8
	}
	o.Headers = append(make([]sipstack.Header, 0, usual), g.Dir.RequestHeaders()...)
	o.Headers = append(o.Headers, g.Digest.Headers(method, uri)...)
	return o
}

// SupportedHeader returns the Supported header for the dialog's far side.
func (g *Dialog) SupportedHeader() []sipstack.Header {
	return []sipstack.Header{{Name: "Supported", Value: g.Endpoint().Supported()}}
}

// ResponseHeaders are the headers of every answer in the dialog.
func (g *Dialog) ResponseHeaders() []sipstack.Header { return g.Dir.ResponseHeadersFor(g.Endpoint()) }

func (g *Dialog) SendOptions() sipstack.SendOptions {
	return sipstack.SendOptions{T1: g.Endpoint().T1, TimerB: g.Endpoint().TimerB(), SentBy: g.SentBy, Also: g.Source, Allowance: g.Allowance}
}

// Establish takes the way to the far side from its answer: the route set, and what retarget
// does.
func (g *Dialog) Establish(m *sipstack.Message) {
	g.RouteSet = m.List("Record-Route")
	slices.Reverse(g.RouteSet)
	g.Retarget(m)
}

// Retarget takes the far side's Contact and decides where the dialog's
// requests go: the source address when the phone is behind NAT or on a stream,
// else the first route or the Contact.
func (g *Dialog) Retarget(m *sipstack.Message) {
	c, ok := m.Contact()
	if ok && c.URI != "" && c.URI != g.Target {
		g.Target = strings.Clone(c.URI)
	}
	g.Flow, g.Source = m.Flow, m.Flow.Remote.Addr()
	next := g.Target
	if len(g.RouteSet) > 0 {
		if r, ok := sipstack.ParseNameAddr(g.RouteSet[0]); ok {
			next = r.URI
		}
	}
	u, _ := sipstack.ParseURI(next)
	a, isAddr := u.Addr()
	natted := g.NAT.ForceRport || g.NAT.AutoForceRport && !g.ByContact && (!isAddr || !sipstack.SameHost(a, m.Flow.Remote.Addr()))
	if natted || !isAddr || m.Flow.Proto.Reliable() {
		return
	}
	g.Flow.Remote = netip.AddrPortFrom(sipstack.Scoped(a, m.Flow), sipstack.PortOr(u.Port, m.Flow.Proto))
}

// Retry says whether an answer to a request of the dialog is a challenge that can be met.
func (g *Dialog) Retry(m *sipstack.Message, repeats *int) bool {
	return g.Digest.Retry(m, repeats, g.Endpoint().Reg.Algorithms, g.credentials)
}

// pendingRequest is a request on its way, which is sent again for each challenge that can be met.
type pendingRequest struct {
	g       *Dialog
	sh      *sipstack.Shard
	build   func() *sipstack.Outgoing
	on      func(*sipstack.Message, error)
	repeats int
}

// Send sends the request that build makes; where it is challenged, build makes it anew,
// with credentials, and it is sent again. on gets what else comes back, as from
// Shard.Send; nil: nobody wants to know. A build that returns nil ends it.
func (g *Dialog) Send(sh *sipstack.Shard, build func() *sipstack.Outgoing, on func(*sipstack.Message, error)) {
	a := &pendingRequest{g: g, sh: sh, build: build, on: on}
	a.send()
}

func (a *pendingRequest) send() {
	if o := a.build(); o != nil {
		a.sh.Send(a.g.Flow, o, a.g.SendOptions(), a.answered)
	}
}

func (a *pendingRequest) answered(m *sipstack.Message, err error) {
	if err == nil && a.g.Retry(m, &a.repeats) {
		a.send()
	} else if a.on != nil {
		a.on(m, err)
	}
}

// credentials are chosen by the realm of the challenge: auth= of the peer,
// auth= of the file, then the peer's own user and secret.
func (g *Dialog) credentials(realm string) (auth.Credentials, bool) {
	lists := [][]sipconf.AuthLine{g.Dir.Auth}
	if g.Peer != nil {
		lists = [][]sipconf.AuthLine{g.Peer.Auth, g.Dir.Auth}
	}
	for _, list := range lists {
		for _, a := range list {
			if strings.EqualFold(a.Realm, realm) {
				return auth.Credentials{User: a.User, Password: a.Secret, HA1: [auth.Hashes]string{auth.MD5: a.MD5}}, true
			}
		}
	}
	if g.Digest.Named != nil {
		return *g.Digest.Named, true
	}
	if g.Peer == nil {
		return auth.Credentials{}, false
	}
	c := auth.Credentials{User: g.Peer.DefaultUser, Password: g.Peer.RemoteSecret, HA1: g.Peer.HA1}
	if c.Password == "" {
		c.Password = g.Peer.Secret
	}
	return c, c.User != ""
}
