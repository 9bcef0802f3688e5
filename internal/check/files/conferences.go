package files

import (
	"slices"
	"strings"

	"obelisk/internal/check/look"
	"obelisk/internal/config"
)

// menuActions are what keys of a conference menu do.
var menuActions = strings.Fields("playback playback_and_continue toggle_mute no_op decrease_listening_volume increase_listening_volume " +
	"reset_listening_volume decrease_talking_volume increase_talking_volume reset_talking_volume toggle_binaural dialplan_exec " +
	"leave_conference admin_kick_last admin_toggle_conference_lock set_as_single_video_src release_as_single_video_src " +
	"admin_toggle_mute_participants participant_count")

// conferences judges confbridge.conf.
func conferences(l *look.Look) {
	f := l.File("confbridge.conf")
	if f == nil {
		return
	}
	for _, s := range f.Visible() {
		if strings.EqualFold(s.Name, "general") {
			continue
		}
		kind := strings.ToLower(s.Get("type"))
		switch kind {
		case "":
			l.Say("confbridge-type", s.Pos, "type=user, type=bridge or type=menu",
				"[%s] has no type: Asterisk does not know what it is, and does not load confbridge.conf at all", s.Name)
		case "user", "bridge":
			profile(l, s, kind)
		case "menu":
			menu(l, s)
		default:
			v, _ := s.Lookup("type")
			l.Say("confbridge-type", v.Pos, look.Like(kind, []string{"user", "bridge", "menu"}),
				"type '%s' of [%s] is unknown: there are user, bridge and menu, and Asterisk does not load confbridge.conf at all", v.Value, s.Name)
		}
	}
}

func profile(l *look.Look, s *config.Section, kind string) {
	if pin, ok := s.Lookup("pin"); ok && pin.Value != "" {
		if look.Guessable(pin.Value) || len(pin.Value) < 4 {
			l.Say("confbridge-pin", pin.Pos, "a longer one",
				"the pin of [%s] is one that is guessed first: whoever knows the number is in the conference", s.Name)
		}
	}
	if v, ok := s.Lookup("admin"); ok && on(s, "admin", false) && s.Get("pin") == "" && s.Get("template") == "" {
		l.SayAs(config.Note, "confbridge-admin", v.Pos, "pin=...", "[%s] makes everybody an administrator who enters by it, and has no pin",
			s.Name)
	}
	if v, ok := s.Lookup("wait_marked"); ok && on(s, "wait_marked", false) && !anyMarked(l) {
		l.Say("confbridge-marked", v.Pos, "marked=yes in another profile", "wait_marked=yes of [%s]: everybody waits for a marked user, and "+
			"no profile has marked=yes: the conference never begins", s.Name)
	}
	if v, ok := s.Lookup("max_members"); ok && kind == "bridge" {
		if n, is := atoi(v.Value); is && n == 1 {
			l.Say("confbridge-members", v.Pos, "", "max_members=1 of [%s]: one person is no conference, and the second one is refused", s.Name)
		}
	}
}

func anyMarked(l *look.Look) bool {
	return slices.ContainsFunc(l.File("confbridge.conf").Sections, func(s *config.Section) bool { return on(s, "marked", false) })
}

// menu judges KEYS=ACTION,ACTION.
func menu(l *look.Look, s *config.Section) {
	leaves := false
	first := map[string]config.Var{}
	for _, v := range s.Vars {
		name := strings.ToLower(v.Name)
		if name == "type" || name == "template" {
			continue
		}
		if strings.Trim(v.Name, "0123456789*#ABCDabcd") != "" {
			l.Say("confbridge-menu", v.Pos, "digits, * and #",
				"'%s' of menu [%s] is no key of a telephone: Asterisk does not load confbridge.conf at all", v.Name, s.Name)
			continue
		}
		if old, twice := first[v.Name]; twice {
			l.Say("confbridge-menu", v.Pos, "one of them", "key %s of menu [%s] is given twice (%s)", v.Name, s.Name, old.Pos)
		}
		first[v.Name] = v
		for _, a := range splitActions(v.Value) {
			action, _, _ := strings.Cut(a, "(")
			action = strings.ToLower(strings.TrimSpace(action))
			leaves = leaves || action == "leave_conference"
			if !slices.Contains(menuActions, action) {
				l.Say("confbridge-menu", v.Pos, look.Like(action, menuActions),
					"there is no action '%s' for key %s of menu [%s]: it is unknown, and the key does nothing", action, v.Name, s.Name)
			}
		}
	}
}

// splitActions cuts at commas outside parentheses.
func splitActions(text string) (out []string) {
	depth, from := 0, 0
	for i, c := range text {
		switch {
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == ',' && depth == 0:
			out, from = append(out, text[from:i]), i+1
		}
	}
	return append(out, text[from:])
}
