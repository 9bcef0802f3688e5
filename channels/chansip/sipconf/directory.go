// Package sipconf reads sip.conf: the table of options with their setters, [general] and the
// endpoints, register and mwi lines, and sip_notify.conf. Its result, a Directory, never
// changes once it is published. It sends nothing and knows no call.
package sipconf

import (
	"fmt"
	"net/netip"
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
	NoSRTP     bool                  // modules.conf says that res_srtp is not loaded
	ACLsUnread bool                  // more of them stand in a table that is not asked
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
	d := &Directory{General: defaultGeneral(), byName: map[string]*Peer{}, byIP: map[netip.Addr][]*Peer{}, Files: f.Read,
		Notify: around.Notify, names: around.Names, ciphers: around.Ciphers}
	if d.names == nil {
		d.names = dnsmgr.New(dnsmgr.SystemResolver)
	}
	d.NoSRTP = around.NoSRTP
	d.acls, d.aclsUnread = around.ACLs, around.ACLsUnread
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
	d.settleHeaders()
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
			r.warn("unknown option '%s' in [%s]%s; chan_sip ignores it in silence, and so it has no effect here", v.Name, s.Name,
				likeOption(v.Name))
		case o.scope&in == 0:
			r.warn("option '%s' belongs into %s and has no effect in [%s]", v.Name, map[scope]string{inGeneral: "[general]",
				inPeer: "peer sections"}[o.scope], s.Name)
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
		*diags = append(*diags, config.Diagnostic{Pos: g.lines["allowexternaldomains"],
			Text: "To disallow external domains, you need to configure local SIP domains."})
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
	p.settleTimers(d.T1Min)
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
