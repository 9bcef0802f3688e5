package plan

import (
	"fmt"
	"regexp"
	"strings"

	"obelisk/dialplan"
	"obelisk/internal/config"
	"obelisk/pbx"
)

// gone are applications of old versions, with what does the same today.
var gone = map[string]string{
	"setcallerid": "Set(CALLERID(all)=...)", "setcidname": "Set(CALLERID(name)=...)", "setcidnum": "Set(CALLERID(num)=...)",
	"setvar": "Set(NAME=value)", "setglobalvar": "Set(GLOBAL(NAME)=value)", "setlanguage": "Set(CHANNEL(language)=...)",
	"setaccount": "Set(CHANNEL(accountcode)=...)", "setamaflags": "Set(CHANNEL(amaflags)=...)", "setcdruserfield": "Set(CDR(userfield)=...)",
	"appendcdruserfield": "Set(CDR(userfield)=${CDR(userfield)}...)", "setgroup": "Set(GROUP()=...)",
	"checkgroup": "GotoIf($[${GROUP_COUNT()} > n]?...)", "getgroupcount": "Set(N=${GROUP_COUNT()})",
	"getgroupmatchcount": "Set(N=${GROUP_MATCH_COUNT(...)})", "lookupcidname": "Set(CALLERID(name)=${DB(cidname/${CALLERID(num)})})",
	"lookupblacklist": "GotoIf(${BLACKLIST()}?...)", "dbget": "Set(NAME=${DB(family/key)})", "dbput": "Set(DB(family/key)=value)",
	"digittimeout": "Set(TIMEOUT(digit)=...)", "responsetimeout": "Set(TIMEOUT(response)=...)",
	"absolutetimeout": "Set(TIMEOUT(absolute)=...)", "cut": "Set(NAME=${CUT(variable,delimiter,field)})", "stripmsd": "${EXTEN:n}",
	"striplsd": "${EXTEN::-n}", "prefix": "Goto(prefix${EXTEN},1)", "suffix": "Goto(${EXTEN}suffix,1)", "substring": "${NAME:offset:length}",
	"curl": "Set(NAME=${CURL(url)})", "enumlookup": "Set(NAME=${ENUMLOOKUP(...)})", "txtcidname": "Set(CALLERID(name)=${TXTCIDNAME(...)})",
	"md5": "Set(NAME=${MD5(...)})", "math": "Set(NAME=${MATH(...)})", "eval": "Set(NAME=${EVAL(...)})", "sort": "Set(NAME=${SORT(...)})",
	"random": "GotoIf($[${RAND(1,100)} <= n]?...)", "nocdr": "Set(CDR_PROP(disable)=1)", "monitor": "MixMonitor(file.wav)",
	"stopmonitor": "StopMixMonitor()", "changemonitor": "MixMonitor(file.wav)", "meetme": "ConfBridge(number)",
	"meetmecount": "${CONFBRIDGE_INFO(parties,number)}", "meetmeadmin": "the menus of confbridge.conf",
	"meetmechanneladmin": "the menus of confbridge.conf", "agentcallbacklogin": "AddQueueMember(queue,SIP/name)",
	"agentmonitoroutgoing": "MixMonitor(file.wav)", "importvar": "Set(NAME=${IMPORT(channel,variable)})",
	"hasvoicemail": "GotoIf(${VM_INFO(box@context,count)}?...)", "hasnewvoicemail": "GotoIf(${VM_INFO(box@context,count)}?...)",
	"mailboxexists": "GotoIf(${VM_INFO(box@context,exists)}?...)", "vmcount": "${VM_INFO(box@context,count)}", "datetime": "SayUnixTime()",
	"deadagi": "AGI()", "fastagi": "AGI(agi://host/script)", "realtime": "${REALTIME(...)}", "realtimeupdate": "Set(REALTIME(...)=...)",
	"rxfax": "ReceiveFAX(file.tif)", "txfax": "SendFAX(file.tif)", "nvfaxdetect": "faxdetect=yes in sip.conf",
	"setcallerpres": "Set(CALLERID(pres)=...)", "setrdnis": "Set(REDIRECTING(from-num)=...)",
	"settransfercapability": "Set(CHANNEL(transfercapability)=...)", "sipgetheader": "Set(NAME=${SIP_HEADER(...)})",
	"setmusiconhold": "Set(CHANNEL(musicclass)=...)", "waitmusiconhold": "MusicOnHold(class,seconds)", "readfile": "Set(NAME=${FILE(path)})",
	"mysql": "a function of func_odbc.conf, or CURL()", "zapbarge": "ChanSpy()", "zapscan": "ChanSpy()", "dahdibarge": "ChanSpy()",
	"dahdiscan": "ChanSpy()", "getcallerid": "${CALLERID(num)}", "calleridname": "${CALLERID(name)}", "callerid": "Set(CALLERID(all)=...)",
	"dundilookup": "${DUNDILOOKUP(...)}", "sipdtmfmode": "", "setsipdomain": "", "devstate": "Set(DEVICE_STATE(Custom:name)=INUSE)",
	"muxmon": "MixMonitor(file.wav)", "resetcdr": "", "trunkgroup": "", "odbcget": "a function of func_odbc.conf", "hangupcauseclear": "",
	"softhangup": "", "perl": "AGI()", "beep": "Playback(beep)", "play": "Playback(file)", "say": "Playback(file)",
	"voicemail2": "VoiceMail(box@context)", "voicemailmain2": "VoiceMailMain(box@context)", "return_": "Return()", "call": "Dial(SIP/...)",
	"sleep": "Wait(seconds)", "pause": "Wait(seconds)", "conference": "ConfBridge(number)", "conf": "ConfBridge(number)",
	"ivr": "Background(file)", "forward": "Dial or Transfer", "bridge_": "", "endif_": "",
}

// still are those of gone that Asterisk 20 has all the same, where they are built.
var still = map[string]bool{"monitor": true, "stopmonitor": true, "changemonitor": true, "meetme": true, "meetmecount": true,
	"meetmeadmin": true, "meetmechanneladmin": true, "dahdibarge": true, "dahdiscan": true, "sipdtmfmode": true, "softhangup": true,
	"setamaflags": true, "nocdr": true, "importvar": true, "datetime": true, "deadagi": true}

// Successor is what does the same as an application that is not here; "" when nothing is known.
func Successor(app string) string { return gone[strings.ToLower(app)] }

// stays says whether an application is none of gone.
func stays(app string) bool { return gone[app] == "" }

// name looks whether the application is one.
func (s *step) name() {
	written := s.Step.App
	core := s.j.Core()
	if written != strings.TrimSpace(written) && core.App(strings.TrimSpace(written)) != nil {
		s.j.Say("plan-app-blank", s.Step.Pos, strings.TrimSpace(written)+"(...)",
			"the blank before the parenthesis belongs to the name: there is no application '%s', and the call ends", written)
		return
	}
	if core.App(written) != nil {
		if still[s.app] && gone[s.app] != "" {
			s.note("plan-app-old", gone[s.app], "an application of old versions, deprecated, which works: its successor is %s", gone[s.app])
		}
		return
	}
	switch {
	case s.app == "" && s.args == "":
		s.j.Say("plan-app-none", s.Step.Pos, "NoOp()", "no application stands behind the priority: a call that comes here ends")
	case strings.HasPrefix(written, "$"):
	case !pbx.KnownApp(written) && (core.Func(strings.ToUpper(written)) != nil || pbx.KnownFunc(written)):
		s.j.Say("plan-function-as-app", s.Step.Pos, fmt.Sprintf("Set(%s(%s)=...), or ${%s(%s)} as a value", strings.ToUpper(written), s.args,
			strings.ToUpper(written), s.args),
			"'%s' is a function, not an application: no such application, the call ends here", written)
	case !stays(s.app) && (!pbx.KnownApp(written) || !still[s.app]):
		s.j.Say("plan-app-removed", s.Step.Pos, gone[s.app],
			"'%s' is no application of Asterisk any more: no such application, the call ends here; its successor is %s", written, gone[s.app])
	case s.args == "" && len(strings.Fields(written)) > 1 && known(strings.Fields(written)[0]) && core.App(strings.Fields(written)[0]) != nil:
		f := strings.Fields(written)
		s.j.Say("plan-app-syntax", s.Step.Pos, f[0]+"("+strings.Join(f[1:], " ")+")",
			"the arguments of %s stand without parentheses: an application '%s' is looked for, and there is no such one", f[0], written)
	case s.args == "" && strings.Contains(written, ",") && gone[strings.ToLower(strings.Split(written, ",")[0])] != "":
		app, _, _ := strings.Cut(written, ",")
		s.j.Say("plan-app-removed", s.Step.Pos, gone[strings.ToLower(app)], "'%s' is no application of Asterisk any more, and '%s' is the "+
			"form of Asterisk 1.0: no such application, the call ends here; its successor is %s", app, written, gone[strings.ToLower(app)])
	case s.args == "" && strings.Contains(written, ",") && core.App(strings.Split(written, ",")[0]) != nil:
		app, rest, _ := strings.Cut(written, ",")
		s.j.Say("plan-app-syntax", s.Step.Pos, app+"("+rest+")", "'%s,...' is the form of Asterisk 1.0: the arguments stand in parentheses; "+
			"no such application as '%s', the call ends here", app, written)
	}
}

// technologies that are not here, with what to do instead.
var technologies = map[string]string{
	"pjsip": "endpoints of sip.conf are SIP/name, and PJSIP/name too with pjsipnames=yes in [general] of extensions.conf",
	"iax2":  "a trunk between switchboards is SIP/name too", "iax": "a trunk between switchboards is SIP/name too",
	"dahdi": "a gateway for the lines is SIP/name", "zap": "a gateway for the lines is SIP/name",
	"console": "a phone of sip.conf is SIP/name", "alsa": "a phone of sip.conf is SIP/name", "oss": "a phone of sip.conf is SIP/name",
	"misdn": "a gateway for the lines is SIP/name", "capi": "a gateway for the lines is SIP/name",
	"skinny": "a phone of sip.conf is SIP/name", "sccp": "a phone of sip.conf is SIP/name", "mgcp": "a gateway is SIP/name",
	"h323": "a gateway is SIP/name", "ooh323": "a gateway is SIP/name", "unistim": "a phone of sip.conf is SIP/name", "motif": "",
	"gtalk": "", "jingle": "", "mobile": "a gateway is SIP/name", "dongle": "a GSM gateway is SIP/name", "vpb": "a gateway is SIP/name",
	"phone": "a phone of sip.conf is SIP/name", "agent": "a member of a queue is SIP/name", "woomera": "",
	"khomp": "a gateway for the lines is SIP/name", "modem": "", "nbs": "", "usbradio": "", "bluetooth": "",
	"quectel": "a GSM gateway is SIP/name", "sip2": "",
}

// gluedTech finds a technology with a variable right behind it.
var gluedTech = regexp.MustCompile(`^(SIP|PJSIP|IAX2|DAHDI|Local)(\$\{.*)$`)

// dialled looks at the destinations of a list.
func (s *step) dialled(list string) {
	for _, dest := range strings.Split(list, "&") {
		dest = strings.TrimSpace(dest)
		tech, rest, slash := strings.Cut(dest, "/")
		switch {
		case dest == "" && strings.Contains(list, "&"):
			s.say("plan-dial-empty", "", "between the & of '%s' stands nothing: such a destination cannot be called", list)
		case gluedTech.MatchString(dest):
			m := gluedTech.FindStringSubmatch(dest)
			s.say("plan-dial-no-technology", m[1]+"/"+m[2], "no / stands between technology and name in '%s': nobody is called", dest)
		case strings.Contains(dest, `\`) && strings.EqualFold(tech[:min(3, len(tech))], "SIP"):
			s.say("plan-dial-no-technology", strings.ReplaceAll(dest, `\`, "/"), "'%s' has a backslash: it is a part of the name, and a / "+
				"parts technology, name and number", dest)
		case bareCaller.MatchString(dest) && s.app == "dial":
			s.say("plan-dial-no-technology", "SIP/"+dest, "'%s' is a number alone: it names no technology, SIP/name is meant, and nobody is called",
				dest)
		case dest == "" || strings.HasPrefix(dest, "${") || strings.HasPrefix(dest, "$["):
		case !slash && !strings.Contains(dest, "$"):
			s.say("plan-dial-no-technology", "SIP/"+dest, "'%s' names no technology and its resource: SIP/name is meant, and without it nobody "+
				"is called", dest)
		case strings.Contains(tech, "$"):
		case strings.Contains(tech, " "):
			s.say("plan-dial-no-technology", "SIP/name", "'%s' is no technology: a blank stands in it", tech)
		case rest == "":
			s.say("plan-dial-no-technology", tech+"/name", "'%s' names nobody behind the /", dest)
		case strings.EqualFold(tech, "Local"):
			s.local(dest, rest)
		case strings.HasSuffix(dest, " ") || list != strings.ReplaceAll(strings.ReplaceAll(list, " &", "&"), "& ", "&"):
			s.note("plan-dial-blanks", strings.ReplaceAll(strings.ReplaceAll(list, " &", "&"), "& ", "&"), "blanks stand beside the & of '%s'",
				list)
		default:
			s.technology(tech, dest)
		}
	}
}

// local looks at Local/number@context.
func (s *step) local(dest, rest string) {
	rest = dialplan.SplitOutside(rest, '/', 2)[0]
	parts := dialplan.SplitOutside(rest, '@', 2)
	number, context, in := parts[0], "", len(parts) == 2
	if in {
		context = parts[1]
	}
	if strings.Contains(rest, "$") {
		if in && known(context) && !s.j.hasContext(context) {
			s.say("plan-context-missing", s.j.likeContext(context), "there is no such context '%s' for %s, it does not exist: nobody is called",
				context, dest)
		}
		if !in && strings.HasPrefix(rest, "${FILTER(") || !in && strings.HasPrefix(rest, "${EXTEN") {
			s.note("plan-context-missing", "Local/"+number+"@context", "%s has no @context: the number is looked for in [default]", dest)
		}
		return
	}
	if !in {
		context = "default"
	}
	switch {
	case !s.j.hasContext(context):
		s.say("plan-context-missing", s.j.likeContext(context), "there is no such context '%s' for %s, it does not exist: nobody is called",
			context, dest)
	case !s.j.plan.Exists(context, number, dialplan.Query{}) && len(s.j.plan.Contexts[context].Switches) == 0:
		s.say("plan-target", "", "there is no extension '%s' in context '%s' for %s: nobody is called", number, context, dest)
	}
}

func (s *step) technology(tech, dest string) {
	switch strings.ToLower(tech) {
	case "sip", "local", "multicastrtp": // of the house; where files are only read nobody has registered them
		return
	}
	if s.j.here(tech) {
		return
	}
	advice, named := technologies[strings.ToLower(tech)]
	hint := advice
	if hint == "" {
		hint = "SIP/name"
	}
	if near := config.Nearest(tech, []string{"SIP", "Local"}); near != "" && !named {
		s.j.Add(config.Diagnostic{Pos: s.Step.Pos, Code: "plan-technology-unknown", Hint: "did you mean '" + near + "'?",
			Text: fmt.Sprintf("%s: there is no channel technology '%s': '%s' cannot be called", s.Step.App, tech, dest)})
		return
	}
	s.j.Add(config.Diagnostic{Pos: s.Step.Pos, Code: "plan-technology-missing", Severity: config.Missing, Rule: "technology " + tech,
		Hint: hint, Text: fmt.Sprintf("%s: there is no channel technology '%s' here; no such call can work (endpoints of sip.conf are SIP/name)",
			s.Step.App, tech)})
}

// endsHere says whether a step does not go on. A Goto whose target is empty does.
func endsHere(s *dialplan.Priority) bool {
	switch strings.ToLower(s.App) {
	case "hangup", "return", "congestion", "busy", "macroexit":
		return true
	case "goto":
		return strings.TrimSpace(s.Args.Raw()) != "" && s.Args.Literal()
	}
	return false
}
