package queue

import (
	"strconv"
	"strings"

	"obelisk/internal/store/realtime"
	"obelisk/pbx"
)

// outcome is what became of a wish about a member.
type outcome uint8

const (
	done outcome = iota
	noQueue
	exists // he is there already, or, of one who is to go, not there
	notDynamic
)

// addition is a member to come.
type addition struct {
	face, name, state, reason string
	penalty                   int
	paused                    bool
	wrapup                    int64
}

// add makes somebody a member of a queue, for as long as nobody takes him away. by is who does it,
// in queue_log.
func (m *Module) add(queue string, a addition, by string) (o outcome) {
	state := a.state
	if state == "" {
		state = a.face
	}
	status := m.statusOf(state)
	m.refresh(queue)
	m.with(func(t *told) {
		q := m.find(queue)
		switch {
		case q == nil:
			o = noQueue
			return
		case q.member(a.face) != nil:
			o = exists
			return
		}
		x := m.admit(t, q, a, state, status)
		if m.config.Persistent {
			m.save(t, q)
		}
		m.nodes.wished(q, a.face)
		agent := a.face
		if m.config.NameAsAgent && a.name != "" {
			agent = x.name
		}
		m.log(t, by, queue, agent, "ADDMEMBER", map[bool]string{true: "PAUSED"}[a.paused])
	})
	return o
}

// admit makes the member.
func (m *Module) admit(t *told, q *queue, a addition, state string, status pbx.DeviceState) *member {
	x := &member{face: a.face, name: a.name, state: state, dynamic: true, penalty: a.penalty, wrapup: a.wrapup, ringInUse: q.s.ringInUse,
		paused: a.paused, reason: a.reason, login: now(), status: status}
	if x.name == "" {
		x.name = x.face
	}
	if x.paused {
		x.lastPause = now()
	}
	q.insert(t, x)
	m.tell(t, "QueueMemberAdded", x)
	if x.available(now()) {
		q.lamp(t, now())
	}
	return x
}

// remove takes a dynamic member away.
func (m *Module) remove(queue, face, by string) (o outcome) {
	m.refresh(queue)
	m.with(func(t *told) {
		q := m.find(queue)
		if q == nil {
			o = noQueue
			return
		}
		x := q.member(face)
		switch {
		case x == nil:
			o = exists
			return
		case !x.dynamic:
			o = notDynamic
			return
		}
		m.tell(t, "QueueMemberRemoved", x)
		q.remove(t, x)
		if m.config.Persistent {
			m.save(t, q)
		}
		m.nodes.wished(q, face)
		q.lamp(t, now())
		agent := face
		if m.config.NameAsAgent {
			agent = x.name
		}
		m.log(t, by, queue, agent, "REMOVEMEMBER", "")
	})
	return o
}

// paused pauses a member of a queue, of all with "", or takes that back; false: there is none.
func (m *Module) paused(queue, face, reason string, on bool) (found bool) {
	m.refresh(queue)
	m.with(func(t *told) { found = m.pause(t, queue, face, reason, on) })
	return found
}

// pause is that with mu held.
func (m *Module) pause(t *told, name, face, reason string, on bool) (found bool) {
	m.each(name, func(q *queue) {
		x := q.member(face)
		if x == nil {
			return
		}
		if !found && name == "" {
			m.log(t, none, none, x.name, map[bool]string{true: "PAUSEALL", false: "UNPAUSEALL"}[on], reason)
		}
		found = true
		m.setPause(t, x, reason, on)
	})
	return found
}

func (m *Module) setPause(t *told, x *member, reason string, on bool) {
	q := x.q
	if x.paused && on && m.config.UnpauseOnNewReason && x.reason != reason {
		m.log(t, none, q.name, x.name, "UNPAUSE", "Auto-Unpause")
	}
	if x.paused, x.reason = on, ""; on {
		x.lastPause, x.reason = now(), reason
	}
	q.stale()
	m.keep(t, x, "paused", bit(on), realtime.Field{Name: "reason_paused", Value: x.reason})
	m.show(t, q.name+"_pause_"+x.face, pausedState(on))
	if m.config.Persistent {
		m.save(t, q)
	}
	m.nodes.wished(q, x.face)
	q.lamp(t, now())
	x.reason = reason // that of the end of a pause is told too
	m.log(t, none, q.name, x.name, map[bool]string{true: "PAUSE", false: "UNPAUSE"}[on], reason)
	if m.tell(t, "QueueMemberPause", x); !on {
		x.reason = ""
	}
}

// setPenalty and setRingInUse change what members of a queue, or of all with "", are; false: there
// is no such member.
func (m *Module) setPenalty(name, face string, penalty int) (found bool) {
	m.refresh(name)
	m.with(func(t *told) {
		if penalty < 0 && !m.config.NegativePenalty {
			return
		}
		m.each(name, func(q *queue) {
			if x := q.member(face); x != nil {
				found = true
				x.penalty = penalty
				m.keep(t, x, "penalty", strconv.Itoa(penalty))
				m.nodes.wished(q, x.face)
				if m.config.Persistent {
					m.save(t, q)
				}
				m.log(t, none, q.name, face, "PENALTY", strconv.Itoa(penalty))
				m.tell(t, "QueueMemberPenalty", x)
			}
		})
	})
	return found
}

func (m *Module) setRingInUse(name, face string, on bool) (found bool) {
	m.refresh(name)
	m.with(func(t *told) {
		m.each(name, func(q *queue) {
			if x := q.member(face); x != nil {
				found = true
				x.ringInUse = on
				m.keep(t, x, "ringinuse", bit(on))
				m.nodes.wished(q, x.face)
				q.stale()
				m.log(t, none, q.name, x.face, "RINGINUSE", bit(on))
				m.tell(t, "QueueMemberRinginuse", x)
			}
		})
	})
	return found
}

// family is where dynamic members are kept in the database.
const family = "Queue/PersistentMembers"

// save writes the dynamic members of a queue down, as Asterisk does.
func (m *Module) save(t *told, q *queue) {
	if m.db == nil {
		return
	}
	var list []string
	for _, x := range q.members {
		if x.dynamic {
			list = append(list, strings.Join([]string{x.face, strconv.Itoa(x.penalty), bit(x.paused), x.name, x.state, x.reason, epoch(x.wrapup)},
				";"))
		}
	}
	name, value := q.name, strings.Join(list, "|")
	if value == "" {
		t.say(func() { m.db.Delete(family, name) })
		return
	}
	t.say(func() { m.db.Put(family, name, value) })
}

// recall brings the members back that were kept.
func (m *Module) recall() {
	if m.db == nil {
		return
	}
	m.db.Watch(family, m.recalled)
	for _, row := range m.db.List(family) {
		name := row.Key[strings.LastIndexByte(row.Key, '/')+1:]
		m.mu.Lock()
		known := m.find(name) != nil
		m.mu.Unlock()
		if !known {
			m.core.Log().Warn().Msgf("Error loading persistent queue: '%s': it does not exist", name)
			m.db.Delete(family, name)
			continue
		}
		for _, text := range strings.FieldsFunc(row.Value, func(r rune) bool { return r == '|' || r == ',' }) {
			m.bring(name, text)
		}
	}
}

// bring brings one back: "interface;penalty;paused;name;state interface;reason;wrapuptime", of
// which those behind paused may be missing.
func (m *Module) bring(queue, text string) {
	f := strings.Split(text, ";")
	if len(f) < 3 || f[0] == "" {
		m.core.Log().Warn().Msgf("Error parsing persistent member string for '%s': '%s'", queue, text)
		return
	}
	f = append(f, "", "", "", "")
	a := addition{face: f[0], penalty: atoi(f[1]), paused: atoi(f[2]) == 1, name: f[3], state: f[4], reason: f[5], wrapup: int64(atoi(f[6]))}
	state := a.state
	if state == "" {
		state = a.face
	}
	status := m.statusOf(state)
	m.with(func(t *told) {
		if q := m.find(queue); q != nil && q.member(a.face) == nil {
			m.admit(t, q, a, state, status)
		}
	})
}

// reprioritize changes the priority of a caller, by the name of his channel; at once moves him
// too.
func (m *Module) reprioritize(queue, channel string, prio int, at bool) (o outcome) {
	m.mu.Lock()
	defer m.mu.Unlock()
	q := m.find(queue)
	if q == nil {
		return noQueue
	}
	for i, c := range q.callers {
		if c.ch.Name() != channel {
			continue
		}
		if c.prio = prio; at {
			q.move(i)
			c.opos = c.pos
		}
		m.nodes.queued(c)
		return done
	}
	return exists
}

// request has a caller leave; outcome exists: no such caller, notDynamic: that was asked for
// before.
func (m *Module) request(queue, channel, why string) (o outcome) {
	m.mu.Lock()
	defer m.mu.Unlock()
	q := m.find(queue)
	if q == nil {
		return noQueue
	}
	for _, c := range q.callers {
		switch {
		case c.ch.Name() != channel:
		case c.withdraw:
			return notDynamic
		default:
			c.withdraw, c.why = true, why
			return done
		}
	}
	return exists
}
