package chansip

import (
	"net/netip"
	"strings"

	"obelisk/internal/auth"
	"obelisk/internal/sipstack"
)

// dialog is what a call and a subscription have in common (RFC 3261 section 12). It
// belongs to the shard of its Call-ID, but for what never changes: d, dir, peer
// and callID.
type dialog struct {
	d      *Driver
	dir    *Directory // the configuration it began with
	peer   *Peer      // nil for guests and hosts that are no peer
	callID string

	localTag  string
	remoteTag string
	from, to  string // our From and To of requests, without tags
	flow      sipstack.Flow
	nat       natMode
	target    string // remote target
	routes    []string
	lcseq     uint32
	rcseq     uint32
	sentBy    string
	contact   string
	creds     credentialsFor
}

// dialogFrom is the dialog that a request of the far side opens.
func (d *Driver) dialogFrom(dir *Directory, peer *Peer, tx *sipstack.ServerTx, m *sipstack.Message) dialog {
	g := dialog{d: d, dir: dir, peer: peer, callID: strings.Clone(m.CallID), localTag: tx.ToTag, remoteTag: strings.Clone(m.From.Tag()),
		from: strip(m.ToRaw), to: strip(m.FromRaw), flow: m.Flow, lcseq: 101, rcseq: m.CSeq, routes: m.List("Record-Route")}
	g.nat = g.endpoint().NAT
	g.retarget(m)
	g.sentBy = dir.advertised(g.flow).String()
	return g
}

// endpoint is the peer's settings, or the general ones.
func (g *dialog) endpoint() *endpoint {
	if g.peer != nil {
		return &g.peer.endpoint
	}
	return &g.dir.endpoint
}

// request builds an in-dialog request.
func (g *dialog) request(method string) *sipstack.Outgoing {
	g.lcseq++
	o := &sipstack.Outgoing{Method: method, URI: g.target, From: g.from + ";tag=" + g.localTag, To: g.to, CallID: g.callID, CSeq: g.lcseq,
		Routes: g.routes, MaxForwards: g.endpoint().MaxForwards, Headers: g.dir.requestHeaders(), ForceRport: g.nat.ForceRport}
	if g.remoteTag != "" {
		o.To += ";tag=" + g.remoteTag
	}
	if h, ok := g.creds.reuse(method, g.target); ok {
		o.Headers = append(o.Headers, h)
	}
	return o
}

// extensions names those that an endpoint may use (Supported).
func (e *endpoint) extensions() string {
	names := "replaces, timer"
	if e.SessionTimers == timersRefuse {
		names = "replaces"
	}
	if e.SupportPath {
		names += ", path"
	}
	if e.Rel == relYes {
		names += ", 100rel"
	}
	return names
}

// supported is that for the far side of the dialog.
func (g *dialog) supported() []sipstack.Header {
	return []sipstack.Header{{Name: "Supported", Value: g.endpoint().extensions()}}
}

// common are the headers of every answer in the dialog.
func (g *dialog) common() []sipstack.Header { return g.dir.commonFor(g.endpoint()) }

func (g *dialog) sendOptions() sipstack.SendOptions {
	return sipstack.SendOptions{T1: g.endpoint().T1, SentBy: g.sentBy}
}

// retarget takes the far side's Contact and decides where the dialog's
// requests go: the source address when the phone is behind NAT or on a stream,
// else the first route or the Contact.
func (g *dialog) retarget(m *sipstack.Message) {
	c, ok := m.Contact()
	if ok && c.URI != "" && c.URI != g.target {
		g.target = strings.Clone(c.URI)
	}
	g.flow = m.Flow
	next := g.target
	if len(g.routes) > 0 {
		if r, ok := sipstack.ParseNameAddr(g.routes[0]); ok {
			next = r.URI
		}
	}
	u, _ := sipstack.ParseURI(next)
	a, isAddr := u.Addr()
	natted := g.nat.ForceRport || g.nat.AutoForceRport && (!isAddr || a != m.Flow.Remote.Addr())
	if natted || !isAddr || m.Flow.Proto.Reliable() {
		return
	}
	g.flow.Remote = netip.AddrPortFrom(a, portOr(u.Port, m.Flow.Proto))
}

// credentialsFor keeps the challenge of a dialog or registration and what
// answers it.
type credentialsFor struct {
	who    auth.Credentials
	ch     auth.Digest
	header string // Authorization or Proxy-Authorization
	count  int
	given  bool // who was named in the dial string
}

// learn takes a 401 or 407; false when nothing can answer it.
func (c *credentialsFor) learn(g *dialog, m *sipstack.Message) bool {
	ch, reply, ok := challengeOf(m)
	if !ok {
		return false
	}
	who, ok := g.credentials(ch["realm"])
	if !ok {
		return false
	}
	*c = credentialsFor{who: who, ch: ch, header: reply, given: c.given}
	return true
}

// challengeOf reads the first challenge of a 401 or 407 that can be answered,
// and names the header that answers it.
func challengeOf(m *sipstack.Message) (ch auth.Digest, reply string, ok bool) {
	name, reply := "WWW-Authenticate", "Authorization"
	if m.Status == 407 {
		name, reply = "Proxy-Authenticate", "Proxy-Authorization"
	}
	for _, v := range m.Headers(name) {
		if ch, ok := auth.ParseDigest(v); ok && ch.Usable() {
			return ch, reply, true
		}
	}
	return nil, "", false
}

// reuse writes the credentials for a further request of the dialog.
func (c *credentialsFor) reuse(method, uri string) (sipstack.Header, bool) {
	if c.ch == nil || method == "ACK" {
		return sipstack.Header{}, false
	}
	c.count++
	return sipstack.Header{Name: c.header, Value: c.who.Answer(c.ch, method, uri, c.count)}, true
}

// credentials are chosen by the realm of the challenge: auth= of the peer,
// auth= of the file, then the peer's own user and secret.
func (g *dialog) credentials(realm string) (auth.Credentials, bool) {
	lists := [][]authLine{g.dir.Auth}
	if g.peer != nil {
		lists = [][]authLine{g.peer.Auth, g.dir.Auth}
	}
	for _, list := range lists {
		for _, a := range list {
			if strings.EqualFold(a.Realm, realm) {
				return auth.Credentials{User: a.User, Password: a.Secret, HA1: [auth.Hashes]string{auth.MD5: a.MD5}}, true
			}
		}
	}
	if g.creds.given {
		return g.creds.who, true
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
