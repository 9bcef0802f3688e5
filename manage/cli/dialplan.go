package cli

import (
	"cmp"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/pbx"
)

// planCommands show the dialplan and its variables, and change these.
type planCommands struct{ core *pbx.Core }

func (c *Console) addDialplan(k planCommands) {
	c.Add([]Command{
		{"dialplan show", "[[exten@]context]: show the dialplan", k.dialplan},
		{"dialplan show globals", "show the global variables", k.globals},
		{"dialplan show chanvar", "<channel>: show the variables of a channel", k.channelVariables},
		{"dialplan set global", "<name> <value>: set a global variable", k.setGlobal},
		{"dialplan set chanvar", "<channel> <name> <value>: set a variable of a channel", k.setChannelVariable},
		{"dialplan explain", "<number>@<context> [caller number]: which extension runs, and why no other", k.explain},
		{"dialplan debug", "[context]: how extensions are found, as a tree", k.debug},
		{"dialplan eval function", "<name(arguments)>: read a dialplan function", k.eval},
	}...)
	c.addDialplanEdits(k)
	c.addMatching()
}

func (k planCommands) globals(w io.Writer, _ []string) bool {
	n := 0
	k.core.Globals(func(name, value string) {
		printf(w, "   %s=%s\n", name, value)
		n++
	})
	printf(w, "\n    -- %d variable(s)\n", n)
	return true
}

func (k planCommands) setGlobal(w io.Writer, args []string) bool {
	if len(args) < 2 {
		return usage(w)
	}
	value := strings.Join(args[1:], " ")
	k.core.SetGlobal(args[0], value)
	printf(w, "\n    -- Global variable '%s' set to '%s'\n", args[0], value)
	return true
}

// known is a channel by its name; without one that is said.
func (k planCommands) known(w io.Writer, name string) *pbx.Channel {
	ch := k.core.Channel(name)
	if ch == nil {
		printf(w, "Channel '%s' not found\n", name)
	}
	return ch
}

func (k planCommands) channelVariables(w io.Writer, args []string) bool {
	if len(args) != 1 {
		return usage(w)
	}
	ch := k.known(w, args[0])
	if ch == nil {
		return false
	}
	ch.EachVar(func(name, value string) { printf(w, "%s=%s\n", name, value) })
	return true
}

func (k planCommands) setChannelVariable(w io.Writer, args []string) bool {
	if len(args) < 3 {
		return usage(w)
	}
	ch := k.known(w, args[0])
	if ch == nil {
		return false
	}
	value := strings.Join(args[2:], " ")
	ch.SetVar(args[1], value)
	printf(w, "\n    -- Channel variable '%s' set to '%s' for '%s'\n", args[1], value, args[0])
	return true
}

// eval reads a function on a channel of no call, and says why where that fails.
func (k planCommands) eval(w io.Writer, args []string) bool {
	text := strings.Join(args, " ")
	if text == "" {
		return usage(w)
	}
	name, rest, _ := strings.Cut(text, "(")
	f := k.core.Func(name)
	if f == nil {
		printf(w, "Return Value: Failure (-1)\nResult: \nThere is no function '%s'.\n", name)
		return true
	}
	ch := k.core.Bare(dialplan.Location{Context: "default", Exten: "s", Priority: 1})
	defer k.core.Drop(ch)
	value, err := f.Value(ch, strings.TrimSuffix(rest, ")"))
	if err != nil {
		printf(w, "Return Value: Failure (-1)\nResult: %s\n%s\n", value, err)
		return true
	}
	printf(w, "Return Value: Success (0)\nResult: %s\n", value)
	return true
}

func (k planCommands) explain(w io.Writer, args []string) bool {
	if len(args) == 0 || len(args) > 2 || !strings.Contains(args[0], "@") {
		return usage(w)
	}
	exten, context, _ := strings.Cut(args[0], "@")
	q := dialplan.Query{Now: time.Now()}
	if len(args) > 1 {
		q.CallerID = args[1]
	}
	plan := k.core.Plan()
	return plan.Explain(w, context, exten, q, k.core.Absence(plan))
}

func (k planCommands) debug(w io.Writer, args []string) bool {
	n := 0
	for _, x := range k.core.Plan().Order {
		if len(args) == 0 || strings.HasSuffix("@"+args[0], "@"+x.Name) {
			x.ShowIndex(w)
			fmt.Fprintln(w)
			n++
		}
	}
	printf(w, "-= %s. =-\n", plural(n, "context", "contexts"))
	return true
}

// dialplan prints contexts in the exact form of Asterisk.
func (k planCommands) dialplan(w io.Writer, args []string) bool {
	plan := k.core.Plan()
	exten, context := "", ""
	if len(args) > 0 {
		context = args[0]
		if e, c, ok := strings.Cut(args[0], "@"); ok {
			exten, context = e, c
		}
	}
	shown := planTotals{}
	for _, x := range plan.Order {
		if context == "" || x.Name == context {
			shown.context(w, plan, x, exten, "")
		}
	}
	switch {
	case context != "" && plan.Contexts[context] == nil:
		printf(w, "There is no existence of '%s' context\n", context)
		return false
	case exten != "" && context == "" && shown.extensions == 0:
		printf(w, "There is no existence of '%s' extension in all contexts\n", exten)
		return false
	case exten != "" && shown.extensions == 0:
		printf(w, "There is no existence of %s@%s extension\n", exten, context)
		return false
	}
	printf(w, "-= %s (%s) in %s. =-\n", plural(shown.extensions, "extension", "extensions"),
		plural(shown.priorities, "priority", "priorities"), plural(shown.contexts, "context", "contexts"))
	return true
}

// madeAt is where a step was written. What users.conf leads to has no line with Asterisk.
func madeAt(file, line string) string {
	if path.Base(file) == "users.conf" {
		return "pbx_config"
	}
	return line
}

type planTotals struct{ extensions, priorities, contexts int }

func (t *planTotals) context(w io.Writer, plan *dialplan.Plan, x *dialplan.Context, exten, includedAs string) {
	var rows []*dialplan.Extension
	for _, e := range x.Extensions {
		if exten == "" || e.Matches(exten) {
			rows = append(rows, e)
		}
	}
	if exten == "" || len(rows) > 0 {
		t.contexts++
		word := "Context"
		if includedAs != "" {
			word = "Included context"
		}
		printf(w, "[ %s '%s' created by '%s' ]\n", word, x.Name, cmp.Or(x.Registrar, "pbx_config"))
		if x.AutoHints {
			fmt.Fprintln(w, "Autohints support enabled")
		}
		for _, e := range rows {
			t.extension(w, e)
		}
	}
	for _, i := range x.Includes {
		if exten == "" {
			printf(w, "  %-17s %-45s [pbx_config]\n", "Include =>", "'"+i.Text+"'")
		} else if inc := plan.Contexts[i.Context]; inc != nil && includedAs != inc.Name && inc != x {
			t.context(w, plan, inc, exten, inc.Name)
		}
	}
	for _, p := range x.IgnorePats {
		if exten == "" || dialplan.ListedAfter(p, exten) {
			printf(w, "  %-17s %-45s [pbx_config]\n", "Ignore pattern =>", "'"+p+"'")
		}
	}
	for _, s := range x.Switches { // whatever is asked for: who answers for them is not asked
		printf(w, "  %-17s %-45s [pbx_config]\n", "Alt. Switch =>", "'"+s.String()+"'")
	}
	if exten == "" || len(rows) > 0 {
		fmt.Fprintln(w)
	}
}

func (t *planTotals) extension(w io.Writer, e *dialplan.Extension) {
	t.extensions++
	first := "'" + e.Name + "' =>"
	if e.HasCID {
		first = fmt.Sprintf("'%s' (CID match '%s') => ", e.Name, e.CID)
	}
	row := func(left, right string, at string) {
		t.priorities++
		printf(w, "  %-17s %-45s [%s]\n", left, right, at)
	}
	if e.Hint != nil {
		row(first, "hint: "+e.Hint.Devices, madeAt(e.Hint.Pos.File, e.Hint.Pos.String()))
		first = ""
	}
	for _, p := range e.Priorities() {
		if first == "" && p.Label != "" {
			first = "   [" + p.Label + "]"
		}
		row(first, fmt.Sprintf("%d. %s(%s)", p.N, p.App, p.Args.Raw()), madeAt(p.Pos.File, p.Pos.String()))
		first = ""
	}
}
