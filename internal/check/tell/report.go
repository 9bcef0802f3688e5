package tell

import (
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// Formats are the ways to write findings.
var Formats = []string{"text", "json", "sarif", "github"}

// Report is a way to tell of findings.
type Report struct {
	Format string // of Formats; "" is text
	All    bool   // each finding, in text
	Totals bool   // in text: how many there are, at the end
}

// Write tells of findings.
func (r Report) Write(w io.Writer, list []Finding) error {
	switch r.Format {
	case "json":
		if list == nil {
			list = []Finding{}
		}
		return encode(w, list)
	case "sarif":
		return encode(w, sarif(list))
	case "github":
		return github(w, list)
	}
	return r.text(w, list)
}

func encode(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// group is what is one line for a reader.
type group struct {
	Finding
	more []Finding
}

func (r Report) text(w io.Writer, list []Finding) error {
	for _, g := range groups(list, r.All) {
		text := fmt.Sprintf("%s:%d: %s: %s", g.File, g.Line, g.Severity, g.Message)
		if g.Hint != "" {
			text += " (" + g.Hint + ")"
		}
		if g.Code != "" {
			text += " [" + g.Code + "]"
		}
		if n := len(g.more); n > 0 {
			text += fmt.Sprintf("; the same in %d more lines: %s", n, places(g.File, g.more))
		}
		if _, err := fmt.Fprintln(w, text); err != nil {
			return err
		}
	}
	if !r.Totals {
		return nil
	}
	_, err := fmt.Fprintln(w, totals(list))
	return err
}

// totals counts by severity.
func totals(list []Finding) string {
	n := map[string]int{}
	for _, f := range list {
		n[f.Severity]++
	}
	if len(list) == 0 {
		return "nothing to say"
	}
	var out []string
	for _, s := range [][2]string{{"error", "errors"}, {"warning", "warnings"}, {"missing", "not here yet"}, {"note", "notes"}} {
		if k := n[s[0]]; k > 0 {
			word := s[1]
			if k == 1 && s[0] != "missing" {
				word = s[0]
			}
			out = append(out, fmt.Sprintf("%d %s", k, word))
		}
	}
	return strings.Join(out, ", ") + "; obelisk check --explain CODE tells more of a kind"
}

// most is how many lines of one kind in one file are shown before the rest is one.
const most = 3

// groups joins what repeats: findings of one kind in one file whose texts differ in names alone,
// and those of a kind that come in many forms.
func groups(list []Finding, all bool) (out []group) {
	at, forms := map[string]int{}, map[string]int{}
	for _, f := range list {
		if all {
			out = append(out, group{Finding: f})
			continue
		}
		kind := f.File + "\n" + f.Severity + "\n" + f.Code + "\n" + f.Rule
		key := kind + "\n" + form(f)
		i, told := at[key]
		if !told && forms[kind] >= most && f.Severity != "error" && f.Code != "" {
			i, told = at[kind], true
		}
		if told {
			out[i].more = append(out[i].more, f)
			continue
		}
		forms[kind]++
		at[key], at[kind] = len(out), len(out)
		out = append(out, group{Finding: f})
	}
	return out
}

var names = regexp.MustCompile(`'[^']*'|\[[^\]]*\]|[0-9]+|\([a-z_]+\.conf:[0-9]+\)`)

// form is a text without the names in it. The option that is unknown, and what is not there, make
// a form of their own.
func form(f Finding) string {
	if f.Rule != "" {
		return f.Rule
	}
	first := ""
	if strings.Contains(f.Code, "unknown") || strings.Contains(f.Code, "place") || strings.Contains(f.Code, "missing") || strings.Contains(f.Code, "option") || strings.Contains(f.Code, "removed") {
		first = firstName.FindString(f.Message)
	}
	return first + names.ReplaceAllString(f.Message, "*")
}

var firstName = regexp.MustCompile(`'[^']*'`)

// places lists the first few lines, with their file where it is another one.
func places(file string, list []Finding) string {
	const shown = 5
	var out []string
	for _, f := range list[:min(shown, len(list))] {
		if f.File == file {
			out = append(out, strconv.Itoa(f.Line))
		} else {
			out = append(out, f.File+":"+strconv.Itoa(f.Line))
		}
	}
	if len(list) > shown {
		out = append(out, "...")
	}
	return strings.Join(out, ", ")
}

// github writes annotations of a workflow.
func github(w io.Writer, list []Finding) error {
	level := map[string]string{"error": "error", "warning": "warning", "missing": "warning", "note": "notice"}
	for _, f := range list {
		text := f.Message
		if f.Hint != "" {
			text += " (" + f.Hint + ")"
		}
		if _, err := fmt.Fprintf(w, "::%s file=%s,line=%d,title=%s::%s\n", level[f.Severity], escape(f.File, true), max(f.Line, 1), escape(f.Code, true), escape(text, false)); err != nil {
			return err
		}
	}
	return nil
}

// escape writes what means something in a workflow command.
func escape(s string, property bool) string {
	s = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
	if property {
		s = strings.NewReplacer(":", "%3A", ",", "%2C").Replace(s)
	}
	return s
}
