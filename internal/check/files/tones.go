package files

import (
	"regexp"
	"strings"

	"obelisk/internal/check/look"
	"obelisk/internal/config"
)

// toneNames are those that the switchboard asks for, and others that zones have.
var toneNames = strings.Fields("description alias ringcadence dial busy ring congestion callwaiting dialrecall record info stutter " +
	"unobtainable std specialcongestion specialdial dialout switching intrusion acceptance confirm warning nutone callwait facility " +
	"holdinga holdingb creditexpired ringmobile specialcallwaiting country secondary secondarydial queueing callforward howler pay cnf " +
	"testtone offhook preemption special payphonerecog routingtone")

var tonePart = regexp.MustCompile(`^!?[0-9Mm]+(\.[0-9]+)?([+*][0-9]+(\.[0-9]+)?)*(/[0-9]+(!.*)?)?(\([0-9]+\))?$`)

// tones judges indications.conf.
func tones(l *look.Look) {
	f := l.File("indications.conf")
	if f == nil {
		return
	}
	zones := sections(f)
	if v, ok := f.Section("general").Lookup("country"); ok {
		if f.Section(v.Value) == nil {
			l.Say("indications-country", v.Pos, look.Like(v.Value, zones),
				"country=%s: there is no section [%s], it is not defined: no caller hears a dial, busy or ringing tone of it", v.Value, v.Value)
		}
	} else if g := f.Section("general"); g != nil {
		l.SayAs(config.Note, "indications-country", g.Pos, "country=us", "no country is given: us is taken")
	}
	for _, s := range f.Visible() {
		if strings.EqualFold(s.Name, "general") {
			continue
		}
		zoneTones(l, s)
	}
}

func zoneTones(l *look.Look, s *config.Section) {
	if _, alias := s.Lookup("alias"); alias {
		return
	}
	for _, v := range s.Vars {
		name := strings.ToLower(v.Name)
		if !contains(toneNames, name) {
			if near := config.Nearest(name, toneNames); near != "" {
				l.SayAs(config.Note, "indications-tone", v.Pos, "did you mean '"+near+"'?", "nothing asks for a tone '%s' of [%s]: it is unknown",
					v.Name, s.Name)
			}
			continue
		}
		if name == "description" || name == "ringcadence" {
			if name == "ringcadence" && strings.Trim(v.Value, "0123456789, ") != "" {
				l.Say("indications-cadence", v.Pos, "2000,4000", "ringcadence takes milliseconds, parted by commas: '%s' is not", v.Value)
			}
			continue
		}
		tone(l, s, v)
	}
}

func tone(l *look.Look, s *config.Section, v config.Var) {
	if strings.TrimSpace(v.Value) == "" {
		l.Say("indications-tone", v.Pos, "425/500,0/500", "tone '%s' of [%s] is empty: nothing is heard", v.Name, s.Name)
		return
	}
	for _, part := range strings.FieldsFunc(v.Value, func(r rune) bool { return r == ',' || r == '|' }) {
		part = strings.TrimSpace(part)
		if part != "" && !tonePart.MatchString(part) {
			l.Say("indications-tone", v.Pos, "frequency+frequency/milliseconds", "'%s' of tone '%s' is malformed: it is frequencies, a slash "+
				"and milliseconds; what it is not is invalid, and the tone is not played as meant", part, v.Name)
			return
		}
	}
}

func contains(list []string, name string) bool {
	for _, n := range list {
		if n == name {
			return true
		}
	}
	return false
}
