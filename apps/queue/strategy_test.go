package queue

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"obelisk/pbx"

	"github.com/rs/zerolog"
)

// crowd is a queue of members with nothing but what a strategy looks at.
func crowd(s Strategy, n int, r *rand.Rand) *queue {
	m := New(nil, nil, nil)
	q := &queue{m: m, name: "q", s: defaults(&General{})}
	q.s.strategy, q.listed = s, s.inOrder()
	for i := range n {
		x := &member{q: q, face: fmt.Sprintf("SIP/%d", r.IntN(90000)+i), pos: len(q.members), calls: r.IntN(4), penalty: r.IntN(3)}
		if r.IntN(3) > 0 {
			x.lastCall = int64(1000 - r.IntN(50))
		}
		q.put(x)
	}
	return q
}

// model is the order in which members ring, written from the rules without any of the code: all
// pairs are compared, and of equals the later in the list is first.
func model(q *queue, c *caller, now int64, random map[*member]int) (out []*member) {
	type judged struct {
		m      *member
		metric int
	}
	var list []judged
	for i, x := range q.members {
		penalty := x.penalty
		counts := len(q.members) > q.s.penaltyMembersLimit
		if counts {
			if c.raise != unset && penalty < c.raise {
				if !c.raiseWithin || c.min == unset || penalty >= c.min {
					penalty = c.raise
				}
			}
			if c.max != unset && penalty > c.max || c.min != unset && penalty < c.min {
				continue
			}
		}
		place, turn := x.pos, q.rrPos
		if q.s.strategy == Linear {
			place, turn = i, c.linPos
		}
		metric := 0
		switch q.s.strategy {
		case FewestCalls:
			metric = x.calls
		case LeastRecent:
			if x.lastCall != 0 {
				metric = 1_000_000 - int(now-x.lastCall)
			}
		case Random, WRandom:
			metric = random[x]
		case RRMemory, RROrdered, Linear:
			if metric = place; place < turn {
				metric += 1000
			}
		}
		if counts && q.s.strategy != WRandom {
			metric += penalty * 1_000_000
		}
		list = append(list, judged{x, metric})
	}
	slices.Reverse(list)
	for len(list) > 0 {
		best := 0
		for i := range list {
			if list[i].metric < list[best].metric {
				best = i
			}
		}
		out = append(out, list[best].m)
		list = slices.Delete(list, best, best+1)
	}
	return out
}

// Every strategy rings as the rules say, whatever the members, penalties and limits are, and its
// round goes on where it stood.
func TestStrategies(t *testing.T) {
	for s := RingAll; s <= RROrdered; s++ {
		t.Run(s.String(), func(t *testing.T) {
			for seed := range uint64(300) {
				r := rand.New(rand.NewPCG(seed, uint64(s)))
				q := crowd(s, 1+r.IntN(9), r)
				c := &caller{q: q, limits: limits{max: unset, min: unset, raise: unset}}
				for _, to := range []*int{&c.max, &c.min, &c.raise} {
					if r.IntN(3) == 0 {
						*to = r.IntN(3)
					}
				}
				c.raiseWithin = r.IntN(2) == 0
				q.s.penaltyMembersLimit = r.IntN(4)
				for turn := range 6 {
					rolled := map[*member]int{}
					next := 0
					for _, x := range q.members { // the model needs what will be rolled
						if penalty := c.raised(x.penalty); len(q.members) <= q.s.penaltyMembersLimit || c.within(penalty) {
							rolled[x] = (turn*37 + next*101) % 997
							next++
						}
					}
					next = 0
					want := model(q, c, 1000, rolled)
					left := q.choose(c, 1000, func(int) int { next++; return (turn*37 + (next-1)*101) % 997 })
					var got []*member
					rung := r.IntN(len(want) + 1) // so many are rung in this attempt
					for range rung {
						m, _, _ := left.take()
						got = append(got, m)
					}
					if !slices.Equal(got, want[:rung]) {
						t.Fatalf("seed %d, turn %d: %v, want %v", seed, turn, names(got), names(want))
					}
					before, wrapped := q.rrPos, q.wrapped || c.linWrapped
					if s == Linear {
						before = c.linPos
					}
					q.turned(c, left)
					checkTurn(t, q, c, before, wrapped, want[rung:])
				}
			}
		})
	}
}

// checkTurn holds where a round stands after an attempt against the rules: at the best who was not
// rung; with none left at the beginning, if somebody came after the one whose turn it was, else
// one further.
func checkTurn(t *testing.T, q *queue, c *caller, before int, wrapped bool, left []*member) {
	t.Helper()
	got, place := q.rrPos, func(x *member) int { return x.pos }
	switch q.s.strategy {
	case Linear:
		got, place = c.linPos, func(x *member) int { return slices.Index(q.members, x) }
	case RRMemory, RROrdered:
	default:
		return
	}
	want := before + 1
	if len(left) > 0 {
		want = place(left[0])
	} else if wrapped {
		want = 0
	}
	if got != want {
		t.Fatalf("the round stands at %d, want %d", got, want)
	}
}

func names(list []*member) (out []string) {
	for _, x := range list {
		out = append(out, x.face)
	}
	return out
}

// A member who leaves takes nobody's turn.
func TestRoundWithoutAMember(t *testing.T) {
	q := crowd(RROrdered, 5, rand.New(rand.NewPCG(1, 1)))
	q.rrPos = 3
	next := q.members[3]
	var told told
	q.remove(&told, q.members[1])
	if q.rrPos != 2 || q.members[q.rrPos] != next || next.pos != 2 {
		t.Errorf("the round stands at %d, whose turn it was is at %d", q.rrPos, next.pos)
	}
}

// Of members who are equally good the order is that of Asterisk's table, as a running 20.20.1 had
// it (queue show).
func TestPlaces(t *testing.T) {
	for _, c := range [][]string{
		{"SIP/alice", "SIP/bob", "SIP/carol", "SIP/dave"},
	} {
		q := &queue{m: New(nil, nil, nil), s: defaults(&General{})}
		for _, face := range c {
			q.put(&member{q: q, face: face})
		}
		if !slices.IsSortedFunc(q.members, func(a, b *member) int { return place(a.face) - place(b.face) }) {
			t.Errorf("%v", names(q.members))
		}
	}
}

// BenchmarkChoose is one decision among a thousand members.
func BenchmarkChoose(b *testing.B) {
	q := crowd(LeastRecent, 1000, rand.New(rand.NewPCG(1, 1)))
	c := &caller{q: q, limits: limits{max: unset, min: unset, raise: unset}}
	for b.Loop() {
		left := q.choose(c, 1000, rand.IntN)
		left.take()
	}
}

// BenchmarkDevice is a device that changes, of a member of 100 queues with 50 members each.
func BenchmarkDevice(b *testing.B) {
	core := pbx.NewCore(pbx.Config{Log: zerolog.Nop()})
	m := New(nil, nil, nil)
	m.Furnish(core)
	m.started = true
	var t told
	for i := range 100 {
		q := &queue{m: m, name: fmt.Sprintf("q%d", i), s: defaults(&General{})}
		m.queues[q.name] = q
		m.list(q)
		for k := range 50 {
			q.insert(&t, &member{q: q, face: fmt.Sprintf("SIP/%d", k), state: fmt.Sprintf("SIP/%d", k)})
		}
	}
	states := []pbx.DeviceState{pbx.DeviceInUse, pbx.DeviceNotInUse}
	e := m.eyes["sip/7"]
	n := 0
	for b.Loop() {
		m.changed(e, states[n%2])
		n++
	}
}
