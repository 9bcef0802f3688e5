package features

import (
	"strings"
	"time"

	"obelisk/pbx"
	"obelisk/pbx/prompt"
)

// Transfers by keys: who is asked for an extension hears nobody else, and the other one hears
// music.

// blind sends the other party to an extension.
func (m *Module) blind(c *pbx.Channel) {
	b := c.Bridge()
	if b == nil || c.With() == nil {
		return
	}
	c.Show(3, "bridge_basic.c", "Channel %s: Started DTMF blind transfer.", c.Name())
	b.StepAside(c, "", true)
	context := contextOf(c)
	exten, ok := m.target(c, context)
	if !ok {
		return
	}
	if !c.SendOther(context, exten) {
		m.says(c, m.of(c).xferFail)
		return
	}
	if next := c.Variable("GOTO_ON_BLINDXFR"); next != "" {
		to, err := m.core.Plan().TargetFrom(c.View().At, strings.ReplaceAll(next, "^", ","), c.Query())
		if err != nil {
			c.Warn("GOTO_ON_BLINDXFR: " + err.Error())
			return
		}
		c.GoesTo(to)
	}
}

// contextOf is where a party's transfers go.
func contextOf(c *pbx.Channel) string {
	if v := c.Variable("TRANSFER_CONTEXT"); v != "" {
		return v
	}
	if v := c.Variable("MACRO_CONTEXT"); v != "" {
		return v
	}
	return c.View().At.Context
}

// target asks for an extension of a context; false when none came.
func (m *Module) target(c *pbx.Channel, context string) (exten string, ok bool) {
	s, plan, q := m.of(c), m.core.Plan(), c.Query()
	if v := c.Variable("TRANSFER_EXTEN"); v != "" {
		if plan.Exists(context, v, q) {
			return v, true
		}
		c.Warn("Override extension '" + v + "' does not exist in context '" + context + "'")
	}
	if s.announce != "" {
		h, err := m.play.Play(c, s.announce, prompt.How{Stops: prompt.AnyKey})
		if err != nil {
			c.Warn(err.Error())
		}
		if h.Key != 0 {
			exten = string(h.Key)
		}
	}
	for attempt := 1; !c.Gone(); attempt++ {
		exten = m.dialled(c, context, exten, s.transferWait)
		switch {
		case c.Gone():
			return "", false
		case plan.Exists(context, exten, q):
			return exten, true
		case exten == "":
			c.Show(3, "bridge_basic.c", "Channel %s: Dialed no digits.", c.Name())
		default:
			c.Show(3, "bridge_basic.c", "Channel %s: Dialed '%s@%s' does not exist.", c.Name(), exten, context)
		}
		exten = ""
		if attempt >= s.attempts {
			m.says(c, s.invalid)
			return "", false
		}
		m.says(c, s.retry)
	}
	return "", false
}

// dialled reads an extension after the dial tone; "#" ends it.
func (m *Module) dialled(c *pbx.Channel, context, typed string, wait time.Duration) string {
	if wait <= 0 {
		wait, _, _ = c.Timeouts()
	}
	plan, q := m.core.Plan(), c.Query()
	if typed == "#" {
		return ""
	}
	if typed == "" || plan.Ignores(context, typed) {
		c.PlayTone(c.Tone("dial"))
		defer c.StopTone()
	}
	for len(typed) < mostDigits && (typed == "" || plan.MatchMore(context, typed, q)) {
		d := c.WaitDigit(wait)
		if d == 0 || d == '#' {
			break
		}
		if typed += string(d); !plan.Ignores(context, typed) {
			c.StopTone()
		}
	}
	return typed
}

// mostDigits is the longest extension that is dialled.
const mostDigits = 79

// says plays a prompt to its end; "" is none.
func (m *Module) says(c *pbx.Channel, name string) {
	if name = strings.TrimSpace(name); name == "" || c.Gone() {
		return
	}
	if _, err := m.play.Play(c, name, prompt.How{}); err != nil {
		c.Warn(err.Error())
	}
}
