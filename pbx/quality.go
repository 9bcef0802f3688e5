package pbx

import (
	"strings"

	"obelisk/media"
	"obelisk/pbx/event"
)

// How well the audio of a call went is in the variables RTPAUDIOQOS, RTPAUDIOQOSJITTER,
// RTPAUDIOQOSLOSS, RTPAUDIOQOSRTT and RTPAUDIOQOSMES, and with BRIDGED behind these that of who was there.
// They are made up when they are read, for most calls never.

const qosPrefix = "RTPAUDIOQOS"

// audible is a stream whose quality is known: that of a call with the outside.
func audible(c *Channel) *media.Stream {
	if c == nil || c.bare {
		return nil
	}
	s := c.Leg().Stream()
	if s == nil || s.Inner() {
		return nil
	}
	return s
}

// noteQuality remembers with whom each of two channels was, and tells who listens how it
// went.
func noteQuality(caller, callee *Channel, tell bool) {
	a, b := audible(caller), audible(callee)
	caller.locked(func() { caller.with = b })
	callee.locked(func() { callee.with = a })
	if !tell || !caller.core.Heard() {
		return
	}
	caller.tellQuality(a, "")
	caller.tellQuality(b, "BRIDGED")
	callee.tellQuality(b, "")
	callee.tellQuality(a, "BRIDGED")
	caller.toldQuality, callee.toldQuality = true, true
}

// endQuality tells it of a channel that ends and was with nobody, where it has last made known that it is.
// Where the switchboard hangs up, it also tells that it is the one that was called again, and the first of the
// variables once more, as Asterisk does.
func (c *Channel) endQuality(last bool) {
	s := audible(c)
	if s == nil || c.toldQuality || !c.core.Heard() || c.View().State != StateUp {
		return
	}
	c.toldQuality = true
	at := c.View().At
	c.SetLocation(c.stepAt)
	c.tellQuality(s, "")
	c.SetLocation(at)
	if !last {
		return
	}
	if c.outApp != "" && at != c.stepAt {
		c.tellStep(c.outApp, event.OutgoingLine)
	}
	q := s.Quality()
	c.tellVariable(qosPrefix, q.Vars()[0][1])
}

func (c *Channel) tellQuality(s *media.Stream, suffix string) {
	if s == nil {
		return
	}
	q := s.Quality()
	for _, v := range q.Vars() {
		c.tellVariable(qosPrefix+v[0]+suffix, v[1])
	}
}

// qualityVariable reads one of the variables; "" for what is none.
func (c *Channel) qualityVariable(name string) string {
	s := audible(c)
	rest := strings.TrimPrefix(name, qosPrefix)
	if what, ok := strings.CutSuffix(rest, "BRIDGED"); ok {
		rest = what
		c.locked(func() { s = c.with })
	}
	if s == nil || c.View().State != StateUp && rest != "" {
		return ""
	}
	q := s.Quality()
	for _, v := range q.Vars() {
		if v[0] == rest {
			return v[1]
		}
	}
	return ""
}
