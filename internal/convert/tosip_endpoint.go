package convert

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"obelisk/internal/config"
)

// writeTemplates turns templates of endpoints into templates.
func (c *toSIP) writeTemplates() {
	if c.templates == nil {
		return
	}
	used := map[string]bool{}
	var mark func(s *config.Section)
	mark = func(s *config.Section) {
		for _, b := range s.Bases {
			if t := base(c.templates, s, b); t != nil && t.Template && !used[t.Name] {
				used[t.Name] = true
				mark(t)
			}
		}
	}
	for _, s := range c.templates.Visible() {
		if strings.EqualFold(s.Get("type"), "endpoint") {
			mark(s)
		}
	}
	for _, s := range c.templates.Sections {
		if !s.Template || !used[s.Name] || c.find("endpoint", s.Name) != nil || strings.EqualFold(s.Name, "general") {
			continue
		}
		o := &object{kind: "endpoint", name: s.Name, vars: s.Vars}
		all := c.endpointLines(o)
		kept, own := c.fam.under(s.Bases, all)
		if len(own) == 0 {
			continue
		}
		c.fam[s.Name] = all
		c.blocks = append(c.blocks, block{name: s.Name, template: true, bases: kept, lines: own})
	}
}

// endpointLines are the lines that come of an endpoint alone.
func (c *toSIP) endpointLines(e *object) (out lines) {
	for _, r := range vocabulary {
		c.translate(r, e, &out)
	}
	for _, v := range e.vars {
		for _, r := range rules {
			if pjsipOption(v.Name) == r[1] {
				out.put(r[0], v.Value)
			}
		}
	}
	c.codecLines(e, &out)
	c.natLines(e, &out)
	c.mediaLines(e, &out)
	if v := e.get("callerid"); v != "" {
		out.put("callerid", v)
	}
	switch {
	case e.on("send_pai"):
		out.put("sendrpid", "pai")
		if e.on("send_rpid") {
			c.add(e.last("send_rpid").Pos, "send_rpid beside send_pai", "sendrpid= is one of them: pai")
		}
	case e.on("send_rpid"):
		out.put("sendrpid", "yes")
	}
	if v := e.get("voicemail_extension"); v != "" {
		out.put("vmexten", v)
	}
	if v := e.get("outbound_proxy"); v != "" {
		out.put("outboundproxy", c.proxy(v))
	}
	return out
}

// translate puts what a row of the vocabulary has.
func (c *toSIP) translate(r row, e *object, out *lines) {
	list := e.every(r.pjsip)
	if len(list) == 0 {
		return
	}
	if !several[r.pjsip] {
		list = list[len(list)-1:]
	}
	for _, v := range list {
		value := v.Value
		if r.back != nil {
			other, ok := r.back(value)
			if !ok {
				c.add(v.Pos, fmt.Sprintf("%s=%s has no word in sip.conf", r.pjsip, v.Value), fmt.Sprintf("%s=%s is written", r.sip, other))
			}
			value = other
		}
		switch {
		case r.pjsip == "set_var" && c.channelOption(v.Value, out):
		case r.general:
			if had := c.general.get(r.sip); had != "" && had != value {
				c.add(v.Pos, r.pjsip+"="+v.Value+" differs between endpoints", r.sip+"="+had+" in [general] is for all")
			} else if v.Value != r.usual {
				c.general.put(r.sip, value)
			}
		case v.Value == r.usual && !several[r.pjsip] && r.absent == "":
		default:
			out.put(r.sip, value)
		}
	}
}

// channelOption takes a variable that is an option in sip.conf.
func (c *toSIP) channelOption(v string, out *lines) bool {
	for _, x := range [][2]string{{"CHANNEL(musicclass)=", "mohinterpret"}, {"CHANNEL(parkinglot)=", "parkinglot"},
		{"CHANNEL(amaflags)=", "amaflags"}} {
		if value, ok := strings.CutPrefix(v, x[0]); ok {
			out.put(x[1], value)
			return true
		}
	}
	return false
}

// codecLines put the codecs.
func (c *toSIP) codecLines(e *object, out *lines) {
	var list []string
	given := false
	for _, v := range e.vars {
		switch pjsipOption(v.Name) {
		case "allow":
			list, given = allowed(list, v.Value), true
		case "disallow":
			list, given = disallowed(list, v.Value), true
		}
	}
	if !given || len(list) == 0 {
		return
	}
	if list[0] == "all" {
		out.put("allow", strings.Join(list, ","))
		out.put("videosupport", "yes")
		return
	}
	out.put("allow", "!all,"+strings.Join(list, ","))
	if slices.ContainsFunc(list, isVideo) {
		out.put("videosupport", "yes")
	}
}

// natLines put nat=.
func (c *toSIP) natLines(e *object, out *lines) {
	rport := e.get("force_rport") == "" || e.on("force_rport")
	var modes []string
	if rport || e.on("rewrite_contact") {
		modes = append(modes, "force_rport")
	}
	if rport != e.on("rewrite_contact") && e.on("rewrite_contact") {
		c.add(e.last("rewrite_contact").Pos, "rewrite_contact=yes without force_rport", "nat=force_rport does both")
	}
	if e.on("rtp_symmetric") {
		modes = append(modes, "comedia")
	}
	switch text := strings.Join(modes, ","); text {
	case "force_rport": // as in [general]
	case "":
		out.put("nat", "no")
	default:
		out.put("nat", text)
	}
}

// mediaLines put directmedia, encryption, T.38 and the features of recording.
func (c *toSIP) mediaLines(e *object, out *lines) {
	var direct []string
	if e.on("disable_direct_media_on_nat") {
		direct = append(direct, "nonat")
	}
	if strings.EqualFold(e.get("direct_media_method"), "update") {
		direct = append(direct, "update")
	}
	switch g := strings.ToLower(e.get("direct_media_glare_mitigation")); g {
	case "outgoing":
		direct = append(direct, "outgoing")
	case "", "none":
	default:
		c.add(e.last("direct_media_glare_mitigation").Pos, "direct_media_glare_mitigation="+g+" has no word in sip.conf", "")
	}
	switch {
	case e.get("direct_media") != "" && !e.on("direct_media"):
		out.put("directmedia", "no")
	case len(direct) > 0:
		out.put("directmedia", strings.Join(direct, ","))
	}
	crypto := strings.ToLower(e.get("media_encryption"))
	if e.on("webrtc") {
		crypto = "dtls"
		out.put("icesupport", "yes")
		out.put("rtcp_mux", "yes")
		out.put("avpf", "yes")
		if e.get("dtls_verify") == "" {
			out.put("dtlsverify", "fingerprint")
		}
		if e.get("dtls_setup") == "" {
			out.put("dtlssetup", "actpass")
		}
		if e.get("dtls_cert_file") == "" {
			out.put("dtlsautogeneratecert", "yes")
		}
	}
	optimistic := e.on("media_encryption_optimistic")
	switch crypto {
	case "sdes":
		out.put("encryption", "yes")
		if optimistic {
			v, a := e.last("media_encryption_optimistic"), onlyPJSIP["media_encryption_optimistic"]
			c.add(v.Pos, v.Name+"="+v.Value+": "+a.did, a.do)
		}
	case "dtls":
		out.put("dtlsenable", "yes")
		if !optimistic {
			out.put("encryption", "yes")
		}
	}
	if e.on("srtp_tag_32") {
		out.put("encryption_taglen", "32")
	}
	if e.on("t38_udptl") {
		words := []string{"yes"}
		ec := strings.ToLower(e.get("t38_udptl_ec"))
		if ec == "" {
			ec = "none"
		}
		words = append(words, ec)
		if most := e.get("t38_udptl_maxdatagram"); most != "" && most != "0" {
			words = append(words, "maxdatagram="+most)
		}
		out.put("t38pt_udptl", strings.Join(words, ","))
		if e.on("t38_udptl_nat") && !e.on("rtp_symmetric") {
			c.add(e.last("t38_udptl_nat").Pos, "t38_udptl_nat without rtp_symmetric", "nat=comedia is for both")
		}
	}
	if e.on("one_touch_recording") {
		for _, v := range [][2]string{{"record_on_feature", "recordonfeature"}, {"record_off_feature", "recordofffeature"}} {
			value := e.get(v[0])
			if value == "" {
				value = "automixmon"
			}
			out.put(v[1], value)
		}
	}
}

// proxy is a next hop as sip.conf writes it.
func (c *toSIP) proxy(v string) string {
	u := parseURI(v)
	out := u.host
	if u.port != "" {
		out = bracketed(out) + ":" + u.port
	}
	if t := u.param("transport"); t != "" {
		out = t + "://" + out
	}
	return out
}

// writeEndpoint writes the section of an endpoint.
func (c *toSIP) writeEndpoint(e *object) {
	for _, v := range e.vars {
		c.tell("endpoint", v)
	}
	c.access(e)
	if e.name == "anonymous" {
		c.guests(e)
		return
	}
	all := c.endpointLines(e)
	if !all.has("context") {
		all.put("context", "default") // whatever guests have in [general]
	}
	if !all.has("allow") {
		all.put("disallow", "all")
		c.add(e.pos, "["+e.name+"] has no codec, and chan_pjsip takes no call of it", "write allow=")
	}
	kept, lines := c.fam.under(e.bases, all)
	b := block{name: e.name, bases: kept}
	c.places(e, &b)
	b.lines = append(b.lines, lines...)
	c.secrets(e, &b)
	c.blocks = append(c.blocks, b)
	c.addresses(e, &b)
}

// access gives an endpoint the lines of type=acl, which are for all.
func (c *toSIP) access(e *object) {
	var first []config.Var
	for _, o := range c.all("acl") {
		for _, v := range o.vars {
			if pjsipOption(v.Name) != "type" {
				first = append(first, v)
			}
		}
	}
	if len(first) > 0 {
		e.vars = append(first, e.vars...)
	}
}

// guests has [general] say what [anonymous] said.
func (c *toSIP) guests(e *object) {
	for _, x := range c.endpointLines(e) {
		switch x.key {
		case "context", "language":
			c.general.put(x.key, x.value)
		case "allow":
			c.add(e.last("allow").Pos, "codecs of [anonymous]", "guests have those of [general], which begins with disallow=all: "+x.key+"="+
				x.value+" is written there")
			c.general.put(x.key, x.value)
		default:
			c.add(e.pos, x.key+" of [anonymous] is not told to [general], as all endpoints would have it",
				"write "+x.key+"="+x.value+" there, if guests need it")
		}
	}
}

// places writes where an endpoint is: host=, port=, qualify= and the mailboxes.
func (c *toSIP) places(e *object, b *block) {
	aors := strings.FieldsFunc(e.get("aors"), func(r rune) bool { return r == ',' || r == ' ' })
	var a *object
	for i, name := range aors {
		x := c.find("aor", name)
		if x == nil {
			c.add(e.last("aors").Pos, "["+e.name+"] names the aor '"+name+"', which is not there", "")
			continue
		}
		c.used[x] = true
		for _, v := range x.vars {
			c.tell("aor", v)
		}
		if a == nil {
			a = x
		} else {
			c.add(e.last("aors").Pos, fmt.Sprintf("aors= has %d of them", len(aors)), "an endpoint of sip.conf has one place: "+aors[0]+"; make ["+
				aors[i]+"] an endpoint of its own, and call both with &")
		}
		if x.name != e.name && x.get("max_contacts") != "" && x.get("max_contacts") != "0" {
			c.add(x.pos, "phones register as ["+x.name+"], the name of the aor", "in sip.conf they register as ["+e.name+
				"], the name of the endpoint: change it in the phone")
		}
	}
	most, _ := strconv.Atoi(a.get("max_contacts"))
	contacts := a.every("contact")
	switch {
	case a == nil || most == 0 && len(contacts) == 0:
		b.lines.put("type", "user")
		if a != nil {
			c.add(a.pos, "["+a.name+"] has neither contacts nor max_contacts: nothing can register there", "")
		}
		return
	case most > 0:
		b.lines.put("type", "friend")
		b.lines.put("host", "dynamic")
		if most > 1 {
			b.lines.put("max_contacts", strconv.Itoa(most))
			c.add(a.last("max_contacts").Pos, fmt.Sprintf("max_contacts=%d: several phones of one endpoint", most),
				"max_contacts= is an option of Obelisk that chan_sip does not have")
		}
		if len(contacts) > 0 {
			u := parseURI(contacts[0].Value)
			b.lines.put("defaultip", u.host)
			if u.port != "" {
				b.lines.put("port", u.port)
			}
		}
	default:
		c.static(e, b, contacts)
	}
	c.aorLines(e, a, b)
}

// static writes the host of an endpoint that registers nowhere here.
func (c *toSIP) static(e *object, b *block, contacts []config.Var) {
	kind := "peer"
	if by := e.get("identify_by"); strings.Contains(by, "username") && by != "" {
		kind = "friend"
	}
	b.lines.put("type", kind)
	u := parseURI(contacts[0].Value)
	b.lines.put("host", u.host)
	if u.port != "" {
		b.lines.put("port", u.port)
	}
	if t := u.param("transport"); t != "" {
		b.lines.put("transport", strings.ToLower(t))
	}
	if u.user != "" {
		b.lines.put("defaultuser", u.user)
	}
	for _, v := range contacts[1:] {
		c.add(v.Pos, "a second contact of ["+e.name+"]: "+v.Value, "make an endpoint of it, and call both with &")
	}
}

// aorLines writes the rest of an aor.
func (c *toSIP) aorLines(e, a *object, b *block) {
	if t := c.find("transport", e.get("transport")); t != nil && b.lines.get("transport") == "" {
		b.lines.put("transport", t.words())
	}
	if n, _ := strconv.Atoi(a.get("qualify_frequency")); n > 0 {
		limit := 3.0
		if f, err := strconv.ParseFloat(a.get("qualify_timeout"), 64); err == nil && f > 0 {
			limit = f
		}
		b.lines.put("qualify", strconv.Itoa(int(limit*1000+0.5)))
		b.lines.put("qualifyfreq", strconv.Itoa(n))
	}
	boxes := e.get("mailboxes")
	if own := a.get("mailboxes"); own != "" {
		if boxes != "" && boxes != own {
			c.add(a.last("mailboxes").Pos, "mailboxes of the aor beside those of the endpoint", "mailbox= of ["+e.name+"] has those of both")
			own = boxes + "," + own
		}
		boxes = own
		if e.get("mailboxes") == "" {
			b.lines.put("subscribemwi", "yes")
		}
	}
	if boxes != "" {
		b.lines.put("mailbox", boxes)
	}
	if a.on("support_path") {
		b.lines.put("supportpath", "yes")
	}
	if v := a.get("voicemail_extension"); v != "" && e.get("voicemail_extension") == "" {
		b.lines.put("vmexten", v)
	}
}

// auths are those that an option names.
func (c *toSIP) auths(o *object, option string) (out []*object) {
	for _, name := range strings.FieldsFunc(o.get(option), func(r rune) bool { return r == ',' || r == ' ' }) {
		a := c.find("auth", name)
		if a == nil {
			c.add(o.last(option).Pos, option+"= names '"+name+"', which is not there", "")
			continue
		}
		if !c.used[a] {
			c.used[a] = true
			for _, v := range a.vars {
				c.tell("auth", v)
			}
		}
		out = append(out, a)
	}
	return out
}

// secrets writes what an endpoint shows us, and what we show it.
func (c *toSIP) secrets(e *object, b *block) {
	static := b.lines.get("host") != "" && b.lines.get("host") != "dynamic"
	in := c.auths(e, "auth")
	for i, a := range in {
		if i > 0 {
			c.add(e.last("auth").Pos, "auth= has several of them", "an endpoint of sip.conf has one secret: that of "+in[0].name)
			break
		}
		if user := a.get("username"); user != "" && user != e.name {
			b.lines.put("auth_username", user)
			c.add(a.last("username").Pos, "the phone shows the name "+user+", not that of its endpoint",
				"auth_username= is an option of Obelisk that chan_sip does not have")
		}
		if h := a.get("md5_cred"); h != "" && strings.EqualFold(a.get("auth_type"), "md5") {
			b.lines.put("md5secret", h)
			c.realm(a)
		} else {
			b.lines.put("secret", a.get("password"))
		}
		if r := a.get("realm"); r != "" && !strings.EqualFold(a.get("auth_type"), "md5") {
			c.realm(a)
		}
	}
	switch {
	case len(in) == 0 && static:
		b.lines.put("insecure", "port,invite")
	case len(in) == 0 && b.lines.get("host") == "dynamic":
		c.add(e.pos, "["+e.name+"] has no auth=: whoever names it is let in", "write secret=")
	case static:
		b.lines.put("insecure", "port")
	}
	for i, a := range c.auths(e, "outbound_auth") {
		user, secret, ha1 := a.get("username"), a.get("password"), a.get("md5_cred")
		if r := a.get("realm"); r != "" && r != "*" || i > 0 {
			if ha1 != "" {
				b.lines.put("auth", user+"#"+ha1+"@"+r)
			} else {
				b.lines.put("auth", user+":"+secret+"@"+r)
			}
			if r == "" {
				c.add(a.pos, "outbound_auth= has several without a realm", "auth= of sip.conf needs the realm of the other side")
			}
			continue
		}
		if had := b.lines.get("defaultuser"); had != "" && had != user {
			c.add(a.pos, "the contact is of "+had+", the credentials are of "+user, "defaultuser= is both: "+user)
		}
		b.lines.put("defaultuser", user)
		if secret != b.lines.get("secret") {
			b.lines.put("remotesecret", secret)
		}
		if ha1 != "" && ha1 != b.lines.get("md5secret") {
			c.add(a.pos, "md5_cred of outbound_auth", "remotesecret= is written in the clear: write it")
		}
	}
}

// realm tells [general] of the realm of an auth section.
func (c *toSIP) realm(a *object) {
	r := a.get("realm")
	switch had := c.general.get("realm"); {
	case r == "" || r == had:
	case had == "":
		c.general.put("realm", r)
	default:
		c.add(a.last("realm").Pos, "realm="+r+" differs between auth sections", "realm="+had+" in [general] is for all")
	}
}

// addresses writes peers for the other addresses that an endpoint's calls come from.
func (c *toSIP) addresses(e *object, b *block) {
	have := map[string]bool{strings.ToLower(b.lines.get("host")): true}
	n := 1
	for _, o := range c.all("identify") {
		if o.get("endpoint") != e.name {
			continue
		}
		c.used[o] = true
		for _, v := range o.vars {
			c.tell("identify", v)
		}
		for _, v := range o.every("match") {
			for _, m := range strings.Split(v.Value, ",") {
				if m = strings.TrimSpace(m); m == "" || have[strings.ToLower(m)] {
					continue
				}
				have[strings.ToLower(m)] = true
				if address, bits, net := strings.Cut(m, "/"); net && bits != "32" && bits != "128" && bits != "255.255.255.255" {
					c.add(v.Pos, "match="+m+" is a network", "sip.conf knows a peer by single addresses: write one like ["+e.name+"-2] for each")
					continue
				} else {
					m = address
				}
				n++
				name := fmt.Sprintf("%s-%d", e.name, n)
				c.add(v.Pos, "calls of ["+e.name+"] come from "+m+" too", "["+name+"] is written for it: its channels have that name")
				c.blocks = append(c.blocks, block{name: name, bases: []string{e.name}, lines: lines{{"type", "peer"}, {"host", m},
					{"insecure", insecureOf(b)}}})
			}
		}
	}
}

func insecureOf(b *block) string {
	if b.lines.get("secret") != "" || b.lines.get("md5secret") != "" {
		return "port"
	}
	return "port,invite"
}
