package tell

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// enough is how many lines a reader is shown before what repeats is drawn together further.
const enough = 38

// group is what is one line for a reader: a finding, those that say the same of other places, and
// the rest of its kind.
type group struct {
	Finding
	same, kin []Finding
}

// lines are the findings as a reader sees them. The more there are, the more of one kind is one
// line: first notes, then warnings; what is left of notes is counted at last. An error is never
// left out.
func (r Report) lines(list []Finding) (out []string) {
	var all []group
	for level := range 3 {
		if all = groups(list, r.All, level); r.All || len(all) <= enough {
			break
		}
	}
	var counted []group
	if !r.All && len(all) > enough {
		all, counted = apart(all)
	}
	for _, g := range all {
		out = append(out, g.line())
	}
	if len(counted) > 0 {
		out = append(out, count(counted))
	}
	return out
}

// line is a group as text.
func (g group) line() string {
	text := fmt.Sprintf("%s:%d: %s: %s", g.File, g.Line, g.Severity, g.Message)
	if g.Hint != "" {
		text += " (" + g.Hint + ")"
	}
	if g.Code != "" {
		text += " [" + g.Code + "]"
	}
	return text + again(g.File, g.Line, g.same) + others(g.File, g.kin)
}

// again tells where else the same is so.
func again(file string, line int, list []Finding) string {
	if len(list) == 0 {
		return ""
	}
	var at []Finding
	type where struct {
		file string
		line int
	}
	seen := map[where]bool{{file, line}: true}
	elsewhere, whole := false, true
	for _, f := range list {
		if key := (where{f.File, f.Line}); !seen[key] {
			seen[key] = true
			at = append(at, f)
			elsewhere = elsewhere || f.File != file
			whole = whole && f.File != file && f.Line <= 1
		}
	}
	switch {
	case len(at) == 0:
		return fmt.Sprintf("; the same %d more times there", len(list))
	case len(at) < len(list):
		return fmt.Sprintf("; the same %d more times: %s", len(list), places(file, at))
	case whole:
		return fmt.Sprintf("; the same in %d more files: %s", len(at), places(file, at))
	case elsewhere:
		return fmt.Sprintf("; the same in %d more places: %s", len(at), places(file, at))
	}
	return fmt.Sprintf("; the same in %d more lines: %s", len(at), places(file, at))
}

// others tells of the rest of a kind, each with what it is about.
func others(file string, list []Finding) string {
	if len(list) == 0 {
		return ""
	}
	return fmt.Sprintf("; %d more of this kind: %s", len(list), places(file, list))
}

// few are kinds that are one line each, however few lines there are.
var few = map[string]bool{"file-not-here": true, "plan-macro-old": true, "plan-app-old": true}

// most is how many forms of one kind are shown before the rest is one.
func most(f Finding, level int) int {
	switch {
	case f.Severity == "error" || f.Code == "" || f.Code == "file-not-read":
		return 1 << 30
	case few[f.Code], level >= 1 && (f.Severity == "note" || f.Severity == "missing"), level >= 2:
		return 1
	}
	return 3
}

// groups joins what repeats: findings of one kind whose texts differ in names alone, and those of
// a kind that come in many forms.
func groups(list []Finding, all bool, level int) (out []group) {
	at, forms, last := map[string]int{}, map[string]int{}, map[string]int{}
	for _, f := range list {
		if all {
			out = append(out, group{Finding: f})
			continue
		}
		kind := f.Severity + "\n" + f.Code + "\n" + f.Rule
		key := kind + "\n" + form(f)
		if i, told := at[key]; told {
			out[i].same = append(out[i].same, f)
			continue
		}
		if forms[kind] >= most(f, level) {
			i := last[kind]
			out[i].kin = append(out[i].kin, f)
			continue
		}
		forms[kind]++
		at[key], last[kind] = len(out), len(out)
		out = append(out, group{Finding: f})
	}
	return out
}

// apart parts what is read line by line from notes, which are counted.
func apart(list []group) (read, counted []group) {
	for _, g := range list {
		if g.Severity == "note" {
			counted = append(counted, g)
		} else {
			read = append(read, g)
		}
	}
	return read, counted
}

// count is one line about groups: how many findings there are of each kind.
func count(list []group) string {
	n := map[string]int{}
	total := 0
	for _, g := range list {
		k := 1 + len(g.same) + len(g.kin)
		n[g.Code] += k
		total += k
	}
	var kinds []string
	for code := range n {
		kinds = append(kinds, code)
	}
	slices.SortFunc(kinds, func(a, b string) int { return cmp.Or(n[b]-n[a], strings.Compare(a, b)) })
	for i, code := range kinds {
		kinds[i] = fmt.Sprintf("%s (%d)", code, n[code])
	}
	return fmt.Sprintf("%d notes of %d kinds, each with --all: %s", total, len(kinds), strings.Join(kinds, ", "))
}

// form is a text without the names in it. The option that is unknown, and what is not there, make
// a form of their own.
func form(f Finding) string {
	if f.Rule != "" {
		return f.Rule
	}
	first := ""
	if slices.ContainsFunc([]string{"unknown", "place", "missing", "option", "removed"},
		func(word string) bool { return strings.Contains(f.Code, word) }) {
		first = firstName.FindString(f.Message)
	}
	return first + unnamed(f.Message)
}

// unnamed is a text with a star for each name, number and place in it: 'x', [x], 17, (x.conf:17).
func unnamed(text string) string {
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); {
		n := 0
		switch c := text[i]; {
		case c == '\'' || c == '[':
			end := byte('\'')
			if c == '[' {
				end = ']'
			}
			n = strings.IndexByte(text[i+1:], end) + 2 // 1 without an end
		case c == '(':
			if m := place.FindString(text[i:min(len(text), i+80)]); m != "" {
				n = len(m)
			}
		default:
			for i+n < len(text) && text[i+n] >= '0' && text[i+n] <= '9' {
				n++
			}
		}
		if n == 0 || n == 1 && (text[i] == '\'' || text[i] == '[') {
			out = append(out, text[i])
			i++
			continue
		}
		out = append(out, '*')
		i += n
	}
	return string(out)
}

var place = regexp.MustCompile(`^\([a-z_]+\.conf:[0-9]+\)`)

var firstName = regexp.MustCompile(`'[^']*'`)

// places lists the first few places, with their file where it is another one. Line 1 of another
// file is the file.
func places(file string, list []Finding) string {
	const shown = 5
	var out []string
	for _, f := range list[:min(shown, len(list))] {
		switch {
		case f.File == file:
			out = append(out, strconv.Itoa(f.Line))
		case f.Line <= 1:
			out = append(out, f.File)
		default:
			out = append(out, f.File+":"+strconv.Itoa(f.Line))
		}
	}
	if len(list) > shown {
		out = append(out, "...")
	}
	return strings.Join(out, ", ")
}
