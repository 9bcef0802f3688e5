package convert

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"obelisk/internal/config"
)

// toSIP is one conversion of a pjsip.conf.
type toSIP struct {
	notes
	*objects
	general  lines
	fam      family
	blocks   []block
	used     map[*object]bool // what an endpoint has of the other objects
	names    map[string]bool  // endpoints
	contexts []hint
}

// ToSIP makes a sip.conf of a pjsip.conf and a pjsip_wizard.conf, and follows the names in the
// other files.
func ToSIP(src config.Source) (*Result, error) {
	c := &toSIP{fam: family{}, used: map[*object]bool{}, names: map[string]bool{}}
	f, err := read(src, "pjsip.conf", &c.notes)
	if err != nil {
		return nil, err
	}
	w, err := read(src, "pjsip_wizard.conf", &c.notes)
	if err != nil {
		return nil, err
	}
	if f == nil && w == nil {
		return nil, fmt.Errorf("pjsip.conf: %w", errNothing)
	}
	c.objects = &objects{}
	if f != nil {
		c.objects = readObjects(f, &c.notes)
	}
	if w != nil {
		c.contexts = c.expand(w, &c.notes)
	}
	c.tellRealtime(src)
	c.tellPeople(src)
	c.writeGeneral()
	c.writeTemplates()
	for _, e := range c.all("endpoint") {
		c.names[e.name] = true
	}
	for _, e := range c.all("endpoint") {
		c.writeEndpoint(e)
	}
	c.writeRegistrations()
	c.tellUnused()
	blocks := append([]block{{name: "general", lines: c.general}}, c.blocks...)
	out := &Result{Files: []File{{Name: "sip.conf", Text: text(headOf("pjsip.conf"), blocks)}}}
	if err := follow(src, out, &c.notes, c.plan()); err != nil {
		return nil, err
	}
	out.Notes = c.sorted()
	return out, nil
}

// tellRealtime notes endpoints that are in a database.
func (c *toSIP) tellRealtime(src config.Source) {
	for _, name := range []string{"sorcery.conf", "extconfig.conf"} {
		f, err := config.Load(src, name, config.Options{Check: true})
		if err != nil {
			continue
		}
		for _, s := range f.Sections {
			for _, v := range s.Vars {
				table := strings.HasPrefix(strings.ToLower(v.Name), "ps_")
				mapped := strings.HasPrefix(s.Name, "res_pjsip") && strings.HasPrefix(strings.ToLower(v.Value), "realtime,")
				if table || mapped {
					c.add(v.Pos, "realtime: "+v.Name+" of chan_pjsip is in a database, which is not converted",
						"sippeers in extconfig.conf; obelisk migrate makes the tables from a sip.conf")
				}
			}
		}
	}
}

// tellPeople notes the endpoints of users.conf, which chan_pjsip does not read and chan_sip does.
func (c *toSIP) tellPeople(src config.Source) {
	f, err := config.Load(src, "users.conf", config.Options{Check: true})
	if err != nil {
		return // told of where names are followed
	}
	for _, s := range f.Visible() {
		if !strings.EqualFold(s.Name, "general") && isPerson(f, s, "hassip", false) {
			c.add(s.Pos, "["+s.Name+"] of users.conf has hassip=yes, which chan_pjsip passes over",
				"beside a sip.conf it is an endpoint: hassip=no where that is not meant")
		}
	}
}

// writeGeneral writes what is for all: pjsip.conf's usual settings where sip.conf has others.
func (c *toSIP) writeGeneral() {
	g := &c.general
	for _, x := range []line{{"allowguest", "no"}, {"alwaysauthreject", "yes"}, {"callcounter", "yes"}, {"nat", "force_rport"},
		{"directmedia", "yes"}, {"disallow", "all"}, {"100rel", "yes"}} {
		g.put(x.key, x.value)
	}
	c.transports()
	for _, o := range c.all("global") {
		c.simple(o, map[string]string{"user_agent": "useragent", "default_realm": "realm", "max_forwards": "maxforwards",
			"regcontext":        "regcontext",
			"default_from_user": "callerid", "debug": "sipdebug"})
		order := o.get("endpoint_identifier_order")
		if strings.Contains(order, "auth_username") {
			g.put("match_auth_username", "yes")
		}
		if ip, name := strings.Index(order, "ip"), strings.Index(order, "username"); ip >= 0 && ip < name {
			v, a := o.last("endpoint_identifier_order"), onlyPJSIP["global/endpoint_identifier_order"]
			c.add(v.Pos, v.Name+"="+v.Value+": "+a.did, a.do)
		}
	}
	for _, o := range c.all("system") {
		c.simple(o, map[string]string{"timer_t1": "timert1", "compact_headers": "compactheaders"})
	}
	for _, o := range c.all("domain_alias") {
		c.add(o.pos, "["+o.name+"] is another name of the domain "+o.get("domain"),
			"sip.conf looks at no domain of an account; domain= in [general] says which calls are to us")
		c.used[o] = true
	}
	for _, o := range c.all("acl") {
		c.used[o] = true
		c.add(o.pos, "["+o.name+"] of type=acl is for all SIP requests, those of strangers too",
			"its lines are written into each endpoint; keep strangers out by a firewall")
	}
	if c.find("endpoint", "anonymous") != nil {
		g.put("allowguest", "yes")
	}
	if slices.ContainsFunc(c.all("endpoint"), func(e *object) bool { return !e.on("allow_unauthenticated_options") }) {
		g.put("auth_options_requests", "yes")
	}
	c.expiries()
	g.put("srvlookup", "yes")
}

// simple puts the options of an object by their names, and tells of the others.
func (c *toSIP) simple(o *object, names map[string]string) {
	c.used[o] = true
	for _, v := range o.vars {
		name := pjsipOption(v.Name)
		if sip := names[name]; sip != "" {
			c.general.put(sip, v.Value)
		} else {
			c.tell(o.kind, v)
		}
	}
}

// quiet are options that the conversion reads in its own way.
var quiet = strings.Fields(
	`type endpoint/aors endpoint/auth endpoint/outbound_auth endpoint/allow endpoint/disallow endpoint/identify_by endpoint/force_rport endpoint/rewrite_contact
	endpoint/rtp_symmetric endpoint/direct_media endpoint/direct_media_method endpoint/direct_media_glare_mitigation endpoint/disable_direct_media_on_nat endpoint/media_encryption
	endpoint/srtp_tag_32 endpoint/t38_udptl endpoint/t38_udptl_ec endpoint/t38_udptl_maxdatagram endpoint/t38_udptl_nat endpoint/one_touch_recording endpoint/record_on_feature
	endpoint/record_off_feature endpoint/transport endpoint/callerid endpoint/send_pai endpoint/send_rpid endpoint/mailboxes endpoint/voicemail_extension endpoint/outbound_proxy endpoint/webrtc endpoint/permit endpoint/deny endpoint/acl
	endpoint/contact_permit endpoint/contact_deny endpoint/contact_acl
	aor/contact aor/max_contacts aor/mailboxes aor/remove_existing aor/qualify_frequency aor/qualify_timeout aor/outbound_proxy aor/support_path aor/default_expiration
	aor/maximum_expiration aor/minimum_expiration aor/voicemail_extension auth/auth_type auth/username auth/password auth/md5_cred auth/realm identify/endpoint identify/match
	registration/client_uri registration/server_uri registration/contact_user registration/outbound_auth registration/expiration registration/retry_interval registration/max_retries
	registration/transport registration/line registration/endpoint registration/outbound_proxy domain_alias/domain global/endpoint_identifier_order
	transport/protocol transport/bind transport/external_signaling_address transport/external_signaling_port transport/external_media_address transport/local_net transport/tos
	transport/cos transport/cert_file transport/priv_key_file transport/ca_list_file transport/ca_list_path transport/cipher transport/method transport/verify_server
	transport/verify_client transport/require_client_cert acl/acl acl/permit acl/deny acl/contact_acl acl/contact_permit acl/contact_deny`)

// tell notes an option that sip.conf does not have.
func (c *toSIP) tell(kind string, v config.Var) {
	name := pjsipOption(v.Name)
	full := kind + "/" + name
	if name == "type" || slices.Contains(quiet, full) {
		return
	}
	if kind == "endpoint" {
		if slices.ContainsFunc(vocabulary, func(r row) bool { return r.pjsip == name }) {
			return
		}
		full = name
	}
	if a, ok := onlyPJSIP[full]; ok {
		if isUsual(usualPJSIP, full, v.Value) || full == "media_encryption_optimistic" {
			return // mediaLines knows the latter
		}
		c.add(v.Pos, v.Name+"="+pjsipSecretless(name, v.Value)+": "+a.did, a.do)
		return
	}
	c.add(v.Pos, "'"+v.Name+"' is no option of type="+kind, "look whether another name was meant")
}

func pjsipSecretless(name, value string) string {
	if strings.Contains(name, "password") || strings.Contains(name, "secret") || strings.Contains(name, "cred") ||
		strings.Contains(name, "token") {
		return "..."
	}
	return value
}

// transports writes the listeners: sip.conf has one of each protocol.
func (c *toSIP) transports() {
	seen := map[string]bool{}
	for _, o := range c.all("transport") {
		c.used[o] = true
		proto := o.protocol()
		for _, v := range o.vars {
			c.tell("transport", v)
		}
		if seen[proto] {
			c.add(o.pos, "["+o.name+"] is a second transport of "+proto,
				"sip.conf has one of each: the first is written; an address of all interfaces takes the place of several")
			continue
		}
		seen[proto] = true
		c.transport(o, proto)
	}
	c.named(seen)
	if len(seen) > 0 && !seen["udp"] {
		c.add(config.Pos{}, "pjsip.conf has no transport of UDP",
			"sip.conf always has one: udpbindaddr=127.0.0.1 in [general] keeps it to this host")
	}
}

// named lets endpoints that name no transport in by all there are: sip.conf takes UDP alone without a line.
func (c *toSIP) named(seen map[string]bool) {
	var all []string
	for _, proto := range []string{"udp", "tcp", "tls", "wss", "ws"} {
		if seen[proto] || proto == "ws" && seen["wss"] || proto == "wss" && seen["ws"] {
			all = append(all, proto)
		}
	}
	if text := strings.Join(all, ","); text != "" && text != "udp" {
		c.general.put("transport", text)
	}
}

// words are a transport as sip.conf names it: chan_pjsip tells ws from wss by http.conf alone.
func (o *object) words() string {
	switch p := o.protocol(); p {
	case "ws":
		return "ws,wss"
	case "wss":
		return "wss,ws"
	default:
		return p
	}
}

// protocol is that of a transport.
func (o *object) protocol() string {
	if p := strings.ToLower(o.get("protocol")); p != "" {
		return p
	}
	return "udp"
}

// transport writes one.
func (c *toSIP) transport(o *object, proto string) {
	g := &c.general
	bind := o.get("bind")
	switch proto {
	case "udp":
		g.put("udpbindaddr", bind)
	case "tcp", "tls":
		g.put(proto+"enable", "yes")
		g.put(proto+"bindaddr", bind)
	case "ws", "wss":
		c.add(o.pos, "["+o.name+"] is SIP over WebSocket", "http.conf has it: enabled=yes, and tlsenable=yes for wss")
		return
	default:
		c.add(o.last("protocol").Pos, "protocol="+proto+" is not in sip.conf", "")
		return
	}
	if a := o.get("external_signaling_address"); a != "" {
		if p := o.get("external_signaling_port"); p != "" && p != "0" {
			if proto == "udp" {
				a = bracketed(a) + ":" + p
			} else {
				g.put("extern"+proto+"port", p)
			}
		}
		if g.get("externaddr") == "" {
			g.put("externaddr", a)
		}
	}
	if a := o.get("external_media_address"); a != "" {
		if s := o.get("external_signaling_address"); s == "" {
			g.put("media_address", a)
		} else if s != a {
			c.add(o.last("external_media_address").Pos, "external_media_address differs from external_signaling_address",
				"externaddr= is both; media_address= is for all, inside and outside")
		}
	}
	for _, v := range o.every("local_net") {
		if !slices.Contains(g.all("localnet"), v.Value) {
			g.put("localnet", v.Value)
		}
	}
	if proto != "tls" {
		for _, v := range [][2]string{{"tos", "tos_sip"}, {"cos", "cos_sip"}} {
			if value := o.get(v[0]); value != "" {
				g.put(v[1], value)
			}
		}
		return
	}
	for _, v := range [][2]string{{"cert_file", "tlscertfile"}, {"priv_key_file", "tlsprivatekey"}, {"ca_list_file", "tlscafile"},
		{"ca_list_path", "tlscapath"}, {"cipher", "tlscipher"}, {"method", "tlsclientmethod"}} {
		if value := o.get(v[0]); value != "" && value != "sslv23" { // the newest that both have, as without a line
			g.put(v[1], value)
		}
	}
	if !o.on("verify_server") {
		g.put("tlsdontverifyserver", "yes")
	}
	if o.on("verify_client") || o.on("require_client_cert") {
		g.put("tlsverifyclient", "yes")
	}
}

// expiries takes the widest times of all aors that can be registered at: sip.conf has them for all.
func (c *toSIP) expiries() {
	for _, x := range []struct {
		pjsip, sip string
		usual      int
		better     func(a, b int) int
	}{
		{"minimum_expiration", "minexpiry", 60, func(a, b int) int { return min(a, b) }},
		{"maximum_expiration", "maxexpiry", 7200, func(a, b int) int { return max(a, b) }},
		{"default_expiration", "defaultexpiry", 3600, func(a, b int) int { return min(a, b) }},
	} {
		got, first, differs := 0, true, config.Pos{}
		for _, a := range c.all("aor") {
			if most, _ := strconv.Atoi(a.get("max_contacts")); most <= 0 {
				continue
			}
			n, err := strconv.Atoi(a.get(x.pjsip))
			if err != nil {
				n = x.usual
			}
			if !first && n != got {
				differs = a.last(x.pjsip).Pos
				if differs.IsZero() {
					differs = a.pos
				}
			}
			if first {
				got, first = n, false
			}
			got = x.better(got, n)
		}
		if first {
			got = x.usual
		}
		c.general.put(x.sip, strconv.Itoa(got))
		if !differs.IsZero() {
			c.add(differs, x.pjsip+" differs between aors", fmt.Sprintf("%s=%d in [general] is for all", x.sip, got))
		}
	}
}

// tellUnused notes objects that nothing in sip.conf comes of.
func (c *toSIP) tellUnused() {
	for _, o := range c.list {
		if c.used[o] || o.kind == "endpoint" {
			continue
		}
		switch o.kind {
		case "aor", "auth", "identify":
			c.add(o.pos, "["+o.name+"] of type="+o.kind+" is used by no endpoint", "nothing is written for it")
		case "contact", "phoneprov", "inbound-publication", "outbound-publish", "asterisk-publication", "resource_list",
			"subscription_persistence":
			c.add(o.pos, "["+o.name+"] of type="+o.kind+" has no like in sip.conf", "")
		default:
			c.add(o.pos, "type="+o.kind+" of ["+o.name+"] is not known", "")
		}
	}
}
