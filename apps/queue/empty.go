package queue

import (
	"fmt"
	"strings"

	"obelisk/internal/config"
	"obelisk/pbx"
)

// conditions say which members cannot take a call, for joinempty and leavewhenempty: a queue of
// which no other is left is empty. 0: no queue is.
type conditions uint8

const (
	emptyPaused conditions = 1 << iota
	emptyPenalty
	emptyInUse
	emptyRinging
	emptyUnavailable
	emptyInvalid
	emptyUnknown
	emptyWrapup

	emptyLoose  = emptyPenalty | emptyInvalid
	emptyStrict = emptyLoose | emptyPaused | emptyUnavailable
	emptyUsual  = emptyLoose | emptyPaused
)

var conditionWords = map[string]conditions{"paused": emptyPaused, "penalty": emptyPenalty, "inuse": emptyInUse, "ringing": emptyRinging,
	"unavailable": emptyUnavailable, "invalid": emptyInvalid, "unknown": emptyUnknown, "wrapup": emptyWrapup}

// read takes a list of words; join says that it is joinempty, where "no" is what "yes" is to
// leavewhenempty. The words for several conditions begin anew.
func (c *conditions) read(list string, join bool) (wrong string) {
	for _, word := range strings.Split(list, ",") {
		one, known := conditionWords[strings.ToLower(word)]
		on, truth := config.Bool(word)
		switch {
		case known:
			*c |= one
		case strings.EqualFold(word, "loose"):
			*c = emptyLoose
		case strings.EqualFold(word, "strict"):
			*c = emptyStrict
		case truth && on != join:
			*c = emptyUsual
		case truth:
			*c = 0
		default:
			wrong = fmt.Sprintf("Unknown option %s for '%s'", word, map[bool]string{true: "joinempty", false: "leavewhenempty"}[join])
		}
	}
	return wrong
}

var conditionOf = map[pbx.DeviceState]conditions{pbx.DeviceInvalid: emptyInvalid, pbx.DeviceUnavailable: emptyUnavailable,
	pbx.DeviceInUse:   emptyInUse,
	pbx.DeviceRinging: emptyRinging, pbx.DeviceUnknown: emptyUnknown}

// empty says whether no member can take the caller's call.
func (q *queue) empty(c *caller, when conditions, now int64) bool {
	for _, m := range q.members {
		if !m.lacks(c, when, now) {
			return false
		}
	}
	return true
}

// lacks says whether a member cannot, by the conditions that count.
func (m *member) lacks(c *caller, when conditions, now int64) bool {
	if when&emptyPenalty != 0 && !c.within(c.raised(m.penalty)) {
		return true
	}
	if conditionOf[m.status]&when != 0 {
		return true
	}
	if m.paused && when&emptyPaused != 0 {
		return true
	}
	wrapup := m.wrapupIn(m.q)
	return when&emptyWrapup != 0 && m.lastCall > 0 && wrapup > 0 && now-wrapup < m.lastCall
}
