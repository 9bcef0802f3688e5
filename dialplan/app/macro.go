package app

import (
	"slices"
	"strconv"
	"strings"

	"obelisk/dialplan"
	"obelisk/pbx"
)

// macros are what Gosub has replaced; old files have them.
var macros = []pbx.App{
	{Name: "Macro", Hands: true, Synopsis: "Run a macro (use Gosub)",
		Usage: "Macro(name[,argument...]): extension s of the context macro-name", Targets: macroTarget, Exec: macro},
	{Name: "MacroIf", Hands: true, Synopsis: "Run a macro on a condition", Usage: "MacroIf(condition?name[,arguments][:name[,arguments]])",
		Targets: branches(macroTarget), Exec: macroIf},
	{Name: "MacroExclusive", Hands: true, Synopsis: "Run a macro", Usage: "MacroExclusive(name[,argument...])", Targets: macroTarget,
		Exec: macro},
	{Name: "MacroExit", Synopsis: "Leave the macro", Usage: "MacroExit()", Exec: macroExit},
}

// macroDepth is how deep macros may be nested, as in Asterisk.
const macroDepth = 7

const macroLeft = "macroexit"

func macroExit(c *pbx.Channel, _ string) dialplan.Result {
	if depth, _ := strconv.Atoi(c.Variable("MACRO_DEPTH")); depth == 0 {
		return dialplan.End
	}
	c.SetFact(macroLeft, "1")
	return dialplan.Continue
}

// macro runs extension s of macro-name until it runs off its end, or a jump leaves the
// context; then the call goes on there.
func macro(c *pbx.Channel, args string) dialplan.Result {
	f := dialplan.SplitArgs(args, 0)
	name := word(f, 0)
	m, at := c.Machine(), c.Machine().At()
	depth, _ := strconv.Atoi(c.Variable("MACRO_DEPTH"))
	context := "macro-" + name
	switch {
	case name == "":
		c.Warn("Macro() requires arguments. See \"core show application macro\" for help.")
		return dialplan.End
	case depth >= macroDepth:
		c.Warn("Macro():  possible infinite loop detected.  Returning early.")
		return dialplan.Continue
	case !m.Plan().Exists(context, "s", c.Query()):
		c.Warn("No such context '" + context + "' for macro '" + name + "'")
		return dialplan.Continue
	}
	place := swapEach(c, []string{"MACRO_EXTEN", "MACRO_CONTEXT", "MACRO_PRIORITY"},
		[]string{at.Exten, at.Context, strconv.Itoa(at.Priority)})
	c.SetVar("MACRO_DEPTH", strconv.Itoa(depth+1))
	var names, values []string // arguments of an outer macro that it has none for stay
	for i := 1; i < len(f); i++ {
		names, values = append(names, "ARG"+strconv.Itoa(i)), append(values, f[i])
	}
	arguments := swapEach(c, names, values)
	var outer []func()
	if v, _ := c.Var("MACRO_OFFSET"); v != "" {
		outer = swapEach(c, []string{"MACRO_OFFSET"}, []string{""})
	}
	leave := c.Within()
	left, r := runMacro(c, context, depth+1)
	offset, _ := strconv.Atoi(c.Variable("MACRO_OFFSET"))
	leave()
	c.SetVar("MACRO_DEPTH", strconv.Itoa(depth))
	for _, restore := range slices.Concat(arguments, place, outer) {
		restore()
	}
	if outer == nil && c.Variable("MACRO_OFFSET") != "" {
		c.SetVar("MACRO_OFFSET", "")
	}
	if r.Ended() || left {
		return r
	}
	at.Priority++
	if offset > 0 {
		if _, ok := m.Plan().Find(at.Context, at.Exten, at.Priority+offset, c.Query()); ok {
			at.Priority += offset
		}
	}
	m.Goto(at)
	return dialplan.Continue
}

// swapEach sets variables one by one, and returns what puts each back.
func swapEach(c *pbx.Channel, names, values []string) (restore []func()) {
	for i := range names {
		restore = append(restore, c.Swap(names[i:i+1], values[i:i+1]))
	}
	return restore
}

// runMacro runs the steps; left says that a jump went elsewhere.
func runMacro(c *pbx.Channel, context string, depth int) (left bool, r dialplan.Result) {
	m := c.Machine()
	c.SetFact(macroLeft, "")
	m.Goto(dialplan.Location{Context: context, Exten: "s", Priority: 1})
	for c.Step() {
		at := m.At()
		if at.Context != context {
			return true, dialplan.Continue
		}
		h, ok := m.Plan().Find(at.Context, at.Exten, at.Priority, c.Query())
		if !ok {
			return false, dialplan.Continue
		}
		c.SetLocation(at)
		c.SetVar("MACRO_DEPTH", strconv.Itoa(depth))
		m.Begin()
		if r = c.Exec(h.Priority); r.Ended() {
			return false, r
		}
		m.Done(r)
		if left, _ := c.Fact(macroLeft); left != "" {
			c.SetFact(macroLeft, "")
			return false, dialplan.Continue
		}
	}
	return false, dialplan.End
}

func macroIf(c *pbx.Channel, args string) dialplan.Result {
	call, _ := branch(args)
	if _, calls, ok := strings.Cut(args, "?"); !ok || call == "" && calls != "" {
		return dialplan.Continue
	}
	return macro(c, call)
}
