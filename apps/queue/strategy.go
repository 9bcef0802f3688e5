package queue

import (
	"cmp"
	"slices"
	"strings"
)

// Strategy is in which order members ring.
type Strategy uint8

// The strategies of Asterisk 20; ringall is that of a queue without one.
const (
	RingAll Strategy = iota
	LeastRecent
	FewestCalls
	Random
	RRMemory
	Linear
	WRandom
	RROrdered
)

var strategyNames = [...]string{RingAll: "ringall", LeastRecent: "leastrecent", FewestCalls: "fewestcalls", Random: "random",
	RRMemory: "rrmemory", Linear: "linear",
	WRandom: "wrandom", RROrdered: "rrordered"}

// String is the word of queues.conf.
func (s Strategy) String() string { return strategyNames[s] }

// ParseStrategy reads it, any case, and the old name of rrmemory.
func ParseStrategy(word string) (s Strategy, known bool) {
	if strings.EqualFold(word, "roundrobin") {
		return RRMemory, true
	}
	for i, name := range strategyNames {
		if strings.EqualFold(word, name) {
			return Strategy(i), true
		}
	}
	return RingAll, false
}

// inOrder says whether members are visited in the order of the file. With the others they are in
// that of Asterisk's table (place), which shows where two are equally good.
func (s Strategy) inOrder() bool { return s == Linear || s == RROrdered }

// buckets of Asterisk's table of members.
const buckets = 37

// place is where a member is in that table: by the first five signs from the slash on.
func place(face string) int {
	if slash := strings.IndexByte(face, '/'); slash >= 0 {
		face = face[slash:]
	}
	sum := int32(0)
	for i := 0; i < len(face) && i < 5; i++ {
		c := int32(int8(face[i]))
		switch {
		case c < 32:
			c = 0
		case c > 96:
			c -= 64
		default:
			c -= 32
		}
		sum += c << (6 * i)
	}
	if sum %= buckets; sum < 0 {
		sum = -sum
	}
	return int(sum)
}

const (
	perPenalty = 1_000_000 // of the metric, for each step of a penalty
	turnOver   = 1000      // and for whose turn in a round is over
)

// judged is a member as a caller sees him now.
type judged struct {
	m      *member
	metric int
	order  int32 // of two equally good ones the lower is rung first
}

func (a judged) before(b judged) bool {
	return a.metric < b.metric || a.metric == b.metric && a.order < b.order
}

// metric is how good a member is for a caller now: the lowest one rings. ok is false where the
// caller's limits of penalties leave it out. i is its place among the queue's members, roll a
// random number below n.
func (q *queue) metric(m *member, i int, c *caller, now int64, roll func(n int) int) (metric int, ok bool) {
	penalty := m.penalty
	weighs := len(q.members) > q.s.penaltyMembersLimit
	if weighs {
		if penalty = c.raised(penalty); !c.within(penalty) {
			return 0, false
		}
		metric = penalty * perPenalty
	}
	switch q.s.strategy {
	case Linear:
		metric += inTurn(i, c.linPos, &c.linWrapped)
	case RRMemory, RROrdered:
		metric += inTurn(m.pos, q.rrPos, &q.wrapped)
	case Random:
		metric += roll(1000)
	case WRandom:
		metric = roll((1 + penalty) * 1000)
	case FewestCalls:
		metric += m.calls
	case LeastRecent:
		if m.lastCall > 0 {
			metric += perPenalty - int(now-m.lastCall)
		}
	}
	return metric, true
}

// inTurn is the metric of a place in a round that stands at next; more notes that somebody
// comes after that one.
func inTurn(pos, next int, more *bool) int {
	if pos < next {
		return turnOver + pos
	}
	*more = *more || pos > next
	return pos
}

// choice are the members that are left in an attempt.
type choice struct {
	list   []judged
	taken  int
	sorted bool
}

// scans is how many of the best are looked for one by one; who needs more has the rest sorted.
const scans = 8

// best is where the best one is, -1 when nobody is left.
func (h *choice) best() int {
	if h.sorted || len(h.list) == 0 {
		return min(len(h.list), 1) - 1
	}
	at := 0
	for i := range h.list {
		if h.list[i].before(h.list[at]) {
			at = i
		}
	}
	return at
}

// equal says whether the best one that is left is as good as that.
func (h *choice) equal(metric int) bool {
	at := h.best()
	return at >= 0 && h.list[at].metric == metric
}

// take takes the best one out; ok is false when nobody is left.
func (h *choice) take() (m *member, metric int, ok bool) {
	if h.taken++; h.taken > scans && !h.sorted {
		slices.SortFunc(h.list, func(a, b judged) int {
			return cmp.Or(cmp.Compare(a.metric, b.metric), cmp.Compare(a.order, b.order))
		})
		h.sorted = true
	}
	at := h.best()
	if at < 0 {
		return nil, 0, false
	}
	best := h.list[at]
	if h.sorted {
		h.list = h.list[1:]
	} else {
		last := len(h.list) - 1
		h.list[at] = h.list[last]
		h.list = h.list[:last]
	}
	return best.m, best.metric, true
}

// choose judges all members for a caller. Of two equally good ones the later in the list of the
// queue goes first, as with Asterisk. What it returns holds until the caller's next choice.
func (q *queue) choose(c *caller, now int64, roll func(n int) int) *choice {
	if cap(c.judged) < len(q.members) {
		c.judged = make([]judged, 0, len(q.members))
	}
	h := &choice{list: c.judged[:0]}
	for i, m := range q.members {
		if metric, ok := q.metric(m, i, c, now, roll); ok {
			h.list = append(h.list, judged{m, metric, int32(-i)})
		}
	}
	return h
}

// turned moves a round on after an attempt: it stands at the best of those who were not rung.
func (q *queue) turned(c *caller, left *choice) {
	next, wrapped := &q.rrPos, &q.wrapped
	switch q.s.strategy {
	case RRMemory, RROrdered:
	case Linear:
		next, wrapped = &c.linPos, &c.linWrapped
	default:
		return
	}
	switch at := left.best(); {
	case at >= 0:
		*next = left.list[at].metric % turnOver
	case *wrapped:
		*next = 0
	default:
		*next++
	}
	*wrapped = false
}
