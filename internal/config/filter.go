package config

import (
	"regexp"
	"strings"
)

// Filter says which sections an action on a configuration file is about: "TEMPLATES=include"
// has templates beside the others, "TEMPLATES=restrict" has them alone, "name=value" (regular
// expressions) has sections with such a line; several are parted by commas, and all must fit.
// Without any it has all but templates.
type Filter struct {
	never     bool // no section fits
	templates bool // may fit
	only      bool // nothing but templates fits
	lines     [][2]*regexp.Regexp
}

// ParseFilter reads one. What cannot be understood fits no section.
func ParseFilter(text string) (f Filter) {
	if strings.TrimSpace(text) == "" {
		return f
	}
	for _, part := range splitQuoted(text, ',') {
		halves := splitQuoted(part, '=')
		switch {
		case len(halves) < 2:
			f.never = true
		case halves[0] == "TEMPLATES" && strings.EqualFold(halves[1], "include"):
			f.templates = true
		case halves[0] == "TEMPLATES" && strings.EqualFold(halves[1], "restrict"):
			f.templates, f.only = true, true
		case halves[0] == "TEMPLATES":
			f.never = true
		default:
			name, err := regexp.Compile(halves[0])
			value, wrong := regexp.Compile(halves[1])
			f.never = f.never || err != nil || wrong != nil
			f.lines = append(f.lines, [2]*regexp.Regexp{name, value})
		}
	}
	return f
}

// Fits says whether a section with these lines is meant.
func (f *Filter) Fits(template bool, lines [][2]string) bool {
	if f.never || template && !f.templates || !template && f.only {
		return false
	}
	for _, x := range f.lines {
		found := false
		for _, l := range lines {
			found = found || x[0].MatchString(l[0]) && x[1].MatchString(l[1])
		}
		if !found {
			return false
		}
	}
	return true
}

// splitQuoted parts a text; what stands between quotes is one, and loses them and the blanks
// around.
func splitQuoted(text string, at byte) (out []string) {
	var quote byte
	from := 0
	add := func(part string) {
		part = strings.TrimSpace(part)
		if n := len(part); n > 1 && (part[0] == '"' || part[0] == '\'') && part[n-1] == part[0] {
			part = part[1 : n-1]
		}
		out = append(out, part)
	}
	for i := range len(text) {
		switch c := text[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == at:
			add(text[from:i])
			from = i + 1
		}
	}
	add(text[from:])
	return out
}
