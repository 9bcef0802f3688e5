package queue

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"obelisk/internal/printable"
	"obelisk/pbx"
)

// obstacle is why a member does not ring for a caller.
type obstacle uint8

const (
	noObstacle obstacle = iota
	isPaused
	isBusy
	wrapsUp
	isOutweighed
	isOvertaken
	isRung
)

// obstacle tells the first one there is; Module.mu is held.
func (c *caller) obstacle(x *member) obstacle {
	m, key := c.m, strings.ToLower(x.face)
	wrapup := x.wrapupIn(x.tookIn(c.q))
	switch {
	case x.paused:
		return isPaused
	case !x.ringInUse && !free(x.status):
		return isBusy
	case wrapup > 0 && now()-x.lastCall < wrapup:
		return wrapsUp
	case c.outweighed(key):
		return isOutweighed
	case m.config.LongestFirst != longestNo && c.overtakes(key):
		return isOvertaken
	case !x.ringInUse && m.ringing[key]:
		return isRung
	}
	return noObstacle
}

// tookIn is the queue in which he took his last call.
func (x *member) tookIn(otherwise *queue) *queue {
	if x.lastQueue != nil {
		return x.lastQueue
	}
	return otherwise
}

// says is an obstacle in words.
func (c *caller) says(x *member, o obstacle) string {
	switch o {
	case isPaused:
		why := ""
		if x.reason != "" {
			why = ", " + x.reason
		}
		return fmt.Sprintf("paused for %d s%s", now()-x.lastPause, why)
	case isBusy:
		if deaf(x.status) {
			return fmt.Sprintf("%s is %s: there is nothing that could ring", x.state, x.isNow())
		}
		return fmt.Sprintf("%s is %s, and with ringinuse=no he rings only when it is not in use", x.state, x.isNow())
	case wrapsUp:
		q := x.tookIn(c.q)
		return fmt.Sprintf("wraps up the last call, in queue %s, for %d s more", q.name, x.wrapupIn(q)-(now()-x.lastCall))
	case isOutweighed:
		return "a queue of more weight has callers for him"
	case isOvertaken:
		return "somebody in another queue has waited for longer (force_longest_waiting_caller)"
	case isRung:
		return "rings for another caller"
	}
	if deaf(x.status) {
		return fmt.Sprintf("is called in vain, %s is %s", x.state, x.isNow())
	}
	return "rings"
}

// isNow is the state of his phone in words.
func (x *member) isNow() string { return strings.ToLower(statusTexts[statusNumbers[x.status]]) }

// deaf says whether nobody can answer there: the phone is not registered, or there is none of that name.
func deaf(s pbx.DeviceState) bool { return s == pbx.DeviceUnavailable || s == pbx.DeviceInvalid }

// cmdExplain tells whom a queue rings now for one of its callers, and why not the others.
func (m *Module) cmdExplain(w io.Writer, a []string) bool {
	if len(a) < 1 || len(a) > 2 {
		return pbx.Misused(w, "queue explain <queue> [<place of a caller>|<member>]")
	}
	m.mu.Lock()
	q := m.find(a[0])
	var text strings.Builder
	if q != nil {
		place, err := strconv.Atoi(at(a, 1))
		only := ""
		if err != nil {
			only = at(a, 1)
		}
		q.explain(&text, place, only)
	}
	m.mu.Unlock()
	if q == nil {
		printable.Fprintf(w, "No such queue: %s.\n", a[0])
		return false
	}
	io.WriteString(w, text.String())
	return true
}

// explain is about the caller at a place, or with 0 the first one who is not served yet; without
// one about somebody who comes now and has no limits of penalties. only names a member, by name or
// interface, of whom alone it tells; "" for all.
func (q *queue) explain(w io.Writer, place int, only string) {
	c := &caller{m: q.m, q: q, start: now(), limits: limits{max: unset, min: unset, raise: unset}}
	who := "somebody who comes now"
	for _, o := range q.callers {
		if place == o.pos || place == 0 && !o.calling {
			copied := *o
			copied.judged = nil // that is of his own attempt
			c, who = &copied, fmt.Sprintf("%s, who is at place %d and has waited for %d s", o.ch.Name(), o.pos, o.waited())
			break
		}
	}
	say := func(format string, args ...any) { printable.Fprintf(w, format+"\n", args...) }
	say("Queue %s, strategy %s: %d of %d members can take a call, %d callers wait.", q.name, q.s.strategy, q.available(now()), len(q.members),
		len(q.callers))
	if c.ch != nil && !c.calling && !q.s.autofill && c.pos > 1 {
		say("He is not served: with autofill=no one caller is at a time.")
	}
	say("For %s, in this order:", who)
	wrapped := q.wrapped
	left := q.choose(c, now(), q.m.roll)
	q.wrapped = wrapped
	judged, shown := map[*member]bool{}, 0
	tells := func(x *member) bool {
		if only != "" && !strings.EqualFold(only, x.name) && !strings.EqualFold(only, x.face) {
			return false
		}
		shown++
		return true
	}
	for {
		x, metric, ok := left.take()
		if !ok {
			break
		}
		if judged[x] = true; tells(x) {
			say("  %s: %s (metric %d)", x.name, c.says(x, c.obstacle(x)), metric)
		}
	}
	for _, x := range q.members {
		if !judged[x] && tells(x) {
			say("  %s: never, his penalty of %d is outside of the limits", x.name, x.penalty)
		}
	}
	switch {
	case only != "" && shown == 0:
		say("  %s is no member of the queue.", only)
	case len(q.members) == 0:
		say("  nobody: the queue has no members")
	case q.s.strategy == Random, q.s.strategy == WRandom:
		say("The order is drawn anew for each attempt.")
	case q.s.strategy == RingAll:
		say("All of the lowest metric ring at once; the next ones when none of them can be called.")
	}
}
