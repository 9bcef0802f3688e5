package cli

import (
	"fmt"
	"io"
	"strings"

	"obelisk/pbx"
)

// referenceCommands tell what applications and functions there are.
type referenceCommands struct{ core *pbx.Core }

func (c *Console) addReference(k referenceCommands) {
	c.Add([]Command{
		{"core show applications", "[like|describing <text>]: list the dialplan applications", k.applications},
		{"core show application", "<name>...: how an application is used", k.application},
		{"core show functions", "[like <text>]: list the dialplan functions", k.functions},
		{"core show function", "<name>: how a function is used", k.function},
	}...)
}

// wanted is the filter behind "like" and "describing": part of the name, or every word
// somewhere in the text.
func wanted(args []string, name, text string) bool {
	if len(args) < 2 {
		return true
	}
	if args[0] == "like" {
		return strings.Contains(strings.ToLower(name), strings.ToLower(args[1]))
	}
	for _, word := range args[1:] {
		if !strings.Contains(strings.ToLower(name+" "+text), strings.ToLower(word)) {
			return false
		}
	}
	return true
}

func (k referenceCommands) applications(w io.Writer, args []string) bool {
	head, tail := "Registered", "Applications Registered"
	if len(args) > 1 {
		head, tail = "Matching", "Applications Matching"
	}
	fmt.Fprintf(w, "    -= %s Asterisk Applications =-\n", head)
	n := 0
	for _, name := range k.core.AppNames() {
		a := k.core.App(name)
		if wanted(args, name, a.Synopsis+" "+a.Usage) {
			fmt.Fprintf(w, "%22s: %s\n", name, a.Synopsis)
			n++
		}
	}
	fmt.Fprintf(w, "    -= %d %s =-\n", n, tail)
	return true
}

// parts are the syntax, and what is told behind it.
func parts(usage string) (syntax, tells string) {
	usage, _, _ = strings.Cut(usage, "\n")
	if syntax, tells, ok := strings.Cut(usage, ": "); ok {
		return syntax, tells
	}
	syntax, tells, _ = strings.Cut(usage, "; ")
	return syntax, tells
}

// about prints the text of one application or function. The first line of usage is the
// syntax; what follows are its options.
func about(w io.Writer, kind, name, synopsis, usage string) {
	_, more, _ := strings.Cut(usage, "\n")
	syntax, tells := parts(usage)
	fmt.Fprintf(w, "\n  -= Info about %s '%s' =- \n\n[Synopsis]\n%s \n\n[Syntax]\n%s\n", kind, name, synopsis, syntax)
	if tells != "" {
		fmt.Fprintf(w, "\n[Description]\n%s\n", tells)
	}
	if more != "" {
		fmt.Fprintf(w, "\n[Arguments]\n%s\n", more)
	}
}

func (k referenceCommands) application(w io.Writer, args []string) bool {
	if len(args) == 0 {
		return usage(w)
	}
	found := false
	for _, name := range args {
		if a := k.core.App(name); a != nil {
			about(w, "Application", a.Name, a.Synopsis, a.Usage)
			found = true
		}
	}
	if !found {
		fmt.Fprintln(w, "Your application(s) is (are) not registered")
	}
	return found
}

func (k referenceCommands) functions(w io.Writer, args []string) bool {
	head, tail := "Installed Custom Functions:", "custom functions installed."
	if len(args) > 1 {
		head, tail = "Matching Custom Functions:", "matching custom functions installed."
	}
	fmt.Fprintf(w, "%s\n%s\n", head, strings.Repeat("-", 80))
	n := 0
	for _, f := range k.core.Funcs() {
		if wanted(args, f.Name, f.Synopsis+" "+f.Usage) {
			syntax, _ := parts(f.Usage)
			fmt.Fprintf(w, "%-20.20s  %-35.35s  %s\n", f.Name, syntax, f.Synopsis)
			n++
		}
	}
	fmt.Fprintf(w, "%d %s\n", n, tail)
	return true
}

func (k referenceCommands) function(w io.Writer, args []string) bool {
	if len(args) != 1 {
		return usage(w)
	}
	f := k.core.Func(strings.ToUpper(args[0]))
	if f == nil {
		fmt.Fprintln(w, "No function by that name registered.")
		return false
	}
	about(w, "Function", f.Name, f.Synopsis, f.Usage)
	return true
}
