// Package sipconf reads sip.conf: the table of options with their setters, [general] and the
// endpoints, register and mwi lines, and sip_notify.conf. Its result, a Directory, never
// changes once it is published. It sends nothing and knows no call.
package sipconf

import (
	"cmp"
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"

	"obelisk/channels/chansip/dnsmgr"
	"obelisk/internal/auth"
	"obelisk/internal/config"
	"obelisk/internal/sipstack"
)

// Directory is a compiled sip.conf: the general settings and all endpoints. It
// never changes; a call keeps the one it began with.
type Directory struct {
	General
	Peers  []*Peer // file order
	byName map[string]*Peer
	// tenants: some endpoints are named user@domain.
	tenants    bool
	auto       PeerSource                // autocreatepeer; nil: none
	table      HostSource                // the table sippeers; nil: none
	byIP       map[netip.Addr][]*Peer    // static hosts that are addresses, file order
	NamedHosts []*Peer                   // static hosts that are names, file order
	hostTable  atomic.Pointer[hostTable] // the addresses of NamedHosts
	names      *dnsmgr.Manager
	hostNames  []hostName // every name of the file that is looked up
	// loginPeers are the dynamic endpoints with a secret. An unknown name is challenged as
	// one of them is, so that the challenge does not tell which names exist.
	loginPeers []*Peer
	NATModes   []NATMode // the modes of [general] and of endpoints with a secret, without comedia
	Files      []string
	Notify     map[string]NotifyType // of sip_notify.conf
	// ciphers reads OpenSSL's list of cipher suites; nil: every list is none.
	ciphers func(list string) (suites []uint16, unknown []string)
}

// Surroundings is what a Directory needs from other files.
type Surroundings struct {
	Names      *dnsmgr.Manager       // nil: a new one that asks the system
	SystemName string                // of asterisk.conf: the default realm; "" when unset
	ACLs       map[string]auth.ACL   // of acl.conf
	Notify     map[string]NotifyType // of sip_notify.conf
	// Ciphers reads OpenSSL's list of cipher suites, for DTLS; nil: every list is none.
	Ciphers func(list string) (suites []uint16, unknown []string)
	// Users and Registers are sections for endpoints and register lines, of users.conf. A
	// section of sip.conf goes over one of the same name.
	Users     []*config.Section
	Registers []config.Var
}

// Compile makes a Directory of sip.conf. A diagnostic never stops it: a section that cannot
// be used is reported and left out.
func Compile(f *config.File, around Surroundings) (*Directory, []config.Diagnostic) {
	d := &Directory{General: defaultGeneral(), byName: map[string]*Peer{}, byIP: map[netip.Addr][]*Peer{}, Files: f.Read, Notify: around.Notify, names: around.Names, ciphers: around.Ciphers}
	if d.names == nil {
		d.names = dnsmgr.New(dnsmgr.SystemResolver)
	}
	d.acls = around.ACLs
	if around.SystemName != "" {
		d.Realm = around.SystemName
	}
	var diags []config.Diagnostic
	if s := f.Section("general"); s != nil {
		d.pos = s.Pos
		r := &optionReader{g: &d.General, e: &d.General.Endpoint, diags: &diags}
		r.section(s, inGeneral, d.lines)
	}
	d.settleGeneral(&diags)
	d.settleExtern(&diags)
	if s := f.Section("authentication"); s != nil {
		d.authentication(s, &diags)
	}
	for _, v := range around.Registers {
		setRegister(&optionReader{g: &d.General, pos: v.Pos, name: v.Name, diags: &diags}, v.Value)
	}
	for _, s := range around.Users {
		d.peer(s, &diags)
	}
	for _, s := range f.Visible() {
		if n := strings.ToLower(s.Name); n != "general" && n != "authentication" {
			d.peer(s, &diags)
		}
	}
	d.finish(&diags)
	return d, diags
}

// authentication reads [authentication], where nothing but auth lines has a meaning.
func (d *Directory) authentication(s *config.Section, diags *[]config.Diagnostic) {
	only := &config.Section{Name: s.Name, Pos: s.Pos}
	for _, v := range s.Vars {
		if strings.EqualFold(v.Name, "auth") {
			only.Vars = append(only.Vars, v)
		} else {
			note(diags, v.Pos, "option '%s' has no effect in [authentication], which has auth lines only", v.Name)
		}
	}
	r := &optionReader{g: &d.General, e: &d.General.Endpoint, diags: diags}
	r.section(only, inGeneral, d.lines)
}

// section reads every line of a section.
func (r *optionReader) section(s *config.Section, in scope, lines map[string]config.Pos) {
	for _, v := range s.Vars {
		r.pos, r.name = v.Pos, v.Name
		o := optionIndex[strings.ToLower(v.Name)]
		switch {
		case o == nil:
			r.warn("unknown option '%s' in [%s]%s; chan_sip ignores it in silence, and so it has no effect here", v.Name, s.Name, likeOption(v.Name))
		case o.scope&in == 0:
			r.warn("option '%s' belongs into %s and has no effect in [%s]", v.Name, map[scope]string{inGeneral: "[general]", inPeer: "peer sections"}[o.scope], s.Name)
		case o.set != nil:
			lines[o.Name] = v.Pos
			if v.Value == "" && o.empty != nil {
				o.empty(r)
			} else {
				o.set(r, v.Value)
			}
		}
	}
}

// settleGeneral applies what depends on several lines.
func (d *Directory) settleGeneral(diags *[]config.Diagnostic) {
	g := &d.General
	if g.BindPort != 0 {
		g.UDPBind = netip.AddrPortFrom(g.UDPBind.Addr(), uint16(g.BindPort))
	}
	if !g.TCPBind.IsValid() {
		g.TCPBind = netip.AddrPortFrom(g.UDPBind.Addr(), g.UDPBind.Port())
	}
	if !g.TLSBind.IsValid() {
		g.TLSBind = netip.AddrPortFrom(g.UDPBind.Addr(), 5061)
	}
	g.settleTransports(g, g.lines["transport"], "general", diags)
	if !g.RTPBind.IsValid() {
		g.RTPBind = g.UDPBind.Addr()
	}
	if len(g.Domains) == 0 && !g.AllowExternal {
		*diags = append(*diags, config.Diagnostic{Pos: g.lines["allowexternaldomains"], Text: "To disallow external domains, you need to configure local SIP domains."})
		g.AllowExternal = true
	}
	if g.T1 < g.T1Min {
		*diags = append(*diags, config.Diagnostic{Pos: g.lines["t1min"], Text: "timert1 is below t1min, and is that"})
		g.T1 = g.T1Min
	}
	if g.AutoDomain {
		g.addOwnDomains()
	}
	if g.ExternAddr.IsValid() && len(g.LocalNets) == 0 {
		*diags = append(*diags, config.Diagnostic{Pos: g.lines["externaddr"], Text: "externaddr has no effect without localnet"})
	}
}

// note adds a warning.
func note(diags *[]config.Diagnostic, pos config.Pos, format string, args ...any) {
	*diags = append(*diags, config.Diagnostic{Pos: pos, Text: fmt.Sprintf(format, args...)})
}

// peer takes one section in. A second section of the same name goes over the object of
// the first.
func (d *Directory) peer(s *config.Section, diags *[]config.Diagnostic) {
	old := d.byName[s.Name]
	p := d.read(s, old, diags)
	switch {
	case p == nil:
		return
	case old != nil:
		*old = *p
		return
	}
	d.byName[p.Name] = p
	d.tenants = d.tenants || strings.Contains(p.Name, "@")
	d.Peers = append(d.Peers, p)
}

// read makes an endpoint of a section, over a copy of an earlier one, of which some lists go,
// or over the settings of [general]; nil when it cannot be used.
func (d *Directory) read(s *config.Section, old *Peer, diags *[]config.Diagnostic) *Peer {
	if _, ok := s.Lookup("type"); !ok {
		note(diags, s.Pos, "Section '%s' lacks type", s.Name)
		return nil
	}
	p := &Peer{Endpoint: d.General.Endpoint, RareOptions: noRareOptions, Name: s.Name, Pos: s.Pos, lines: map[string]config.Pos{}}
	if old != nil {
		copied := *old
		p = &copied
		own := *old.RareOptions
		own.SetVars, own.Auth, own.Mailboxes, own.MailboxTexts = nil, nil, nil, nil
		own.Groups.NamedCall, own.Groups.NamedPickup = nil, nil
		p.RareOptions, p.Transports = &own, d.Transports
	}
	if old == nil && d.CallCounter {
		p.CallLimit = NoCallLimit
	}
	r := &optionReader{g: &d.General, p: p, e: &p.Endpoint, diags: diags}
	r.section(s, inPeer, p.lines)
	if r.drop || !p.IsPeer && !p.IsUser {
		return nil
	}
	return p
}

// finish makes the tables.
func (d *Directory) finish(diags *[]config.Diagnostic) {
	for _, p := range d.Peers {
		d.complete(p, diags)
		if p.HostEntry != nil {
			d.addHost(p.HostEntry.Query, p.Line("host"), "host '"+p.Host+"' of '"+p.Name+"'")
		}
		switch ip := p.Addr().Addr(); {
		case !p.IsPeer || p.HostEntry == nil:
		case p.HostEntry.IsName():
			d.NamedHosts = append(d.NamedHosts, p)
		default:
			d.byIP[ip] = append(d.byIP[ip], p)
		}
		if p.CallbackExtension != "" {
			d.callbackRegistration(p)
		}
	}
	d.settleG726() // of guests
	d.addProxyHosts()
	for _, l := range slices.Concat(d.Registers, d.MWI) {
		d.addHost(d.Query(l.Transport, l.Host, l.Port), l.Pos, "'"+l.Host+"'")
	}
	d.collectDecoyFacts()
}

// collectDecoyFacts fills loginPeers and NATModes.
func (d *Directory) collectDecoyFacts() {
	add := func(n NATMode) {
		if n.Comedia, n.AutoComedia = false, false; !slices.Contains(d.NATModes, n) {
			d.NATModes = append(d.NATModes, n)
		}
	}
	add(d.NAT)
	for _, p := range d.Peers {
		if !p.Secured() {
			continue
		}
		add(p.NAT)
		if p.Dynamic {
			d.loginPeers = append(d.loginPeers, p)
		}
	}
}

// complete works out what depends on several options.
func (d *Directory) complete(p *Peer, diags *[]config.Diagnostic) {
	p.settleTransports(&d.General, p.Line("transport"), p.Name, diags)
	d.locate(p)
	p.checkAccount(diags)
	p.settleG726()
	p.DTLS.settle(p, d.ciphers, diags)
	if p.Secret != "" {
		p.MD5HA1 = auth.MD5.HA1(p.Name, d.Realm, p.Secret)
	}
}

// locate says where a peer is, as soon as that is known.
func (d *Directory) locate(p *Peer) {
	proto := p.Transports[0]
	if strings.EqualFold(p.Host, "dynamic") {
		p.Dynamic = true
		if p.DefaultAddr.IsValid() && p.DefaultAddr.Port() == 0 {
			p.DefaultAddr = netip.AddrPortFrom(p.DefaultAddr.Addr(), sipstack.PortOr(p.Port, proto))
		}
		return
	}
	if p.Host == "" {
		return
	}
	host, port := sipstack.SplitHost(p.Host)
	if port == 0 {
		port = p.Port
	}
	p.HostEntry = d.names.Entry(d.Query(proto, host, port))
}

// callbackRegistration makes the register line of callbackextension.
func (d *Directory) callbackRegistration(p *Peer) {
	user, secret := p.FromUser, p.RemoteSecret
	if user == "" {
		user = p.DefaultUser
	}
	if secret == "" {
		secret = p.Secret
	}
	if user == "" || p.Dynamic {
		return
	}
	d.Registers = append(d.Registers, RegisterLine{Peer: p.Name, User: user, Secret: secret, AuthUser: p.DefaultUser, Host: p.Host,
		Transport: p.Transports[0], Extension: p.CallbackExtension, Pos: p.Line("callbackextension"), fromCallbackExtension: true})
}

// Of finds the endpoint of a user at a domain: by both, which is how one user may be
// under several domains, else by the user alone.
func (d *Directory) Of(user, host string) *Peer {
	if (d.tenants || d.table != nil) && host != "" {
		if p := d.Lookup(user + "@" + host); p != nil {
			return p
		}
	}
	return d.Lookup(user)
}

// Lookup finds an endpoint by its exact name.
func (d *Directory) Lookup(name string) *Peer {
	if p := d.byName[name]; p != nil {
		return p
	}
	if d.table != nil {
		if p := d.table.Lookup(name); p != nil {
			return p
		}
	}
	if d.auto != nil {
		return d.auto.Lookup(name)
	}
	return nil
}

// InFile finds an endpoint that has a section in the file.
func (d *Directory) InFile(name string) *Peer { return d.byName[name] }

// PeerSource has endpoints that are in no file.
type PeerSource interface {
	Lookup(name string) *Peer // nil: there is none
}

// HostSource is a PeerSource that knows its endpoints by their addresses too.
type HostSource interface {
	PeerSource
	At(ip netip.Addr) []*Peer
}

// Join adds the endpoints of the table sippeers and of autocreatepeer; either may be nil. It
// is called before the directory is published.
func (d *Directory) Join(table HostSource, auto PeerSource) { d.table, d.auto = table, auto }

// Realtime is the table sippeers; nil: there is none.
func (d *Directory) Realtime() HostSource { return d.table }

// CompilePeer makes an endpoint of a section that is in no file, such as a row of a table; nil
// where it cannot be used.
func (d *Directory) CompilePeer(s *config.Section) (*Peer, []config.Diagnostic) {
	var diags []config.Diagnostic
	p := d.read(s, nil, &diags)
	if p != nil {
		d.complete(p, &diags)
		p.HostEntry.LookUp()
		p.lines = nil
	}
	return p, diags
}

// NewPeer is a peer of a name with the settings of [general], for autocreatepeer.
func (d *Directory) NewPeer(name string, pos config.Pos) *Peer {
	p := &Peer{Endpoint: d.Endpoint, RareOptions: noRareOptions, Name: name, Pos: pos, IsPeer: true, Dynamic: true, Host: "dynamic"}
	if d.CallCounter {
		p.CallLimit = NoCallLimit
	}
	return p
}

// LocalDomain says whether a host is in a non-empty domain list, and its
// context.
func (d *Directory) LocalDomain(host string) (DomainLine, bool) {
	for _, l := range d.Domains {
		if strings.EqualFold(l.Name, host) {
			return l, true
		}
	}
	return DomainLine{}, false
}

// inLocalNet says whether an address is in localnet.
func (g *General) inLocalNet(a netip.Addr) bool {
	for _, n := range g.LocalNets {
		if n.Net.Contains(a.WithZone("")) == n.Allow {
			return true
		}
	}
	return false
}

// Advertised is the address we give to a peer: ours, or externaddr for targets
// outside every localnet.
func (g *General) Advertised(f sipstack.Flow) netip.AddrPort {
	local := netip.AddrPortFrom(f.Local.Addr().WithZone(""), f.Local.Port())
	outside := g.ExternAddr
	if g.extern != nil {
		outside = g.extern.now()
	}
	if !outside.IsValid() || len(g.LocalNets) == 0 {
		return local
	}
	if g.inLocalNet(f.Remote.Addr()) || g.MatchExternLocal && !g.inLocalNet(local.Addr()) {
		return local
	}
	port := cmp.Or(outside.Port(), local.Port())
	switch {
	case f.Proto == sipstack.TCP:
		port = cmp.Or(g.ExternTCPPort, port)
	case f.Proto == sipstack.TLS: // the port of externaddr is the one of UDP
		port = cmp.Or(g.ExternTLSPort, local.Port())
	}
	return netip.AddrPortFrom(outside.Addr(), port)
}

// Diff lists the endpoints that a new directory adds (+), changes (~) and removes (-),
// and says whether [general] has changed.
func Diff(old, n *Directory) (out []string) {
	if !sameGeneral(old, n) {
		out = append(out, "~ [general]")
	}
	for _, p := range n.Peers {
		switch o := old.Lookup(p.Name); {
		case o == nil:
			out = append(out, "+ ["+p.Name+"]")
		case !p.same(o):
			out = append(out, "~ ["+p.Name+"]")
		}
	}
	for _, p := range old.Peers {
		if n.Lookup(p.Name) == nil {
			out = append(out, "- ["+p.Name+"]")
		}
	}
	return out
}

// sameGeneral compares two readings of [general], lines and what is looked up aside.
func sameGeneral(old, n *Directory) bool {
	a, b := old.General, n.General
	for _, g := range []*General{&a, &b} {
		g.lines, g.pos, g.extern, g.acls = nil, config.Pos{}, nil, nil
		for _, lines := range []*[]RegisterLine{&g.Registers, &g.MWI} {
			*lines = slices.Clone(*lines)
			for i := range *lines {
				(*lines)[i].Pos = config.Pos{}
			}
		}
	}
	return reflect.DeepEqual(a, b)
}

// SameAs says whether two readings of an endpoint come to the same, wherever each was
// read.
func (p *Peer) SameAs(o *Peer) bool {
	a, b := *p, *o
	a.Realtime, b.Realtime = false, false
	return a.same(&b)
}

// same compares two readings of an endpoint, lines aside.
func (p *Peer) same(o *Peer) bool {
	a, b := *p, *o
	a.lines, b.lines, a.Pos, b.Pos, a.HostEntry, b.HostEntry = nil, nil, config.Pos{}, config.Pos{}, nil, nil
	return reflect.DeepEqual(a, b)
}

// FromHost is our address as it stands in From: with the port where it is unusual.
func (g *General) FromHost(f sipstack.Flow) string {
	me := g.Advertised(f)
	return sipstack.HostPort(me.Addr().String(), sipstack.NonStandard(me.Port(), f.Proto))
}

func (p *Peer) MatchesAnyPort(proto sipstack.Proto, static bool) bool {
	if proto == sipstack.UDP {
		return p.Insecure.Port
	}
	return static || !p.NAT.ForceRport
}

// RealmFor is the realm of a challenge: with domainsasrealm the domain of From, else of
// To, where it is one of ours.
func (d *Directory) RealmFor(m *sipstack.Message) string {
	if d.DomainsAsRealm {
		for _, n := range []sipstack.NameAddr{m.From, m.To} {
			if l, ok := d.LocalDomain(n.ParsedURI().Host); ok {
				return l.Name
			}
		}
	}
	return d.Realm
}

// TakesSubscriptions says whether anybody may subscribe.
func (d *Directory) TakesSubscriptions() bool {
	return d.AllowSubscribe || slices.ContainsFunc(d.Peers, func(p *Peer) bool { return p.AllowSubscribe })
}

// StandIn is one of the accounts that phones log in with; nil without any.
func (d *Directory) StandIn(n uint64) *Peer {
	if len(d.loginPeers) == 0 {
		return nil
	}
	return d.loginPeers[n%uint64(len(d.loginPeers))]
}

// LooksLikePeer says whether a name, or what precedes a dash in it, is an endpoint's.
func (d *Directory) LooksLikePeer(name string) bool {
	for i := range len(name) + 1 {
		if i < len(name) && name[i] != '-' {
			continue
		}
		for _, n := range [...]string{name[:i], strings.ToLower(name[:i]), strings.ToUpper(name[:i])} {
			if d.Lookup(n) != nil {
				return true
			}
		}
	}
	return false
}

func (d *Directory) PeerNames() []string {
	var out []string
	for _, p := range d.Peers {
		out = append(out, p.Name)
	}
	return out
}

// RTPAddr is the address RTP is bound to: rtpbindaddr, or where the SIP
// message came in.
func (g *General) RTPAddr(f sipstack.Flow) netip.Addr {
	if g.RTPBind.IsUnspecified() && f.Local.Addr().IsValid() && !f.Local.Addr().IsUnspecified() && f.Local.Addr().Is4() == g.RTPBind.Is4() {
		return f.Local.Addr()
	}
	return g.RTPBind
}
