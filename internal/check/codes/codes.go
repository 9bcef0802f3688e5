// Package codes is the list of what obelisk check finds: for each kind a name that stays, how bad
// it is, and its story with an example. The texts are data: kinds/*.txt.
package codes

import (
	"embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"obelisk/internal/config"
)

//go:embed kinds/*.txt
var texts embed.FS

// Kind is one kind of finding.
type Kind struct {
	Code     string
	Severity config.Severity
	Title    string // one line
	Story    string // what happens, why it matters, what to do; paragraphs
	Example  string // lines as in a file, "" for none
	Area     string // heading of the page: the file that holds it
}

// severities by their words in the texts.
var severities = map[string]config.Severity{"error": config.Error, "warning": config.Warning, "note": config.Note,
	"missing": config.Missing}

var all = sync.OnceValue(func() (list []Kind) {
	files, _ := texts.ReadDir("kinds")
	for _, f := range files {
		data, err := texts.ReadFile("kinds/" + f.Name())
		if err != nil {
			panic(err) // embedded: it is there
		}
		list = append(list, parse(string(data))...)
	}
	return list
})

var index = sync.OnceValue(func() map[string]Kind {
	m := map[string]Kind{}
	for _, k := range all() {
		m[k.Code] = k
	}
	return m
})

// All lists the kinds in the order of the page.
func All() []Kind { return all() }

// Of is a kind by its code; one that is not listed is a warning without a story.
func Of(code string) Kind {
	if k, ok := index()[code]; ok {
		return k
	}
	return Kind{Code: code}
}

// Known says whether a code is listed.
func Known(code string) bool { _, ok := index()[code]; return ok }

// Names are all codes.
func Names() (out []string) {
	for _, k := range all() {
		out = append(out, k.Code)
	}
	slices.Sort(out)
	return out
}

// parse reads a text: "# area", "## code severity: title", paragraphs, and an example of lines
// that begin with four blanks.
func parse(text string) (list []Kind) {
	area := ""
	for _, line := range strings.Split(text, "\n") {
		switch {
		case strings.HasPrefix(line, "## "):
			head, title, _ := strings.Cut(line[3:], ": ")
			code, severity, _ := strings.Cut(head, " ")
			s, ok := severities[severity]
			if !ok || title == "" {
				panic(fmt.Sprintf("kinds: %q has no severity or no title", line))
			}
			list = append(list, Kind{Code: code, Severity: s, Title: title, Area: area})
		case strings.HasPrefix(line, "# "):
			area = line[2:]
		case len(list) == 0:
		case strings.HasPrefix(line, "    "):
			list[len(list)-1].Example += line[4:] + "\n"
		default:
			k := &list[len(list)-1]
			k.Story += line + "\n"
		}
	}
	for i := range list {
		list[i].Story = strings.TrimSpace(list[i].Story)
	}
	return list
}

// Explain is the whole story of a kind, for people; false for a code that is not listed.
func Explain(code string) (string, bool) {
	k, ok := index()[code]
	if !ok {
		return "", false
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s)\n%s\n", k.Code, k.Severity.Word(), k.Title)
	if k.Story != "" {
		b.WriteString("\n" + k.Story + "\n")
	}
	if k.Example != "" {
		b.WriteString("\n")
		for _, line := range strings.Split(strings.TrimSuffix(k.Example, "\n"), "\n") {
			b.WriteString("    " + line + "\n")
		}
	}
	return b.String(), true
}

// Like is " (did you mean 'x'?)" for a code that is not listed.
func Like(code string) string { return config.DidYouMean(code, Names()) }

// Page is the list of all kinds, as a page of documentation.
func Page() string {
	var b strings.Builder
	b.WriteString("# What obelisk check finds\n\nGenerated from internal/check/codes by `make golden`; do not edit. `obelisk check " +
		"--explain CODE` tells the same of one.\n\n" +
		"error: Asterisk or we would not do what is written at all. warning: it works otherwise than meant, or is dangerous. note: good to " +
		"know. missing: not in Obelisk yet.\n")
	area := ""
	for _, k := range all() {
		if k.Area != area {
			area = k.Area
			b.WriteString("\n## " + area + "\n")
		}
		fmt.Fprintf(&b, "\n### %s\n\n%s: %s.\n", k.Code, k.Severity.Word(), k.Title)
		if k.Story != "" {
			b.WriteString("\n" + k.Story + "\n")
		}
		if k.Example != "" {
			b.WriteString("\n```ini\n" + k.Example + "```\n")
		}
	}
	return b.String()
}
