package check

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"obelisk/dialplan"
	"obelisk/internal/config"
)

// unreadFiles are those of Asterisk that nobody here reads, with what is lost.
var unreadFiles = []struct{ name, why string }{
	{"pjsip.conf", "there is no PJSIP here: what is in it neither registers nor calls; its endpoints belong into sip.conf"},
	{"pjsip_wizard.conf", "there is no PJSIP here: what is in it neither registers nor calls; its endpoints belong into sip.conf"},
	{"iax.conf", "there is no IAX2 here: what is in it neither registers nor calls"},
	{"chan_dahdi.conf", "there are no telephone cards here"},
	{"dahdi-channels.conf", "there are no telephone cards here"},
	{"zapata.conf", "there are no telephone cards here"},
	{"misdn.conf", "there are no ISDN cards here"},
	{"skinny.conf", "there is no SCCP here"},
	{"sccp.conf", "there is no SCCP here"},
	{"mgcp.conf", "there is no MGCP here"},
	{"unistim.conf", "there is no UNISTIM here"},
	{"ooh323.conf", "there is no H.323 here"},
	{"motif.conf", "there is no Jingle here"},
	{"xmpp.conf", "there is no XMPP here"},
	{"dundi.conf", "there is no DUNDi here"},
	{"extensions.ael", "AEL is not read here: its contexts are not there; 'aelparse -w' of Asterisk writes them as extensions.conf"},
	{"extensions.lua", "Lua is not read here: its contexts are not there"},
	{"meetme.conf", "MeetMe is not here"},
	{"sla.conf", "shared line appearance is not here"},
	{"func_odbc.conf", "there is no ODBC here: its functions are not there"},
	{"res_odbc.conf", "there is no ODBC here"},
	{"res_config_mysql.conf", "there is no MySQL here"},
	{"cdr_mysql.conf", "there is no MySQL here: no call record goes there"},
	{"cdr_odbc.conf", "there is no ODBC here: no call record goes there"},
	{"cdr_adaptive_odbc.conf", "there is no ODBC here: no call record goes there"},
	{"cdr_tds.conf", "there is no TDS here: no call record goes there"},
}

// unread notes files that look as if they were in effect. A file that says nothing (the
// samples are all comments and [general]) is passed over.
func (l *linter) unread() {
	for _, u := range unreadFiles {
		path := filepath.Join(l.Folder(), u.name)
		if data, err := os.ReadFile(path); err != nil || !saysSomething(string(data)) {
			continue
		}
		l.say(config.Pos{File: path, Line: 1}, "", "%s is not read: %s", u.name, u.why)
	}
}

// saysSomething says whether a file has more than comments and settings of [general].
func saysSomething(text string) bool {
	for _, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, ";")
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "[") && !strings.HasPrefix(strings.ToLower(line), "[general]"), strings.HasPrefix(line, "#include"), strings.HasPrefix(line, "context "), strings.HasPrefix(line, "function "):
			return true
		}
	}
	return false
}

// technologies finds calls by a channel technology that is not here.
func (l *linter) technologies() {
	l.plan.EachStep(func(at dialplan.Place) {
		app := strings.ToLower(at.Step.App)
		if app != "dial" && app != "originate" && app != "chanisavail" && app != "page" {
			return
		}
		list, _, _ := strings.Cut(at.Step.Args.Raw(), ",")
		for _, dest := range strings.Split(list, "&") {
			tech, _, ok := strings.Cut(strings.TrimSpace(dest), "/")
			if !ok || tech == "" || strings.ContainsAny(tech, "${ ") || strings.EqualFold(tech, "SIP") || strings.EqualFold(tech, "Local") {
				continue
			}
			l.out = append(l.out, config.Diagnostic{Pos: at.Step.Pos, Rule: "technology " + tech, Text: fmt.Sprintf("%s: there is no channel technology '%s' here; no such call can work (endpoints of sip.conf are SIP/name)", at.Step.App, tech)})
		}
	})
}
