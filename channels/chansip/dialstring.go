package chansip

import (
	"cmp"
	"net/netip"
	"strings"

	"obelisk/channels/chansip/dialog"
	"obelisk/channels/chansip/dnsmgr"
	"obelisk/channels/chansip/elsewhere"
	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/auth"
	"obelisk/internal/config"
	"obelisk/internal/sipstack"
	"obelisk/pbx"
)

// destination is a dial string, understood.
type destination struct {
	peer      *sipconf.Peer // nil: a host that is no peer
	uri       string
	to        string // To without tag
	proto     sipstack.Proto
	at        *dnsmgr.Entry      // where it is; nil: at hops
	hops      []dnsmgr.Target    // the best first; empty: at is looked up first
	later     bool               // at is looked up before anything is sent
	flow      sipstack.Flow      // of a registered phone that is sent to itself; zero otherwise
	source    netip.AddrPort     // where a phone has registered from; zero: it has not
	proxied   bool               // at is that of an outbound proxy
	through   *elsewhere.Contact // of a phone at another node; nil: it is none
	visit     bool               // that node itself is called (pbx.Visit)
	name      string             // for the channel's name
	creds     auth.Credentials
	path      []string       // route set of a registered phone
	overrides *dialOverrides // nil without "!"
}

func refused(cause pbx.Cause, why string) error { return &pbx.RequestError{Cause: cause, Why: why} }

// dialled is a dial string, cut up.
type dialled struct {
	peer               *sipconf.Peer // nil: a host that is no peer
	exten, host, proxy string
	steer              *dialOverrides // nil without "!"
}

// parseDialString reads what follows "SIP/": peer, peer/ext[/proxy], ext@peer,
// user[:secret[:md5[:authname[:transport]]]]@host[:port], and behind it
// "!toUser[@toDomain]!fromUser[@fromDomain]". A peer may be named with its domain.
func parseDialString(dir *sipconf.Directory, text string) (d dialled) {
	text, rest, steered := strings.Cut(text, "!")
	if steered {
		s := parseOverrides(rest)
		d.steer = &s
	}
	d.host, d.exten, _ = strings.Cut(text, "/")
	d.exten, d.proxy, _ = strings.Cut(d.exten, "/")
	p := dir.Lookup(d.host)
	if at := strings.LastIndexByte(d.host, '@'); at >= 0 && p == nil {
		d.exten, d.host = d.host[:at], d.host[at+1:]
		p = dir.Lookup(d.host)
	}
	if p != nil && p.IsPeer {
		d.peer = p
		d.exten, _, _ = strings.Cut(d.exten, ":")
	}
	return d
}

// readDialled reads the rows of realtime peers that a dial string may name.
func (d *Driver) readDialled(text string) {
	if d.realtime == nil {
		return
	}
	head, _, _ := strings.Cut(text, "!")
	head, _, _ = strings.Cut(head, "/")
	d.realtime.ensure(head)
	if at := strings.LastIndexByte(head, '@'); at >= 0 {
		d.realtime.ensure(head[at+1:])
	}
}

// Branches implements pbx.Forker: the contacts of a phone.
func (d *Driver) Branches(resource string) (out []string) {
	dir := d.Directory()
	d.readDialled(resource)
	if p := parseDialString(dir, resource).peer; p != nil && p.Dynamic && p.Reg.MaxContacts > 1 {
		for _, b := range d.bindings.All(p.Name) {
			out = append(out, b.Key())
		}
		for _, c := range d.phones.Of(p.Name) {
			out = append(out, c.Key())
		}
	}
	return out
}

// resolveDial finds where a dial string goes; branch is the place of one of the contacts
// of the phone that it names, or "".
func (d *Driver) resolveDial(dir *sipconf.Directory, text, branch string) (*destination, error) {
	s := parseDialString(dir, text)
	var t *destination
	var err error
	if s.peer != nil {
		t, err = d.toPeer(dir, s.peer, s.exten, branch)
	} else {
		t, err = d.toHost(dir, s.exten, s.host)
	}
	if err != nil {
		return nil, err
	}
	if err := d.takeProxy(dir, t, s.proxy); err != nil {
		return nil, err
	}
	t.name, t.overrides = s.host, s.steer
	return t, t.find()
}

// takeProxy sends the call by the proxy that the dial string names, or that of the endpoint
// (outboundproxy): to a phone that has registered as well, as by chan_sip.
func (d *Driver) takeProxy(dir *sipconf.Directory, t *destination, named string) error {
	proxy := named
	if proxy == "" && t.peer != nil {
		proxy = t.peer.OutboundProxy
	}
	if proxy == "" || t.through != nil || !dialog.MayProxy(t.flow) {
		return nil
	}
	proto := t.proto
	if t.source.IsValid() {
		proto = t.peer.Transports[0]
	}
	q, err := dir.ProxyQuery(proxy, proto)
	if err != nil {
		return refused(pbx.CauseAbsent, "the outbound proxy '"+proxy+"' cannot be resolved: "+err.Error())
	}
	t.at, t.hops, t.flow, t.proto, t.proxied = d.names.Entry(q), nil, sipstack.Flow{}, q.Proto, true
	return nil
}

// find takes what is known of the destination's place.
func (t *destination) find() error {
	if t.at == nil {
		return nil
	}
	t.at.AwaitBriefly()
	if t.hops, t.later = t.at.Targets(), t.at.Pending(); len(t.hops) == 0 && !t.later {
		return refused(pbx.CauseAbsent, "'"+t.at.Query.Host+"' cannot be resolved: "+t.at.Err().Error())
	}
	return nil
}

// toPeer aims at an endpoint: where it is registered, or its static address.
func (d *Driver) toPeer(dir *sipconf.Directory, p *sipconf.Peer, exten, branch string) (*destination, error) {
	if h := d.health.Health(p); !h.Callable() {
		return nil, refused(pbx.CauseAbsent, "peer '"+p.Name+"' is "+h.Status()+" (qualify)")
	}
	t := &destination{peer: p, proto: p.Transports[0], at: p.HostEntry}
	if c := d.elsewhere(p, branch); c != nil {
		return t.throughNode(c, exten)
	}
	if elsewhere.IsKey(branch) {
		return nil, refused(pbx.CauseAbsent, "a phone of '"+p.Name+"' is at another node no more")
	}
	if b := d.bindings.At(p.Name, branch); b != nil && p.Dynamic {
		t.hops, t.flow = []dnsmgr.Target{{Proto: b.Flow.Proto, Addr: b.Addr}}, b.Flow
		t.at, t.proto, t.source = nil, b.Flow.Proto, b.Addr
		t.path = b.Routes()
		t.contact(b.Contact, exten, b.Addr)
		return t, nil
	}
	if t.at == nil && p.DefaultAddr.IsValid() {
		t.hops = []dnsmgr.Target{{Proto: p.Transports[0], Addr: p.DefaultAddr}}
	}
	if t.at == nil && len(t.hops) == 0 {
		return nil, refused(pbx.CauseAbsent, "peer '"+p.Name+"' is not registered and has no address")
	}
	host := p.Host
	if p.Dynamic {
		host = t.hops[0].Addr.Addr().String()
	}
	host = sipstack.HostPort(host, p.Port)
	if user := cmp.Or(exten, p.DefaultUser); user != "" {
		t.uri = sipstack.FormatURI(user, host)
	} else { // the host alone
		t.uri = "sip:" + host
	}
	t.to = "<" + t.uri + ">"
	if p.UseReqPhone && strings.Trim(strings.TrimPrefix(p.DefaultUser, "+"), "0123456789") == "" && p.DefaultUser != "" {
		t.uri += ";user=phone"
	}
	if p.SupportPath {
		d.followRoute(dir, t)
	}
	return t, nil
}

// contact aims at a registered phone, or at an extension behind it.
func (t *destination) contact(uri, exten string, at netip.AddrPort) {
	t.uri = uri
	if exten != "" {
		t.uri = "sip:" + sipstack.EscapeUser(exten) + "@" + sipstack.HostPort(at.Addr().String(), int(at.Port()))
	}
	u, _ := sipstack.ParseURI(t.uri)
	t.to = "<sip:" + u.User + "@" + sipstack.HostPort(u.Host, u.Port) + ">"
}

// elsewhere is the contact of a phone that is called at another node; nil for one that is
// here, or nowhere.
func (d *Driver) elsewhere(p *sipconf.Peer, branch string) *elsewhere.Contact {
	if !p.Dynamic || branch == "" && d.bindings.Get(p.Name) != nil || branch != "" && !elsewhere.IsKey(branch) {
		return nil
	}
	return d.phones.At(p.Name, branch)
}

// throughNode aims at a phone that another node has: that node's SIP has the call first.
func (t *destination) throughNode(c *elsewhere.Contact, exten string) (*destination, error) {
	if c.Away {
		return nil, refused(pbx.CauseAbsent, "peer '"+t.peer.Name+"' does not answer node '"+c.Node+"' (qualify)")
	}
	hop := nodeHop(c)
	t.through, t.at, t.proto = c, nil, hop.Proto
	t.hops, t.path = []dnsmgr.Target{hop}, c.Route()
	t.contact(c.URI, exten, c.Addr)
	return t, nil
}

// followRoute sends the call by the Service-Route of the peer's registrar, unless its host is
// known to have no address.
func (d *Driver) followRoute(dir *sipconf.Directory, t *destination) {
	route := d.registry.ServiceRoute(dir, t.peer)
	if len(route) == 0 {
		return
	}
	n, _ := sipstack.ParseNameAddr(route[0])
	u := n.ParsedURI()
	if at := d.names.Entry(dir.Query(t.proto, u.Host, u.Port)); at.Targets() != nil || at.Pending() {
		t.path, t.at = route, at
	}
}

// toHost aims at a host that is no peer.
func (d *Driver) toHost(dir *sipconf.Directory, user, host string) (*destination, error) {
	if host != "" && strings.Trim(host, "0123456789") == "" {
		d.log.Warn().Msgf("Purely numeric hostname (%s), and not a peer--rejecting!", host)
		return nil, refused(pbx.CauseAbsent, "there is no peer '"+host+"'"+config.DidYouMean(host, dir.PeerNames()))
	}
	t := &destination{}
	proto := sipstack.UDP
	f := strings.Split(user, ":")
	for i, v := range f {
		switch i {
		case 0:
			user = v
			t.creds.User = v
		case 1:
			t.creds.Password = v
		case 2:
			t.creds.HA1[auth.MD5] = v
		case 3:
			if v != "" {
				t.creds.User = v
			}
		case 4:
			if p, ok := sipstack.ParseProto(v); ok {
				proto = p
			}
		}
	}
	if len(f) < 2 {
		t.creds = auth.Credentials{}
	}
	name, port := sipstack.SplitHost(host)
	t.proto, t.at = proto, d.names.Entry(dir.Query(proto, name, port))
	t.uri = "sip:"
	if user != "" {
		t.uri += sipstack.EscapeUser(user) + "@"
	}
	t.uri += sipstack.HostPort(name, port)
	t.to = "<" + t.uri + ">"
	return t, nil
}
