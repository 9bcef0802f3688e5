package app

import (
	"obelisk/dialplan"
	"obelisk/pbx"
)

// What the dialplan puts in the way of news for a caller: of whom he is connected with, and of
// where his call was sent. It is a subroutine or, of old, a macro, which may change the news
// before the phone hears of it.

// Kinds of such news: what the names of variables begin with.
const (
	connectedLine = "CONNECTED_LINE"
	redirecting   = "REDIRECTING"
)

// connect runs what is in the way, and tells the phone what comes out of it.
func connect(c *pbx.Channel) {
	intercept(c, connectedLine)
	c.Connect(c.View().Connected)
}

// interception is what stands in the way of news in a call that is up, nil for nothing.
func interception(c *pbx.Channel) func(*pbx.Channel) {
	if !intercepted(c, connectedLine) {
		return nil
	}
	return connect
}

// macroOf is the variable that names the macro of a kind: a caller and who was called have one each.
func macroOf(c *pbx.Channel, kind string) string {
	if c.WasCalled() {
		return kind + "_CALLEE_SEND_MACRO"
	}
	return kind + "_CALLER_SEND_MACRO"
}

// intercepted says whether something is in the way of that kind of news.
func intercepted(c *pbx.Channel, kind string) bool {
	return c.Variable(kind+"_SEND_SUB") != "" || c.Variable(macroOf(c, kind)) != ""
}

// intercept runs it.
func intercept(c *pbx.Channel, kind string) {
	if !intercepted(c, kind) {
		return
	}
	c.Aside(func() {
		if target := c.Variable(kind + "_SEND_SUB"); target != "" {
			to, err := subPlace(c, target)
			if err != nil {
				c.Warn(kind + "_SEND_SUB: '" + target + "': " + err.Error())
				return
			}
			c.RunSub(to, dialplan.SplitArgs(c.Variable(kind+"_SEND_SUB_ARGS"), 0))
			return
		}
		variable := macroOf(c, kind)
		if name := c.Variable(variable); name != "" {
			c.AndBack(func() { macro(c, name+","+c.Variable(variable+"_ARGS")) })
		}
	})
}
