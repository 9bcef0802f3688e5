package convert

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"obelisk/internal/config"
)

// endpointLines are the lines of an endpoint that come of settings alone: of a template's too.
func (c *toPJSIP) endpointLines(s settings) (out lines) {
	for _, r := range vocabulary {
		c.translate(r, &s, &out)
	}
	for _, v := range s.inOrder() {
		for _, r := range rules {
			if sipOption(v.Name) == r[0] {
				out.put(r[1], v.Value)
			}
		}
	}
	if v := s.last("contactdeny"); v.Value != "" {
		c.add(v.Pos, "contactdeny judged where the REGISTER came from, too",
			"contact_deny looks at the Contact alone: deny= refuses by the source")
	}
	c.codecLines(&s, &out)
	c.natLines(&s, &out)
	c.mediaLines(&s, &out)
	c.identityLines(&s, &out)
	if proxy := c.proxy(s.last("outboundproxy")); proxy != "" {
		out.put("outbound_proxy", proxy)
	}
	for _, v := range [][2]string{{"mohinterpret", "CHANNEL(musicclass)"}, {"parkinglot", "CHANNEL(parkinglot)"},
		{"amaflags", "CHANNEL(amaflags)"}} {
		if value := s.value(v[0]); value != "" {
			out.put("set_var", v[1]+"="+value)
		}
	}
	if v := s.value("maxforwards"); v != "" && s.general != nil && v != s.generalValue("maxforwards") {
		c.add(s.last("maxforwards").Pos, "maxforwards of one endpoint", "max_forwards= is in [global] for all")
	}
	return out
}

// translate puts what a row of the vocabulary has.
func (c *toPJSIP) translate(r row, s *settings, out *lines) {
	list := s.all(r.sip)
	if r.general {
		list = s.generalAll(r.sip)
	}
	if len(list) == 0 {
		if r.absent != "" && r.absent != r.usual {
			out.put(r.pjsip, r.absent)
		}
		return
	}
	if !several[r.pjsip] {
		list = list[len(list)-1:]
	}
	for _, v := range list {
		value := v.Value
		if r.to != nil {
			other, ok := r.to(value)
			if !ok {
				c.add(v.Pos, fmt.Sprintf("%s=%s has no word in pjsip.conf", r.sip, v.Value), fmt.Sprintf("%s=%s is written", r.pjsip, other))
			}
			value = other
		}
		if value != r.usual || several[r.pjsip] {
			out.put(r.pjsip, value)
		}
	}
}

// codecLines put the codecs in one line that takes all earlier ones back.
func (c *toPJSIP) codecLines(s *settings, out *lines) {
	list := s.codecs()
	if video, _ := yesNo(s.value("videosupport")); video == "no" && !strings.EqualFold(s.value("videosupport"), "always") {
		list = slices.DeleteFunc(slices.Clone(list), isVideo)
	}
	if len(list) == 0 {
		c.add(s.last("disallow").Pos, "no codec is left", "write allow= in pjsip.conf: an endpoint without any takes no calls")
		return
	}
	if list[0] == "all" {
		out.put("allow", strings.Join(list, ","))
		return
	}
	out.put("allow", "!all,"+strings.Join(list, ","))
}

// natLines put what nat= says.
func (c *toPJSIP) natLines(s *settings, out *lines) {
	v := s.last("nat")
	rport, comedia := true, false // auto_force_rport, of chan_sip without a line
	if v.Value != "" {
		rport = false
		for _, w := range s.list("nat") {
			switch w {
			case "yes":
				rport, comedia = true, true
			case "force_rport", "auto_force_rport":
				rport = true
			case "comedia", "auto_comedia":
				comedia = true
			}
			if strings.HasPrefix(w, "auto_") {
				c.add(v.Pos, "nat="+w+" works only where the phone is seen to be behind NAT",
					"it is written as if it always were, which does no harm to others")
			}
		}
	}
	if !rport {
		out.put("force_rport", "no")
	} else {
		out.put("rewrite_contact", "yes")
	}
	if comedia {
		out.put("rtp_symmetric", "yes")
	}
}

// mediaLines put directmedia, encryption, T.38 and the features of recording.
func (c *toPJSIP) mediaLines(s *settings, out *lines) {
	for _, w := range s.list("directmedia") {
		switch w {
		case "nonat":
			out.put("disable_direct_media_on_nat", "yes")
		case "update":
			out.put("direct_media_method", "update")
		case "outgoing":
			out.put("direct_media_glare_mitigation", "outgoing")
		default:
			if on, _ := yesNo(w); on == "no" {
				out.put("direct_media", "no")
			}
		}
	}
	if on, _ := yesNo(s.value("dtlsenable")); on == "yes" {
		out.put("media_encryption", "dtls")
		if on, _ := yesNo(s.value("encryption")); on == "no" {
			out.put("media_encryption_optimistic", "yes") // calls without keys are taken too
		}
	} else if on, _ := yesNo(s.value("encryption")); on == "yes" {
		out.put("media_encryption", "sdes")
	}
	if s.value("encryption_taglen") == "32" {
		out.put("srtp_tag_32", "yes")
	}
	c.faxLines(s, out)
	for _, v := range [][2]string{{"recordonfeature", "record_on_feature"}, {"recordofffeature", "record_off_feature"}} {
		if value := s.value(v[0]); value != "" {
			out.put("one_touch_recording", "yes")
			out.put(v[1], value)
		}
	}
	c.transportLine(s, out)
}

// transportLine puts the transport, where there is one alone.
func (c *toPJSIP) transportLine(s *settings, out *lines) {
	given, v := s.list("transport"), s.last("transport")
	t := slices.DeleteFunc(slices.Clone(given), func(proto string) bool {
		if !c.listens(proto) {
			c.add(v.Pos, "transport="+proto+" without "+proto+"enable=yes has no effect in chan_sip", "it is not written")
			return true
		}
		return false
	})
	if len(t) == 0 {
		return
	}
	if len(t) == 1 && t[0] != "udp" {
		out.put("transport", "transport-"+t[0])
	}
	c.add(v.Pos, "transport="+s.value("transport")+" lets in those transports only",
		"chan_pjsip takes calls by each of its transports; the first is that of calls to it")
	if slices.Contains(t, "tls") && !out.has("media_encryption") {
		c.add(v.Pos, "a phone that offers SRTP was taken without encryption=yes too", "chan_pjsip answers 488; media_encryption=sdes takes "+
			"such calls, and media_encryption_optimistic=yes beside it those without keys, too")
	}
}

// faxLines put t38pt_udptl.
func (c *toPJSIP) faxLines(s *settings, out *lines) {
	words := s.list("t38pt_udptl")
	if len(words) == 0 {
		return
	}
	if on, _ := yesNo(words[0]); on == "no" {
		return
	}
	out.put("t38_udptl", "yes")
	ec := "none"
	for _, w := range words {
		if w == "fec" || w == "redundancy" || w == "none" {
			ec = w
		}
	}
	for _, v := range s.all("t38pt_udptl") { // a later line without it leaves what an earlier one says
		if _, most, ok := strings.Cut(strings.ToLower(v.Value), "maxdatagram="); ok {
			most, _, _ = strings.Cut(most, ",")
			out.put("t38_udptl_maxdatagram", strings.TrimSpace(most))
		}
	}
	if ec == "none" && !slices.Contains(words, "none") {
		ec = "fec" // what chan_sip has where it says yes alone
	}
	out.put("t38_udptl_ec", ec)
	if slices.Contains(s.list("nat"), "comedia") || slices.Contains(s.list("nat"), "yes") {
		out.put("t38_udptl_nat", "yes")
	}
}

// identityLines put who an endpoint is told to be, and who is told it.
func (c *toPJSIP) identityLines(s *settings, out *lines) {
	if s.general != nil {
		id, full, number := "", s.last("fullname"), s.last("cid_number")
		if list := s.every("callerid"); len(list) > 0 {
			id = list[len(list)-1].Value
		}
		if full.Value != "" || number.Value != "" {
			name, num := splitCallerID(id)
			if full.Value != "" {
				name = full.Value
			}
			if number.Value != "" {
				num = number.Value
			}
			id = strings.TrimSpace(fmt.Sprintf("%s <%s>", name, num))
		}
		if id != "" {
			out.put("callerid", id)
		}
	}
	if v := s.last("fromuser"); v.Value != "" {
		c.add(v.Pos, "fromuser left the caller's name in From", "chan_pjsip leaves it out beside from_user; send_pai=yes tells it")
	}
	switch v := strings.ToLower(s.value("sendrpid")); {
	case v == "pai":
		out.put("send_pai", "yes")
	case v == "rpid":
		out.put("send_rpid", "yes")
	default:
		if on, _ := yesNo(v); on == "yes" {
			out.put("send_rpid", "yes")
		}
	}
	boxes, subscribed := c.boxes(s)
	if boxes != "" && !subscribed {
		out.put("mailboxes", boxes)
	}
	if v := s.value("vmexten"); v != "" {
		out.put("voicemail_extension", v)
	}
}

// splitCallerID parts "Name" <number>.
func splitCallerID(text string) (name, number string) {
	name, number, ok := strings.Cut(text, "<")
	if !ok {
		return "", strings.TrimSpace(text)
	}
	number, _, _ = strings.Cut(number, ">")
	return strings.TrimSpace(name), strings.TrimSpace(number)
}

// boxes are the mailboxes of an endpoint, each with its context, and whether it must subscribe.
// hasvoicemail stands for the one of the endpoint's name, where none is named above it.
func (c *toPJSIP) boxes(s *settings) (list string, subscribed bool) {
	var out []string
	for _, v := range s.own {
		named := v.Value
		switch sipOption(v.Name) {
		case "mailbox":
		case "hasvoicemail":
			if on, _ := config.Bool(v.Value); !on || s.name == "" || len(out) > 0 {
				continue
			}
			named = s.name
		default:
			continue
		}
		for _, b := range strings.Split(named, ",") {
			if b = strings.TrimSpace(b); b == "" {
				continue
			}
			if !strings.Contains(b, "@") {
				b += "@default"
			}
			if !slices.Contains(out, b) {
				out = append(out, b)
			}
		}
	}
	on, _ := yesNo(s.value("subscribemwi"))
	return strings.Join(out, ","), on == "yes"
}

// aorLines are those lines of an aor that come of settings alone.
func (c *toPJSIP) aorLines(s settings) (out lines) {
	if boxes, subscribed := c.boxes(&s); boxes != "" && subscribed {
		out.put("mailboxes", boxes)
	}
	if v := s.value("vmexten"); v != "" { // of the endpoint it is for NOTIFY that nobody subscribed to
		out.put("voicemail_extension", v)
	}
	for _, v := range []struct{ sip, pjsip, usual string }{
		{"defaultexpiry", "default_expiration", "120"}, {"maxexpiry", "maximum_expiration", "3600"}, {"minexpiry", "minimum_expiration", "60"},
	} {
		value := s.generalValue(v.sip)
		if value == "" {
			value = v.usual
		}
		if v.pjsip != "minimum_expiration" || value != "60" {
			out.put(v.pjsip, value)
		}
	}
	c.qualifyLines(&s, &out)
	if on, _ := yesNo(s.value("supportpath")); on == "yes" {
		out.put("support_path", "yes")
	}
	return out
}

// qualifyLines put how often it is asked whether a phone is there.
func (c *toPJSIP) qualifyLines(s *settings, out *lines) {
	v := s.last("qualify")
	n, err := strconv.Atoi(v.Value)
	on, _ := yesNo(v.Value)
	if err != nil && on == "no" || err == nil && n <= 0 {
		return
	}
	often := s.value("qualifyfreq")
	if often == "" {
		often = "60"
	}
	out.put("qualify_frequency", often)
	if err != nil {
		n = 2000
	}
	out.put("qualify_timeout", strconv.FormatFloat(float64(n)/1000, 'f', -1, 64))
}

// proxy is a next hop as pjsip.conf writes it; "" of none.
func (c *toPJSIP) proxy(v config.Var) string {
	text, force, forced := strings.Cut(v.Value, ",")
	if text = strings.TrimSpace(text); text == "" {
		return ""
	}
	if forced && strings.EqualFold(strings.TrimSpace(force), "force") {
		c.add(v.Pos, "outboundproxy=...,force sent requests in dialogs there too", "the proxy must ask for it by Record-Route")
	}
	out := text
	if scheme, rest, ok := strings.Cut(text, "://"); ok {
		out = rest + ";transport=" + strings.ToLower(scheme)
	}
	return "sip:" + strings.TrimPrefix(out, "sip:") + ";lr"
}

// limits tells how a limit of calls is held without call-limit.
func (c *toPJSIP) limits(p *peer, e *block) {
	v := p.set.last("call-limit")
	n, err := strconv.Atoi(v.Value)
	if err != nil || n <= 0 {
		return
	}
	if !e.lines.has("device_state_busy_at") && p.set.value("busylevel") == "" {
		e.lines.put("device_state_busy_at", v.Value)
	}
	e.comment = append(e.comment,
		fmt.Sprintf("call-limit=%d: write into the dialplan, where calls come from it and where it is called:", n),
		fmt.Sprintf("  same => n,Set(GROUP(sip-limit)=%s)", p.name),
		fmt.Sprintf("  same => n,GotoIf($[${GROUP_COUNT(%s@sip-limit)} > %d]?busy)", p.name, n))
	c.add(v.Pos, fmt.Sprintf("call-limit=%d bounded the calls of [%s]", n, p.name),
		fmt.Sprintf("Set(GROUP(sip-limit)=%s) and GotoIf($[${GROUP_COUNT(%s@sip-limit)} > %d]?busy) in the dialplan; device_state_busy_at "+
			"shows it as busy", p.name, p.name, n))
}
