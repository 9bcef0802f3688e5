// Package tell tells people and programs of findings: as text in which what repeats is one line,
// as JSON, as SARIF and as annotations of a workflow; and it knows which of them are new.
package tell

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"obelisk/internal/config"
)

// Finding is what is said about one line.
type Finding struct {
	File     string `json:"file"`
	Line     int    `json:"line"`
	Severity string `json:"severity"` // error, warning, note, missing
	Code     string `json:"code"`     // names the kind for good: sip-permit-without-deny
	Message  string `json:"message"`
	Hint     string `json:"hint"` // what to do about it, "" when there is nothing to say

	Rule string `json:"-"` // findings of one rule are one for a reader
	Path string `json:"-"` // of the file, as it was opened
	Mend *Mend  `json:"-"` // what a machine may change elsewhere, nil for nothing
}

// Mend is a change of a line that is not the finding's.
type Mend struct {
	config.Mend
	File string // as Finding.File
}

// Findings are diagnostics in the order of files and lines.
func Findings(folder string, diags []config.Diagnostic) (out []Finding) {
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
	f := Finding{File: within(folder, d.Pos.File), Line: d.Pos.Line, Severity: d.Severity.Word(), Code: d.Code, Message: d.Text, Hint: d.Hint,
		Rule: d.Rule, Path: d.Pos.File}
	if d.Mend != nil {
		f.Mend = &Mend{*d.Mend, within(folder, d.Mend.Pos.File)}
	}
	return f
}

// within is a path as seen from the folder.
func within(folder, path string) string {
	if rel, err := filepath.Rel(folder, path); err == nil && !strings.HasPrefix(rel, "..") {
		return rel
	}
	return path
}
