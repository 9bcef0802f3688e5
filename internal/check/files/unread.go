package files

import (
	"path/filepath"
	"slices"
	"strings"

	"obelisk/internal/check/look"
	"obelisk/internal/config"
)

// unreadFiles are those of Asterisk that nobody here reads, with what is lost and what to do.
var unreadFiles = []struct{ name, why string }{
	{"pjsip.conf", "there is no PJSIP here: what is in it neither registers nor calls; its endpoints belong into sip.conf, which obelisk " +
		"convert pjsip writes"},
	{"pjsip_wizard.conf", "there is no PJSIP here: what is in it neither registers nor calls; its endpoints belong into sip.conf, which " +
		"obelisk convert pjsip writes"},
	{"pjsip_notify.conf", "there is no PJSIP here: sip_notify.conf has the same for SIP"},
	{"iax.conf", "there is no IAX2 here: what is in it neither registers nor calls; a trunk between switchboards belongs into sip.conf"},
	{"iaxprov.conf", "there is no IAX2 here"},
	{"chan_dahdi.conf", "there are no telephone cards here: a gateway for the lines speaks SIP"},
	{"dahdi-channels.conf", "there are no telephone cards here: a gateway for the lines speaks SIP"},
	{"zapata.conf", "there are no telephone cards here: a gateway for the lines speaks SIP"},
	{"system.conf", "there are no telephone cards here"}, {"misdn.conf", "there are no ISDN cards here: a gateway for the lines speaks SIP"},
	{"capi.conf", "there are no ISDN cards here: a gateway for the lines speaks SIP"},
	{"skinny.conf", "there is no SCCP here: such phones take SIP firmware"},
	{"sccp.conf", "there is no SCCP here: such phones take SIP firmware"}, {"mgcp.conf", "there is no MGCP here: a gateway speaks SIP"},
	{"unistim.conf", "there is no UNISTIM here"}, {"ooh323.conf", "there is no H.323 here: a gateway speaks SIP"},
	{"h323.conf", "there is no H.323 here: a gateway speaks SIP"}, {"motif.conf", "there is no Jingle here"},
	{"gtalk.conf", "there is no Jingle here"}, {"jabber.conf", "there is no XMPP here"}, {"xmpp.conf", "there is no XMPP here"},
	{"chan_mobile.conf", "there is no Bluetooth here: a GSM gateway speaks SIP"},
	{"dongle.conf", "there are no GSM sticks here: a GSM gateway speaks SIP"},
	{"console.conf", "there is no sound card here: a phone speaks SIP"}, {"alsa.conf", "there is no sound card here: a phone speaks SIP"},
	{"oss.conf", "there is no sound card here: a phone speaks SIP"}, {"phone.conf", "there is no sound card here"},
	{"dundi.conf", "there is no DUNDi here: numbers of other switchboards are not found by it; a trunk in sip.conf and a pattern are"},
	{"extensions.ael", "AEL is not read here: its contexts are not there; 'aelparse -w' of Asterisk writes them as extensions.conf"},
	{"extensions.lua", "Lua is not read here: its contexts are not there, and belong into extensions.conf"},
	{"sla.conf", "shared line appearance is not here"}, {"minivm.conf", "MiniVM is not here: voicemail.conf has mailboxes"},
	{"extensions_minivm.conf", "MiniVM is not here"},
	{"func_odbc.conf", "there is no ODBC here: its functions ODBC_... are not there; AGI, CURL or the astdb take their place"},
	{"res_odbc.conf", "there is no ODBC here: tables of other files are not found by it"},
	{"res_config_mysql.conf", "there is no MySQL here: extconfig.conf cannot name it"},
	{"res_mysql.conf", "there is no MySQL here: extconfig.conf cannot name it"}, {"res_ldap.conf", "there is no LDAP here"},
	{"res_config_sqlite.conf", "SQLite 2 is not here"}, {"dbsep.conf", "no such tables are here"},
	{"cdr_mysql.conf", "there is no MySQL here: no call record goes there"},
	{"cdr_odbc.conf", "there is no ODBC here: no call record goes there"},
	{"cdr_adaptive_odbc.conf", "there is no ODBC here: no call record goes there"},
	{"cdr_tds.conf", "there is no TDS here: no call record goes there"},
	{"cdr_beanstalkd.conf", "there is no Beanstalk here: no call record goes there"},
	{"cdr_syslog.conf", "no call record goes to the system's log here"}, {"cel_odbc.conf", "there is no ODBC here: no event goes there"},
	{"cel_tds.conf", "there is no TDS here: no event goes there"}, {"cel_beanstalkd.conf", "there is no Beanstalk here: no event goes there"},
	{"alarmreceiver.conf", "AlarmReceiver is not here"}, {"calendar.conf", "calendars are not here: what they switch does not happen"},
	{"phoneprov.conf", "phones are not provisioned here: nothing serves their files"},
	{"festival.conf", "Festival is not here: nothing is spoken by it"}, {"osp.conf", "OSP is not here"},
	{"res_snmp.conf", "SNMP is not here: the metrics are at /metrics"}, {"snmp.conf", "SNMP is not here: the metrics are at /metrics"},
	{"smdi.conf", "SMDI is not here"}, {"adsi.conf", "ADSI is not here"}, {"rpt.conf", "app_rpt is not here"},
	{"vpb.conf", "there are no telephone cards here"}, {"ss7.timers", "there is no SS7 here"},
	{"res_corosync.conf", "Corosync is not here: states are not shared with other switchboards by it"},
	{"stir_shaken.conf", "STIR/SHAKEN is not here: no call is signed"}, {"geolocation.conf", "geolocation is not here"},
	{"sorcery.conf", "there is no PJSIP here"}, {"resolver_unbound.conf", "names are looked up by the system"},
	{"statsd.conf", "StatsD is not here: the metrics are at /metrics"}, {"aeap.conf", "AEAP is not here"}, {"say.conf", ""}, {"dsp.conf", ""},
	{"codecs.conf", ""},
	{"queue.conf", "the file of queues is queues.conf"}, {"extension.conf", "the dialplan is extensions.conf"},
	{"voicemails.conf", "the file of mailboxes is voicemail.conf"}, {"feature.conf", "the file of keys is features.conf"},
	{"agent.conf", "the file of agents is agents.conf"}, {"module.conf", "the list of modules is modules.conf"},
	{"parking.conf", "the file of parking lots is res_parking.conf"}, {"moh.conf", "the file of music is musiconhold.conf"},
	{"indication.conf", "the file of tones is indications.conf"},
	{"managers.conf", "the file of the manager interface is manager.conf"}, {"confbridges.conf", "the file of conferences is " +
		"confbridge.conf"},
	{"chan_sip.conf", "the file of the SIP driver is sip.conf"},
}

// weighty are those without which phones, lines or extensions are lost: each has a line of its own.
var weighty = []string{"pjsip.conf", "pjsip_wizard.conf", "iax.conf", "chan_dahdi.conf", "dahdi-channels.conf", "zapata.conf",
	"misdn.conf", "capi.conf", "skinny.conf", "sccp.conf", "mgcp.conf", "chan_mobile.conf", "dongle.conf", "extensions.ael", "extensions.lua",
	"func_odbc.conf", "cdr_mysql.conf", "cdr_odbc.conf", "cdr_adaptive_odbc.conf", "calendar.conf"}

// unread tells of files that look as if they were in effect. A file that says nothing (the
// samples are all comments and [general]) is passed over.
func unread(l *look.Look) {
	for _, u := range unreadFiles {
		path := filepath.Join(l.Folder(), u.name)
		if u.why == "" || reads(l, u.name) {
			continue
		}
		line := saysSomething(string(l.Text(path)))
		if line == 0 {
			continue
		}
		code := "file-not-here"
		if slices.Contains(weighty, u.name) {
			code = "file-not-read"
		}
		l.Say(code, config.Pos{File: path, Line: 1}, "", "%s is not read: %s", u.name, u.why)
	}
}

// reads says whether a module that is there reads a file after all.
func reads(l *look.Look, name string) bool {
	if name == "console.conf" {
		return hasUsers(l.File(name))
	}
	modules := map[string]string{"iax.conf": "chan_iax2", "pjsip.conf": "chan_pjsip", "extensions.ael": "pbx_ael",
		"extensions.lua": "pbx_lua", "minivm.conf": "app_minivm", "func_odbc.conf": "func_odbc", "meetme.conf": "app_meetme",
		"dundi.conf": "pbx_dundi", "alarmreceiver.conf": "app_alarmreceiver", "festival.conf": "app_festival", "calendar.conf": "res_calendar",
		"phoneprov.conf": "res_phoneprov", "res_odbc.conf": "res_odbc", "res_pgsql.conf": "res_config_pgsql",
		"cdr_pgsql.conf": "cdr_pgsql", "cel_pgsql.conf": "cel_pgsql", "cdr_odbc.conf": "cdr_odbc", "cdr_adaptive_odbc.conf": "cdr_adaptive_odbc",
		"unistim.conf": "chan_unistim", "statsd.conf": "res_statsd"}
	m := modules[name]
	return m != "" && l.Core().HasModule(m)
}

// hasUsers says whether console.conf is that of the console for browsers, whose sections have a secret.
// Asterisk's file of that name is about sound cards.
func hasUsers(f *config.File) bool {
	return slices.ContainsFunc(sections(f), func(name string) bool {
		s := f.Section(name)
		_, secret := s.Lookup("secret")
		_, password := s.Lookup("password")
		return secret || password
	})
}

// saysSomething is the first line that is more than a comment or a setting of [general]; 0
// without any.
func saysSomething(text string) int {
	for n, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, ";")
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "[") && !strings.HasPrefix(strings.ToLower(line), "[general]"), strings.HasPrefix(line, "#include"),
			strings.HasPrefix(line, "context "), strings.HasPrefix(line, "function "), strings.HasPrefix(line, "extensions"):
			return n + 1
		}
	}
	return 0
}
