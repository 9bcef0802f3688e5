package cluster

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"obelisk/internal/testkit/seeds"
)

// simLimits are two hard limits.
var simLimits = []struct {
	name string
	max  int
}{{"few", 2}, {"many", 15}}

// limitSim has calls that count against hard limits.
type limitSim struct {
	*sim
	calls map[string]map[string]int // node, limit: calls that it has begun
	over  map[string]map[string]int // of those it has begun in a lease that has ended since

	forgets bool // the dead are forgotten at times
}

func newLimitSim(seed uint64, n int, lease time.Duration) *limitSim {
	s := &limitSim{sim: newSim(seed, 0), calls: map[string]map[string]int{}, over: map[string]map[string]int{}}
	s.r, s.lease = rand.New(rand.NewPCG(seed, 5)), lease
	for i := range n {
		s.order = append(s.order, string(rune('a'+i)))
	}
	for _, name := range s.order {
		s.fresh(name)
	}
	return s
}

// fresh starts a node: it has no calls.
func (s *limitSim) fresh(name string) {
	s.start(name)
	s.calls[name], s.over[name] = map[string]int{}, map[string]int{}
}

// take begins a call at a node, where it may.
func (s *limitSim) take(name, limit string, most int) bool {
	n := s.nodes[name]
	if !n.up || n.still.After(s.now) {
		return false
	}
	ok, out := n.m.Take(s.now, limit, most)
	if ok {
		s.calls[name][limit]++
	}
	s.send(name, out)
	return ok
}

// give ends one.
func (s *limitSim) give(name, limit string) {
	n := s.nodes[name]
	if !n.up || n.still.After(s.now) || s.calls[name][limit] == 0 {
		return
	}
	n.m.Give(limit)
	s.calls[name][limit]--
	s.over[name][limit] = min(s.over[name][limit], s.calls[name][limit])
}

// exceeds says which limit is exceeded. Calls that a node goes on with beyond its lease, while most others do not hear it,
// are not counted: nobody can know of them.
func (s *limitSim) exceeds() string {
	for _, x := range simLimits {
		sum := 0
		for _, name := range s.order {
			n := s.nodes[name]
			if !n.up {
				continue
			}
			if !n.m.limits.sound(s.now) {
				s.over[name][x.name] = s.calls[name][x.name]
			}
			sum += s.calls[name][x.name] - s.over[name][x.name]
		}
		if sum > x.max {
			return fmt.Sprintf("%s: %d of %d are used: %v", x.name, sum, x.max, s.calls)
		}
	}
	return ""
}

// limitEvent does something.
func (s *limitSim) limitEvent() {
	n, x := s.someone(), simLimits[s.r.IntN(len(simLimits))]
	switch what := s.r.IntN(100); {
	case what < 50:
		s.take(n.name, x.name, x.max)
	case what < 75:
		s.give(n.name, x.name)
	case what < 79:
		n.up = false
		s.calls[n.name] = map[string]int{}
	case what < 86:
		if !n.up {
			s.fresh(n.name)
		}
	case what < 88:
		n.still = s.now.Add(time.Duration(s.r.IntN(9000)) * time.Millisecond)
	case what < 93:
		s.cut[[2]string{n.name, s.someone().name}] = true // one way
	case what < 96: // both ways, of one from all
		for _, other := range s.order {
			s.cut[[2]string{n.name, other}], s.cut[[2]string{other, n.name}] = true, true
		}
	default:
		clear(s.cut)
		s.loss = []float64{0, 0.02, 0.3}[s.r.IntN(3)]
	}
}

// TestHardLimits: whatever happens to nodes and to the network, no more is used of a limit than there is; and soon
// after it is quiet all of it can be used, at any node.
func TestHardLimits(t *testing.T) {
	seeds.Play(t, 60, func(seed uint64) string {
		return hardLimits(newLimitSim(seed, 2+int(seed%3), 0))
	})
}

// TestHardLimitLeases: likewise where what a node has goes back to the others when its lease is over.
func TestHardLimitLeases(t *testing.T) {
	seeds.Play(t, 60, func(seed uint64) string {
		return hardLimits(newLimitSim(seed, 2+int(seed%4), 3*time.Second))
	})
}

// TestHardLimitClockSteps: likewise with clocks that jump between runs.
func TestHardLimitClockSteps(t *testing.T) {
	seeds.Play(t, 60, func(seed uint64) string {
		s := newLimitSim(seed, 3, 0)
		s.steps = true
		return hardLimits(s)
	})
}

func hardLimits(s *limitSim) string {
	for range 250 {
		s.limitEvent()
		if s.forgets && s.r.IntN(4) == 0 {
			if n := s.someone(); !n.up {
				s.forget(n.name)
			}
		}
		for range s.r.IntN(20) {
			s.run(10 * time.Millisecond)
			if why := s.exceeds(); why != "" {
				return why
			}
		}
	}
	for _, name := range s.order {
		if !s.nodes[name].up {
			s.fresh(name)
		}
		for _, x := range simLimits {
			for s.nodes[name].still = (time.Time{}); s.calls[name][x.name] > 0; {
				s.give(name, x.name)
			}
		}
	}
	s.quiet()
	for _, x := range simLimits {
		n := 0
		for tries := 0; n < x.max && tries < 100; tries++ {
			if s.take(s.someone().name, x.name, x.max) {
				n++
			}
			s.run(50 * time.Millisecond)
		}
		if why := s.exceeds(); why != "" || n < x.max {
			return fmt.Sprintf("%s: %d of %d can be used when it is quiet; %s", x.name, n, x.max, why)
		}
	}
	return ""
}

// TestBlocksOfTheDead: units of a node that has died are free for the others when its lease is over, and not before; a
// node that is cut off begins no calls beyond it.
func TestBlocksOfTheDead(t *testing.T) {
	s := newLimitSim(1, 3, 10*time.Second)
	s.run(3 * time.Second)
	for range 40 {
		s.take("c", "few", 2)
		s.run(50 * time.Millisecond)
	}
	if s.calls["c"]["few"] != 2 {
		t.Fatalf("c has %d", s.calls["c"]["few"])
	}
	for _, other := range []string{"a", "b"} {
		s.cut[[2]string{"c", other}], s.cut[[2]string{other, "c"}] = true, true
	}
	s.run(8 * time.Second)
	s.give("c", "few")
	if s.take("a", "few", 2) || !s.take("c", "few", 2) {
		t.Error("within the lease its units are not its own")
	}
	s.give("c", "few")
	for range 100 {
		s.take("a", "few", 2)
		s.run(50 * time.Millisecond)
	}
	if n := s.calls["a"]["few"]; n != 2 || s.take("c", "few", 2) {
		t.Errorf("after it a has %d", n)
	}
}

// TestCallOutlivesItsLease: a call goes on at a node that is cut off for longer than its lease; the others have its unit then. When the
// node is back the call is counted, and when it ends nobody gets a unit that is another's.
func TestCallOutlivesItsLease(t *testing.T) {
	s := newLimitSim(3, 3, 3*time.Second)
	tries := func(node string) {
		for range 60 {
			s.take(node, "few", 2)
			s.run(50 * time.Millisecond)
		}
	}
	s.run(5 * time.Second)
	if tries("c"); s.calls["c"]["few"] != 2 {
		t.Fatalf("c has %d", s.calls["c"]["few"])
	}
	for _, other := range []string{"a", "b"} {
		s.cut[[2]string{"c", other}], s.cut[[2]string{other, "c"}] = true, true
	}
	if s.run(10 * time.Second); s.take("c", "few", 2) {
		t.Error("it begins a call beyond its lease")
	}
	if tries("a"); s.calls["a"]["few"] != 2 {
		t.Errorf("a has %d while c is cut off", s.calls["a"]["few"])
	}
	clear(s.cut)
	s.run(5 * time.Second)
	if tries("b"); s.calls["b"]["few"] != 0 {
		t.Error("b has one when four go on")
	}
	s.give("c", "few")
	s.give("c", "few")
	if tries("b"); s.calls["b"]["few"] != 0 {
		t.Error("what c has given back was a's")
	}
	s.give("a", "few")
	if tries("b"); s.calls["b"]["few"] != 1 {
		t.Errorf("b has %d when one of two has ended", s.calls["b"]["few"])
	}
}
