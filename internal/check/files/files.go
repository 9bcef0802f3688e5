package files

import (
	"strconv"
	"strings"

	"obelisk/internal/check/look"
	"obelisk/internal/config"
)

// Judge says what is to be said of the files beside sip.conf and extensions.conf.
func Judge(l *look.Look) {
	lines(l)
	for _, f := range []func(*look.Look){repeated, accessLists, voicemail, queues, conferences, features, parking, music, agents,
		followMe, manager, ports, web, logger, records, modules, external, tones, machine, people, unread, tuning, modes} {
		f(l)
	}
}

// repeated finds sections that stand twice.
func repeated(l *look.Look) {
	for _, name := range []string{"sip.conf", "extensions.conf", "manager.conf", "voicemail.conf", "queues.conf", "rtp.conf",
		"confbridge.conf", "features.conf", "res_parking.conf", "musiconhold.conf", "followme.conf", "http.conf", "logger.conf", "cdr.conf",
		"cel.conf", "agents.conf", "acl.conf", "indications.conf", "modules.conf", "users.conf", "asterisk.conf"} {
		f := l.File(name)
		if f == nil {
			continue
		}
		first := map[string]*config.Section{}
		for _, s := range f.Visible() {
			key := s.Name
			general := strings.EqualFold(s.Name, "general")
			if general || strings.EqualFold(s.Name, "globals") {
				key = strings.ToLower(key)
			}
			if strings.TrimSpace(s.Name) != s.Name && name != "sip.conf" && name != "extensions.conf" {
				l.Say("file-name-blanks", s.Pos, "["+strings.TrimSpace(s.Name)+"]",
					"the blanks in [%s] of %s are a part of the name: who names '%s' does not find it", s.Name, name, strings.TrimSpace(s.Name))
			}
			old := first[key]
			if old == nil {
				first[key] = s
				continue
			}
			again(l, name, s, old, general)
		}
	}
}

func again(l *look.Look, name string, s, old *config.Section, general bool) {
	switch {
	case general && name == "extensions.conf":
		return // both are read
	case general:
		l.Say("file-general-twice", s.Pos, "[general](+) goes on with it",
			"a second [general] is not read: the first one counts (%s), and what stands here is ignored", old.Pos)
	case name == "sip.conf" || name == "extensions.conf" || name == "voicemail.conf":
		return // told of where they are read, or one goes on with the other
	default:
		l.Say("file-section-twice", s.Pos, "one section, or another name",
			"[%s] stands twice in %s (%s): the two are one of that name, or the first one alone counts", s.Name, name, old.Pos)
	}
}

// accessLists judges acl.conf, and the lists that stand in other files.
func accessLists(l *look.Look) {
	f := l.File("acl.conf")
	if f == nil {
		return
	}
	for _, s := range f.Visible() {
		rules := look.AccessRules(s.Vars, "")
		if len(rules) == 0 {
			l.Say("acl-empty", s.Pos, "permit and deny lines", "list [%s] of acl.conf has no rule: it lets everybody in", s.Name)
		}
		l.Access(look.AccessOf{Who: "list '" + s.Name + "'", Rules: rules})
		for _, v := range s.Vars {
			if n := strings.ToLower(v.Name); n != "permit" && n != "deny" {
				l.SayAs(config.Error, "file-option-unknown", v.Pos, look.Like(n, []string{"permit", "deny"}),
					"unknown option '%s' in [%s]: there is no such option in acl.conf, and Asterisk does not load the list", v.Name, s.Name)
			}
		}
	}
}

// atoi is a whole number; false for anything else.
func atoi(text string) (int, bool) {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	return n, err == nil
}

// on says whether an option of a section is switched on; without is what it is where it is not
// written.
func on(s *config.Section, option string, without bool) bool {
	v, ok := s.Lookup(option)
	if !ok {
		return without
	}
	b, _ := config.Bool(v.Value)
	return b
}

// everywhere says whether a socket takes calls of the whole network.
func everywhere(addr string) bool {
	return addr == "" || strings.HasPrefix(addr, "0.0.0.0") || strings.HasPrefix(addr, "::") || strings.HasPrefix(addr, "[::]")
}
