package cluster

import (
	"strings"
	"testing"
	"time"

	"obelisk/internal/testkit/seeds"
)

// forget has all nodes that are up forget some, where all of them agree. why is why not.
func (s *sim) forget(names ...string) (why string) {
	var up []*simNode
	for _, name := range s.order {
		if n := s.nodes[name]; n.up {
			up = append(up, n)
		}
	}
	for _, n := range up {
		if n.still.After(s.now) {
			return n.name + " does not answer"
		}
		if why := n.m.mayForget(s.now, names); why != "" {
			return why
		}
	}
	for _, n := range up {
		r, _ := n.m.forget(s.now, n.t, names)
		s.send(n.name, r.Send)
	}
	return ""
}

// TestForget: one that is dead for good holds nothing any more, where places of hard limits stay with a silent node; one that lives is
// not forgotten, nor one while another one cannot be asked; one that begins anew counts again.
func TestForget(t *testing.T) {
	s := newLimitSim(1, 3, 0)
	s.run(3 * time.Second)
	for range 40 {
		s.take("c", "few", 2)
		s.run(50 * time.Millisecond)
	}
	if why := s.forget("c"); !strings.Contains(why, "'c' lives") {
		t.Errorf("one that lives: %q", why)
	}
	s.nodes["c"].up, s.calls["c"] = false, map[string]int{}
	s.run(2 * time.Second)
	if why := s.forget("c"); !strings.Contains(why, "'c' lives") {
		t.Errorf("one that has just died: %q", why)
	}
	s.run(10 * time.Second)
	tries := func(node string) {
		for range 100 {
			s.take(node, "few", 2)
			s.run(50 * time.Millisecond)
		}
	}
	if tries("a"); s.calls["a"]["few"] != 0 {
		t.Fatal("its places are free before it is forgotten")
	}
	s.nodes["b"].up = false
	s.run(10 * time.Second)
	if why := s.forget("c"); !strings.Contains(why, "'b' cannot be asked") {
		t.Errorf("while b is away: %q", why)
	}
	s.fresh("b")
	s.run(5 * time.Second)
	if why := s.forget("c"); why != "" {
		t.Fatalf("it is not forgotten: %s", why)
	}
	if tries("a"); s.calls["a"]["few"] != 2 {
		t.Errorf("a has %d of 2", s.calls["a"]["few"])
	}
	s.fresh("c")
	s.run(5 * time.Second)
	if tries("c"); s.calls["c"]["few"] != 0 {
		t.Error("there are more than there are")
	}
	s.give("a", "few")
	if tries("c"); s.calls["c"]["few"] != 1 {
		t.Error("it has nothing when it is there again")
	}
	for name, want := range map[string]string{"a": "is this node", "zz": ""} {
		if why := s.nodes["a"].m.mayForget(s.now, []string{name}); want == "" && why != "" || !strings.Contains(why, want) {
			t.Errorf("%s: %q", name, why)
		}
	}
}

// TestHardLimitsForgotten: no more is used of a limit than there is, where the dead are forgotten.
func TestHardLimitsForgotten(t *testing.T) {
	for _, lease := range []time.Duration{0, 3 * time.Second} {
		t.Run(lease.String(), func(t *testing.T) {
			seeds.Play(t, 40, func(seed uint64) string {
				s := newLimitSim(seed, 2+int(seed%4), lease)
				s.forgets = true
				return hardLimits(s)
			})
		})
	}
}
