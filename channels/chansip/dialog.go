package chansip

import (
	"net/netip"
	"slices"
	"strings"

	"obelisk/channels/chansip/access"
	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/auth"
	"obelisk/internal/sipstack"
)

// dialog is what a call and a subscription have in common (RFC 3261 section 12). It
// belongs to the shard of its Call-ID, but for what never changes: d, dir, peer
// and callID.
type dialog struct {
	d      *Driver
	dir    *sipconf.Directory // the configuration it began with
	peer   *sipconf.Peer      // nil for guests and hosts that are no peer
	callID string

	localTag  string
	remoteTag string
	from, to  string // our From and To of requests, without tags
	flow      sipstack.Flow
	source    netip.Addr // where its last message came from
	nat       sipconf.NATMode
	target    string // remote target
	routes    []string
	lcseq     uint32
	rcseq     uint32
	sentBy    string
	contact   string
	creds     access.ClientCredentials
	// allowance of a guest who has not shown yet that he receives; nil: no bound.
	allowance *sipstack.Allowance
}

// dialogFrom is the dialog that a request of the far side opens.
func (d *Driver) dialogFrom(dir *sipconf.Directory, peer *sipconf.Peer, tx *sipstack.ServerTx, m *sipstack.Message) dialog {
	g := dialog{d: d, dir: dir, peer: peer, callID: strings.Clone(m.CallID), localTag: tx.ToTag, remoteTag: strings.Clone(m.From.Tag()),
		from: strip(m.ToRaw), to: strip(m.FromRaw), flow: m.Flow, lcseq: 101, rcseq: m.CSeq, routes: m.List("Record-Route")}
	if peer == nil {
		g.allowance = tx.Bound(m)
	}
	g.nat = g.endpoint().NAT
	g.retarget(m)
	g.sentBy = dir.Advertised(g.flow).String()
	return g
}

// endpoint is the peer's settings, or the general ones.
func (g *dialog) endpoint() *sipconf.Endpoint {
	if g.peer != nil {
		return &g.peer.Endpoint
	}
	return &g.dir.Endpoint
}

// request builds an in-dialog request.
func (g *dialog) request(method string) *sipstack.Outgoing { return g.requestTo(method, g.target) }

// requestTo builds one to a target.
func (g *dialog) requestTo(method, target string) *sipstack.Outgoing {
	g.lcseq++
	uri, routes := sipstack.Routed(target, g.routes)
	o := &sipstack.Outgoing{Method: method, URI: uri, From: g.from + ";tag=" + g.localTag, To: g.to, CallID: g.callID, CSeq: g.lcseq,
		Routes: routes, MaxForwards: g.endpoint().MaxForwards, Headers: g.dir.RequestHeaders(), ForceRport: g.nat.ForceRport}
	if g.remoteTag != "" {
		o.To += ";tag=" + g.remoteTag
	}
	o.Headers = append(o.Headers, g.creds.Headers(method, uri)...)
	return o
}

// supported is that for the far side of the dialog.
func (g *dialog) supported() []sipstack.Header {
	return []sipstack.Header{{Name: "Supported", Value: g.endpoint().Supported()}}
}

// common are the headers of every answer in the dialog.
func (g *dialog) common() []sipstack.Header { return g.dir.ResponseHeadersFor(g.endpoint()) }

func (g *dialog) sendOptions() sipstack.SendOptions {
	return sipstack.SendOptions{T1: g.endpoint().T1, SentBy: g.sentBy, Also: g.source, Allowance: g.allowance}
}

// join takes the way to the far side from its answer: the route set, and what retarget
// does.
func (g *dialog) join(m *sipstack.Message) {
	g.routes = m.List("Record-Route")
	slices.Reverse(g.routes)
	g.retarget(m)
}

// retarget takes the far side's Contact and decides where the dialog's
// requests go: the source address when the phone is behind NAT or on a stream,
// else the first route or the Contact.
func (g *dialog) retarget(m *sipstack.Message) {
	c, ok := m.Contact()
	if ok && c.URI != "" && c.URI != g.target {
		g.target = strings.Clone(c.URI)
	}
	g.flow, g.source = m.Flow, m.Flow.Remote.Addr()
	next := g.target
	if len(g.routes) > 0 {
		if r, ok := sipstack.ParseNameAddr(g.routes[0]); ok {
			next = r.URI
		}
	}
	u, _ := sipstack.ParseURI(next)
	a, isAddr := u.Addr()
	natted := g.nat.ForceRport || g.nat.AutoForceRport && (!isAddr || !sipstack.SameHost(a, m.Flow.Remote.Addr()))
	if natted || !isAddr || m.Flow.Proto.Reliable() {
		return
	}
	g.flow.Remote = netip.AddrPortFrom(sipstack.Scoped(a, m.Flow), sipstack.PortOr(u.Port, m.Flow.Proto))
}

// again says whether an answer to a request of the dialog is a challenge that can be met.
func (g *dialog) again(m *sipstack.Message, repeats *int) bool {
	return g.creds.Retry(m, repeats, g.endpoint().Reg.Algorithms, g.credentials)
}

// asking is a request on its way, which is sent again for each challenge that can be met.
type asking struct {
	g       *dialog
	sh      *sipstack.Shard
	build   func() *sipstack.Outgoing
	on      func(*sipstack.Message, error)
	repeats int
}

// ask sends the request that build makes; where it is challenged, build makes it anew,
// with credentials, and it is sent again. on gets what else comes back, as from
// Shard.Send; nil: nobody wants to know. A build that returns nil ends it.
func (g *dialog) ask(sh *sipstack.Shard, build func() *sipstack.Outgoing, on func(*sipstack.Message, error)) {
	a := &asking{g: g, sh: sh, build: build, on: on}
	a.send()
}

func (a *asking) send() {
	if o := a.build(); o != nil {
		a.sh.Send(a.g.flow, o, a.g.sendOptions(), a.answered)
	}
}

func (a *asking) answered(m *sipstack.Message, err error) {
	if err == nil && a.g.again(m, &a.repeats) {
		a.send()
	} else if a.on != nil {
		a.on(m, err)
	}
}

// credentials are chosen by the realm of the challenge: auth= of the peer,
// auth= of the file, then the peer's own user and secret.
func (g *dialog) credentials(realm string) (auth.Credentials, bool) {
	lists := [][]sipconf.AuthLine{g.dir.Auth}
	if g.peer != nil {
		lists = [][]sipconf.AuthLine{g.peer.Auth, g.dir.Auth}
	}
	for _, list := range lists {
		for _, a := range list {
			if strings.EqualFold(a.Realm, realm) {
				return auth.Credentials{User: a.User, Password: a.Secret, HA1: [auth.Hashes]string{auth.MD5: a.MD5}}, true
			}
		}
	}
	if g.creds.Named != nil {
		return *g.creds.Named, true
	}
	if g.peer == nil {
		return auth.Credentials{}, false
	}
	c := auth.Credentials{User: g.peer.DefaultUser, Password: g.peer.RemoteSecret, HA1: g.peer.HA1}
	if c.Password == "" {
		c.Password = g.peer.Secret
	}
	return c, c.User != ""
}
