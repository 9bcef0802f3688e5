package convert

import (
	"fmt"
	"slices"
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
