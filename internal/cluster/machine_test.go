package cluster

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"obelisk/internal/store"
	"obelisk/internal/testkit/seeds"
)

// These play nodes in virtual time: a network that delays, loses, repeats and reorders, one
// way too, nodes that die, begin anew and stand still. A seed that fails is all it takes to see it
// again (testkit/seeds).

type simNode struct {
	name    string
	t       *store.Table
	m       *Machine
	up      bool
	still   time.Time // it does nothing until then
	beatAt  time.Time
	said    map[string]string // what holds of what it has said
	pending []store.Word
}

type flight struct {
	at   time.Time
	to   string
	data []byte
}

type sim struct {
	r     *rand.Rand
	now   time.Time
	nodes map[string]*simNode
	order []string
	air   []flight
	cut   map[[2]string]bool // from, to
	loss  float64
	runs  uint64
	lease time.Duration // of hard limits
	steps bool          // clocks of machines jump, forth and back
}

func newSim(seed uint64, n int) *sim {
	s := &sim{r: rand.New(rand.NewPCG(seed, 3)), now: time.Unix(1_700_000_000, 0), nodes: map[string]*simNode{}, cut: map[[2]string]bool{}}
	for i := range n {
		name := string(rune('a' + i))
		s.order = append(s.order, name)
		s.start(name)
	}
	return s
}

func (s *sim) start(name string) {
	s.runs++
	epoch := uint64(s.now.UnixMilli()) + s.runs
	if s.steps { // what a run calls itself is all that a clock on the wall is asked for
		epoch = uint64(s.now.Add(time.Duration(s.r.IntN(7201)-3600) * time.Second).UnixMilli())
	}
	s.nodes[name] = &simNode{name: name, t: store.NewTable(name, epoch), m: NewMachine(name, epoch, Beat{Config: "same"}), up: true,
		beatAt: s.now, said: map[string]string{}}
	s.nodes[name].m.Harden(s.lease, max(len(s.order), 1)-1)
}

// send puts messages into the air: each on its way, or lost.
func (s *sim) send(from string, list []Message) {
	for _, m := range list {
		data, _ := json.Marshal(m)
		for _, to := range s.order {
			if m.To != "" && m.To != to || s.cut[[2]string{from, to}] || s.r.Float64() < s.loss {
				continue
			}
			for range 1 + s.r.IntN(20)/19 { // one of twenty comes twice
				s.air = append(s.air, flight{s.now.Add(time.Duration(1+s.r.IntN(40)) * time.Millisecond), to, data})
			}
		}
	}
}

// run lets time pass, in steps of 10 ms.
func (s *sim) run(d time.Duration) {
	for end := s.now.Add(d); s.now.Before(end); {
		s.now = s.now.Add(10 * time.Millisecond)
		var rest []flight
		slices.SortStableFunc(s.air, func(a, b flight) int { return a.at.Compare(b.at) })
		air := s.air
		s.air = nil
		for _, f := range air {
			n := s.nodes[f.to]
			switch {
			case f.at.After(s.now) || n.still.After(s.now):
				rest = append(rest, f)
			case n.up:
				var m Message
				json.Unmarshal(f.data, &m)
				s.send(f.to, n.m.Receive(s.now, n.t, &m).Send)
			}
		}
		s.air = append(s.air, rest...)
		for _, name := range s.order {
			if n := s.nodes[name]; n.up && !n.still.After(s.now) {
				out := n.m.Say(n.pending)
				n.pending = nil
				beat := !s.now.Before(n.beatAt)
				if beat {
					n.beatAt = s.now.Add(Heartbeat)
				}
				s.send(name, append(out, n.m.Tick(s.now, n.t, beat).Send...))
			}
		}
	}
}

func (s *sim) someone() *simNode { return s.nodes[s.order[s.r.IntN(len(s.order))]] }

// event does something to a node or to the network.
func (s *sim) event() {
	n := s.someone()
	switch x := s.r.IntN(100); {
	case x < 70:
		if !n.up || n.still.After(s.now) {
			return
		}
		key := fmt.Sprint("SIP/", s.r.IntN(8))
		if s.r.IntN(3) == 0 {
			if w, ok := n.t.Unsay(s.now, "dev", key); ok {
				delete(n.said, key)
				n.pending = append(n.pending, w)
			}
			return
		}
		value := fmt.Sprint(s.r.IntN(3))
		w, _ := n.t.Say(s.now, "dev", key, value, 0)
		n.said[key] = value
		n.pending = append(n.pending, w)
	case x < 76:
		n.up = false
	case x < 84:
		if !n.up {
			s.start(n.name)
		}
	case x < 88:
		n.still = s.now.Add(time.Duration(s.r.IntN(9000)) * time.Millisecond)
	case x < 94:
		s.cut[[2]string{n.name, s.someone().name}] = true // one way
	default:
		clear(s.cut)
		s.loss = []float64{0, 0.02, 0.3}[s.r.IntN(3)]
	}
}

// TestFaults plays many seeds: whatever has happened, soon after it is quiet each node knows
// what each living node says, and nothing of the dead.
func TestFaults(t *testing.T) {
	seeds.Play(t, 3000, func(seed uint64) string {
		s := newSim(seed, 2+int(seed%3))
		s.churn(40)
		s.quiet()
		return s.disagree()
	})
}

// TestClockSteps: the clocks of machines jump by up to an hour, forth and back, between their runs: what is known is the same.
func TestClockSteps(t *testing.T) {
	seeds.Play(t, 300, func(seed uint64) string {
		s := newSim(seed, 2+int(seed%3))
		s.steps = true
		s.churn(60)
		s.quiet()
		return s.disagree()
	})
}

// churn lets so many things happen.
func (s *sim) churn(events int) {
	for range events {
		s.event()
		s.run(time.Duration(s.r.IntN(30)*10) * time.Millisecond)
	}
}

// quiet ends all faults, and waits until what has happened is known.
func (s *sim) quiet() {
	clear(s.cut)
	s.loss = 0
	for _, n := range s.nodes {
		n.still = time.Time{}
	}
	s.run(DeadAfter + Grace + 2*time.Second)
}

// TestNothingIsLeft: whatever has happened, a while after it a node keeps what living nodes say and nothing more (P6).
func TestNothingIsLeft(t *testing.T) {
	seeds.Play(t, 100, func(seed uint64) string {
		s := newSim(seed, 3)
		s.churn(200)
		s.quiet()
		s.run(store.Grave + time.Second)
		said := 0
		for _, n := range s.nodes {
			if n.up {
				said += len(n.said)
			}
		}
		for _, name := range s.order {
			n := s.nodes[name]
			if !n.up {
				continue
			}
			kept := 0
			for _, key := range n.t.Keys(s.now, "dev") {
				kept += len(n.t.Get(s.now, "dev", key))
			}
			if kept != said {
				return fmt.Sprintf("%s keeps %d words, %d are said", name, kept, said)
			}
			if at, ok := n.t.Next(); ok {
				return fmt.Sprintf("%s still keeps what is to end in %s", name, at.Sub(s.now))
			}
			if len(n.m.list) >= len(s.order) || len(n.m.warned) > 4*len(s.order) {
				return fmt.Sprintf("%s keeps %d nodes and %d warnings", name, len(n.m.list), len(n.m.warned))
			}
		}
		return ""
	})
}

// disagree says what a node does not know, or should not.
func (s *sim) disagree() string {
	for _, name := range s.order {
		n := s.nodes[name]
		if !n.up {
			continue
		}
		for _, other := range s.order {
			o := s.nodes[other]
			want := o.said
			if !o.up {
				want = nil
			}
			got := map[string]string{}
			for _, w := range n.t.Of(s.now, other, func(int) bool { return true }) {
				got[w.Key] = w.Value
			}
			if !maps.Equal(got, want) {
				return fmt.Sprintf("%s has of %s (up %v): %v, and not %v", name, other, o.up, got, want)
			}
			if able, same := n.m.able(), o.m.able(); o.up && !slices.Equal(able, same) {
				return fmt.Sprintf("%s gives work to %v, %s to %v: two may own one thing (P3)", name, able, other, same)
			}
			if who := n.m.list[other]; other != name && (who != nil && who.Status == Alive) != o.up {
				return fmt.Sprintf("%s takes %s for %v; it is up: %v", name, other, who, o.up)
			}
		}
	}
	return ""
}

// TestDeathIsKnownInTime: nobody believes for more than 5 s what a dead node has said (P1), and
// it is suspected, and gets no new work, after 1.5 s and a heartbeat.
func TestDeathIsKnownInTime(t *testing.T) {
	for seed := range uint64(200) {
		s := newSim(seed, 3)
		a := s.nodes["a"]
		w, _ := a.t.Say(s.now, "reg", "1001", "here", 0)
		a.pending = append(a.pending, w)
		s.run(2*time.Second + time.Duration(s.r.IntN(500))*time.Millisecond)
		if len(s.nodes["b"].t.Get(s.now, "reg", "1001")) != 1 {
			t.Fatalf("seed %d: it is not known", seed)
		}
		a.up = false
		s.run(SuspectAfter + 100*time.Millisecond)
		if st := s.nodes["b"].m.list["a"].Status; st != Suspect {
			t.Fatalf("seed %d: %v", seed, st)
		}
		s.run(DeadAfter + Grace - SuspectAfter)
		if len(s.nodes["b"].t.Get(s.now, "reg", "1001")) != 0 || s.nodes["c"].m.list["a"] != nil {
			t.Fatalf("seed %d: the dead is believed", seed)
		}
	}
}

// TestQuick: what a node says is known elsewhere within the way there; what was lost within two
// seconds (P2).
func TestQuick(t *testing.T) {
	for seed := range uint64(200) {
		s := newSim(seed, 3)
		s.run(2 * time.Second)
		s.loss = 0.5
		for range 20 {
			n := s.someone()
			w, _ := n.t.Say(s.now, "dev", fmt.Sprint(s.r.IntN(5)), "1", 0)
			n.said[w.Key] = w.Value
			n.pending = append(n.pending, w)
			s.run(10 * time.Millisecond)
		}
		s.loss = 0
		s.run(2 * time.Second)
		if why := s.disagree(); why != "" {
			t.Fatalf("seed %d: %s", seed, why)
		}
	}
}

// TestSkew: nodes of neighbouring versions speak, others do not; other files and another node of
// the name are told of once.
func TestSkew(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	for proto, want := range map[int]Status{Proto: Alive, Proto + 1: Alive, Proto + 2: Foreign} {
		m, table := NewMachine("a", 1, Beat{Config: "x"}), store.NewTable("a", 1)
		b := Message{From: "b", Epoch: 9, Proto: proto, Beat: &Beat{Seq: 1, Config: "y"}}
		first := m.Receive(now, table, &b)
		again := b
		again.Beat = &Beat{Seq: 2, Config: "y"}
		second := m.Receive(now, table, &again)
		if m.list["b"].Status != want || len(first.News) != 2 && want == Alive || len(second.News) != 0 {
			t.Errorf("proto %d: %v, %v then %v", proto, m.list["b"].Status, first.News, second.News)
		}
		m.Receive(now, table, &Message{From: "b", Epoch: 9, Proto: proto, Words: []store.Word{{Kind: "k", Key: "1", Node: "forged", Seq: 5}}})
		if got := table.Get(now, "k", "1"); (len(got) == 1 && got[0].Node == "b") != (want == Alive) {
			t.Errorf("proto %d: %v is taken", proto, got)
		}
	}
	m, table := NewMachine("a", 1, Beat{}), store.NewTable("a", 1)
	if r := m.Receive(now, table, &Message{From: "a", Epoch: 2, Beat: &Beat{Seq: 1}}); len(r.News) != 1 || len(m.list) != 0 {
		t.Errorf("the other a: %+v", r)
	}
}

// FuzzMessage: nothing that a bus may bring does harm.
func FuzzMessage(f *testing.F) {
	for _, s := range []string{`{"from":"b","epoch":1,"proto":1,"beat":{"seq":1}}`,
		`{"from":"b","epoch":1,"words":[{"k":"dev","n":"x","s":1}]}`, `{"from":"b","epoch":1,"ask":{}}`,
		`{"from":"b","epoch":1,"page":{"buckets":[1,-3,999],"words":[{}]}}`, `{"from":"b","epoch":1,"leaving":true}`,
		`{"from":"b","epoch":1,"talk":{"name":"x","max":2,"op":"collect","run":1,"term":{"node":"b","epoch":1,"n":1}}}`,
		`{"from":"b","epoch":1,"talk":{"name":"x","max":2,"op":"ask","run":1,"held":-5,"want":9}}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		now := time.Unix(1_700_000_000, 0)
		m, table := NewMachine("a", 1, Beat{}), store.NewTable("a", 1)
		m.Receive(now, table, &Message{From: "b", Epoch: 1, Proto: Proto, Beat: &Beat{Seq: 1}})
		var x Message
		if json.Unmarshal([]byte(text), &x) != nil {
			return
		}
		m.Receive(now, table, &x)
		m.Tick(now.Add(DeadAfter+Grace), table, true)
	})
}
