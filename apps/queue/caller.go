package queue

import (
	"slices"

	"obelisk/dialplan"
	"obelisk/pbx"
)

// caller is somebody who waits in a queue. What stands above the line belongs to the goroutine of
// his channel.
type caller struct {
	m  *Module
	q  *queue
	ch *pbx.Channel
	o  order

	start, expire int64 // Unix seconds; expire 0: never
	digits        string
	left          bool // by the digits
	rules         []rule
	lastPlace     int64 // when he was told his place last; 0: not yet
	lastSaid      int
	lastPeriodic  int64
	periodic      int // the prompt that is next
	music         string
	elsewhere     bool // who does not get the call is told that it was answered elsewhere
	tries         int
	abandoned     bool            // that he has hung up is written
	seat          dialplan.Result // once he is connected

	// Guarded by Module.mu.
	limits
	prio, pos, opos int
	at              int64 // his place among his equals at all nodes (nodes.go)
	calling         bool  // members ring for him
	linPos          int
	judged          []judged // room for a choice
	linWrapped      bool
	withdraw        bool
	why             string // of that
}

// reason is QUEUESTATUS.
type reason string

const (
	noReason  reason = ""
	unknown   reason = "UNKNOWN"
	timedOut  reason = "TIMEOUT"
	full      reason = "FULL"
	joinEmpty reason = "JOINEMPTY"
	leftEmpty reason = "LEAVEEMPTY"
	goesOn    reason = "CONTINUE"
	withdrawn reason = "WITHDRAW"
)

// join lets a caller in, in front of those of lower priority; position is where he wants to be
// among his equals, 0 last.
func (m *Module) join(c *caller, name string, position int) (why reason) {
	m.with(func(t *told) {
		q := m.find(name)
		if q == nil {
			why = unknown
			return
		}
		switch {
		case q.s.joinEmpty != 0 && q.empty(c, q.s.joinEmpty, now()):
			why = joinEmpty
			return
		case q.s.maxLen > 0 && q.waiting() >= q.s.maxLen:
			why = full
			return
		}
		c.q, c.music = q, q.s.music
		q.rank(c, position)
		at := len(q.callers)
		for i, o := range q.callers {
			if c.prio > o.prio || c.prio >= o.prio && position > 0 && q.places(o, i, position, c) {
				at = i
				break
			}
		}
		q.callers = slices.Insert(q.callers, at, c)
		q.number()
		c.opos = c.pos
		if len(q.callers) == 1 {
			m.show(t, q.name, pbx.DeviceRinging)
		}
		m.nodes.queued(c)
		c.tell(t, "QueueCallerJoin", f("Position", c.pos), f("Count", q.waiting()))
	})
	return why
}

// number gives all who wait their places.
func (q *queue) number() {
	for i, c := range q.callers {
		c.pos = i + 1
		if len(q.away) > 0 {
			all, _ := q.ahead(c)
			c.pos += all
		}
	}
}

// leave takes a caller out, once.
func (c *caller) leave() {
	c.m.with(func(t *told) {
		q := c.q
		at := slices.Index(q.callers, c)
		if at < 0 {
			return
		}
		pos := c.pos
		q.callers = slices.Delete(q.callers, at, at+1)
		q.number()
		c.pos = pos
		if len(q.callers) == 0 {
			c.m.show(t, q.name, pbx.DeviceNotInUse)
		}
		c.m.nodes.queued(c)
		c.tell(t, "QueueCallerLeave", f("Position", pos), f("Count", q.waiting()))
		t.say(func() { c.ch.SetVar("QUEUEPOSITION", written(pos)) })
	})
}

// tell makes an event about the caller known.
func (c *caller) tell(t *told, event string, fields ...pbx.Field) {
	fields = append([]pbx.Field{{Name: "Queue", Value: c.q.name}}, fields...)
	t.say(func() { c.m.core.Tell(pbx.News{Name: event, Class: "agent", Chan: c.ch.Snapshot(), Fields: fields}) })
}

// log writes a line of queue_log about him.
func (c *caller) log(agent, event string, data ...any) {
	list := make([]string, len(data))
	for i, d := range data {
		list[i] = written(d)
	}
	c.m.core.QueueLog(c.ch.UniqueID(), c.q.name, agent, event, list...)
}

// logged is log with his place, the one at first, and how long he has waited, and what else there
// is before and behind.
func (c *caller) logged(event string, before []any, behind ...any) {
	pos, opos := c.places()
	c.log(none, event, append(append(before, pos, opos, c.waited()), behind...)...)
}

const none = "NONE"

func (c *caller) places() (pos, opos int) {
	c.m.mu.Lock()
	defer c.m.mu.Unlock()
	return c.pos, c.opos
}

func (c *caller) waited() int64 { return now() - c.start }

func (c *caller) expired() bool { return c.expire > 0 && now() >= c.expire }

// ourTurn says whether a member may ring for him now: there are more of them free than callers
// before him who have none yet, and, with one caller at a time, he is the first.
func (c *caller) ourTurn() bool {
	c.m.mu.Lock()
	defer c.m.mu.Unlock()
	q := c.q
	open, before := q.available(now()), 0
	for _, o := range q.callers {
		if o == c || before >= open {
			break
		}
		if !o.calling {
			before++
		}
	}
	if len(q.away) > 0 {
		_, idle := q.ahead(c)
		before += idle
	}
	return before < open && (q.s.autofill || c.pos == 1)
}

// wished says whether he is to leave without having been served.
func (c *caller) wished() bool {
	c.m.mu.Lock()
	defer c.m.mu.Unlock()
	return c.withdraw
}

// deserted says whether leavewhenempty has him leave.
func (c *caller) deserted() bool {
	c.m.mu.Lock()
	defer c.m.mu.Unlock()
	return c.q.s.leaveEmpty != 0 && c.q.empty(c, c.q.s.leaveEmpty, now())
}

// settings are those of his queue, now.
func (c *caller) settings() *settings {
	c.m.mu.Lock()
	defer c.m.mu.Unlock()
	return c.q.s
}

// abandon counts him as one who was not served.
func (c *caller) abandon() {
	c.ch.SetVar("ABANDONED", "TRUE")
	c.queueVars(c.ch)
	c.m.with(func(t *told) {
		q := c.q
		waited := c.waited()
		if waited <= q.s.serviceLevel {
			q.abandonSoon++
		}
		q.abandoned++
		c.tell(t, "QueueCallerAbandon", f("Position", c.pos), f("OriginalPosition", c.opos), f("HoldTime", waited))
	})
}

// queueVars sets what setqueuevar asks for.
func (c *caller) queueVars(on *pbx.Channel) {
	c.m.mu.Lock()
	wanted, name, vars := c.q.s.setQueueVar, c.q.name, c.q.vars()
	c.m.mu.Unlock()
	if !wanted {
		return
	}
	on.SetVar("QUEUENAME", name)
	for _, v := range vars {
		on.SetVar(v[0], v[1])
	}
}

// adjust changes the limits of penalties as the rule of the queue says.
func (c *caller) adjust(late func(int64) bool) {
	for len(c.rules) > 0 && late(c.rules[0].after) {
		c.m.mu.Lock()
		vars := c.rules[0].apply(&c.limits)
		c.m.mu.Unlock()
		c.rules = c.rules[1:]
		for _, v := range vars {
			c.ch.SetVar(v[0], v[1])
		}
	}
}

// ruleNamed are the steps of a section of queuerules.conf, "" for the queue's own.
func (c *caller) ruleNamed(name string) []rule {
	c.m.mu.Lock()
	defer c.m.mu.Unlock()
	if name == "" {
		name = c.q.s.rule
	}
	if l := c.m.config.rules(name); l != nil {
		return l.rules
	}
	return nil
}

// exits takes a key of a caller who waits: once the keys are an extension of the queue's context he
// goes there, which it says.
func (c *caller) exits(key byte) bool {
	const most = 78 // keys that are kept
	if len(c.digits) >= most {
		c.digits = ""
		return false
	}
	c.digits += string(key)
	context := c.settings().context
	if context == "" {
		return false
	}
	plan := c.ch.Machine().Plan()
	if !plan.CanMatch(context, c.digits, c.ch.Query()) {
		c.digits = ""
		return false
	}
	if !plan.Exists(context, c.digits, c.ch.Query()) {
		return false
	}
	c.ch.Machine().Goto(dialplan.Location{Context: context, Exten: c.digits, Priority: 1})
	c.left = true
	return true
}
