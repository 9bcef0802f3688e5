package app

import (
	"strconv"
	"strings"

	"obelisk/dialplan"
	"obelisk/dialplan/expr"
	"obelisk/pbx"
)

// logic: variables, jumps and remarks.
var logic = []pbx.App{
	{Name: "NoOp", Synopsis: "Do nothing", Usage: "NoOp([text])",
		Exec: func(c *pbx.Channel, _ string) dialplan.Result { return dialplan.Continue }},
	{Name: "Verbose", Synopsis: "Send text to the console", Usage: "Verbose([level,]text)", Exec: verbose},
	{Name: "Set", Synopsis: "Set a variable or write a function", Usage: "Set(name=value)", Exec: set},
	{Name: "MSet", Synopsis: "Set several variables", Usage: "MSet(name=value[,name=value...])", Exec: mset},
	{Name: "Log", Synopsis: "Send a text to the log", Usage: "Log(level,text)", Exec: logText},
	{Name: "Goto", Synopsis: "Jump to a priority, extension or context", Usage: "Goto([[context,]extension,]priority)", Targets: wholeTarget,
		Exec: goTo},
	{Name: "GotoIf", Synopsis: "Jump on a condition", Usage: "GotoIf(condition?[target]:[target])", Targets: branches(wholeTarget),
		Exec: goToIf},
}

func verbose(c *pbx.Channel, args string) dialplan.Result {
	text, level := args, 0
	if first, rest, ok := strings.Cut(args, ","); ok {
		if n, err := strconv.Atoi(strings.TrimSpace(first)); err == nil {
			text, level = rest, min(max(n, 0), 4)
		}
	}
	c.Show(level, "app_verbose.c", "%s", text)
	return dialplan.Continue
}

// set splits at the first "=" and takes everything after it as it stands.
func set(c *pbx.Channel, args string) dialplan.Result {
	name, value, ok := strings.Cut(args, "=")
	if !ok {
		c.Warn("Set requires one variable name/value pair: '" + args + "'")
		return dialplan.Continue
	}
	if name != strings.TrimSpace(name) {
		c.Warn("the variable name '" + name + "' has blanks at its ends")
	}
	if err := c.Assign(name, value); err != nil {
		c.Warn(err.Error())
	}
	return dialplan.Continue
}

// mset sets one after the other; quotes around a value are taken off.
func mset(c *pbx.Channel, args string) dialplan.Result {
	for _, pair := range dialplan.SplitArgs(args, 0) {
		set(c, pair)
	}
	return dialplan.Continue
}

func logText(c *pbx.Channel, args string) dialplan.Result {
	level, text, ok := strings.Cut(args, ",")
	log := c.Core().Log()
	from := c.Trace().ContextFrom("Ext. " + c.View().At.Exten)
	switch strings.ToLower(strings.TrimSpace(level)) {
	case "error":
		log.Error().Ctx(from).Msg(text)
	case "warning":
		log.Warn().Ctx(from).Msg(text)
	case "notice", "dtmf":
		log.Info().Ctx(from).Msg(text)
	case "verbose":
		c.Show(0, "Ext. "+c.View().At.Exten, "%s", text)
	case "debug":
		log.Debug().Ctx(from).Msg(text)
	default:
		ok = ok && c.LogOwn(strings.TrimSpace(level), text)
	}
	if !ok {
		c.Warn("Log: '" + level + "' is not error, warning, notice, debug, verbose, dtmf or one of custom_levels in logger.conf")
	}
	return dialplan.Continue
}

func goTo(c *pbx.Channel, args string) dialplan.Result {
	m := c.Machine()
	to, err := m.Target(args, c.Query())
	if err != nil {
		c.Warn("Goto: " + err.Error())
		return dialplan.End
	}
	m.Goto(to)
	if c.Shows(3) {
		c.Show(3, "pbx_builtins.c", "Goto (%s,%s,%d)", to.Context, to.Exten, to.Priority)
	}
	return dialplan.Continue
}

// branch is the part of "condition?yes:no" that the condition chooses, "" for none; not ok
// without a "?". What it names may have arguments with colons.
func branch(args string) (chosen string, ok bool) {
	cond, rest, ok := strings.Cut(args, "?")
	chosen, no := dialplan.CutBranches(rest)
	if !expr.Condition(cond) {
		chosen = no
	}
	return strings.TrimSpace(chosen), ok
}

// goToIf: first "?", then first ":"; an empty branch goes on.
func goToIf(c *pbx.Channel, args string) dialplan.Result {
	cond, rest, _ := strings.Cut(args, "?")
	return goToBranch(c, rest, expr.Condition(cond))
}

func goToBranch(c *pbx.Channel, branches string, holds bool) dialplan.Result {
	target, no, _ := strings.Cut(branches, ":")
	if !holds {
		target = no
	}
	if strings.TrimSpace(target) == "" {
		return dialplan.Continue
	}
	return goTo(c, target)
}
