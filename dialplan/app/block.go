package app

import (
	"strings"

	"obelisk/dialplan"
	"obelisk/dialplan/expr"
	"obelisk/pbx"
)

// blocks are the loops and the block form of If. They look for their counterparts by
// priority in the extension that runs, nested ones counted.
var blocks = []pbx.App{
	{Name: "While", Synopsis: "Start a loop", Usage: "While(condition)", Exec: while},
	{Name: "EndWhile", Synopsis: "End a loop", Usage: "EndWhile()", Exec: again("EndWhile")},
	{Name: "ContinueWhile", Synopsis: "Begin the loop anew", Usage: "ContinueWhile()", Exec: again("ContinueWhile")},
	{Name: "ExitWhile", Synopsis: "Leave the loop", Usage: "ExitWhile()", Exec: leave("ExitWhile", loop)},
	{Name: "If", Synopsis: "Start a conditional block", Usage: "If(condition)", Exec: block},
	{Name: "ElseIf", Synopsis: "Another condition of the block", Usage: "ElseIf(condition)", Exec: elseIf},
	{Name: "Else", Synopsis: "The other part of the block", Usage: "Else()", Exec: leave("Else", conditional)},
	{Name: "EndIf", Synopsis: "End a conditional block", Usage: "EndIf()", Exec: endIf},
	{Name: "ExitIf", Synopsis: "Leave the block", Usage: "ExitIf()", Exec: leave("ExitIf", conditional)},
}

// pair is how a block begins and ends.
type pair struct{ begin, end string }

var (
	loop        = pair{"While", "EndWhile"}
	conditional = pair{"If", "EndIf"}
)

// step is the step of the extension that runs at a priority, nil for none.
func step(c *pbx.Channel, n int) *dialplan.Priority {
	at := c.Machine().At()
	h, ok := c.Machine().Plan().Find(at.Context, at.Exten, n, c.Query())
	if !ok {
		return nil
	}
	return h.Priority
}

// behind finds the end of the block that the current priority is in, or begins; other is
// told of each step on the way that belongs to the same block, and may stop there.
func behind(c *pbx.Channel, p pair, other func(*dialplan.Priority) bool) *dialplan.Priority {
	depth := 0
	for n := c.Machine().At().Priority + 1; ; n++ {
		s := step(c, n)
		switch {
		case s == nil:
			return nil
		case strings.EqualFold(s.App, p.begin):
			depth++
		case strings.EqualFold(s.App, p.end) && depth == 0:
			return s
		case strings.EqualFold(s.App, p.end):
			depth--
		case depth == 0 && other != nil && other(s):
			return s
		}
	}
}

// before finds the beginning of the block that the current priority is in.
func before(c *pbx.Channel, p pair) *dialplan.Priority {
	depth := 0
	for n := c.Machine().At().Priority - 1; ; n-- {
		s := step(c, n)
		switch {
		case s == nil:
			return nil
		case strings.EqualFold(s.App, p.end):
			depth++
		case strings.EqualFold(s.App, p.begin) && depth == 0:
			return s
		case strings.EqualFold(s.App, p.begin):
			depth--
		}
	}
}

// jump goes to a priority of the extension that runs.
func jump(c *pbx.Channel, n int) dialplan.Result {
	at := c.Machine().At()
	at.Priority = n
	c.Machine().Goto(at)
	return dialplan.Continue
}

func while(c *pbx.Channel, args string) dialplan.Result {
	n := mark(c, "WHILE")
	if expr.Condition(args) {
		n.holds()
		return dialplan.Continue
	}
	n.over()
	end := behind(c, loop, nil)
	if end == nil {
		c.Warn("While: there is no EndWhile")
		return dialplan.Continue
	}
	return jump(c, end.N+1)
}

func again(name string) func(*pbx.Channel, string) dialplan.Result {
	return func(c *pbx.Channel, _ string) dialplan.Result {
		begin := before(c, loop)
		if begin == nil {
			c.Warn(name + ": there is no While")
			return dialplan.Continue
		}
		if name == loop.end {
			ended(c, begin)
		}
		return jump(c, begin.N)
	}
}

// leave goes behind the block that runs.
func leave(name string, p pair) func(*pbx.Channel, string) dialplan.Result {
	return func(c *pbx.Channel, _ string) dialplan.Result {
		end := behind(c, p, nil)
		if end == nil {
			c.Warn(name + ": there is no " + p.end)
			return dialplan.Continue
		}
		innermost(c, strings.ToUpper(p.begin))
		return jump(c, end.N+1)
	}
}

// block goes on with the first part whose condition holds.
func block(c *pbx.Channel, args string) dialplan.Result {
	n := mark(c, "IF")
	if expr.Condition(args) {
		n.holds()
		return dialplan.Continue
	}
	n.over()
	end := behind(c, conditional, func(s *dialplan.Priority) bool {
		return strings.EqualFold(s.App, "Else") || strings.EqualFold(s.App, "ElseIf")
	})
	if end == nil {
		c.Warn("If: there is no EndIf")
		return dialplan.Continue
	}
	if strings.EqualFold(end.App, "ElseIf") {
		at := c.Machine().At()
		at.Priority = end.N
		c.SetFact(elseAsked, text(at))
		return jump(c, end.N)
	}
	return jump(c, end.N+1)
}

func endIf(c *pbx.Channel, _ string) dialplan.Result {
	innermost(c, "IF")
	return dialplan.Continue
}

// elseAsked is the fact which ElseIf is reached because no condition before it held.
const elseAsked = "elseif"

// elseIf is If where no condition before it held, and the end of the block where one did.
func elseIf(c *pbx.Channel, args string) dialplan.Result {
	if at, _ := c.Fact(elseAsked); at == text(c.Machine().At()) {
		c.SetFact(elseAsked, "")
		return block(c, args)
	}
	return leave("ElseIf", conditional)(c, args)
}
