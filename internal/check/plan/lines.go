package plan

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"obelisk/internal/config"
)

func itoa(n int) string { return strconv.Itoa(n) }

// lines looks at each line of extensions.conf as it is written.
func (j *judge) lines() {
	for _, s := range j.f.Visible() {
		reserved := strings.EqualFold(s.Name, "general") || strings.EqualFold(s.Name, "globals")
		if strings.TrimSpace(s.Name) != s.Name {
			j.Say("plan-name-blanks", s.Pos, "["+strings.TrimSpace(s.Name)+"]",
				"the blanks in [%s] are a part of the name: who names '%s' finds no such context", s.Name, strings.TrimSpace(s.Name))
		}
		begun := false
		for _, v := range s.Vars {
			word := strings.ToLower(v.Name)
			begun = begun || word == "exten"
			switch {
			case !reserved && word == "same" && !begun:
				begun = true // told of once
				j.Say("plan-priority-first", v.Pos, "exten => number,1,... before it",
					"same stands in [%s] before any exten: there is no extension that it goes on, and the line is left out", s.Name)
			case reserved && (word == "exten" || word == "include" || word == "same"):
				j.Say("plan-line-place", v.Pos, "a context of its own before it",
					"'%s' stands in [%s], which is no context: the line is ignored, or taken as a variable of that name", v.Name, s.Name)
			case reserved:
				j.global(s, v)
			case word == "exten":
				j.exten(v)
			case word == "include":
				j.include(s, v)
			case word == "ignorepat" && !strings.HasPrefix(v.Value, "_") && strings.ContainsAny(v.Value, "XZN"):
				j.Say("plan-pattern-underscore", v.Pos, "_"+v.Value, "ignorepat %s is no pattern without _", v.Value)
			}
		}
	}
}

// generalBooleans are the options of [general] of extensions.conf that are yes or no.
var generalBooleans = []string{"static", "writeprotect", "autofallthrough", "clearglobalvars", "extenpatternmatchnew"}

// global looks at a line of [globals] or [general].
func (j *judge) global(s *config.Section, v config.Var) {
	if !strings.EqualFold(s.Name, "globals") {
		if _, ok := config.Bool(v.Value); !ok && slices.Contains(generalBooleans, strings.ToLower(v.Name)) {
			j.Say("plan-general-boolean", v.Pos, v.Name+"=yes, or no", "'%s' is not a valid value of '%s': it is neither yes nor no, and counts "+
				"as no", v.Value, v.Name)
			return
		}
		if strings.EqualFold(v.Name, "autofallthrough") && !boolean(v.Value) {
			j.SayAs(config.Note, "plan-autofallthrough", v.Pos, "autofallthrough=yes",
				"autofallthrough=no: a call that runs off the end of an extension waits there for a key")
		}
		return
	}
	first := true
	for _, o := range s.Vars {
		if o.Name == v.Name && o.Pos != v.Pos {
			if o.Pos.Line < v.Pos.Line {
				first = false
			}
		}
	}
	if !first {
		j.SayAs(config.Note, "plan-global-twice", v.Pos, "one of them", "the global variable '%s' is set before: the last line counts", v.Name)
	}
	if len(v.Value) > 1 && v.Value[0] == '"' && v.Value[len(v.Value)-1] == '"' {
		j.Say("plan-global-quoted", v.Pos, v.Name+"="+strings.Trim(v.Value, `"`),
			"the quotation marks are a part of the value of '%s': whatever is dialled by it has them too", v.Name)
	}
	if strings.HasPrefix(v.Name, "${") {
		j.Say("plan-set-dollar", v.Pos, strings.Trim(v.Name, "${}")+"="+v.Value,
			"'%s' is the name as it stands: a variable is set by its bare name", v.Name)
	}
}

func boolean(text string) bool { on, _ := config.Bool(text); return on }

var (
	noUnderscore = regexp.MustCompile(`^[+*#0-9]*[XZN.!]*[XZN][0-9XZN.!\[\]-]*$|^[+*#]?[0-9]+[.!]$|^[0-9XZN]*\[[0-9-]+\][0-9XZN.!\[\]-]*$`)
	wordish      = regexp.MustCompile(`^[a-zA-Z_-]+$`)
	pipedLine    = regexp.MustCompile(`^[^,|]+\|[^,|]+\|`)
)

// exten looks at one exten line.
func (j *judge) exten(v config.Var) {
	name, rest, ok := strings.Cut(v.Value, ",")
	name = strings.TrimSpace(name)
	name, _, _ = strings.Cut(name, "/")
	if strings.Contains(v.Value, "|") && pipedLine.MatchString(v.Value) {
		j.Say("plan-pipe", v.Pos, strings.ReplaceAll(v.Value, "|", ","),
			"'|' is no separator any more: extension, priority and application are parted by commas, and this line is left out")
		return
	}
	if !ok {
		return
	}
	switch {
	case strings.Trim(name, "0123456789*#+") == "":
	case strings.HasPrefix(name, "_") && !strings.ContainsAny(name, "XZN[.!xzn") && strings.ContainsAny(name, `|?^\()`):
		j.otherLanguage(v, name)
	case strings.HasPrefix(name, "_") && !strings.ContainsAny(name, "XZN[.!xzn"):
		j.SayAs(config.Note, "plan-pattern-plain", v.Pos, strings.TrimPrefix(name, "_"),
			"'%s' is a pattern without any wildcard: it is the number %s alone", name, strings.TrimPrefix(name, "_"))
	case strings.HasPrefix(name, "_"):
		j.pattern(v, name)
	case noUnderscore.MatchString(name) && !wordish.MatchString(name):
		j.Say("plan-pattern-underscore", v.Pos, "_"+name,
			"'%s' is no pattern without an underscore before it: it is an extension of exactly that name, which nobody can dial", name)
	case len(name) > 1 && strings.ToUpper(name) == name && strings.Trim(name, "XZN") == "":
		j.Say("plan-pattern-underscore", v.Pos, "_"+name,
			"'%s' is no pattern without an underscore before it: it is an extension of exactly that name, which nobody can dial", name)
	case strings.Contains(name, "&"):
		j.Say("plan-name-quoted", v.Pos, "a line for each",
			"the & is a part of the name '%s': nobody can dial it, and neither of the two is there", name)
	case strings.HasPrefix(name, `"`):
		j.Say("plan-name-quoted", v.Pos, strings.Trim(name, `"`), "the quotation marks are a part of the name %s: nobody can dial it", name)
	case len(name) == 1 && strings.Contains("SIHO", name): // T is where absolute timeouts go
		j.Say("plan-special-case", v.Pos, strings.ToLower(name),
			"extension '%s' is not the special '%s': those are written small, and no call goes there", name, strings.ToLower(name))
	case within(name, "hangup", "invalid", "timeout"):
		j.SayAs(config.Note, "plan-special-case", v.Pos, name[:1], "extension '%s' is an ordinary one: the special one is '%s'", name,
			strings.ToLower(name[:1]))
	}
	j.priority(v, name, rest)
}

func within(text string, words ...string) bool {
	for _, w := range words {
		if strings.EqualFold(text, w) {
			return true
		}
	}
	return false
}

// priority looks at what stands between the extension and the application.
func (j *judge) priority(v config.Var, name, rest string) {
	prio, app, _ := strings.Cut(rest, ",")
	prio = strings.TrimSpace(prio)
	switch {
	case strings.HasPrefix(name, ">"):
		j.Say("plan-name-quoted", v.Pos, "exten => "+strings.TrimSpace(strings.TrimPrefix(name, ">"))+",...",
			"a blank stands within =>: the > is a part of the name '%s', which nobody can dial", name)
	case strings.Contains(prio, ".") && strings.Trim(prio, "0123456789.") == "":
		j.Say("plan-priority", v.Pos, name+",1,"+app, "the priority '%s' is no whole number: the digits that it begins with count", prio)
	case prio == "":
		j.Say("plan-priority", v.Pos, name+",1,"+app, "there is no priority in the line of extension '%s': it is left out", name)
	case prio == "0":
		j.Say("plan-priority", v.Pos, name+",1,"+app, "priorities begin with 1: the line is left out")
	case prio == "N" || strings.EqualFold(prio, "next") && prio != "next":
		j.Say("plan-priority", v.Pos, name+",n,"+app, "the priority '%s' is none: n is written small, and the line is left out", prio)
	case strings.EqualFold(prio, "hint") && prio != "hint":
		j.Say("plan-priority", v.Pos, name+",hint,"+app, "the priority '%s' is none: hint is written small, and there is no hint", prio)
	}
	if strings.TrimSpace(app) == "" && prio != "" && prio != "hint" && !strings.Contains(rest, "(") {
		j.Say("plan-app-none", v.Pos, name+","+prio+",NoOp()",
			"no application stands behind the priority of extension '%s': a call that comes here ends", name)
	}
}

var setInPattern = regexp.MustCompile(`\[([^\]]*)\]?`)

// pattern looks at the signs of one.
func (j *judge) pattern(v config.Var, name string) {
	if strings.Count(name, "[") != strings.Count(name, "]") {
		whole, _, closed := strings.Cut(v.Value, "]")
		if open := strings.LastIndexByte(name, '['); closed && open >= 0 && len(whole) > len(name) &&
			strings.Trim(whole[open+1:], "0123456789, -") == "" {
			j.Say("plan-pattern-bracket", v.Pos, whole[:open+1]+strings.ReplaceAll(whole[open+1:], ",", "")+"]", "the comma ends the pattern "+
				"'%s' within its brackets: it matches no number that was meant; signs in brackets stand side by side", name)
			return
		}
		j.Say("plan-pattern-bracket", v.Pos, "", "the brackets of the pattern '%s' do not match: it matches no number that was meant", name)
		return
	}
	j.otherLanguage(v, name)
	for _, m := range setInPattern.FindAllStringSubmatch(name, -1) {
		set := m[1]
		for i := 1; i+1 < len(set); i++ {
			if set[i] == '-' && set[i-1] > set[i+1] {
				j.Say("plan-pattern-range", v.Pos, "["+string(set[i+1])+"-"+string(set[i-1])+"]",
					"the range %c-%c of the pattern '%s' is inverted: it holds nothing, and the pattern never matches", set[i-1], set[i+1], name)
			}
		}
		switch {
		case set == "":
			j.Say("plan-pattern-bracket", v.Pos, "", "[] of the pattern '%s' holds nothing: it never matches", name)
		case strings.Contains(set, ","):
			j.Say("plan-pattern-set", v.Pos, "["+strings.ReplaceAll(set, ",", "")+"]",
				"the comma in [%s] is one of the signs, and none parts them: the name ends at a comma outside brackets only", set)
		case wideRange.MatchString(set):
			j.Say("plan-pattern-set", v.Pos, "_X and _[0-9] are one digit each",
				"[%s] of the pattern '%s' is one digit, not a number of several: it matches each sign in it", set, name)
		}
	}
	outside := setInPattern.ReplaceAllString(name[1:], "")
	if i := strings.IndexAny(outside, ".!"); i >= 0 && i+1 < len(outside) {
		j.Say("plan-pattern-tail", v.Pos, name[:strings.IndexAny(name, ".!")+1],
			"what stands behind the %c of '%s' is never looked at: it takes all that follows", outside[i], name)
	}
	j.word(v, name, outside)
	if strings.ContainsAny(outside, "xzn") && !strings.ContainsAny(outside, "abcdefghijklmopqrstuvwy") {
		j.SayAs(config.Note, "plan-pattern-small", v.Pos, strings.ToUpper(name),
			"x, z and n in '%s' mean X, Z and N: written small they are easily misread", name)
	}
}

var wideRange = regexp.MustCompile(`[0-9]{2}-[0-9]{2}`)

// include looks at one include line.
func (j *judge) include(s *config.Section, v config.Var) {
	name, _, _ := strings.Cut(strings.ReplaceAll(v.Value, "|", ","), ",")
	if name = strings.TrimSpace(name); name == s.Name {
		j.Say("plan-include-itself", v.Pos, "", "context '%s' includes itself", name)
	}
	if strings.Contains(v.Value, "|") {
		j.Say("plan-pipe", v.Pos, "include => "+strings.ReplaceAll(v.Value, "|", ","), "'|' is no separator any more: the whole of '%s' is "+
			"the name "+
			"of a context, which does not exist; context, times, weekdays, days and months are parted by commas", v.Value)
	}
	if strings.HasSuffix(name, ".conf") {
		j.Say("plan-include-file", v.Pos, `#include "`+name+`"`, "include takes a context, not a file: there is no such context '%s', it "+
			"does not exist; a file is included with #include", name)
	}
}
