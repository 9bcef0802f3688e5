package files

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"obelisk/dialplan"
	"obelisk/internal/check/look"
	"obelisk/internal/config"
)

// needed are modules that every call needs, with what is gone without them.
var needed = map[string]string{
	"chan_sip":   "there is no SIP at all: no phone registers, and no call is made",
	"pbx_config": "extensions.conf is not read: there is no dialplan", "res_rtp_asterisk": "no call has sound: there is no RTP",
	"codec_ulaw":    "ulaw is not translated: prompts and music are silent to phones that use it",
	"codec_alaw":    "alaw is not translated: prompts and music are silent to phones that use it",
	"bridge_simple": "two channels cannot be connected", "bridge_native_rtp": "directmedia does not work",
	"bridge_softmix": "conferences have no sound", "bridge_builtin_features": "transfers and recording by keys do not work",
	"bridge_holding": "parking and holding do not work", "app_dial": "Dial is not there: nobody can be called",
	"format_gsm": "prompts in gsm are not played", "format_wav": "wav is neither played nor recorded",
	"format_pcm": "prompts in ulaw and alaw are not played", "res_musiconhold": "there is no music on hold",
	"func_callerid": "CALLERID is not there", "res_timing_timerfd": "", "app_stack": "Gosub and Return are not there",
	"res_srtp": "encryption does not work", "res_crypto": "", "app_playback": "Playback is not there",
	"func_strings": "LEN, FILTER and their like are not there", "func_logic": "IF and their like are not there", "res_features": "",
	"features": "", "res_speech": "",
}

// home are the modules of applications and functions, where their names do not tell it.
var home = map[string]string{
	"gosub": "app_stack", "gosubif": "app_stack", "return": "app_stack", "voicemailmain": "app_voicemail", "vmauthenticate": "app_voicemail",
	"addqueuemember": "app_queue", "removequeuemember": "app_queue", "while": "app_while", "endwhile": "app_while", "park": "res_parking",
	"parkedcall": "res_parking", "musiconhold": "res_musiconhold", "agi": "res_agi", "exten": "pbx_config", "agentlogin": "app_agent_pool",
	"readexten": "app_readexten", "trysystem": "app_system", "stopmixmonitor": "app_mixmonitor", "waitforsilence": "app_waitforsilence",
	"pickup": "app_directed_pickup", "sendtext": "app_sendtext", "page": "app_page", "macroif": "app_macro", "receivefax": "res_fax",
	"sendfax": "res_fax", "execif": "app_exec", "tryexec": "app_exec", "exec": "app_exec", "log": "app_verbose", "extenspy": "app_chanspy",
	"waituntil": "app_waituntil", "confkick": "app_confbridge", "stasis": "app_stasis", "controlplayback": "app_controlplayback",
	"dbdel": "app_db", "dbdeltree": "app_db",
}

// modules judges modules.conf.
func modules(l *look.Look) {
	s := l.File("modules.conf").Section("modules")
	if f := l.File("modules.conf"); s == nil {
		if f != nil && len(f.Visible()) > 0 {
			x := f.Visible()[0]
			l.Say("modules-section", x.Pos, "[modules]", "[%s] of modules.conf is not read: the lines belong into [modules], and no module but "+
				"the built-in ones is loaded: there is no SIP", x.Name)
		}
		return
	}
	autoload := on(s, "autoload", false)
	loaded, refused := map[string]config.Var{}, map[string]config.Var{}
	for _, v := range s.Vars {
		switch strings.ToLower(v.Name) {
		case "load", "preload", "require", "preload-require":
			loaded[moduleName(v.Value)] = v
			moduleWritten(l, v)
		case "noload":
			refused[moduleName(v.Value)] = v
			moduleWritten(l, v)
		}
	}
	for name, v := range refused {
		if o, both := loaded[name]; both {
			l.Say("modules-both", v.Pos, "one of them", "module %s is loaded (%s) and not to be loaded: noload counts", name, o.Pos)
		}
	}
	absent := func(module string) (config.Var, bool) {
		if v, no := refused[module]; no {
			return v, true
		}
		v, ok := s.Lookup("autoload")
		if _, yes := loaded[module]; yes || autoload {
			return v, false
		}
		if !ok {
			v.Pos = s.Pos
		}
		return v, true
	}
	lost(l, absent)
}

// lost tells of modules that are not loaded and are needed.
func lost(l *look.Look, absent func(string) (config.Var, bool)) {
	names := make([]string, 0, len(needed))
	for name := range needed {
		names = append(names, name)
	}
	slices.Sort(names)
	var silent []string
	var at config.Var
	for _, name := range names {
		v, gone := absent(name)
		switch {
		case !gone || needed[name] == "" || name == "res_srtp" && !encrypts(l):
		case name == "chan_sip" && (l.SIP() == nil || len(l.SIP().Peers) == 0):
		case strings.EqualFold(v.Name, "noload"):
			l.Say("modules-needed", v.Pos, "without this line", "noload of %s.so, which is needed: %s", name, needed[name])
		case name == "chan_sip" || name == "pbx_config" || name == "res_rtp_asterisk" || name == "app_dial":
			silent, at = append(silent, name+".so"), v
		}
	}
	if len(silent) > 0 {
		l.Say("modules-needed", at.Pos, "load = "+silent[0], "autoload=no, and nothing loads %s: what is needed for a call is not there",
			strings.Join(silent, ", "))
	}
	used(l, absent)
}

func encrypts(l *look.Look) bool {
	if l.SIP() == nil {
		return false
	}
	for _, p := range l.SIP().Peers {
		if p.Encryption {
			return true
		}
	}
	return false
}

// used tells of applications of the dialplan whose module is not to be loaded.
func used(l *look.Look, absent func(string) (config.Var, bool)) {
	p := l.Plan()
	if p == nil {
		return
	}
	told := map[string]bool{}
	p.EachStep(func(at dialplan.Place) {
		app := strings.ToLower(at.Step.App)
		module := home[app]
		if module == "" {
			module = "app_" + app
		}
		if v, gone := absent(module); gone && strings.EqualFold(v.Name, "noload") && !told[module] && needed[module] == "" {
			told[module] = true
			l.Say("modules-needed", v.Pos, "without this line",
				"noload of %s.so, and the dialplan uses %s (%s): no such application, such a call ends there", module, at.Step.App, at.Step.Pos)
		}
	})
	for module, file := range map[string]string{"app_voicemail": "voicemail.conf", "app_queue": "queues.conf",
		"app_confbridge": "confbridge.conf", "res_parking": "res_parking.conf", "res_musiconhold": "musiconhold.conf",
		"app_followme": "followme.conf", "cdr_csv": "cdr.conf", "cdr_custom": "cdr_custom.conf", "cel_custom": "cel_custom.conf",
		"app_agent_pool": "agents.conf", "cdr_manager": "cdr_manager.conf"} {
		if v, gone := absent(module); gone && strings.EqualFold(v.Name, "noload") && !told[module] && l.File(file) != nil &&
			needed[module] == "" {
			l.SayAs(config.Note, "modules-file", v.Pos, "", "noload of %s.so: %s is not read", module, file)
		}
	}
}

func moduleName(text string) string {
	return strings.ToLower(strings.TrimSuffix(strings.TrimSpace(text), ".so"))
}

// kinds of modules, by which their names begin.
var moduleKinds = []string{"app_", "bridge_", "cdr_", "cel_", "chan_", "codec_", "format_", "func_", "pbx_", "res_"}

// moduleWritten looks at the name of a module.
func moduleWritten(l *look.Look, v config.Var) {
	name := moduleName(v.Value)
	known := slices.ContainsFunc(moduleKinds, func(k string) bool { return strings.HasPrefix(name, k) })
	switch {
	case name == "":
		l.Say("modules-name", v.Pos, "load = chan_sip.so", "no module is named")
	case strings.ContainsAny(name, " ,/"):
		l.Say("modules-name", v.Pos, "a line for each", "'%s' is one name, which no module has: there is no such module", v.Value)
	case builtIn[name]:
	case !known && !slices.Contains(moduleList(), name):
		severity := config.Warning
		if strings.EqualFold(v.Name, "noload") {
			severity = config.Note
		}
		l.SayAs(severity, "modules-name", v.Pos, near(name), "there is no module '%s': it is not found%s", v.Value, loading(v))
	case foreignModules[name] != "" && strings.EqualFold(v.Name, "noload"): // it is not there, as is meant
	case foreignModules[name] != "":
		l.SayAs(config.Missing, "modules-foreign", v.Pos, "", "%s is a module of others, which Asterisk comes without: %s", v.Value,
			foreignModules[name])
	case successors[name] != "":
		l.Say("modules-name", v.Pos, v.Name+" = "+successors[name]+".so", "Asterisk 20 has no module '%s': it is not found%s", v.Value,
			loading(v))
	case !slices.Contains(moduleList(), name):
		if like := near(name); like != "" || !strings.EqualFold(v.Name, "noload") {
			sev := config.Warning
			if strings.EqualFold(v.Name, "noload") || like == "" {
				sev = config.Note
			}
			l.SayAs(sev, "modules-name", v.Pos, like, "Asterisk 20 has no module '%s': it is not found%s", v.Value, loading(v))
		}
	}
}

// foreignModules are those that others make, with what to do where they are not.
var foreignModules = map[string]string{
	"chan_dongle": "there are no GSM sticks here; a GSM gateway speaks SIP", "chan_quectel": "there are no GSM modems here; a GSM gateway " +
		"speaks SIP",
	"chan_datacard": "there are no GSM sticks here; a GSM gateway speaks SIP",
	"chan_sccp":     "there is no SCCP here; such phones take SIP firmware", "chan_capi": "there are no ISDN cards here; a gateway speaks SIP",
	"codec_g729":       "G.729 is not translated here; phones that both have it speak it with each other",
	"codec_g723":       "G.723 is not translated here; phones that both have it speak it with each other",
	"res_digium_phone": "phones are not provisioned here", "app_swift": "nothing is spoken by it here; AGI and a program do it",
	"app_unimrcp": "there is no MRCP here; AudioSocket or AGI and a program do it", "res_speech_unimrcp": "there is no MRCP here",
}

// successors are names that modules are taken to have.
var successors = map[string]string{"res_pgsql": "res_config_pgsql", "res_mysql": "res_config_mysql", "res_sqlite": "res_config_sqlite3",
	"res_sqlite3": "res_config_sqlite3", "res_ldap": "res_config_ldap", "app_parking": "res_parking", "app_moh": "res_musiconhold",
	"res_rtp": "res_rtp_asterisk", "app_gosub": "app_stack", "app_stasis_http": "res_ari", "app_conference": "app_confbridge"}

// builtIn are parts of Asterisk that may be named as modules.
var builtIn = map[string]bool{"cel": true, "cdr": true, "manager": true, "http": true, "logger": true, "dnsmgr": true, "features": true,
	"udptl": true, "enum": true, "dsp": true, "ccss": true, "acl": true, "indications": true, "extconfig": true, "codecs": true, "plc": true}

// near is a module whose name differs in a letter or two, as a hint.
func near(name string) string {
	like := config.Nearest(name, moduleList())
	if like == "" || !look.Slip(name, like) {
		return ""
	}
	return "did you mean '" + like + ".so'?"
}

func loading(v config.Var) string {
	switch strings.ToLower(v.Name) {
	case "require", "preload-require":
		return ", and Asterisk does not start without it"
	case "noload":
		return ", and the line has no effect"
	}
	return fmt.Sprintf(", and nothing is loaded by this %s line", strings.ToLower(v.Name))
}

//go:embed modules.txt
var moduleText string

// moduleList are the modules of Asterisk 20, and those of versions before it.
var moduleList = sync.OnceValue(func() []string { return strings.Fields(moduleText) })
