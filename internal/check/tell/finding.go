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
	path := d.Pos.File
	if rel, err := filepath.Rel(folder, d.Pos.File); err == nil && !strings.HasPrefix(rel, "..") {
		d.Pos.File = rel
	}
	return Finding{File: d.Pos.File, Line: d.Pos.Line, Severity: d.Severity.Word(), Code: d.Code, Message: d.Text, Hint: d.Hint, Rule: d.Rule, Path: path}
}
