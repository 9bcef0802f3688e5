package queue

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"obelisk/pbx"
)

// parts of the configuration that are put in force.
type parts uint8

const (
	partParameters parts = 1 << iota
	partMembers
	partRules

	everything = partParameters | partMembers | partRules
)

// reload puts parts of a reading in force, of one queue or, with "", of all. Statistics, dynamic
// members and callers stay. A queue that is not written any more goes with its last caller.
func (m *Module) reload(c *Config, what parts, only string) {
	states := m.states(c)
	m.with(func(t *told) {
		if what&partRules != 0 {
			m.config = &Config{General: m.config.General, Queues: m.config.Queues, Rules: c.Rules}
		}
		if what&partParameters != 0 {
			m.config = &Config{General: c.General, Queues: c.Queues, Rules: m.config.Rules}
			m.drop(t, c, only)
		}
		for _, s := range c.Queues {
			if only == "" || strings.EqualFold(s.name, only) {
				m.apply(t, s, what, states)
			}
		}
		if !m.begun && m.config.Persistent {
			t.say(m.recall)
		}
		m.begun = true
	})
}

// states asks for the states of all members of the files, before mu is held.
func (m *Module) states(c *Config) map[string]pbx.DeviceState {
	out := map[string]pbx.DeviceState{}
	for _, s := range c.Queues {
		for _, l := range s.members {
			state := cmp.Or(l.state, l.face)
			if _, known := out[state]; !known {
				out[state] = m.statusOf(state)
			}
		}
	}
	return out
}

// drop takes away what is not in the files any more.
func (m *Module) drop(t *told, c *Config, only string) {
	written := map[string]bool{}
	for _, s := range c.Queues {
		written[strings.ToLower(s.name)] = true
	}
	for key, q := range maps.Clone(m.queues) {
		if written[key] || q.stored || only != "" && !strings.EqualFold(q.name, only) {
			continue
		}
		delete(m.queues, key)
		m.order = slices.DeleteFunc(m.order, func(o *queue) bool { return o == q })
		for _, x := range slices.Clone(q.members) {
			q.drop(t, x)
		}
	}
}

// apply puts a section in force.
func (m *Module) apply(t *told, s *section, what parts, states map[string]pbx.DeviceState) {
	q := m.find(s.name)
	switch {
	case q == nil && what&partParameters == 0:
		return
	case q == nil:
		q = &queue{m: m, name: s.name, s: s.s, listed: s.s.strategy.inOrder()}
		m.queues[strings.ToLower(s.name)] = q
		m.list(q)
		m.show(t, q.name+"_avail", pbx.DeviceInUse)
	case what&partParameters != 0:
		q.s = s.s
	}
	if what&partMembers != 0 && (q.written == nil || !slices.Equal(q.written, s.members)) {
		q.written = append([]memberLine{}, s.members...)
		q.enlist(t, s, states)
	}
	q.stale()
}

// enlist has the static members of a section; those who were there keep what they have done, and
// their pause, which begins anew and without its reason, as in Asterisk.
func (q *queue) enlist(t *told, s *section, states map[string]pbx.DeviceState) {
	for _, x := range q.members {
		x.gone = !x.dynamic && !x.stored
		if x.dynamic {
			x.ringInUse = q.s.ringInUse
		}
	}
	for _, l := range s.members {
		x := &member{q: q, face: l.face, name: cmp.Or(l.name, l.face), state: cmp.Or(l.state, l.face), penalty: l.penalty, wrapup: l.wrapup,
			ringInUse: l.rings(q.s), paused: l.paused, login: now(), fresh: !q.m.begun}
		x.status = states[x.state]
		old := q.member(l.face)
		if old == nil {
			if x.paused {
				x.lastPause = now()
			}
			q.insert(t, x)
			continue
		}
		if x.paused = old.paused; x.paused {
			x.lastPause = now()
		}
		x.calls, x.lastCall, x.lastQueue, x.start, x.soon = old.calls, old.lastCall, old.lastQueue, old.start, old.soon
		q.replace(t, old, x)
	}
	for _, x := range slices.Clone(q.members) {
		if x.gone {
			q.remove(t, x)
		}
	}
	if q.listed {
		q.asWritten(s)
	}
}

// asWritten has the static members in the order of the file, behind the dynamic ones.
func (q *queue) asWritten(s *section) {
	at := map[string]int{}
	for i, l := range s.members {
		at[strings.ToLower(l.face)] = i + 1
	}
	slices.SortStableFunc(q.members, func(a, b *member) int {
		return cmp.Compare(at[strings.ToLower(a.face)], at[strings.ToLower(b.face)])
	})
}

// replace has a member in the place of another one of the same interface.
func (q *queue) replace(t *told, old, x *member) {
	x.pos, x.q = old.pos, q
	at := slices.Index(q.members, old)
	q.members[at] = x
	key := strings.ToLower(x.face)
	q.m.faces[key][slices.Index(q.m.faces[key], old)] = x
	q.m.watch(t, x)
	q.m.unwatch(t, old)
}
