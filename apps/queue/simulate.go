package queue

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// A simulator answers what a day would have been like with another strategy or staff: it replays the
// calls of a queue_log. A caller comes when he came, and leaves when he left, where he did; one who
// was answered waits as long as it takes. Agents are there from the first call to the last.

// past is a day of a queue, as its log tells it.
type past struct {
	calls  []pastCall
	agents []string
	began  int64 // Unix seconds
	ended  int64
}

// pastCall is a call; times are in seconds.
type pastCall struct {
	came     int64 // Unix
	patience int64 // after which he leaves; -1: he waits as long as it takes
	waited   int64
	answered bool
	ring     int64
	talk     int64 // of one who was not answered: that of another call
}

// mostCalls bounds what is read.
const mostCalls = 2_000_000

// Where the time that somebody has waited stands in an event.
var leftAfter = map[string]int{"ABANDON": 2, "EXITWITHTIMEOUT": 2, "EXITEMPTY": 2, "WITHDRAW": 2, "EXITWITHKEY": 3}

// And how long he has talked.
var talkedFor = map[string]int{"COMPLETECALLER": 1, "COMPLETEAGENT": 1, "BLINDTRANSFER": 3, "ATTENDEDTRANSFER": 3}

// readPast reads the calls of a queue. A line that is none is passed over.
func readPast(r io.Reader, queue string) (p *past, err error) {
	p = &past{}
	open, agents := map[string]int{}, map[string]bool{}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		f := strings.Split(lines.Text(), "|")
		if len(f) < 5 || !strings.EqualFold(f[2], queue) {
			continue
		}
		at, err := strconv.ParseInt(f[0], 10, 64)
		if err != nil {
			continue
		}
		id, agent, event, data := f[1], f[3], f[4], f[5:]
		number := func(i int) int64 {
			if i >= len(data) {
				return 0
			}
			n, _ := strconv.ParseInt(data[i], 10, 64)
			return max(n, 0)
		}
		if agent != none && agent != "" {
			agents[agent] = true
		}
		if event == "ENTERQUEUE" {
			if len(p.calls) == mostCalls {
				return nil, fmt.Errorf("there are more than %d calls", mostCalls)
			}
			open[id] = len(p.calls)
			p.calls = append(p.calls, pastCall{came: at, patience: -1, talk: -1})
			continue
		}
		i, known := open[id]
		if !known {
			continue
		}
		c := &p.calls[i]
		if n, leaves := leftAfter[event]; leaves && !c.answered {
			c.patience, c.waited = number(n), number(n)
		} else if event == "CONNECT" {
			c.answered, c.waited, c.ring = true, number(0), number(2)
		} else if n, talks := talkedFor[event]; talks {
			c.talk = number(n)
		}
		p.ended = max(p.ended, at)
	}
	for a := range agents {
		p.agents = append(p.agents, a)
	}
	slices.Sort(p.agents)
	p.complete()
	return p, lines.Err()
}

// complete gives who has not talked the talk of the one before him, else the average.
func (p *past) complete() {
	sum, n := int64(0), int64(0)
	for _, c := range p.calls {
		if c.talk >= 0 {
			sum, n = sum+c.talk, n+1
		}
	}
	last := int64(0)
	if n > 0 {
		last = sum / n
	}
	for i := range p.calls {
		if c := &p.calls[i]; c.talk < 0 {
			c.talk = last
		} else {
			last = c.talk
		}
	}
	slices.SortStableFunc(p.calls, func(a, b pastCall) int { return cmp.Compare(a.came, b.came) })
	if len(p.calls) > 0 {
		p.began = p.calls[0].came
	}
}

// simulated is what became of the calls, as it was or would have been.
type simulated struct {
	waits  []int64 // of who was answered
	lost   int
	agents []agentDay
}

type agentDay struct {
	name  string
	calls int
	busy  int64 // seconds that he rang or talked
}

// asItWas is what the log says.
func (p *past) asItWas() (o simulated) {
	for _, c := range p.calls {
		if c.answered {
			o.waits = append(o.waits, c.waited)
		} else {
			o.lost++
		}
	}
	return o
}

// simulation is a replay.
type simulation struct {
	q       *queue
	calls   []pastCall
	wrapup  int64
	roll    func(int) int
	waiting []*simCaller // who has come first in front
	free    map[*member]int64
	busy    map[*member]int64
	out     simulated
}

type simCaller struct {
	pastCall
	c *caller
}

// replay has agents of these names take the calls.
func (p *past) replay(s Strategy, agents []string, wrapup int64, seed uint64) simulated {
	random := rand.New(rand.NewPCG(seed, 0))
	m := New(nil, nil, nil)
	set := defaults(&General{Autofill: true})
	set.strategy = s
	x := &simulation{q: &queue{m: m, name: "simulated", s: set, listed: set.strategy.inOrder()}, calls: p.calls, wrapup: wrapup,
		roll: random.IntN, free: map[*member]int64{}, busy: map[*member]int64{}}
	for i, name := range agents {
		a := &member{q: x.q, face: "Agent/" + name, name: name, pos: i}
		x.q.put(a)
	}
	x.run()
	for _, a := range x.q.members {
		x.out.agents = append(x.out.agents, agentDay{a.name, a.calls, x.busy[a]})
	}
	slices.SortFunc(x.out.agents, func(a, b agentDay) int { return strings.Compare(a.name, b.name) })
	return x.out
}

// run goes from event to event: somebody comes, somebody leaves, an agent is free again.
func (x *simulation) run() {
	const never = int64(1) << 62
	next := 0
	for next < len(x.calls) || len(x.waiting) > 0 {
		at := never
		if next < len(x.calls) {
			at = x.calls[next].came
		}
		for _, w := range x.waiting {
			if w.patience >= 0 {
				at = min(at, w.came+w.patience)
			}
		}
		if len(x.waiting) > 0 {
			for _, a := range x.q.members {
				at = min(at, x.free[a])
			}
		}
		if at == never { // nobody is there who could answer
			x.out.lost += len(x.waiting)
			return
		}
		for next < len(x.calls) && x.calls[next].came <= at {
			x.waiting = append(x.waiting, &simCaller{x.calls[next], &caller{q: x.q, limits: limits{min: unset, max: unset, raise: unset}}})
			next++
		}
		x.serve(at)
		x.waiting = slices.DeleteFunc(x.waiting, func(w *simCaller) bool {
			gone := w.patience >= 0 && w.came+w.patience <= at
			if gone {
				x.out.lost++
			}
			return gone
		})
	}
}

// serve connects who waits with who is free.
func (x *simulation) serve(at int64) {
	for len(x.waiting) > 0 {
		w := x.waiting[0]
		h := x.q.choose(w.c, at, x.roll)
		h.list = slices.DeleteFunc(h.list, func(j judged) bool { return x.free[j.m] > at })
		if len(h.list) == 0 {
			return
		}
		var best *member
		if x.q.s.strategy == RingAll { // all ring, and one is the first
			best = h.list[x.roll(len(h.list))].m
		} else {
			best, _, _ = h.take()
			x.q.turned(w.c, h)
		}
		x.waiting = x.waiting[1:]
		answer := at + w.ring
		if w.patience >= 0 && answer > w.came+w.patience { // he leaves while it rings
			x.out.lost++
			x.free[best] = w.came + w.patience
			x.busy[best] += max(w.came+w.patience-at, 0)
			continue
		}
		x.out.waits = append(x.out.waits, answer-w.came)
		end := answer + w.talk
		best.calls++
		best.lastCall = end
		x.busy[best] += end - at
		x.free[best] = end + x.wrapup
	}
}

// row is a line of the table: answered, lost, mean, half, nine of ten, longest wait, within a time.
func (o simulated) row(w io.Writer, name string, within int64) {
	slices.Sort(o.waits)
	n, sum, soon := len(o.waits), int64(0), 0
	for _, x := range o.waits {
		if sum += x; x <= within {
			soon++
		}
	}
	part := func(of int) int64 {
		if n == 0 {
			return 0
		}
		return o.waits[min(n*of/100, n-1)]
	}
	fmt.Fprintf(w, "%-28.28s %8d %6d %6d %6d %6d %6d %7.1f%%\n", name, n, o.lost, sum/int64(max(n, 1)), part(50), part(90), part(100),
		level(soon, n+o.lost))
}
