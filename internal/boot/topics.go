package boot

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/check/codes"
	"obelisk/internal/config"
	"obelisk/pbx"
)

// OptionRows are the options of all files that tables describe, file by file; sip.conf is first.
func OptionRows() []config.OptionRow {
	_, list := knowing(config.Directories{})
	return optionRows(list)
}

func optionRows(list []pbx.Module) (rows []config.OptionRow) {
	for _, o := range sipconf.Options() {
		rows = append(rows, config.OptionRow{File: "sip.conf", Section: o.Where(), Name: o.Name, Aliases: o.Aliases, Help: o.Help,
			Status: o.Status()})
	}
	for _, m := range list {
		if o, ok := m.(pbx.Optioned); ok {
			rows = append(rows, o.Options()...)
		}
	}
	slices.SortStableFunc(rows, func(a, b config.OptionRow) int {
		if a.File == b.File {
			return 0
		}
		return cmp.Or(-cmp.Compare(first(a.File), first(b.File)), strings.Compare(a.File, b.File))
	})
	return rows
}

// first puts sip.conf before the others.
func first(file string) int {
	if file == "sip.conf" {
		return 1
	}
	return 0
}

// Topic is what the program knows of a word: an application, a function, an option, a file of
// configuration, a kind of finding. Where it knows nothing, like is " (did you mean 'x'?)"
// of these and the other names given, or "".
func Topic(word string, names []string) (text, like string) {
	core, list := knowing(config.Directories{})
	var parts []string
	if name := nameOf(word, core.AppNames()); name != "" {
		a := core.App(name)
		parts = append(parts, fmt.Sprintf("Application %s: %s\n\n%s\n", name, a.Synopsis, indented(a.Usage)))
	}
	for _, f := range core.Funcs() {
		names = append(names, f.Name)
		if strings.EqualFold(f.Name, word) {
			parts = append(parts, fmt.Sprintf("Function %s: %s\n\n%s\n", f.Name, f.Synopsis, indented(f.Usage)))
		}
	}
	rows := optionRows(list)
	names = slices.Concat(names, core.AppNames(), codes.Names())
	for _, r := range rows {
		names = append(append(names, r.File, r.Name), r.Aliases...)
		if nameOf(word, append([]string{r.Name}, r.Aliases...)) != "" {
			parts = append(parts, "Option of "+r.File+"\n\n"+OptionText(r)+"\n")
		}
	}
	if file := fileText(word, rows); file != "" {
		parts = append(parts, file)
	}
	if story, ok := codes.Explain(word); ok {
		parts = append(parts, "Finding "+story)
	}
	if len(parts) > 0 {
		return strings.Join(parts, "\n"), ""
	}
	return "", config.DidYouMean(word, names)
}

// nameOf is a word in the spelling of the list, whatever its case; "" where it is not in it.
func nameOf(word string, list []string) string {
	for _, n := range list {
		if strings.EqualFold(n, word) {
			return n
		}
	}
	return ""
}

// OptionText is an option and what it does: "    qualify = yes|no, in general and peer: ...".
func OptionText(r config.OptionRow) string {
	var b strings.Builder
	b.WriteString("    " + strings.Join(append([]string{r.Name}, r.Aliases...), ", "))
	if r.Takes != "" {
		b.WriteString(" = " + r.Takes)
	}
	if r.Default != "" {
		b.WriteString(" (" + r.Default + ")")
	}
	if r.Section != "" {
		b.WriteString("  [" + r.Section + "]")
	}
	if r.Status != "in effect" {
		b.WriteString("  " + r.Status)
	}
	return b.String() + "\n        " + r.Help + "\n"
}

// fileText lists the options of a file.
func fileText(file string, rows []config.OptionRow) string {
	var b strings.Builder
	for _, r := range rows {
		if strings.EqualFold(r.File, file) {
			if b.Len() == 0 {
				b.WriteString("File " + r.File + "\n\n")
			}
			b.WriteString(OptionText(r))
		}
	}
	return b.String()
}

// indented is a text whose lines are moved in.
func indented(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n    ")
}
