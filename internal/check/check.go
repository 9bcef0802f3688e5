// Package check is the linter of configurations (obelisk check): what is wrong in a file, what
// files say of each other, settings that are valid but unsafe, and lines that do not do what
// whoever wrote them meant. It starts nothing.
package check

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"obelisk/channels/chansip/sipconf"
	"obelisk/dialplan"
	"obelisk/internal/boot"
	"obelisk/internal/config"
)

// Finding is what obelisk check says about one line.
type Finding struct {
	File     string `json:"file"`
	Line     int    `json:"line"`
	Severity string `json:"severity"` // error, warning, note
	Message  string `json:"message"`
	Hint     string `json:"hint"`           // what to do about it, "" when there is nothing to say
	More     []int  `json:"more,omitempty"` // further lines of the file of which the same is to be said
}

// Run reads all files of a configuration and judges them, without starting anything. where is an
// asterisk.conf or a folder; "" is /etc/asterisk. Findings come in the order of files and lines.
func Run(where, home string) ([]Finding, error) {
	s, err := boot.ReadOnly(where, home, false)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	l := &linter{Survey: s, sip: s.SIP(), plan: s.Plan(), lines: map[string][]string{}, out: s.Findings()}
	if l.plan != nil {
		l.doubtful()
		l.technologies()
	}
	if l.sip != nil {
		l.unsafe()
		l.readable()
		l.out = append(l.out, l.sip.Explain()...)
	}
	l.mistakes()
	l.unread()
	return findings(s.Folder(), l.out), nil
}

// linter gathers what is to be said of a configuration.
type linter struct {
	*boot.Survey
	sip   *sipconf.Directory  // nil without one that can be used
	plan  *dialplan.Plan      // likewise
	lines map[string][]string // of files, by path
	out   []config.Diagnostic
}

// say reports a warning; hint is what to do about it.
func (l *linter) say(pos config.Pos, hint, format string, args ...any) {
	l.out = append(l.out, config.Diagnostic{Pos: pos, Text: fmt.Sprintf(format, args...), Hint: hint})
}

// findings are diagnostics in order of files and lines, those of one rule in one file as one.
func findings(folder string, diags []config.Diagnostic) (out []Finding) {
	slices.SortStableFunc(diags, func(a, b config.Diagnostic) int {
		return cmp.Or(strings.Compare(a.Pos.File, b.Pos.File), a.Pos.Line-b.Pos.Line)
	})
	type kind struct{ file, rule string }
	first := map[kind]int{}
	for _, d := range slices.Compact(diags) {
		k := kind{d.Pos.File, d.Rule}
		if at, told := first[k]; told && d.Rule != "" {
			out[at].More = append(out[at].More, d.Pos.Line)
			continue
		}
		first[k] = len(out)
		out = append(out, finding(folder, d))
	}
	return out
}

// finding parts the hint from the message, and names files as seen from the folder.
func finding(folder string, d config.Diagnostic) Finding {
	if rel, err := filepath.Rel(folder, d.Pos.File); err == nil && !strings.HasPrefix(rel, "..") {
		d.Pos.File = rel
	}
	f := Finding{File: d.Pos.File, Line: d.Pos.Line, Severity: d.Severity.Word(), Message: d.Text, Hint: d.Hint}
	if before, rest, ok := strings.Cut(f.Message, " (did you mean "); ok {
		name, after, _ := strings.Cut(rest, "?)")
		f.Message, f.Hint = before+after, "did you mean "+name+"?"
	}
	return f
}

// Write prints findings as "file:line: severity: message", or as a JSON array.
func Write(w io.Writer, list []Finding, asJSON bool) error {
	if asJSON {
		if list == nil {
			list = []Finding{}
		}
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(list)
	}
	for _, f := range list {
		text := fmt.Sprintf("%s:%d: %s: %s", f.File, f.Line, f.Severity, f.Message)
		if f.Hint != "" {
			text += " (" + f.Hint + ")"
		}
		if n := len(f.More); n > 0 {
			text += fmt.Sprintf("; the same in %d more lines: %s", n, fewLines(f.More))
		}
		if _, err := fmt.Fprintln(w, text); err != nil {
			return err
		}
	}
	return nil
}

// fewLines lists the first few.
func fewLines(list []int) string {
	const shown = 5
	var out []string
	for _, n := range list[:min(shown, len(list))] {
		out = append(out, strconv.Itoa(n))
	}
	if len(list) > shown {
		out = append(out, "...")
	}
	return strings.Join(out, ", ")
}

// Status is the exit status: 2 for errors, 1 for warnings where they count, 0
// otherwise.
func Status(list []Finding, strict bool) int {
	status := 0
	for _, f := range list {
		switch {
		case f.Severity == "error":
			return 2
		case f.Severity == "warning" && strict:
			status = 1
		}
	}
	return status
}

// readable notes files with secrets that everybody may read.
func (l *linter) readable() {
	secrets := map[string]bool{}
	for _, p := range l.sip.Peers {
		for _, option := range p.SecretLines() {
			secrets[p.Line(option).File] = true
		}
	}
	for _, file := range l.sip.Files {
		if s, err := os.Stat(file); err == nil && secrets[file] && s.Mode().Perm()&0o004 != 0 {
			l.out = append(l.out, config.Diagnostic{Pos: config.Pos{File: file, Line: 1}, Severity: config.Note,
				Text: "everybody on this machine may read the secrets in this file", Hint: "chmod o-r " + filepath.Base(file)})
		}
	}
}
