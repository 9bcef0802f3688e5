package app

import (
	"fmt"
	"strconv"

	"obelisk/dialplan"
	"obelisk/pbx"
)

// Loops and the block form of If set variables, as in Asterisk, which programs see: which number the block has
// (context_exten_priority), where it begins while its condition holds (WHILE_n, IF_n), and what follows it
// (END_WHILE_n). Nothing here reads them to find a way.

// blockMark is the variables of a block.
type blockMark struct {
	c          *pbx.Channel
	name       string // context_exten_priority
	begin, end string // WHILE_n, END_WHILE_n
}

// mark is those of the block that begins at the current priority; one that has no number gets the first that is
// free.
func mark(c *pbx.Channel, kind string) blockMark {
	at := c.Machine().At()
	m := blockMark{c: c, name: fmt.Sprintf("%s_%s_%d", at.Context, at.Exten, at.Priority)}
	n, ok := c.Var(m.name)
	if !ok || n == "" {
		n = strconv.Itoa(free(c, kind))
		c.SetVar(m.name, n)
	}
	m.begin, m.end = kind+"_"+n, "END_"+kind+"_"+n
	return m
}

// free is the first number of which no block's condition holds.
func free(c *pbx.Channel, kind string) (n int) {
	for c.Variable(kind+"_"+strconv.Itoa(n)) != "" {
		n++
	}
	return n
}

// holds notes that the condition does.
func (m blockMark) holds() {
	if m.c.Variable(m.begin) == "" {
		m.c.SetVar(m.begin, text(m.c.Machine().At()))
	}
}

// over notes that it does not.
func (m blockMark) over() {
	empty(m.c, m.begin)
	empty(m.c, m.name)
	empty(m.c, m.end)
}

// ended notes what follows a loop, at its end.
func ended(c *pbx.Channel, begin *dialplan.Priority) {
	at := c.Machine().At()
	n := c.Variable(fmt.Sprintf("%s_%s_%d", at.Context, at.Exten, begin.N))
	if end := "END_WHILE_" + n; n != "" && c.Variable(end) == "" {
		at.Priority++
		c.SetVar(end, text(at))
	}
}

// innermost notes that the block that began last is left.
func innermost(c *pbx.Channel, kind string) {
	if n := free(c, kind); n > 0 {
		empty(c, kind+"_"+strconv.Itoa(n-1))
	}
}

func empty(c *pbx.Channel, name string) {
	if v, _ := c.Var(name); v != "" {
		c.SetVar(name, "")
	}
}

// text is a place as Goto takes it.
func text(at dialplan.Location) string {
	return fmt.Sprintf("%s,%s,%d", at.Context, at.Exten, at.Priority)
}
