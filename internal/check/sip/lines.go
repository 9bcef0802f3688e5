package sip

import (
	"encoding/binary"
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/check/look"
	"obelisk/internal/config"
	"obelisk/media"
)

func atoi(s string) (int, error) { return strconv.Atoi(strings.TrimSpace(s)) }

// lines looks at each line of sip.conf for itself, templates included.
func (j *judge) lines() {
	seen := map[config.Pos]bool{}
	for _, s := range j.f.Sections {
		j.twice(s, seen)
		for _, v := range s.Vars {
			if !seen[v.Pos] {
				seen[v.Pos] = true
				j.line(s, v)
			}
		}
	}
}

// old are names of options that work and have been replaced.
var old = map[string]string{"username": "defaultuser", "canreinvite": "directmedia", "externip": "externaddr", "maxexpirey": "maxexpiry",
	"minexpirey": "minexpiry", "defaultexpirey": "defaultexpiry", "submaxexpirey": "submaxexpiry", "subminexpirey": "subminexpiry",
	"matchexterniplocally": "matchexternaddrlocally", "sslenable": "tlsenable", "sslcert": "tlscertfile", "sslbindaddr": "tlsbindaddr"}

func (j *judge) line(s *config.Section, v config.Var) {
	if strings.EqualFold(v.Name, "mailbox") {
		j.cutList(v, "@")
	}
	if now := old[strings.ToLower(v.Name)]; now != "" {
		j.Say("sip-option-old", v.Pos, now+"="+v.Value, "%s is the old name of %s: deprecated, it works", v.Name, now)
	}
	switch name := strings.ToLower(v.Name); name {
	case "fromuser", "fromdomain", "defaultuser", "username":
		j.marks(v, name)
		j.blankInURI(v)
		j.partOfURI(v)
		j.hostInUser(s, v)
	case "secret", "remotesecret", "md5secret", "host", "context", "mailbox", "type", "realm", "subscribecontext", "parkinglot",
		"mohinterpret", "mohsuggest", "accountcode":
		j.marks(v, name)
	case "allow", "disallow":
		j.semicolon(v)
	case "callgroup", "pickupgroup", "namedcallgroup", "namedpickupgroup":
		j.cutList(v, "")
	case "transport":
		j.cutWord(v, "udp", "tcp", "tls", "ws", "wss")
	case "localnet", "externaddr", "externip":
		j.addresses(v, name)
	case "outboundproxy":
		j.proxy(v)
	case "domain":
		j.domainContext(v)
	case "callerid":
		j.callerID(v)
	case "setvar":
		j.setvar(v)
	case "nat":
		j.cutWord(v, "comedia", "force_rport", "auto_comedia", "auto_force_rport")
		j.natWords(v)
	case "insecure":
		j.cutWord(v, "port", "invite")
		j.insecureWords(v)
	case "qualify":
		if strings.EqualFold(s.Name, "general") || s.Template {
			j.qualify(v, s.Name)
		}
	case "qualifyfreq":
		if n, err := atoi(v.Value); err == nil && n > 0 && n < 10 {
			j.Say("sip-qualifyfreq-short", v.Pos, "qualifyfreq=60", "qualifyfreq=%d sends OPTIONS to every phone each %d seconds", n, n)
		}
		j.notThousandths(v)
	case "registertimeout", "rtpkeepalive", "rtptimeout", "rtpholdtimeout", "externrefresh", "minexpiry", "maxexpiry", "defaultexpiry":
		j.notThousandths(v)
	case "timert1", "t1min", "timerb":
		if n, err := atoi(v.Value); err == nil && n > 0 && n < 10 {
			j.Say("sip-seconds", v.Pos, v.Name+"="+strconv.Itoa(n*1000), "%s=%d is in milliseconds: every request is sent again after %d of them",
				v.Name, n, n)
		}
	case "tos_sip", "tos_audio", "tos_video", "tos_text":
		j.tos(v)
	case "rtpstart", "rtpend", "rtpchecksums", "strictrtp":
		j.ofRTP(v)
	case "language":
		if strings.ContainsAny(v.Value, " ,;") {
			j.Say("sip-language", v.Pos, "language=en", "language=%s is no language: it is one short word, as en or de", v.Value)
		} else if short := look.Languages[strings.ToLower(v.Value)]; short != "" {
			j.Say("sip-language", v.Pos, "language="+short,
				"language=%s: prompts are looked for in a folder of that name, which no set of sounds has; those of en are played", v.Value)
		}
	case "session-expires", "session-minse":
		if n, err := atoi(v.Value); err == nil && n < 90 {
			j.Say("sip-session-range", v.Pos, "90 or more", "%s=%d is out of range: RFC 4028 has 90 seconds as the least; the other side "+
				"refuses it with 422, and calls are made twice", v.Name, n)
		}
	}
}

// domainContext looks at domain=NAME,CONTEXT.
func (j *judge) domainContext(v config.Var) {
	_, context, ok := strings.Cut(v.Value, ",")
	if context = strings.TrimSpace(context); ok && j.plan != nil && j.plan.Contexts[context] == nil {
		j.Say("sip-context-missing", v.Pos, "", "context '%s' of domain %s is not in extensions.conf: there is no such context, and guests' "+
			"calls get 404", context, v.Value)
	}
}

// ofRTP tells of an option that is one of rtp.conf.
func (j *judge) ofRTP(v config.Var) {
	j.Say("sip-option-file", v.Pos, "into [general] of rtp.conf",
		"option '%s' belongs into rtp.conf, and has no effect in sip.conf: chan_sip ignores it in silence", v.Name)
}

// tos finds the six bits of DSCP where the byte is meant that has them in front.
func (j *judge) tos(v config.Var) {
	if n, err := strconv.ParseUint(v.Value, 0, 8); err == nil && n < 64 && sipconf.NameOfTOS(int(n)) == "unknown" &&
		sipconf.NameOfTOS(int(n)<<2) != "unknown" {
		name := strings.ToLower(sipconf.NameOfTOS(int(n) << 2))
		j.Say("sip-tos-dscp", v.Pos, v.Name+"="+name, "%s=%d is the number of DSCP, and the whole byte is asked for, which is %d: packets are "+
			"not marked as %s", v.Name, n, n<<2, name)
	}
}

// marks finds quotation marks and comments that are part of a value.
func (j *judge) marks(v config.Var, name string) {
	if len(v.Value) > 1 && (v.Value[0] == '"' && v.Value[len(v.Value)-1] == '"' || v.Value[0] == '\'' && v.Value[len(v.Value)-1] == '\'') {
		j.Say("sip-value-quoted", v.Pos, v.Name+"="+v.Value[1:len(v.Value)-1],
			"the quotation marks are a part of the value of '%s': quotes are not taken off", v.Name)
	}
	for _, mark := range []string{" #", "\t#", " //"} {
		if i := strings.Index(v.Value, mark); i > 0 {
			j.Say("sip-value-comment", v.Pos, "; begins a comment", "the text from '%s' on is a part of the value of '%s': only ; begins a comment",
				strings.TrimSpace(mark), v.Name)
			break
		}
	}
	if !strings.Contains(name, "secret") {
		return
	}
	line := j.Line(v.Pos)
	if i := strings.IndexByte(line, ';'); i > 0 && line[i-1] > ' ' && line[i-1] != '\\' && !strings.HasPrefix(strings.TrimSpace(line), ";") &&
		strings.Contains(line, v.Name) {
		cut := line[i:]
		if len(cut) > 1 && cut[1] > ' ' || v.Value == "" {
			j.Say("sip-secret-semicolon", v.Pos, `\; where the semicolon belongs to it`,
				"the semicolon begins a comment: the value of '%s' ends before it, and '%s' is cut off", v.Name, "; and what follows")
		}
	}
	if strings.ContainsFunc(v.Value, func(r rune) bool { return r == 0xa0 || r == 0x200b || r == 0xfeff }) {
		j.Say("sip-value-invisible", v.Pos, "write the line anew", "the value of '%s' has a character in it that is not seen (a no-break "+
			"space, as word processors write): it is a part of the value", v.Name)
	}
	if strings.HasPrefix(v.Value, "=") {
		j.Say("sip-value-equals", v.Pos, v.Name+v.Value, "the second = is a part of the value of '%s'", v.Name)
	}
	if v.Value == "" && name == "secret" {
		j.Say("sip-secret-empty", v.Pos, "a long random one",
			"secret has no value: an empty secret is no secret, anybody may register and call without a password")
	}
	if strings.ContainsAny(v.Value, " \t") && !strings.Contains(v.Value, " #") && !strings.Contains(v.Value, "//") && v.Value[0] != '"' {
		j.SayAs(config.Note, "sip-secret-blank", v.Pos, "", "the value of '%s' has a blank in it: many phones cannot be given one", v.Name)
	}
}

// semicolon finds codecs that a comment cuts off.
func (j *judge) semicolon(v config.Var) {
	_, behind, ok := strings.Cut(j.Line(v.Pos), v.Value+";")
	next, _, _ := strings.Cut(strings.TrimSpace(behind), ";")
	if _, codec := media.CodecByName(strings.TrimSpace(next)); ok && codec {
		j.Say("sip-codec-semicolon", v.Pos, "commas part codecs", "the semicolon begins a comment: only '%s' is read of this line", v.Value)
	}
}

// cutWord finds a word of a list that a comment cuts off.
func (j *judge) cutWord(v config.Var, words ...string) {
	_, behind, ok := strings.Cut(j.Line(v.Pos), v.Value+";")
	if next, _, _ := strings.Cut(strings.TrimSpace(behind), ";"); ok && within(next, words...) {
		j.Say("sip-value-semicolon", v.Pos, v.Name+"="+v.Value+","+strings.TrimSpace(next),
			"the semicolon begins a comment: only '%s' is read of this line", v.Value)
	}
}

// cutList finds an item of a list that a comment cuts off: one word right behind the semicolon, with a
// mark in it that items have.
func (j *judge) cutList(v config.Var, mark string) {
	_, behind, ok := strings.Cut(j.Line(v.Pos), v.Value+";")
	if next, _, _ := strings.Cut(strings.TrimRight(behind, " \t\r"), ";"); ok && next != "" && !strings.ContainsAny(next, " \t=") &&
		strings.Contains(next, mark) {
		j.Say("sip-value-semicolon", v.Pos, v.Name+"="+v.Value+","+next, "the semicolon begins a comment: only '%s' is read of this line, and "+
			"'%s' is cut off", v.Value, next)
	}
}

// blankInURI finds a blank in what becomes a part of an address.
func (j *judge) blankInURI(v config.Var) {
	text := strings.Trim(v.Value, `"'`)
	if strings.ContainsAny(text, " \t") && !strings.Contains(text, " #") && !strings.Contains(text, "//") {
		j.Say("sip-value-blank", v.Pos, v.Name+"="+strings.Join(strings.Fields(text), ""),
			"the value of '%s' has a blank in it, which no SIP address may have: the other side refuses the request as malformed, or knows no "+
				"such user", v.Name)
	}
}

// partOfURI finds a whole address where one of its parts is asked for.
func (j *judge) partOfURI(v config.Var) {
	text, scheme := v.Value, ""
	for _, s := range []string{"sip:", "sips:", "http://", "https://"} {
		if rest, ok := strings.CutPrefix(strings.ToLower(text), s); ok {
			scheme, text = s, text[len(text)-len(rest):]
		}
	}
	user, host, at := strings.Cut(text, "@")
	domain := strings.EqualFold(v.Name, "fromdomain")
	if domain && at {
		text = host
	} else if !domain && at && scheme != "" {
		text = user
	}
	if scheme == "" && (!domain || !at) {
		return
	}
	what := "the user alone, without a scheme and a host"
	if domain {
		what = "a name or an address alone"
	}
	j.Say("sip-value-uri", v.Pos, v.Name+"="+text, "%s=%s is a whole address, and %s is asked for: requests go out with a malformed "+
		"From, and "+
		"the other side refuses them", v.Name, v.Value, what)
}

// hostInUser tells of fromuser with the domain that From gets from another line, or from the host.
func (j *judge) hostInUser(s *config.Section, v config.Var) {
	user, host, at := strings.Cut(v.Value, "@")
	if !strings.EqualFold(v.Name, "fromuser") || !at || strings.Contains(user, ":") ||
		!strings.EqualFold(host, s.Get("fromdomain")) && !strings.EqualFold(host, s.Get("host")) {
		return
	}
	j.Say("sip-value-uri", v.Pos, "fromuser="+user, "fromuser=%s has the domain in it: From is user@domain, fromuser is what stands before "+
		"the @, and the other side is shown an account '%s' that it does not know", v.Value, strings.ReplaceAll(v.Value, "@", "%40"))
}

// notThousandths finds seconds that are written as milliseconds.
func (j *judge) notThousandths(v config.Var) {
	least := 10000
	if strings.HasSuffix(strings.ToLower(v.Name), "expiry") {
		least = 600000
	}
	if n, err := atoi(v.Value); err == nil && n >= least && n%1000 == 0 {
		j.Say("sip-seconds", v.Pos, v.Name+"="+strconv.Itoa(n/1000), "%s=%d is in seconds, not milliseconds: that is %s", v.Name, n,
			look.Long(n))
	}
}

func (j *judge) addresses(v config.Var, name string) {
	if name == "localnet" {
		if ip, err := netip.ParseAddr(v.Value); err == nil && ip.Is4() && ip.As4()[3] == 0 {
			j.Say("sip-localnet-mask", v.Pos, v.Value+"/24, or whatever the network is",
				"without a mask localnet is a single host, %s/32: the phones are told the external address", v.Value)
		} else if p, err := netip.ParsePrefix(v.Value); err == nil && p.Bits() == 32 || strings.HasSuffix(v.Value, "/255.255.255.255") {
			j.SayAs(config.Note, "sip-localnet-mask", v.Pos, "the network of the phones",
				"localnet=%s is a single host: every other machine of the inside is told the external address", v.Value)
		} else if _, mask, ok := strings.Cut(v.Value, "/"); ok && strings.Contains(mask, ".") && !wholeMask(mask) {
			j.Say("sip-localnet-mask", v.Pos, "localnet=192.168.1.0/255.255.255.0",
				"'%s' is an invalid mask: other addresses count as inside than those of the network that is meant", mask)
		}
		return
	}
	if _, port, ok := strings.Cut(v.Value, ":"); ok && !strings.Contains(port, ":") {
		if n, err := atoi(port); err != nil || n < 1 || n > 65535 {
			j.Say("sip-externaddr-form", v.Pos, v.Name+"=203.0.113.7:5060",
				"%s=%s: '%s' is not a valid port, and others are told a wrong one", v.Name, v.Value, port)
		}
	}
	if strings.Contains(v.Value, "/") {
		j.Say("sip-externaddr-form", v.Pos, "externaddr=203.0.113.7",
			"%s=%s has a mask: it takes one address, and this is looked up as a name that nobody has", v.Name, v.Value)
		return
	}
	host, _, _ := strings.Cut(v.Value, ":")
	if _, err := netip.ParseAddr(host); err != nil && host != "" && !strings.Contains(v.Value, "[") && strings.Count(host, ":") == 0 {
		j.SayAs(config.Note, "sip-externaddr-form", v.Pos, "externhost="+v.Value, "%s=%s is a name: it is looked up once, at the start, and "+
			"not when the address has changed; externhost is looked up again", v.Name, v.Value)
	}
	if ip, err := netip.ParseAddr(host); err == nil && (ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() || ip.IsUnspecified()) {
		j.Say("sip-externaddr-private", v.Pos, "the public address",
			"%s is a private address, not reachable from outside: a provider sends the sound nowhere", v.Value)
	}
}

// wholeMask says whether a mask is of four numbers, ones followed by zeros.
func wholeMask(mask string) bool {
	a, err := netip.ParseAddr(mask)
	if err != nil || !a.Is4() {
		return false
	}
	b := a.As4()
	zeros := ^binary.BigEndian.Uint32(b[:])
	return zeros&(zeros+1) == 0
}

var wellFormed = regexp.MustCompile(`^\s*("[^"]*"|[^<>"]*?)\s*(<[^<>]*>)?\s*$`)

// callerID looks at Name <number>.
func (j *judge) callerID(v config.Var) {
	text := v.Value
	switch {
	case text == "":
	case !wellFormed.MatchString(text):
		j.Say("sip-callerid", v.Pos, `callerid="Name" <number>`,
			"callerid=%s is malformed: quotation marks or angle brackets do not match; it is read as well as it goes", text)
	case !strings.Contains(text, "<"):
		if f := strings.Fields(strings.Trim(text, `"`)); len(f) > 1 && strings.Trim(f[len(f)-1], "+0123456789") == "" {
			j.Say("sip-callerid", v.Pos, "callerid="+strings.Join(f[:len(f)-1], " ")+" <"+f[len(f)-1]+">",
				"callerid=%s has no angle brackets: all of it is the name, and there is no number", text)
		}
	}
}

// proxy looks at the port of a proxy.
func (j *judge) proxy(v config.Var) {
	host, _, _ := strings.Cut(v.Value, ",")
	if _, rest, ok := strings.Cut(host, "://"); ok {
		host = rest
	}
	if _, port, ok := strings.Cut(host, ":"); ok && !strings.Contains(host, "[") {
		if n, err := atoi(port); err != nil || n < 1 || n > 65535 {
			j.Say("sip-value", v.Pos, "a port from 1 to 65535", "outboundproxy=%s: '%s' is not a valid port", v.Value, port)
		}
	}
}

// setvar looks at NAME=value.
func (j *judge) setvar(v config.Var) {
	name, _, ok := strings.Cut(v.Value, "=")
	if ok && name != strings.TrimSpace(name) {
		j.Say("sip-setvar-blank", v.Pos, "setvar="+strings.TrimSpace(name)+"=value",
			"the blank before = belongs to the name of the variable '%s': ${%s} stays empty", name, strings.TrimSpace(name))
	}
}

// natWords looks at words of old versions.
func (j *judge) natWords(v config.Var) {
	for _, w := range strings.Split(strings.ToLower(v.Value), ",") {
		switch strings.TrimSpace(w) {
		case "route", "always", "never":
			j.Say("sip-nat-old", v.Pos, map[string]string{"never": "nat=no"}[strings.TrimSpace(w)]+map[string]string{"route": "nat=force_rport",
				"always": "nat=force_rport,comedia"}[strings.TrimSpace(w)],
				"nat=%s is a word of old versions, unknown since 1.8: it counts as nat=no, and phones behind NAT are not reached",
				strings.TrimSpace(w))
		case "true", "on", "1", "y":
			j.Say("sip-nat-old", v.Pos, "nat=force_rport,comedia", "nat=%s is no nat mode: it counts as no", w)
		}
	}
}

// insecureWords looks at words of old versions.
func (j *judge) insecureWords(v config.Var) {
	switch strings.ToLower(strings.TrimSpace(v.Value)) {
	case "very":
		j.Say("sip-insecure-old", v.Pos, "insecure=port,invite", "insecure=very is a word of old versions, unknown since 1.6: it is ignored, "+
			"and calls from here are asked for a password; use insecure=port,invite")
	case "yes", "true", "1":
		j.Say("sip-insecure-old", v.Pos, "insecure=port",
			"insecure=%s is a word of old versions, unknown today: it is ignored; it was insecure=port", v.Value)
	}
}
