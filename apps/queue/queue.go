package queue

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"obelisk/pbx"
)

// queue is one of queues.conf.
type queue struct {
	m       *Module
	name    string
	light   string // device of its lamp, once it was shown
	s       *settings
	members []*member        // in the order in which they are visited
	callers []*caller        // who wait, the first in front
	away    map[string]*away // who wait at other nodes
	written []memberLine     // the static members that are in force; nil: none were read yet
	stored  bool             // it is of a table
	listed  bool             // its members are in the order in which they came, and not in that of a table: what it was made as

	holdTime, talkTime         int // averages, in seconds
	completed, abandoned       int
	completedSoon, abandonSoon int // of them within the service level
	rrPos                      int // where the round of rrmemory stands
	wrapped                    bool

	open    int   // members who are available,
	countAt int64 // when they were counted; 0: not since a change
}

// stale notes that other members may be available than were.
func (q *queue) stale() { q.countAt = 0 }

// available counts the members who could take a call; where one caller is served at a time it is
// 1 at most.
func (q *queue) available(now int64) int {
	if q.countAt != now {
		q.countAt, q.open = now, 0
		for _, m := range q.members {
			if !m.available(now) {
				continue
			}
			if q.open++; !q.s.autofill || q.s.strategy == RingAll {
				break
			}
		}
	}
	return q.open
}

// member finds one by interface, any case.
func (q *queue) member(face string) *member {
	for _, x := range q.m.faces[strings.ToLower(face)] {
		if x.q == q {
			return x
		}
	}
	return nil
}

// insert adds a member, last in the round.
func (q *queue) insert(t *told, x *member) {
	x.q, x.pos = q, len(q.members)
	q.put(x)
	q.m.watch(t, x)
	q.m.show(t, q.name+"_pause_"+x.face, pausedState(x.paused))
	q.stale()
}

// put gives it its place.
func (q *queue) put(x *member) {
	at := len(q.members)
	if !q.listed {
		for at > 0 && place(q.members[at-1].face) > place(x.face) {
			at--
		}
	}
	q.members = slices.Insert(q.members, at, x)
	key := strings.ToLower(x.face)
	q.m.faces[key] = append(q.m.faces[key], x)
}

// remove takes a member away; those behind it in the round move up.
func (q *queue) remove(t *told, x *member) {
	q.m.show(t, q.name+"_pause_"+x.face, pbx.DeviceNotInUse)
	if x.pos < q.rrPos {
		q.rrPos--
	}
	for _, o := range q.members {
		if o.pos > x.pos {
			o.pos--
		}
	}
	q.drop(t, x)
}

// drop takes a member off all lists.
func (q *queue) drop(t *told, x *member) {
	key := strings.ToLower(x.face)
	q.m.unring(x.face)
	q.members = slices.DeleteFunc(q.members, func(o *member) bool { return o == x })
	if rest := slices.DeleteFunc(q.m.faces[key], func(o *member) bool { return o == x }); len(rest) > 0 {
		q.m.faces[key] = rest
	} else {
		delete(q.m.faces, key)
	}
	q.m.unwatch(t, x)
	q.stale()
}

func pausedState(on bool) pbx.DeviceState {
	if on {
		return pbx.DeviceInUse
	}
	return pbx.DeviceNotInUse
}

// lamp shows whether somebody can take a call: the lamp is on when nobody is there.
func (q *queue) lamp(t *told, now int64) {
	if q.light == "" {
		q.light = q.name + "_avail"
	}
	q.m.show(t, q.light, pausedState(q.available(now) == 0))
}

// level is how many calls in a hundred were answered soon.
func level(soon, all int) float64 {
	if all == 0 {
		return 0
	}
	return 100 * float64(soon) / float64(all)
}

// levels are the service level of the calls that were answered, and of all.
func (q *queue) levels() (answered, all float64) {
	return level(q.completedSoon, q.completed), level(q.completedSoon+q.abandonSoon, q.completed+q.abandoned)
}

// vars are what setqueuevar and QUEUE_VARIABLES set, but for the name.
func (q *queue) vars() [][2]string {
	perf, _ := q.levels()
	n := func(name string, value int) [2]string { return [2]string{name, fmt.Sprint(value)} }
	return [][2]string{n("QUEUEMAX", q.s.maxLen), {"QUEUESTRATEGY", q.s.strategy.String()}, n("QUEUECALLS", q.waiting()),
		n("QUEUEHOLDTIME", q.holdTime), n("QUEUETALKTIME", q.talkTime), n("QUEUECOMPLETED", q.completed), n("QUEUEABANDONED", q.abandoned),
		n("QUEUESRVLEVEL", int(q.s.serviceLevel)), {"QUEUESRVLEVELPERF", fmt.Sprintf("%2.1f", perf)}}
}

// reset forgets the statistics.
func (q *queue) reset() {
	q.holdTime, q.talkTime, q.completed, q.abandoned, q.completedSoon, q.abandonSoon = 0, 0, 0, 0, 0, 0
	for _, x := range q.members {
		x.calls, x.soon, x.lastCall, x.start = 0, false, 0, 0
	}
	q.stale()
}

// bucketsOfQueues of Asterisk's table of queues.
const bucketsOfQueues = 53

// bucket is where a queue is in that table.
func bucket(name string) uint32 {
	sum := uint32(5381)
	for _, c := range []byte(strings.ToLower(name)) {
		sum = sum*33 ^ uint32(c)
	}
	return (sum & (1<<31 - 1)) % bucketsOfQueues
}

// list puts a queue where Asterisk visits it: what concerns several queues is told in that order.
func (m *Module) list(q *queue) {
	at := len(m.order)
	for at > 0 && bucket(m.order[at-1].name) > bucket(q.name) {
		at--
	}
	m.order = slices.Insert(m.order, at, q)
}

// sorted are all queues by name.
func (m *Module) sorted() []*queue {
	return slices.SortedFunc(slices.Values(m.order),
		func(a, b *queue) int { return cmp.Compare(strings.ToLower(a.name), strings.ToLower(b.name)) })
}

// each visits the queue of a name, "" for all.
func (m *Module) each(name string, f func(q *queue)) {
	for _, q := range m.order {
		if name == "" || strings.EqualFold(q.name, name) {
			f(q)
		}
	}
}

// move puts a caller where his priority has him.
func (q *queue) move(i int) {
	c := q.callers[i]
	rest := slices.Delete(slices.Clone(q.callers), i, i+1)
	at := slices.IndexFunc(rest, func(o *caller) bool { return c.prio > o.prio })
	if at < 0 {
		at = len(rest)
	}
	q.callers = slices.Insert(rest, at, c)
	q.rank(c, 0)
	q.number()
}
