package convert

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/config"
)

// usualName maps the spellings of options of sip.conf to the usual ones.
var usualName, generalToo = func() (names map[string]string, both map[string]bool) {
	names, both = map[string]string{}, map[string]bool{}
	for _, o := range sipconf.Options() {
		names[o.Name] = o.Name
		both[o.Name] = strings.Contains(o.Where(), "general, peer")
		for _, a := range o.Aliases {
			names[a] = o.Name
		}
	}
	return names, both
}()

// sipOption is the usual name of an option of sip.conf; "" of none.
func sipOption(name string) string { return usualName[strings.ToLower(name)] }

// errNothing is what is said where there is no file to convert.
var errNothing = errors.New("there is no such file")

// toPJSIP is one conversion of a sip.conf.
type toPJSIP struct {
	notes
	general  settings
	families [2]family // of endpoints and aors, by the names of templates there
	blocks   []block
	peers    []*peer
	byHost   map[string]*peer // who has an identify section
	outbound bool             // the dialplan calls hosts that have no endpoint
	adding   bool             // the dialplan adds headers
}

// peer is a peer, user or friend on its way.
type peer struct {
	section *config.Section
	set     settings
	name    string
	calls   bool // peer or friend: it can be called
	names   bool // user or friend: it is known by its name
	dynamic bool
}

// ToPJSIP makes a pjsip.conf of a sip.conf, and follows the names in the other files.
func ToPJSIP(src config.Source) (*Result, error) {
	c := &toPJSIP{byHost: map[string]*peer{}, families: [2]family{{}, {}}}
	f, err := read(src, "sip.conf", &c.notes)
	if err != nil {
		return nil, err
	}
	if f == nil {
		return nil, fmt.Errorf("sip.conf: %w", errNothing)
	}
	if g := f.Section("general"); g != nil {
		c.general = settings{own: g.Vars}
	}
	if a := f.Section("authentication"); a != nil {
		c.general.own = append(slices.Clone(c.general.own), a.Vars...)
	}
	c.readPeers(src, f)
	c.writeGeneral()
	c.writeTemplates(f)
	for _, p := range c.peers {
		c.writePeer(f, p)
	}
	c.writeGuests()
	c.writeRegistrations()
	out := &Result{Files: []File{{Name: "pjsip.conf"}}}
	by := c.plan()
	c.adding = by.mentions(src, &c.notes, "SIPAddHeader(")
	if err := follow(src, out, &c.notes, by); err != nil {
		return nil, err
	}
	c.writeOutside()
	out.Files[0].Text = text(headOf("sip.conf"), c.blocks)
	out.Notes = c.sorted()
	return out, nil
}

func headOf(name string) string { return "; made by \"obelisk convert\" of " + name + "\n\n" }

// writeOutside writes the endpoint by which hosts without one are called.
func (c *toPJSIP) writeOutside() {
	if !c.outbound || c.named(outside) != nil {
		return
	}
	kept, own := c.families[0].under(withKind(nil, "endpoint"), c.endpointLines(settings{general: c.general.own}))
	c.blocks = append(c.blocks, block{name: outside, bases: kept, lines: append(lines{{"type", "endpoint"}}, own...),
		comment: []string{"calls to hosts that are no endpoint: Dial(SIP/number@host)"}})
}

// readPeers finds the endpoints and tells what of them cannot be said.
func (c *toPJSIP) readPeers(src config.Source, f *config.File) {
	for _, v := range c.general.own {
		c.tellLost(v, true)
	}
	for _, s := range append(slices.Clone(f.Sections), c.people(src, f)...) {
		if strings.EqualFold(s.Name, "general") || strings.EqualFold(s.Name, "authentication") {
			continue
		}
		for _, v := range s.Vars {
			c.tellLost(v, false)
		}
		if s.Template {
			continue
		}
		p := &peer{section: s, name: s.Name, set: settings{name: s.Name, general: c.general.own, own: s.Vars}}
		kind := p.set.last("type")
		switch strings.ToLower(kind.Value) {
		case "friend":
			p.calls, p.names = true, true
		case "peer":
			p.calls = true
		case "user":
			p.names = true
		default:
			c.add(s.Pos, "["+s.Name+"] has no type=peer, user or friend, and chan_sip does not read it", "")
			continue
		}
		p.dynamic = strings.EqualFold(p.set.value("host"), "dynamic")
		c.peers = append(c.peers, p)
	}
}

// tellLost notes an option that pjsip.conf does not have.
func (c *toPJSIP) tellLost(v config.Var, general bool) {
	name := sipOption(v.Name)
	switch a, lost := onlySIP[name]; {
	case name == "":
		c.add(v.Pos, "'"+v.Name+"' is no option of sip.conf, and chan_sip passes it over", "look whether another name was meant")
	case !readIn(name, general):
		c.add(v.Pos, "'"+v.Name+"' has no effect here in sip.conf", "")
	case lost && !isUsual(usualSIP, name, v.Value):
		c.add(v.Pos, v.Name+"="+secretless(name, v.Value)+": "+a.did, a.do)
	}
}

// readIn says whether an option is read in a kind of section.
func readIn(name string, general bool) bool {
	for _, o := range sipconf.Options() {
		if o.Name == name {
			has := "peer"
			if general {
				has = "general"
			}
			return strings.Contains(o.Where(), has)
		}
	}
	return false
}

// secretless is a value as it may be shown.
func secretless(option, value string) string {
	if strings.Contains(option, "secret") || option == "auth" || option == "register" || option == "mwi" || strings.Contains(option, "aka") {
		return "..."
	}
	return value
}

// writeTemplates turns the templates of endpoints into templates of endpoint and aor.
func (c *toPJSIP) writeTemplates(f *config.File) {
	whole := settings{general: c.general.own}
	c.template("sip-general", nil, whole)
	for _, s := range f.Sections {
		if !s.Template || strings.EqualFold(s.Name, "general") {
			continue
		}
		c.template(s.Name, s.Bases, settings{general: c.general.own, own: s.Vars})
	}
}

// template writes one; its own bases stay where they can.
func (c *toPJSIP) template(name string, bases []string, set settings) {
	for i, kind := range []string{"endpoint", "aor"} {
		all := c.endpointLines(set)
		if kind == "aor" {
			all = c.aorLines(set)
		}
		kept, own := c.families[i].under(withKind(bases, kind), all)
		if len(own) == 0 && len(kept) == 0 {
			continue
		}
		full := name + "-" + kind
		c.families[i][full] = all
		c.blocks = append(c.blocks, block{name: full, template: true, bases: kept, lines: own})
	}
}

// withKind are the names of the templates of a kind that stand for those of sip.conf.
func withKind(bases []string, kind string) []string {
	out := []string{"sip-general-" + kind}
	for _, b := range bases {
		out = append(out, b+"-"+kind)
	}
	return out
}

// writePeer writes the sections of an endpoint.
func (c *toPJSIP) writePeer(_ *config.File, p *peer) {
	name := p.name
	kept, own := c.families[0].under(withKind(p.section.Bases, "endpoint"), c.endpointLines(p.set))
	e := block{name: name, bases: kept, lines: append(lines{{"type", "endpoint"}}, own...)}
	c.limits(p, &e)
	if p.calls {
		e.lines.put("aors", name)
	}
	in, out := c.writeAuth(p)
	if in != nil && !c.unasked(p) {
		e.lines.put("auth", name)
	}
	if len(out) > 0 {
		names := []string{}
		for _, b := range out {
			names = append(names, b.name)
		}
		e.lines.put("outbound_auth", strings.Join(names, ","))
	}
	c.identification(p, &e)
	c.blocks = append(c.blocks, e)
	if in != nil && !c.unasked(p) {
		c.blocks = append(c.blocks, *in)
	}
	c.blocks = append(c.blocks, out...)
	if p.calls {
		c.writeAOR(p)
	}
}

// writeAOR writes where an endpoint is.
func (c *toPJSIP) writeAOR(p *peer) {
	kept, own := c.families[1].under(withKind(p.section.Bases, "aor"), c.aorLines(p.set))
	a := block{name: p.name, bases: kept, lines: append(lines{{"type", "aor"}}, own...)}
	switch {
	case p.dynamic:
		most := p.set.value("max_contacts")
		if most == "" {
			most = "1"
		}
		a.lines.put("max_contacts", most)
		a.lines.put("remove_existing", "yes")
		if v := p.set.last("defaultip"); v.Value != "" {
			a.lines.put("contact", c.uri(p, v.Value))
		}
	default:
		if v := p.set.last("defaultip"); v.Value != "" {
			c.add(v.Pos, "defaultip has no effect beside host="+p.set.value("host"), "")
		}
		if h := p.set.value("host"); h != "" {
			a.lines.put("contact", c.uri(p, h))
		}
	}
	if proxy := c.proxy(p.set.last("outboundproxy")); proxy != "" {
		a.lines.put("outbound_proxy", proxy)
	}
	c.blocks = append(c.blocks, a)
}

// uri is where a static endpoint is called.
func (c *toPJSIP) uri(p *peer, host string) string {
	if user := p.set.value("defaultuser"); user != "" {
		host = user + "@" + bracketed(host)
	} else {
		host = bracketed(host)
	}
	if port := p.set.value("port"); port != "" {
		host += ":" + port
	}
	if t := p.set.transport(); t != "" && t != "udp" && c.listens(t) {
		host += ";transport=" + t
	}
	return "sip:" + host
}

// bracketed puts an IPv6 address between brackets.
func bracketed(host string) string {
	if strings.Count(host, ":") > 1 && !strings.HasPrefix(host, "[") {
		return "[" + host + "]"
	}
	return host
}

// unasked says whether calls of an endpoint are let in without credentials.
func (c *toPJSIP) unasked(p *peer) bool {
	return slices.Contains(p.set.list("insecure"), "invite") && !p.dynamic
}

// writeAuth makes the credentials that an endpoint shows, and those that we show it.
func (c *toPJSIP) writeAuth(p *peer) (in *block, out []block) {
	s := &p.set
	secret, ha1 := s.value("secret"), s.value("md5secret")
	realm := s.generalValue("realm")
	account := s.value("auth_username")
	if account == "" {
		account = p.name
	}
	if secret != "" || ha1 != "" {
		in = &block{name: p.name, lines: credentials(account, secret, ha1, realm)}
	}
	if v := s.last("insecure"); slices.Contains(s.list("insecure"), "invite") && p.dynamic && in != nil {
		c.add(v.Pos, "insecure=invite let calls in without credentials, and asked for them at REGISTER",
			"auth= is for all requests: ["+p.name+"] is asked for calls too; remove auth= where that must not be")
	}
	if user := s.value("defaultuser"); user != "" && p.calls {
		if remote := s.value("remotesecret"); remote != "" || in != nil {
			pass := secret
			if remote != "" {
				pass, ha1 = remote, ""
			}
			out = append(out, block{name: p.name + "-out", lines: credentials(user, pass, ha1, "")})
			if ha1 != "" && pass == "" {
				c.add(s.last("md5secret").Pos, "md5secret answers challenges of ["+p.name+"] of one realm", "write realm= of the other side into ["+
					p.name+"-out]")
			}
		}
	} else if v := s.last("remotesecret"); v.Value != "" {
		c.add(v.Pos, "remotesecret has no effect without defaultuser in chan_sip", "write an auth section and outbound_auth= for ["+p.name+
			"], where it is needed")
	}
	for i, v := range append(s.every("auth"), s.generalAll("auth")...) {
		b, ok := realmAuth(fmt.Sprintf("%s-realm%d", p.name, i+1), v.Value)
		if !ok {
			c.add(v.Pos, "auth= is not user:secret@realm", "")
			continue
		}
		out = append(out, b)
	}
	return in, out
}

// credentials are the lines of an auth section.
func credentials(user, secret, ha1, realm string) lines {
	l := lines{{"type", "auth"}}
	if ha1 != "" {
		if realm == "" {
			realm = "asterisk"
		}
		return append(l, line{"auth_type", "md5"}, line{"username", user}, line{"md5_cred", ha1}, line{"realm", realm})
	}
	l = append(l, line{"auth_type", "userpass"}, line{"username", user}, line{"password", secret})
	if realm != "" {
		l = append(l, line{"realm", realm})
	}
	return l
}

// realmAuth reads user[:secret|#md5]@realm.
func realmAuth(name, v string) (b block, ok bool) {
	at := strings.LastIndexByte(v, '@')
	if at <= 0 || at == len(v)-1 {
		return b, false
	}
	user, rest := v[:at], ""
	if i := strings.IndexAny(user, ":#"); i >= 0 {
		user, rest = user[:i], user[i:]
	}
	if ha1, md5 := strings.CutPrefix(rest, "#"); md5 {
		return block{name: name, lines: credentials(user, "", ha1, v[at+1:])}, true
	}
	return block{name: name, lines: credentials(user, strings.TrimPrefix(rest, ":"), "", v[at+1:])}, true
}

// identification writes how an endpoint is known.
func (c *toPJSIP) identification(p *peer, e *block) {
	s := &p.set
	host := s.value("host")
	static := p.calls && !p.dynamic && host != ""
	var by []string
	if p.names || p.dynamic {
		by = append(by, "username")
		if b, _ := yesNo(s.generalValue("match_auth_username")); b == "yes" {
			by = append([]string{"auth_username"}, by...)
		}
	}
	if static {
		by = append(by, "ip")
	}
	if len(by) > 0 { // username,ip is chan_pjsip's default too, but written it says that the name counts: type=friend
		e.lines.put("identify_by", strings.Join(by, ","))
	}
	if p.calls && !p.names && p.dynamic {
		c.add(s.last("type").Pos, "type=peer with host=dynamic is known by the address that it registered",
			"here ["+p.name+"] is known by the user in From, as most phones send it")
	}
	if !static {
		return
	}
	key := strings.ToLower(host)
	if first := c.byHost[key]; first != nil {
		c.add(s.last("host").Pos, "["+p.name+"] has the host of ["+first.name+
			"]: calls from there are told apart by the port, or by callbackextension",
			"only ["+first.name+"] is known by the address; calls to a registered Contact are told apart by line=yes of the registration")
		return
	}
	c.byHost[key] = p
	if port := s.value("port"); port != "" && !slices.Contains(s.list("insecure"), "port") {
		c.add(s.last("port").Pos, "calls of ["+p.name+"] must come from port "+port, "match= looks at the address alone, as with insecure=port")
	}
	c.blocks = append(c.blocks, block{name: p.name, lines: lines{{"type", "identify"}, {"endpoint", p.name}, {"match", host}}})
}
