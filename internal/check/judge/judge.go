// Package judge says all that is to be said of a configuration: what was found while its files
// were read, and what somebody sees in it who knows them. Each finding has the code of its kind.
package judge

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"obelisk/internal/check/files"
	"obelisk/internal/check/look"
	"obelisk/internal/check/plan"
	"obelisk/internal/check/sip"
	"obelisk/internal/config"
)

// All judges a configuration; read is what was found while its files were read. Findings come in
// the order of files and lines.
func All(w look.Whole, read []config.Diagnostic) []config.Diagnostic {
	l := look.Together(w, plan.Judge, plan.Doubts, sip.Judge, files.Judge)
	var out []config.Diagnostic
	n := namer{roots: l.Roots(), copied: w.Copied()}
	for _, d := range slices.Concat(l.Out(), read, l.Read(isRead)) {
		out = append(out, cutShort(l, n.named(d)))
	}
	out = lacking(out, n.roots)
	out = once(out, func(text string) bool {
		m := memberNamed.FindStringSubmatch(text)
		return m != nil && l.IsLeftOut(m[1])
	})
	slices.SortStableFunc(out, func(a, b config.Diagnostic) int {
		return cmp.Or(strings.Compare(a.Pos.File, b.Pos.File), a.Pos.Line-b.Pos.Line)
	})
	return out
}

// memberNamed is the endpoint of a queue's member that is not there.
var memberNamed = regexp.MustCompile(`there is no 'SIP/([^']+)' in sip\.conf: this member`)

// cutShort tells of a step that a semicolon ends within its brackets.
func cutShort(l *look.Look, d config.Diagnostic) config.Diagnostic {
	if d.Code != "plan-brackets" || d.Hint != "" || !strings.Contains(d.Text, "closing parenthesis") {
		return d
	}
	line := l.Line(d.Pos)
	if i := strings.IndexByte(line, ';'); i > 0 && line[i-1] != '\\' && strings.Contains(line[i:], ")") {
		d.Text += ": the semicolon begins a comment, and what stands behind it is not read"
		d.Hint = `\; in place of it`
	}
	return d
}

// instead are kinds of findings that say what another kind says, and more.
var instead = map[string][]string{
	"plan-app-unknown":      {"plan-app-removed", "plan-app-blank", "plan-app-syntax", "plan-function-as-app", "plan-app-none"},
	"plan-app-missing":      {"plan-app-removed", "plan-app-syntax", "plan-app-blank"},
	"plan-function-unknown": {"plan-app-as-function", "plan-variable-brackets"},
	"plan-brackets":         {"plan-app-several"},
	"plan-target":           {"plan-arguments-swapped", "plan-gosub-arguments", "plan-macro-missing", "plan-goto-form"},
	"plan-pattern-dot":      {"plan-pattern-all"},
	"plan-line-unreadable":  {"plan-priority", "plan-pipe", "plan-app-none"},
	"plan-argument": {"plan-timeout", "plan-arguments-swapped", "plan-set-no-equals", "plan-time", "plan-expression-missing",
		"plan-arguments-missing"},
	"plan-range":              {"plan-pattern-range", "plan-pattern-bracket"},
	"plan-include-missing":    {"plan-include-file"},
	"plan-include-circle":     {"plan-include-itself"},
	"sip-nat-word":            {"sip-nat-old"},
	"sip-insecure-word":       {"sip-insecure-old"},
	"sip-value":               {"sip-session-range", "sip-md5secret", "sip-qualify-short"},
	"file-option-unknown":     {"file-unknown-read"},
	"file-value":              {"file-unknown-read"},
	"plan-expression-empty":   {"plan-expression-quotes"},
	"sip-register-extension":  nil,
	"plan-voicemail-outside":  {"plan-voicemail-open"},
	"plan-dial-no-technology": {"plan-arguments-swapped"},
	"sip-codec-unknown":       {"sip-codec-separator"},
	"plan-unread":             {"plan-line-place"},
	"plan-general-option":     {"plan-line-place"},
	"plan-option-unknown":     {"plan-arguments-swapped", "plan-pipe"},
	"plan-endpoint-missing":   {"plan-pipe"},
	"plan-queue-missing":      {"plan-pipe"},
	"plan-voicemail-missing":  {"plan-pipe"},
	"plan-prompt-own":         {"plan-pipe"},
	"plan-prompt-missing":     {"plan-pipe"},
	"rtp-range":               {"rtp-inverted"},
	"voicemail-read":          {"voicemail-box-options", "voicemail-zone", "voicemail-pin-digits", "voicemail-lost"},
	"sip-name-case":           {"sip-section-twice"},
	"sip-option-unknown":      {"sip-option-file"},
	"sip-option-place":        {"sip-register-place"},
	"sip-register-part":       {"sip-value-uri"},
	"sip-other":               {"sip-tonezone", "sip-music-class", "sip-parkinglot"},
}

// once leaves out what another finding of the same line says better: a reader says that it
// did not take a line, a rule what comes of it.
func once(list []config.Diagnostic, leftOut func(text string) bool) []config.Diagnostic {
	at := map[config.Pos]map[string]bool{}
	files := map[string]bool{}
	judged, refused, first := map[config.Pos]bool{}, map[config.Pos]bool{}, map[config.Pos]bool{}
	for _, d := range list {
		if at[d.Pos] == nil {
			at[d.Pos] = map[string]bool{}
		}
		if strings.HasPrefix(d.Text, "MeetMe: it is ") {
			at[d.Pos]["MeetMe"] = true
		}
		if d.Code == "music-folder" && strings.Contains(d.Text, "is a file: a folder") {
			at[d.Pos]["file for a folder"] = true
		}
		at[d.Pos][d.Code], files[d.Pos.File+d.Code] = true, true
		first[d.Pos] = first[d.Pos] || d.Code == "plan-priority-first" && strings.HasPrefix(d.Text, "same stands")
		switch reader := strings.HasPrefix(d.Code, "read-"); {
		case reader && d.Severity == config.Error:
			refused[d.Pos] = true
		case !reader && d.Severity != config.Note:
			judged[d.Pos] = true
		}
	}
	return slices.DeleteFunc(list, func(d config.Diagnostic) bool {
		switch {
		case d.Code == "queue-member-missing" && leftOut != nil && leftOut(d.Text):
			return true // its own line in sip.conf says why
		case d.Code == "plan-app-old" && strings.Contains(d.Text, "an application of old versions") && at[d.Pos]["MeetMe"],
			d.Code == "music-folder" && strings.Contains(d.Text, "the built-in music is played: ") && at[d.Pos]["file for a folder"]:
			return true
		case d.Code == "read-missing" && (at[d.Pos]["file-option-unknown"] || at[d.Pos]["file-option-place"]):
			return true
		case strings.HasPrefix(d.Code, "read-") && d.Severity != config.Error && d.Severity != config.Missing && judged[d.Pos] &&
			!refused[d.Pos]:
			return true
		case (d.Code == "file-option-unknown" || d.Code == "file-value") && refused[d.Pos]:
			return true
		case strings.HasPrefix(d.Code, "read-") && strings.Contains(d.Text, "takecall") && strings.Contains(d.Text, "begin alike") &&
			files[d.Pos.File+"followme-keys"],
			d.Code == "plan-priority-first" && strings.HasPrefix(d.Text, "No previous pattern") && first[d.Pos]:
			return true
		case d.Code == "read-context" && at[d.Pos]["file-context"]:
			return true
		case d.Code == "read-option" && strings.HasSuffix(d.Text, "in [agents]"):
			return files[d.Pos.File+"file-section-old"]
		case d.Code == "read-context" && strings.Contains(d.Text, "there is no extension"):
			return files[d.Pos.File+"followme-number"]
		case d.Code == "rtp-range":
			return files[d.Pos.File+"rtp-inverted"]
		case d.Code == "read-res-parking" && strings.Contains(d.Text, "no context includes"):
			return true // parking-not-included says it, where it is so
		}
		return slices.ContainsFunc(instead[d.Code], func(code string) bool { return at[d.Pos][code] })
	})
}
