package app

import (
	"obelisk/dialplan"
	"obelisk/pbx"
)

// What the dialplan puts in the way of news for a caller: of whom he is connected with, and of
// where his call was sent. It is a subroutine or, of old, a macro, which may change the news
// before the phone hears of it.

// introduce tells a caller whom he reaches.
func introduce(c, callee *pbx.Channel) {
	if intercepted(c, "CONNECTED_LINE") {
		c.SetConnected(callee.View().CallerID)
		intercept(c, "CONNECTED_LINE")
		c.Connect(c.View().Connected)
		return
	}
	c.Introduce(callee)
}

// intercepted says whether something is in the way of that kind of news.
func intercepted(c *pbx.Channel, kind string) bool {
	return c.Variable(kind+"_SEND_SUB") != "" || c.Variable(kind+"_CALLER_SEND_MACRO") != ""
}

// intercept runs it.
func intercept(c *pbx.Channel, kind string) {
	if target := c.Variable(kind + "_SEND_SUB"); target != "" {
		to, err := subPlace(c, target)
		if err != nil {
			c.Warn(kind + "_SEND_SUB: '" + target + "': " + err.Error())
			return
		}
		c.RunSubAside(to, dialplan.SplitArgs(c.Variable(kind+"_SEND_SUB_ARGS"), 0))
		return
	}
	if name := c.Variable(kind + "_CALLER_SEND_MACRO"); name != "" {
		c.AndBack(func() { macro(c, name+","+c.Variable(kind+"_CALLER_SEND_MACRO_ARGS")) })
	}
}
