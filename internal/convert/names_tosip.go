package convert

import (
	"fmt"
	"strings"

	"obelisk/internal/config"
)

// atRunTime is what is to be done about what has no other word.
const atRunTime = "it works as it stands with pjsipnames=yes in [general] of extensions.conf"

// plan is how names of PJSIP become those of SIP.
func (c *toSIP) plan() *naming {
	return &naming{from: "PJSIP", to: "SIP", own: []string{"pjsip", "sip.conf", "sip_", "users.conf", "sorcery.conf", "extconfig.conf"},
		resource: c.sipName, functions: c.sipFunctions, behind: c.hints}
}

// sipName translates what stands behind PJSIP/.
func (c *toSIP) sipName(res string, at config.Pos) (string, bool) {
	parts := splitOutside(res, '/')
	if len(parts) > 1 {
		uri := strings.Join(parts[1:], "/")
		rest, ok := strings.CutPrefix(uri, "sip:")
		if !ok {
			c.add(at, "PJSIP/"+res+" is no name that chan_pjsip takes", "")
			return "", false
		}
		if parts[0] == outside || c.find("endpoint", parts[0]) != nil && c.find("aor", parts[0]) == nil {
			return "SIP/" + strings.TrimSuffix(rest, `\`), true
		}
		c.add(at, "PJSIP/"+res+" calls a URI as ["+parts[0]+"]", atRunTime)
		return "", false
	}
	i := lastOutside(res, '@')
	if i < 0 {
		c.tellName(res, at)
		return "SIP/" + res, true
	}
	number, name := res[:i], res[i+1:]
	c.tellName(name, at)
	if number == "" || strings.Contains(number, "@") || strings.Contains(outsideBraces(number), "/") {
		return "SIP/" + res, true
	}
	return "SIP/" + name + "/" + number, true
}

// tellName notes a name that is nobody's.
func (c *toSIP) tellName(name string, at config.Pos) {
	if name != "" && !strings.Contains(name, "${") && !c.names[name] {
		c.add(at, "PJSIP/"+name+" is no endpoint of pjsip.conf", "look whether SIP/"+name+" is meant so")
	}
}

// onlyPJSIPNames are functions of chan_pjsip that sip.conf has none like.
var onlyPJSIPNames = []string{"PJSIP_HEADER", "PJSIP_HEADERS", "PJSIP_AOR", "PJSIP_CONTACT", "PJSIP_ENDPOINT", "PJSIP_DIAL_CONTACTS",
	"PJSIP_MEDIA_OFFER", "PJSIP_DTMF_MODE", "CHANNEL(pjsip", "PJSIP_PARSE_URI", "PJSIP_SEND_SESSION_REFRESH", "PJSIP_MOH_PASSTHROUGH",
	"PJSIP_TRANSFER_HANDLING", "PJSIPHangup", "PJSIPNotify", "PJSIP_RESPONSE_HEADER", "PJSIP_HEADER_PARAM"}

// sipFunctions translates a line.
func (c *toSIP) sipFunctions(l string, at config.Pos) string {
	l = calls(l, "PJSIP_HEADER", func(a string) (string, bool) {
		args := arguments(a)
		if len(args) < 2 || !strings.EqualFold(strings.TrimSpace(args[0]), "read") || strings.HasSuffix(strings.TrimSpace(args[1]), "*") {
			return "", false
		}
		return "SIP_HEADER(" + strings.Join(args[1:], ",") + ")", true
	})
	l = calls(l, "PJSIP_HEADERS", func(a string) (string, bool) { return "SIP_HEADERS(" + a + ")", true })
	l = c.dialContacts(l)
	l = calls(l, "PJSIP_CONTACT", func(a string) (string, bool) {
		args := arguments(a)
		inner, ok := strings.CutPrefix(args[0], "${PJSIP_AOR(")
		name, ok2 := strings.CutSuffix(inner, ",contact)}")
		if !ok || !ok2 || len(args) != 2 || args[1] != "user_agent" {
			return "", false
		}
		return "SIPPEER(" + name + ",useragent)", true
	})
	l = calls(l, "PJSIP_ENDPOINT", func(a string) (string, bool) {
		args := arguments(a)
		for _, i := range peerItems {
			if len(args) == 2 && strings.TrimSpace(args[1]) == i[1] {
				return "SIPPEER(" + args[0] + "," + i[0] + ")", true
			}
		}
		return "", false
	})
	l = strings.ReplaceAll(l, "${CHANNEL(pjsip,call-id)}", "${SIPCALLID}")
	l = calls(l, "CHANNEL", func(a string) (string, bool) {
		if strings.EqualFold(a, "endpoint") {
			return "CHANNEL(peername)", true
		}
		return "", false
	})
	for _, name := range onlyPJSIPNames {
		if i := indexFold(l, name); i >= 0 && indexWord(l, l[i:i+len(name)]) && (len(l) == i+len(name) ||
			l[i+len(name)] != 'S' && l[i+len(name)] != '_') {
			c.add(at, name+" has no other name in sip.conf", atRunTime)
		}
	}
	return l
}

// dialContacts calls the endpoint in place of its contacts.
func (c *toSIP) dialContacts(l string) string {
	const end = "\x00" // the brace behind it goes too
	l = calls(l, "${PJSIP_DIAL_CONTACTS", func(a string) (string, bool) {
		args := arguments(a)
		if len(args) == 3 && args[2] != "" {
			return "SIP/" + args[0] + "/" + args[2] + end, true
		}
		return "SIP/" + args[0] + end, true
	})
	return strings.ReplaceAll(strings.ReplaceAll(l, end+"}", ""), end, "")
}

// hints are those of the wizard, for the end of a dialplan.
func (c *toSIP) hints(plan string) string {
	var b strings.Builder
	for _, h := range c.contexts {
		again := ""
		if strings.Contains(plan+b.String(), "\n["+h.context+"]") || strings.HasPrefix(plan, "["+h.context+"]") {
			again = "(+)"
		}
		fmt.Fprintf(&b, "\n; made by \"obelisk convert\": has_hint of pjsip_wizard.conf\n[%s]%s\nexten => %s,hint,SIP/%s\n", h.context, again,
			h.exten, h.name)
		if h.app != "" {
			app := strings.ReplaceAll(h.app, "PJSIP/", "SIP/")
			fmt.Fprintf(&b, "exten => %s,1,%s\n", h.exten, app)
		}
	}
	return b.String()
}
