package convert

import (
	"fmt"
	"strings"

	"obelisk/internal/config"
)

// outside is the endpoint by which chan_pjsip calls hosts that have none.
const outside = "default_outbound_endpoint"

// headers are the lines of SIPAddHeader in the dialplan: they become variables of a number of
// their own, that a pre-dial handler turns into headers.
type headers struct{ names []string }

// plan is how names of SIP become those of PJSIP.
func (c *toPJSIP) plan() *naming {
	h := &headers{}
	return &naming{
		from: "SIP", to: "PJSIP", own: []string{"sip.conf", "sip_", "pjsip", "users.conf"},
		resource:  c.pjsipName,
		functions: func(l string, at config.Pos) string { return c.pjsipFunctions(l, at, h) },
		behind:    func(string) string { return h.handler() },
	}
}

// pjsipName translates what stands behind SIP/.
func (c *toPJSIP) pjsipName(res string, at config.Pos) (string, bool) {
	if res == "2.0" { // a protocol, no channel
		return "", false
	}
	leave := func(why, do string) (string, bool) {
		c.add(at, "SIP/"+res+": "+why, do)
		return "", false
	}
	if strings.Contains(outsideBraces(res), "!") {
		return leave("names To and From behind a !", "Set(PJSIP_HEADER(...)) and CALLERID() in a pre-dial handler")
	}
	parts := splitOutside(res, '/')
	switch {
	case len(parts) > 2:
		return leave("names a proxy", "outbound_proxy= of the endpoint")
	case len(parts) == 2 && parts[1] == "":
		return "PJSIP/" + parts[0], true
	case len(parts) == 2:
		c.tellName(parts[0], at)
		return "PJSIP/" + parts[1] + "@" + parts[0], true
	}
	at1 := lastOutside(res, '@')
	if at1 < 0 {
		if strings.Contains(outsideBraces(res), ".") && c.named(res) == nil {
			c.outbound = true
			return "PJSIP/" + outside + "/sip:" + res, true
		}
		c.tellName(res, at)
		return "PJSIP/" + res, true
	}
	user, host := res[:at1], res[at1+1:]
	if lastOutside(user, ':') >= 0 {
		return leave("has credentials in it", "an endpoint with outbound_auth=")
	}
	if c.named(res) != nil || c.named(host) != nil || strings.Contains(host, "${") {
		c.tellName(host, at)
		return "PJSIP/" + res, true
	}
	c.outbound = true
	return "PJSIP/" + outside + "/sip:" + res, true
}

// tellName notes a name that is nobody's, or that only a call tells.
func (c *toPJSIP) tellName(name string, at config.Pos) {
	switch {
	case name == "" || c.named(name) != nil:
	case strings.Contains(name, "${EXTEN") || strings.Contains(name, "${ARG"):
	case strings.Contains(name, "${"):
		c.add(at, "SIP/"+name+" names what a variable holds",
			"PJSIP/"+name+" is right where that is the name of an endpoint, and not one with a number behind it")
	default:
		c.add(at, "SIP/"+name+" is no endpoint of sip.conf", "look whether PJSIP/"+name+" is meant so")
	}
}

// splitOutside parts a text at a byte outside ${}.
func splitOutside(s string, sep byte) []string {
	var out []string
	depth, from := 0, 0
	for i := range len(s) {
		switch s[i] {
		case '{', '[', '(':
			depth++
		case '}', ']', ')':
			depth--
		case sep:
			if depth == 0 {
				out, from = append(out, s[from:i]), i+1
			}
		}
	}
	return append(out, s[from:])
}

// lastOutside is the last place of a byte outside ${}; -1 without.
func lastOutside(s string, sep byte) int {
	parts := splitOutside(s, sep)
	if len(parts) == 1 {
		return -1
	}
	return len(s) - len(parts[len(parts)-1]) - 1
}

// outsideBraces is a text without its variables.
func outsideBraces(s string) string {
	var b strings.Builder
	depth := 0
	for _, r := range s {
		switch {
		case r == '{':
			depth++
		case r == '}':
			depth--
		case depth == 0:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// peerItems are items of SIPPEER that PJSIP_ENDPOINT has.
var peerItems = [][2]string{{"context", "context"}, {"language", "language"}, {"accountcode", "accountcode"}, {"callgroup", "call_group"},
	{"pickupgroup", "pickup_group"}, {"namedcallgroup", "named_call_group"}, {"namedpickupgroup", "named_pickup_group"},
	{"mailbox", "mailboxes"}, {"busylevel", "device_state_busy_at"}}

// dtmfNames are the words of SIPDtmfMode for PJSIP_DTMF_MODE.
var dtmfNames = words("info", "rfc2833", "rfc4733", "info", "info", "inband", "inband", "auto", "auto", "shortinfo", "info")

// onlySIPNames are names of the dialplan that chan_pjsip has nothing for.
var onlySIPNames = [][3]string{
	{"CHECKSIPDOMAIN", "says whether a domain is ours", "compare it in the dialplan"},
	{"SIP_CODEC", "chooses the codec", "Set(PJSIP_MEDIA_OFFER(audio)=...) in a pre-dial handler"},
	{"SIP_CAUSE", "what a channel was answered", "HANGUPCAUSE(channel,tech)"},
	{"SIPURI", "the URI that is called", "CHANNEL(pjsip,target_uri)"},
	{"SIPUSERAGENT", "the phone's name", "PJSIP_HEADER(read,User-Agent)"},
	{"SIP_MAX_FORWARDS", "Max-Forwards of calls out", "max_forwards= in [global]"},
	{"SIPFROMDOMAIN", "domain in From", "from_domain= of the endpoint"},
	{"SIPTRANSFER", "how a transfer went", "TRANSFERSTATUS"},
	{"CHANNEL(peerip)", "the phone's address", "CHANNEL(pjsip,remote_addr), which has the port too"},
	{"CHANNEL(recvip)", "the phone's address", "CHANNEL(pjsip,remote_addr), which has the port too"},
	{"CHANNEL(uri)", "the phone's URI", "CHANNEL(pjsip,target_uri)"},
	{"CHANNEL(useragent)", "the phone's name", "PJSIP_HEADER(read,User-Agent)"},
	{"CHANNEL(rtpdest)", "where RTP goes", "CHANNEL(rtp,dest)"},
	{"${CHANNEL:", "cuts the channel's name, which is two letters longer", "count anew, or CUT(CHANNEL,/,2)"},
}

// pjsipFunctions translates a line.
func (c *toPJSIP) pjsipFunctions(l string, at config.Pos, h *headers) string {
	l = calls(l, "SIP_HEADER", func(a string) (string, bool) { return "PJSIP_HEADER(read," + a + ")", true })
	l = calls(l, "SIP_HEADERS", func(a string) (string, bool) { return "PJSIP_HEADERS(" + a + ")", true })
	l = calls(l, "SIPPEER", func(a string) (string, bool) { return c.peerFunction(a, at) })
	l = calls(l, "SIPDtmfMode", func(a string) (string, bool) {
		mode, _ := dtmfNames(strings.TrimSpace(a))
		return "Set(PJSIP_DTMF_MODE()=" + mode + ")", true
	})
	l = strings.ReplaceAll(l, "${SIPCALLID}", "${CHANNEL(pjsip,call-id)}")
	l = calls(l, "CHANNEL", func(a string) (string, bool) {
		if strings.EqualFold(a, "peername") {
			return "CHANNEL(endpoint)", true
		}
		return "", false
	})
	for _, x := range onlySIPNames {
		if indexWord(l, x[0]) {
			c.add(at, x[0]+": "+x[1], x[2])
		}
	}
	l = calls(l, "SIPAddHeader", func(a string) (string, bool) { return h.add(c, a, at) })
	l = calls(l, "SIPRemoveHeader", func(a string) (string, bool) { return h.remove(c, a, at) })
	return h.dial(c, l, at)
}

// indexWord says whether a name stands in a line as a word, or at least begins one.
func indexWord(l, name string) bool {
	for from := 0; ; {
		i := strings.Index(l[from:], name)
		if i < 0 {
			return false
		}
		if i += from; i == 0 || l[i-1] != '_' && !joins(l[i-1]) {
			return true
		}
		from = i + 1
	}
}

// peerFunction translates SIPPEER.
func (c *toPJSIP) peerFunction(a string, at config.Pos) (string, bool) {
	args := arguments(a)
	item := ""
	if len(args) > 1 {
		item = strings.ToLower(strings.TrimSpace(args[1]))
	}
	for _, i := range peerItems {
		if i[0] == item {
			return "PJSIP_ENDPOINT(" + args[0] + "," + i[1] + ")", true
		}
	}
	contact := "PJSIP_CONTACT(${PJSIP_AOR(" + args[0] + ",contact)},"
	switch item {
	case "useragent":
		return contact + "user_agent)", true
	case "status":
		c.add(at, "SIPPEER(...,status) said OK (12 ms), UNREACHABLE or Unmonitored",
			"PJSIP_CONTACT(...,status) is written, which says Reachable, Unreachable or NonQualified")
		return contact + "status)", true
	case "", "ip":
		c.add(at, "SIPPEER("+a+") was the phone's address", "PJSIP_CONTACT(...,uri) is written, which is its whole URI")
		return contact + "uri)", true
	}
	c.add(at, "SIPPEER(...,"+item+") has no like in chan_pjsip",
		"PJSIP_ENDPOINT(name,...), PJSIP_AOR(name,...) and PJSIP_CONTACT tell other things")
	return "", false
}

// variable is that of a header that the dialplan adds.
func (h *headers) variable(n int) string { return fmt.Sprintf("SIPADDHEADER%02d", n) }

// add makes a variable of a SIPAddHeader.
func (h *headers) add(c *toPJSIP, a string, at config.Pos) (string, bool) {
	name, value, ok := strings.Cut(strings.TrimSpace(a), ":")
	name = strings.TrimSpace(name)
	if !ok || name == "" || strings.ContainsAny(name, "$ \t\"") {
		c.add(at, "SIPAddHeader("+a+") has a name that only a call tells",
			"PJSIP_HEADER(add,name) in a pre-dial handler: Dial(...,,b(context^exten^1))")
		return "", false
	}
	h.names = append(h.names, name)
	return "Set(__" + h.variable(len(h.names)) + "=" + strings.TrimSpace(value) + ")", true
}

// remove unsets what was added above: all, or what begins with a name.
func (h *headers) remove(c *toPJSIP, a string, at config.Pos) (string, bool) {
	prefix := strings.ToLower(strings.TrimSuffix(strings.TrimSpace(a), ":"))
	var unset []string
	for i, n := range h.names {
		if strings.HasPrefix(strings.ToLower(n), prefix) {
			unset = append(unset, "__"+h.variable(i+1)+"=")
		}
	}
	switch {
	case strings.Contains(a, "${"):
		c.add(at, "SIPRemoveHeader("+a+") takes away what only a call tells", "unset the variables of the headers: Set(__SIPADDHEADER..=)")
		return "", false
	case len(unset) == 0:
		c.add(at, "SIPRemoveHeader("+a+") takes nothing away that is added above it", "look at what was meant")
		return "NoOp()", true
	case len(unset) == 1:
		return "Set(" + unset[0] + ")", true
	}
	return "MSet(" + strings.Join(unset, ",") + ")", true
}

// headerHandler is the context of the pre-dial handler.
const headerHandler = "sip-headers"

// dial has calls add the headers.
func (h *headers) dial(c *toPJSIP, l string, at config.Pos) string {
	if !c.adding {
		return l
	}
	if indexWord(l, "Queue(") {
		c.add(at, "members of a queue got the headers of SIPAddHeader", "they do not by PJSIP: Queue() has option b(), which is not written")
	}
	return calls(l, "Dial", func(a string) (string, bool) {
		args := arguments(a)
		if strings.Contains(a, "|") {
			c.add(at, "Dial has arguments parted by |", "part them by commas, and add b("+headerHandler+"^add^1) to the options")
			return "", false
		}
		for len(args) < 3 {
			args = append(args, "")
		}
		if strings.Contains(args[2], "b(") && !strings.Contains(args[2], headerHandler) {
			c.add(at, "Dial has a pre-dial handler of its own", "have it do Gosub("+headerHandler+",add,1)")
			return "", false
		}
		if args[0] != "" && !strings.Contains(args[2], headerHandler) {
			args[2] += "b(" + headerHandler + "^add^1)"
		}
		return "Dial(" + strings.Join(args, ",") + ")", true
	})
}

// handler is the context that turns the variables into headers.
func (h *headers) handler() string {
	if len(h.names) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("\n; made by \"obelisk convert\": what SIPAddHeader added, as headers of the call that goes out\n[" + headerHandler + "]\n")
	first := "exten => add,1,"
	for i, n := range h.names {
		v := h.variable(i + 1)
		fmt.Fprintf(&b, "%sExecIf($[\"${%s}\" != \"\"]?Set(PJSIP_HEADER(add,%s)=${%s}))\n", first, v, n, v)
		first = " same => n,"
	}
	b.WriteString(" same => n,Return()\n")
	return b.String()
}
