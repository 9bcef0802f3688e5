package tell

import (
	"encoding/json"
	"fmt"
	"io"
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

func (r Report) text(w io.Writer, list []Finding) error {
	for _, line := range r.lines(list) {
		if _, err := fmt.Fprintln(w, line); err != nil {
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

// github writes annotations of a workflow.
func github(w io.Writer, list []Finding) error {
	level := map[string]string{"error": "error", "warning": "warning", "missing": "warning", "note": "notice"}
	for _, f := range list {
		text := f.Message
		if f.Hint != "" {
			text += " (" + f.Hint + ")"
		}
		if _, err := fmt.Fprintf(w, "::%s file=%s,line=%d,title=%s::%s\n", level[f.Severity], escape(f.File, true), max(f.Line, 1),
			escape(f.Code, true), escape(text, false)); err != nil {
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
