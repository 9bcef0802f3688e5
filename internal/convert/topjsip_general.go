package convert

import (
	"fmt"
	"net"
	"strings"

	"obelisk/internal/config"
)

// listens says whether sip.conf has a transport: UDP it always has, and WebSocket is that of http.conf.
func (c *toPJSIP) listens(proto string) bool {
	if proto == "tcp" || proto == "tls" {
		on, _ := yesNo(c.general.value(proto + "enable"))
		return on == "yes"
	}
	return true
}

// transports writes those that are enabled, or that an endpoint or a register line goes by.
func (c *toPJSIP) transports() {
	g := &c.general
	c.writeTransport("udp", g.value("udpbindaddr"), "5060", g.value("bindport"))
	used := map[string]bool{"tcp": c.listens("tcp"), "tls": c.listens("tls")}
	for _, v := range g.generalAll("register") {
		if r, ok := parseRegister(v.Value); ok {
			used[r.transport] = true
		}
	}
	for _, p := range c.peers {
		for _, t := range p.set.list("transport") {
			used[t] = used[t] || strings.HasPrefix(t, "ws")
		}
	}
	for _, t := range [][2]string{{"tcp", "5060"}, {"tls", "5061"}, {"ws", ""}, {"wss", ""}} {
		if used[t[0]] {
			c.writeTransport(t[0], g.value(t[0]+"bindaddr"), t[1], "")
		}
	}
}

// writeGeneral writes the transports and what is for all.
func (c *toPJSIP) writeGeneral() {
	g := &c.general
	c.transports()
	c.tellTransports()
	global := block{name: "global", lines: lines{{"type", "global"}, {"endpoint_identifier_order", c.order()}}}
	for _, v := range [][2]string{{"useragent", "user_agent"}, {"realm", "default_realm"}, {"callerid", "default_from_user"},
		{"maxforwards", "max_forwards"}} {
		if value := g.value(v[0]); value != "" {
			global.lines.put(v[1], value)
		}
	}
	if list := g.generalAll("regcontext"); len(list) > 0 {
		for _, v := range list[1:] {
			c.add(v.Pos, "regcontext="+v.Value+" is another one", "[global] has one regcontext")
		}
		first, more, _ := strings.Cut(list[0].Value, "&")
		if global.lines.put("regcontext", first); more != "" {
			c.add(list[0].Pos, "regcontext has several contexts", "[global] has one regcontext; the first is written")
		}
	}
	c.blocks = append(c.blocks, global)
	system := block{name: "system", lines: lines{{"type", "system"}}}
	if v := g.value("timert1"); v != "" {
		system.lines.put("timer_t1", v)
	}
	if on, _ := yesNo(g.value("compactheaders")); on == "yes" {
		system.lines.put("compact_headers", "yes")
	}
	if len(system.lines) > 1 {
		c.blocks = append(c.blocks, system)
	}
	for _, v := range g.generalAll("domain") {
		name, context, _ := strings.Cut(v.Value, ",")
		if strings.TrimSpace(context) != "" {
			c.add(v.Pos, "domain= led calls to "+name+" to the context "+context, "look at ${SIPDOMAIN} in the dialplan")
		}
		c.add(v.Pos, "domain= made "+name+" a domain of ours",
			"chan_pjsip looks at no domain of calls; type=domain_alias is for the names of endpoints with a domain")
	}
}

// order is that in which it is looked who sends a request.
func (c *toPJSIP) order() string {
	if on, _ := yesNo(c.general.value("match_auth_username")); on == "yes" {
		return "auth_username,username,ip,anonymous"
	}
	return "username,ip,anonymous"
}

// writeTransport writes one, with our address outside.
func (c *toPJSIP) writeTransport(proto, bind, usual, port string) {
	host, own := hostPort(bind)
	switch {
	case host == "":
		host = "0.0.0.0"
	}
	for _, p := range []string{own, port, usual} {
		if p != "" {
			usual = p
			break
		}
	}
	at := host // where WebSocket listens, http.conf says
	if usual != "" {
		at = net.JoinHostPort(host, usual)
	}
	t := block{name: "transport-" + proto, lines: lines{{"type", "transport"}, {"protocol", proto}, {"bind", at}}}
	g := &c.general
	outside := g.value("externaddr")
	if outside == "" {
		outside = g.value("externhost")
	}
	if outside != "" {
		host, port := hostPort(outside)
		t.lines.put("external_signaling_address", host)
		if port != "" && proto == "udp" {
			t.lines.put("external_signaling_port", port)
		}
		if v := g.value("extern" + proto + "port"); v != "" {
			t.lines.put("external_signaling_port", v)
		}
		t.lines.put("external_media_address", host)
	}
	for _, v := range g.generalAll("localnet") {
		t.lines.put("local_net", v.Value)
	}
	if v := g.value("tos_sip"); v != "" && proto == "udp" {
		t.lines.put("tos", v)
	}
	if v := g.value("cos_sip"); v != "" && proto == "udp" {
		t.lines.put("cos", v)
	}
	if proto == "tls" {
		c.tlsLines(&t)
	}
	c.blocks = append(c.blocks, t)
}

// tlsLines put certificates. chan_sip agrees on the newest TLS that both sides have; chan_pjsip without a
// method takes TLS 1.0 alone (seen on Asterisk 20.20.1), which phones of today refuse.
func (c *toPJSIP) tlsLines(t *block) {
	g := &c.general
	for _, v := range [][2]string{{"tlscertfile", "cert_file"}, {"tlsprivatekey", "priv_key_file"}, {"tlscafile", "ca_list_file"},
		{"tlscapath", "ca_list_path"}, {"tlscipher", "cipher"}} {
		if value := g.value(v[0]); value != "" {
			t.lines.put(v[1], value)
		}
	}
	t.lines.put("method", "sslv23")
	if v := g.last("tlsclientmethod"); v.Value != "" && !strings.EqualFold(v.Value, "sslv23") {
		c.add(v.Pos, "tlsclientmethod="+v.Value+" bounded connections that go out",
			"method= is for both ways: sslv23 is written, the newest that both have")
	}
	if t.lines.get("priv_key_file") == "" && t.lines.get("cert_file") != "" {
		t.lines.put("priv_key_file", t.lines.get("cert_file"))
	}
	if on, _ := yesNo(g.value("tlsdontverifyserver")); on == "no" {
		t.lines.put("verify_server", "yes")
	}
	if on, _ := yesNo(g.value("tlsverifyclient")); on == "yes" {
		t.lines.put("verify_client", "yes")
		t.lines.put("require_client_cert", "yes")
	}
}

// tellTransports notes options of [general] that have another place.
func (c *toPJSIP) tellTransports() {
	if v := c.general.last("rtpbindaddr"); v.Value != "" {
		c.add(v.Pos, "rtpbindaddr= bound RTP to one address", "media_address= and bind_rtp_to_media_address=yes in each endpoint")
	}
}

// writeGuests writes the endpoint of callers that nobody knows.
func (c *toPJSIP) writeGuests() {
	if v := c.general.last("allowguest"); v.Value != "" {
		if on, _ := yesNo(v.Value); on == "no" {
			return
		}
	}
	var pos config.Pos
	if len(c.general.own) > 0 {
		pos = c.general.own[0].Pos
	}
	if v := c.general.last("allowguest"); v.Value != "" {
		pos = v.Pos
	}
	context := c.general.value("context")
	if context == "" {
		context = "default"
	}
	kept, own := c.families[0].under(withKind(nil, "endpoint"), c.endpointLines(settings{general: c.general.own}))
	if c.general.value("subscribecontext") != "" { // which is for endpoints: strangers subscribe in their own context
		own.put("subscribe_context", context)
	}
	c.blocks = append(c.blocks, block{name: "anonymous", bases: kept, lines: append(lines{{"type", "endpoint"}}, own...),
		comment: []string{"allowguest: calls of nobody that is known, as chan_sip takes them. Take it away where that was not meant."}})
	c.add(pos, "allowguest is on, as it is without a line: calls of strangers reach the context "+context,
		"[anonymous] is written for it; set allowguest=no, or take it away, unless it is wanted")
}

// writeRegistrations writes those of register lines and of callbackextension.
func (c *toPJSIP) writeRegistrations() {
	names := map[string]int{}
	add := func(r registration) {
		name := "reg-" + r.user + "-" + r.host
		if names[name]++; names[name] > 1 {
			name = fmt.Sprintf("%s-%d", name, names[name])
		}
		c.registration(name, r)
	}
	for _, v := range c.general.generalAll("register") {
		r, ok := parseRegister(v.Value)
		if !ok {
			c.add(v.Pos, "register is not user[:secret[:authuser]]@host[:port][/extension]", "")
			continue
		}
		r.pos = v.Pos
		if r.peer != "" && c.named(r.peer) == nil {
			c.add(v.Pos, "register names the peer '"+r.peer+"', which is not there", "")
		}
		add(r)
	}
	for _, p := range c.peers {
		v := p.set.last("callbackextension")
		if v.Value == "" {
			continue
		}
		user := p.set.value("fromuser")
		if user == "" {
			user = p.set.value("defaultuser")
		}
		if user == "" || p.dynamic || !p.calls {
			c.add(v.Pos, "callbackextension has no effect without host= and fromuser or defaultuser", "")
			continue
		}
		secret := p.set.value("remotesecret")
		if secret == "" {
			secret = p.set.value("secret")
		}
		add(registration{peer: p.name, transport: p.set.transport(), user: user, secret: secret, authUser: p.set.value("defaultuser"),
			host: p.set.value("host"), port: p.set.value("port"), extension: v.Value, pos: v.Pos})
	}
}

// named finds a peer by its name.
func (c *toPJSIP) named(name string) *peer {
	for _, p := range c.peers {
		if p.name == name {
			return p
		}
	}
	return nil
}

// registration writes one registration with its credentials.
func (c *toPJSIP) registration(name string, r registration) {
	g := &c.general
	domain, params := r.domain, ""
	if domain == "" {
		domain = r.host
		if r.port != "" {
			domain += ":" + r.port
		}
	} else if r.domainPort != "" {
		domain += ":" + r.domainPort
	}
	if r.transport != "" && r.transport != "udp" {
		params = ";transport=" + r.transport
	}
	server := bracketed(r.host)
	if r.port != "" {
		server += ":" + r.port
	}
	b := block{name: name, lines: lines{{"type", "registration"}, {"client_uri", "sip:" + r.user + "@" + domain},
		{"server_uri", "sip:" + server + params}}}
	if r.transport != "" {
		b.lines.put("transport", "transport-"+r.transport)
	}
	extension := r.extension
	if extension == "" {
		extension = "s"
	}
	b.lines.put("contact_user", extension)
	expiry := r.expiry
	if expiry == "" {
		if expiry = g.value("defaultexpiry"); expiry == "" {
			expiry = "120"
		}
	}
	b.lines.put("expiration", expiry)
	retry := g.value("registertimeout")
	if retry == "" {
		retry = "20"
	}
	b.lines.put("retry_interval", retry)
	tries := g.value("registerattempts")
	if tries == "" || tries == "0" {
		tries = "10000"
	}
	b.lines.put("max_retries", tries)
	if on, _ := yesNo(g.value("register_retry_403")); on == "yes" {
		b.lines.put("forbidden_retry_interval", retry)
	}
	proxy := g.last("outboundproxy")
	if p := c.trunkOf(r); p != nil {
		b.lines.put("line", "yes")
		b.lines.put("endpoint", p.name)
		proxy = p.set.last("outboundproxy")
	}
	if text := c.proxy(proxy); text != "" {
		b.lines.put("outbound_proxy", text)
	}
	if r.secret != "" {
		user := r.authUser
		if user == "" {
			user = r.user
		}
		b.lines.put("outbound_auth", name)
		c.blocks = append(c.blocks, block{name: name, lines: credentials(user, r.secret, "", "")})
	}
	c.blocks = append(c.blocks, b)
}

// trunkOf is the endpoint that calls to a registered Contact are of: the peer that the line
// names, or the one with its host and its user, or the only one with its host.
func (c *toPJSIP) trunkOf(r registration) (found *peer) {
	if r.peer != "" {
		return c.named(r.peer)
	}
	for _, p := range c.peers {
		if !p.calls || p.dynamic || !strings.EqualFold(p.set.value("host"), r.host) {
			continue
		}
		if p.set.value("defaultuser") == r.user || p.set.value("fromuser") == r.user {
			return p
		}
		if found == nil {
			found = p
		}
	}
	return found
}
