package files

import (
	"slices"
	"strings"

	"obelisk/internal/check/look"
	"obelisk/internal/config"
	"obelisk/internal/logs"
)

// levels are those of logger.conf.
var levels = []string{"notice", "warning", "error", "verbose", "debug", "dtmf", "fax", "security", "trace"}

// logger judges logger.conf.
func logger(l *look.Look) {
	f := l.File("logger.conf")
	if f == nil {
		return
	}
	own := slices.Clone(levels)
	for _, name := range logs.OwnLevels(f) {
		own = append(own, strings.ToLower(name))
	}
	s := f.Section("logfiles")
	if s == nil {
		for _, x := range f.Visible() {
			if !strings.EqualFold(x.Name, "general") {
				l.Say("logger-section", x.Pos, "[logfiles]", "[%s] of logger.conf is not read: log files are in [logfiles], and nothing is written "+
					"as this has it", x.Name)
			}
		}
		if g := f.Section("general"); g != nil {
			l.SayAs(config.Note, "logger-section", g.Pos, "[logfiles]", "there is no [logfiles]: no log file is written")
		}
		return
	}
	security := false
	for _, v := range s.Vars {
		security = logFile(l, v, own) || security
	}
	if !security && len(s.Vars) > 0 {
		l.SayAs(config.Note, "logger-security", s.Pos, "security => security",
			"no log has the level security: fail2ban and the like see no attempt to guess passwords")
	}
}

// logFile judges FILE => LEVELS, and says whether it has security.
func logFile(l *look.Look, v config.Var, own []string) (security bool) {
	text := v.Value
	if i := strings.IndexByte(text, ']'); strings.HasPrefix(text, "[") && i > 0 { // a formatter
		text = text[i+1:]
	}
	if line := l.Line(v.Pos); strings.Contains(line, ";") {
		_, rest, _ := strings.Cut(line, ";")
		word := strings.ToLower(strings.FieldsFunc(rest+" ", func(r rune) bool { return strings.ContainsRune(";, ", r) })[0:1:1][0])
		if !strings.HasPrefix(rest, " ") && slices.Contains(own, word) {
			l.Say("logger-separator", v.Pos, strings.ReplaceAll(text+";"+rest, ";", ","),
				"the semicolon begins a comment: log %s has only '%s', and what follows is cut off; levels are separated by commas", v.Name,
				strings.TrimSpace(text))
		}
	}
	if strings.TrimSpace(text) == "" {
		l.Say("logger-no-level", v.Pos, v.Name+" => notice,warning,error", "log %s has no level: nothing is written into it", v.Name)
		return false
	}
	if strings.ContainsAny(text, "|&") || strings.Contains(strings.TrimSpace(text), " ") && !strings.Contains(text, ",") {
		l.Say("logger-separator", v.Pos, strings.Join(strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("|& ", r) }),
			","), "the levels of log %s are separated by commas: '%s' is one level, which is unknown", v.Name, strings.TrimSpace(text))
		return strings.Contains(text, "security")
	}
	for _, w := range strings.Split(text, ",") {
		w = strings.ToLower(strings.TrimSpace(w))
		name, _, _ := strings.Cut(w, "(")
		switch {
		case w == "":
		case name == "*":
			security = true
		case name == "security":
			security = true
		case !slices.Contains(own, name):
			l.Say("logger-level", v.Pos, look.Like(name, own), "there is no level '%s' for log %s: it is unknown and ignored; levels are %s", name,
				v.Name, strings.Join(levels, ", "))
		case (name == "debug" || name == "trace") && v.Name != "debug":
			l.SayAs(config.Note, "logger-debug", v.Pos, "without debug", "log %s has debug: the file grows fast once core set debug is on", v.Name)
		}
	}
	if strings.HasPrefix(strings.ToLower(v.Name), "syslog.") {
		facility := strings.ToLower(v.Name[len("syslog."):])
		known := strings.Fields("kern user mail daemon auth syslog lpr news uucp cron authpriv ftp local0 local1 local2 local3 local4 local5 " +
			"local6 local7 security")
		if !slices.Contains(known, facility) {
			l.Say("logger-facility", v.Pos, look.Like(facility, known),
				"there is no syslog facility '%s': it is unknown, and nothing is written there", facility)
		}
	}
	return security
}
