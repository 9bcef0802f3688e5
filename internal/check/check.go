// Package check is obelisk check: it reads configurations without starting anything, has them
// judged, and tells people and programs of it.
package check

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"obelisk/internal/boot"
	"obelisk/internal/check/judge"
	"obelisk/internal/config"
)

// Finding is what obelisk check says about one line.
type Finding struct {
	File     string `json:"file"`
	Line     int    `json:"line"`
	Severity string `json:"severity"` // error, warning, note, missing
	Code     string `json:"code"`     // names the kind for good: sip-permit-without-deny
	Message  string `json:"message"`
	Hint     string `json:"hint"` // what to do about it, "" when there is nothing to say

	rule string // findings of one rule are one for a reader
	path string // of the file
}

// Options of a check.
type Options struct {
	Home    string // where the built-in default keeps its state
	Resolve bool   // names are looked up, over the network
}

// Run reads all files of a configuration and judges them, without starting anything. where is an
// asterisk.conf or a folder; "" is /etc/asterisk. Findings come in the order of files and lines.
func Run(where, home string) ([]Finding, error) { return Options{Home: home}.Run(where) }

// Run is Run for several folders, whose files are then named with them.
func (o Options) Run(where ...string) (out []Finding, err error) {
	if len(where) == 0 {
		where = []string{""}
	}
	for _, w := range where {
		list, err := o.one(w)
		if err != nil {
			return nil, err
		}
		for _, f := range list {
			if len(where) > 1 && !filepath.IsAbs(f.File) {
				f.File = filepath.Join(w, f.File)
			}
			out = append(out, f)
		}
	}
	return out, nil
}

func (o Options) one(where string) ([]Finding, error) {
	s, err := boot.ReadOnly(where, o.Home, false)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	list := judge.All(s, s.Findings())
	if d := s.SIP(); d != nil {
		for _, n := range d.Explain() {
			n.Code = "sip-endpoint"
			list = append(list, n)
		}
		if o.Resolve {
			list = append(list, unresolved(context.Background(), d)...)
		}
	}
	return findings(s.Folder(), list), nil
}

// findings are diagnostics in the order of files and lines.
func findings(folder string, diags []config.Diagnostic) (out []Finding) {
	slices.SortStableFunc(diags, func(a, b config.Diagnostic) int {
		return cmp.Or(strings.Compare(a.Pos.File, b.Pos.File), a.Pos.Line-b.Pos.Line)
	})
	seen := map[string]bool{}
	for _, d := range diags {
		if key := fmt.Sprint(d.Pos.File, d.Pos.Line, d.Code, d.Text); !seen[key] {
			seen[key] = true
			out = append(out, finding(folder, d))
		}
	}
	return out
}

// finding names files as seen from the folder.
func finding(folder string, d config.Diagnostic) Finding {
	path := d.Pos.File
	if rel, err := filepath.Rel(folder, d.Pos.File); err == nil && !strings.HasPrefix(rel, "..") {
		d.Pos.File = rel
	}
	return Finding{File: d.Pos.File, Line: d.Pos.Line, Severity: d.Severity.Word(), Code: d.Code, Message: d.Text, Hint: d.Hint, rule: d.Rule, path: path}
}

// Status is the exit status: 2 for errors, 1 for warnings where they count, 0 otherwise.
func Status(list []Finding, strict bool) int {
	status := 0
	for _, f := range list {
		switch {
		case f.Severity == "error":
			return 2
		case (f.Severity == "warning" || f.Severity == "missing") && strict:
			status = 1
		}
	}
	return status
}
