package pbx

import (
	"strings"

	"obelisk/media"
)

// How well the audio of a call went is in the variables RTPAUDIOQOS, RTPAUDIOQOSJITTER,
// RTPAUDIOQOSLOSS and RTPAUDIOQOSRTT, and with BRIDGED behind these that of who was there.
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
