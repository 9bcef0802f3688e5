package queue

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"obelisk/internal/config"
	"obelisk/internal/store/realtime"
	"obelisk/pbx"
)

// Tables is what queues need of a database: *realtime.Tables.
type Tables interface {
	Has(family string) bool
	Load(family string, where ...realtime.Condition) (realtime.Row, bool, error)
	LoadAll(family string, where ...realtime.Condition) ([]realtime.Row, error)
	Update(family string, where realtime.Condition, set realtime.Row) (int64, error)
}

// Families of extconfig.conf.
const (
	queueTable  = "queues"
	memberTable = "queue_members"
	ruleTable   = "queue_rules"
)

// fresh is how long what the tables have said of a queue is believed: whoever waits asks once a second.
const fresh = time.Second

// stored is a member of the table.
type stored struct {
	memberLine
	id, reason string
}

// refresh has a queue be as the tables have it. It may wait for the database, and is called without mu.
// One that is in no file comes and goes with its row; members of the table are added to those of
// either. A database that is away changes nothing.
func (m *Module) refresh(name string) {
	if m.tables == nil || name == "" {
		return
	}
	key := strings.ToLower(name)
	m.mu.Lock()
	recent := time.Since(m.asked[key]) < fresh
	if !recent {
		if len(m.asked) >= mostAsked {
			clear(m.asked)
		}
		m.asked[key] = time.Now()
	}
	g := m.config.General
	q := m.find(name)
	written := q != nil && !q.stored
	m.mu.Unlock()
	if recent {
		return
	}
	var s *section
	known := written
	if !written && m.tables.Has(queueTable) {
		row, ok, err := m.tables.Load(queueTable, realtime.Condition{Field: "name", Value: name})
		if err != nil {
			m.core.Log().Warn().Msgf("queue '%s' cannot be looked up: %v", name, err)
			return
		}
		if known = ok; ok {
			s = g.fromRow(name, row, m.core)
		}
	}
	members, ok := m.storedMembers(name, known)
	if !ok {
		return
	}
	states := map[string]pbx.DeviceState{}
	for _, l := range members {
		states[cmp.Or(l.state, l.face)] = m.statusOf(cmp.Or(l.state, l.face))
	}
	m.with(func(t *told) { m.settle(t, name, s, known, members, states) })
}

// refreshAll is refresh of all queues of the table.
func (m *Module) refreshAll() {
	if m.tables == nil || !m.tables.Has(queueTable) {
		return
	}
	rows, err := m.tables.LoadAll(queueTable, realtime.Condition{Field: "name", Op: "LIKE", Value: "%"})
	if err != nil {
		m.core.Log().Warn().Msgf("the queues of the table cannot be listed: %v", err)
		return
	}
	for _, r := range rows {
		m.refresh(r.Get("name"))
	}
}

// refreshFor is refresh while a channel is served.
func (m *Module) refreshFor(ch *pbx.Channel, name string) {
	if m.tables != nil {
		ch.Off(func() { m.refresh(name) })
	}
}

// mostAsked bounds the names that are remembered: a caller may make some up.
const mostAsked = 10_000

// storedMembers are those of a queue; false when the database does not say.
func (m *Module) storedMembers(queue string, known bool) (out []stored, ok bool) {
	if !known || !m.tables.Has(memberTable) {
		return nil, true
	}
	rows, err := m.tables.LoadAll(memberTable, realtime.Condition{Field: "queue_name", Value: queue})
	if err != nil {
		m.core.Log().Warn().Msgf("the members of queue '%s' cannot be looked up: %v", queue, err)
		return nil, false
	}
	for _, r := range rows {
		l := stored{id: r.Get("uniqueid"), reason: r.Get("reason_paused")}
		l.face, l.name, l.state = r.Get("interface"), r.Get("membername"), r.Get("state_interface")
		l.penalty, l.wrapup = max(atoi(r.Get("penalty")), 0), int64(max(atoi(r.Get("wrapuptime")), 0))
		l.paused = atoi(r.Get("paused")) != 0
		if on, set := config.Bool(r.Get("ringinuse")); set {
			l.ringInUse = map[bool]string{true: "yes", false: "no"}[on]
		}
		if l.face != "" {
			out = append(out, l)
		}
	}
	return out, true
}

// fromRow reads a queue of the table: its columns are named as the options, "_" for "-".
func (g *General) fromRow(name string, row realtime.Row, core *pbx.Core) *section {
	x := &config.Section{Name: name}
	for _, f := range row {
		option := strings.ToLower(f.Name)
		if option == "name" || option == "uniqueid" || option == "id" || f.Value == "" {
			continue
		}
		if byName[option] == nil {
			option = strings.ReplaceAll(option, "_", "-")
		}
		x.Vars = append(x.Vars, config.Var{Name: option, Value: f.Value})
	}
	q, diags := g.section(x)
	for _, d := range diags {
		core.Log().Warn().Msgf("%s (table %s)", d.Text, queueTable)
	}
	return q
}

// settle puts what the tables have said in force; s is the queue where it is of the table.
func (m *Module) settle(t *told, name string, s *section, known bool, members []stored, states map[string]pbx.DeviceState) {
	q := m.find(name)
	switch {
	case q == nil && s == nil:
		return
	case q == nil:
		q = &queue{m: m, name: name, s: s.s, stored: true, listed: s.s.strategy.inOrder(), written: []memberLine{}}
		m.queues[strings.ToLower(name)] = q
		m.list(q)
		m.show(t, q.name+"_avail", pbx.DeviceInUse)
	case q.stored && !known && len(q.callers) == 0:
		for _, x := range slices.Clone(q.members) {
			q.drop(t, x)
		}
		delete(m.queues, strings.ToLower(name))
		m.order = slices.DeleteFunc(m.order, func(o *queue) bool { return o == q })
		return
	case q.stored && s != nil:
		s.s.strategy = q.alike(s.s.strategy)
		q.s = s.s
	}
	q.enroll(t, members, states)
	q.stale()
	q.lamp(t, now())
}

// alike keeps a queue that is at work from going to or from linear, as Asterisk does: its members have
// no order of a file.
func (q *queue) alike(s Strategy) Strategy {
	if s != q.s.strategy && (s == Linear || q.s.strategy == Linear) {
		return q.s.strategy
	}
	return s
}

// enroll has the members of the table; who is a member already in another way stays as he is.
func (q *queue) enroll(t *told, list []stored, states map[string]pbx.DeviceState) {
	there := map[string]bool{}
	for _, l := range list {
		there[strings.ToLower(l.face)] = true
		x := q.member(l.face)
		if x != nil && !x.stored {
			continue
		}
		if x == nil {
			x = &member{q: q, face: l.face, name: cmp.Or(l.name, l.face), state: cmp.Or(l.state, l.face), stored: true, login: now(),
				status: states[cmp.Or(l.state, l.face)]}
			if x.paused, x.reason = l.paused, l.reason; x.paused {
				x.lastPause = now()
			}
			x.take(l, q.s)
			q.insert(t, x)
			q.m.log(t, "REALTIME", q.name, x.face, "ADDMEMBER", map[bool]string{true: "PAUSED"}[x.paused])
			continue // the manager hears nothing of it, as of Asterisk's
		}
		if x.take(l, q.s); x.paused != l.paused {
			if x.paused = l.paused; l.paused {
				x.lastPause = now()
			}
			x.reason = l.reason
			q.m.show(t, q.name+"_pause_"+x.face, pausedState(x.paused))
		}
	}
	for _, x := range slices.Clone(q.members) {
		if x.stored && !there[strings.ToLower(x.face)] {
			q.m.tell(t, "QueueMemberRemoved", x)
			q.remove(t, x)
			q.m.log(t, "REALTIME", q.name, x.face, "REMOVEMEMBER", "")
		}
	}
}

// take has a member be as his row says, but for his pause and the device that counts.
func (x *member) take(l stored, s *settings) {
	x.id, x.name, x.penalty, x.wrapup, x.ringInUse = l.id, cmp.Or(l.name, l.face), l.penalty, l.wrapup, l.rings(s)
}

// keep writes a column of a member's row, when mu is free again.
func (m *Module) keep(t *told, x *member, column, value string, more ...realtime.Field) {
	if !x.stored || m.tables == nil || x.id == "" {
		return
	}
	id, set := x.id, append(realtime.Row{{Name: column, Value: value}}, more...)
	t.say(func() {
		if _, err := m.tables.Update(memberTable, realtime.Condition{Field: "uniqueid", Value: id}, set); err != nil {
			m.core.Log().Warn().Msgf("the table %s is not told: %v", memberTable, err)
		}
	})
}
