package sip

import (
	"strings"

	"obelisk/internal/config"
)

// sections looks at headers: names, repeated sections, templates.
func (j *judge) sections() {
	first := map[string]*config.Section{}
	used := map[string]bool{}
	for _, s := range j.f.Sections {
		for _, b := range s.Bases {
			used[b] = true
		}
	}
	for _, s := range j.f.Sections {
		reserved := strings.EqualFold(s.Name, "general") || strings.EqualFold(s.Name, "authentication")
		if strings.TrimSpace(s.Name) != s.Name {
			j.Say("sip-name-blanks", s.Pos, "["+strings.TrimSpace(s.Name)+"]",
				"the blanks in [%s] are a part of the name: nobody can register as '%s'", s.Name, strings.TrimSpace(s.Name))
		}
		if strings.Contains(strings.TrimSpace(s.Name), " ") && !s.Template {
			j.SayAs(config.Note, "sip-name-blanks", s.Pos, "["+strings.ReplaceAll(strings.TrimSpace(s.Name), " ", "-")+"]",
				"the name [%s] has a blank in it: few phones can be given such a user name, and SIP/... in the dialplan needs all of it", s.Name)
		}
		switch old := first[s.Name]; {
		case reserved:
		case s.Template && !used[s.Name]:
			j.templateUnused(s)
		case s.Template:
		case old != nil:
			j.Say("sip-section-twice", s.Pos, "one section, or another name",
				"[%s] stands twice: what is here goes over what %s has, as one and the same endpoint", s.Name, old.Pos)
		default:
			first[s.Name] = s
		}
		if !s.Template && !reserved && used[s.Name] {
			j.templateUnmarked(s)
		}
		j.caseOfName(s, first)
	}
}

// templateUnused tells of a template that nobody names; one with a password of its own is hardly meant as one.
func (j *judge) templateUnused(s *config.Section) {
	if v, ok := get(s, "secret", "md5secret"); ok && s.Get("type") != "" && v.Pos.File == s.Pos.File && v.Pos.Line > s.Pos.Line {
		j.SayAs(config.Warning, "sip-template-unused", s.Pos, "["+s.Name+"] without the !", "the ! makes a template of [%s], and no other "+
			"section is made from it: there is no endpoint '%s', it can neither register nor call", s.Name, s.Name)
		return
	}
	j.SayAs(config.Note, "sip-template-unused", s.Pos, "", "no section is made from the template [%s]: what is in it has no effect", s.Name)
}

// templateUnmarked finds what others go on from and is an account of its own.
func (j *judge) templateUnmarked(s *config.Section) {
	_, typed := s.Lookup("type")
	host := s.Get("host")
	_, secret := s.Lookup("secret")
	switch {
	case !typed:
		j.SayAs(config.Note, "sip-template-unmarked", s.Pos, "["+s.Name+"](!)", "[%s] is used as a template and not marked as one", s.Name)
	case !secret && strings.EqualFold(host, "dynamic"):
		j.Say("sip-template-unmarked", s.Pos, "["+s.Name+"](!)", "[%s] is used as a template and is not marked with (!): it is an account of "+
			"its own, and without a secret anybody registers and calls as it", s.Name)
	default:
		j.SayAs(config.Note, "sip-template-unmarked", s.Pos, "["+s.Name+"](!)",
			"[%s] is used as a template and is not marked with (!): it is an account of its own too", s.Name)
	}
}

// caseOfName finds two names that differ in nothing but capitals.
func (j *judge) caseOfName(s *config.Section, first map[string]*config.Section) {
	if s.Template || first[s.Name] != s {
		return
	}
	lower := strings.ToLower(s.Name)
	if lower == s.Name {
		return
	}
	if old := first[lower]; old != nil {
		j.SayAs(config.Note, "sip-name-case", s.Pos, "", "[%s] and [%s] (%s) are two endpoints: names are compared with their case", s.Name,
			old.Name, old.Pos)
	}
}
