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

// noteQuality remembers with whom each of two channels was.
func noteQuality(caller, callee *Channel) {
	a, b := audible(caller), audible(callee)
	caller.locked(func() { caller.with = b })
	callee.locked(func() { callee.with = a })
}

// tellBye tells how it went when the far end of one of two in a bridge hangs up: of that one first, and of each to the other
// with BRIDGED behind the names, in chan_sip's order. The other one tells of the first once more as it ends.
func (c *Channel) tellBye(with *Channel) {
	if with == nil || c.toldQuality || !c.core.Heard() {
		return
	}
	for _, x := range [][2]*Channel{{c, with}, {with, c}} {
		s := audible(x[0])
		if s == nil {
			continue
		}
		x[0].toldQuality, x[0].owesQuality = true, x[0] == with
		q := s.Quality()
		for _, v := range q.Vars() {
			x[0].tellVariable(qosPrefix+v[0], v[1])
			x[1].tellVariable(qosPrefix+v[0]+"BRIDGED", v[1])
		}
	}
}

// endQuality tells it of a channel that ends and has not told yet, where it has last made known that it is.
// Where the switchboard hangs up, it also tells that it is the one that was called again, and the first of the
// variables once more, as Asterisk does.
func (c *Channel) endQuality(last bool) {
	s := audible(c)
	if s == nil || !c.core.Heard() || c.View().State != StateUp {
		return
	}
	at := c.View().At
	c.SetLocation(c.stepAt)
	defer c.SetLocation(at)
	if c.toldQuality {
		if last && c.owesQuality {
			c.tellFirstQuality(s)
		}
		return
	}
	c.toldQuality = true
	c.tellQuality(s, "")
	c.SetLocation(at)
	if !last {
		return
	}
	if c.outApp != "" && at != c.stepAt {
		c.tellStep(c.outApp, event.OutgoingLine)
	}
	c.tellFirstQuality(s)
}

func (c *Channel) tellFirstQuality(s *media.Stream) {
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
