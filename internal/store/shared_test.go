package store

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

var everything = func(int) bool { return true }

// TestTableConverges plays the words of three nodes to a fourth in random orders, with
// repetitions: what it knows then is the same, with the same sums as at those who said it.
func TestTableConverges(t *testing.T) {
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 1))
		now := time.Unix(1_700_000_000, 0)
		var said []Word
		speakers := []*Table{NewTable("a", 1), NewTable("b", 7), NewTable("c", 3)}
		for range 60 {
			now = now.Add(time.Duration(r.IntN(2000)) * time.Millisecond)
			s := speakers[r.IntN(3)]
			key := fmt.Sprint(r.IntN(6))
			if r.IntN(3) == 0 {
				if w, ok := s.Unsay(now, "k", key); ok {
					said = append(said, w)
				}
			} else if w, err := s.Say(now, "k", key, fmt.Sprint(r.IntN(3)), 0); err == nil {
				said = append(said, w)
			}
		}
		var first []Word
		for turn := range 3 {
			x := NewTable("d", 1)
			for i := range 3 * len(said) {
				w := said[r.IntN(len(said))]
				if i >= 2*len(said) {
					w = said[i-2*len(said)] // each at least once
				}
				x.Apply(now, w)
			}
			var got []Word
			for _, s := range speakers {
				got = append(got, x.Of(now, s.node, everything)...)
				if x.Sums(s.node) != s.Sums(s.node) {
					t.Fatalf("seed %d: other sums of %s", seed, s.node)
				}
			}
			if first == nil {
				first = got
			}
			if turn > 0 && !reflect.DeepEqual(first, got) {
				t.Fatalf("seed %d: the order counts:\n%v\n%v", seed, first, got)
			}
			x.Expire(now.Add(Grave + time.Second))
			for _, s := range speakers {
				if len(x.Of(now, s.node, everything)) != x.nodes[s.node].words {
					t.Fatalf("seed %d: graves are left", seed)
				}
			}
		}
	}
}

// TestTableRuns: a later run of a node ends what the earlier one said, and an earlier word that
// comes late changes nothing.
func TestTableRuns(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	old, renewed, x := NewTable("a", 1), NewTable("a", 2), NewTable("x", 1)
	one, _ := old.Say(now, "k", "1", "old", 0)
	two, _ := old.Say(now, "k", "2", "old", 0)
	three, _ := renewed.Say(now.Add(-time.Hour), "k", "3", "new", 0) // a clock that was set back
	x.Apply(now, one)
	if fresh, lost := x.Apply(now, three); !fresh || len(lost) != 1 || lost[0].Key != "1" {
		t.Errorf("fresh %v, lost %v", fresh, lost)
	}
	if fresh, _ := x.Apply(now, two); fresh || x.Get(now, "k", "2") != nil {
		t.Error("the dead speak")
	}
	if lost := x.Forget("a"); len(lost) != 1 || x.Sums("a") != (Sums{}) {
		t.Errorf("forgot %v", lost)
	}
}

// TestTableReconcile: what a node says are all its words of some buckets makes up for all that
// was lost on the way, and only there.
func TestTableReconcile(t *testing.T) {
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 2))
		now := time.Unix(1_700_000_000, 0)
		s, x := NewTable("a", 1), NewTable("x", 1)
		for range 100 {
			var w Word
			var ok bool
			if key := fmt.Sprint(r.IntN(30)); r.IntN(3) == 0 {
				w, ok = s.Unsay(now, "k", key)
			} else {
				w, _ = s.Say(now, "k", key, fmt.Sprint(r.IntN(9)), 0)
				ok = true
			}
			if ok && r.IntN(2) == 0 {
				x.Apply(now, w)
			}
		}
		theirs, ours := s.Sums("a"), x.Sums("a")
		differ := func(b int) bool { return theirs[b] != ours[b] }
		x.Reconcile(now, "a", 1, s.Seq(), differ, s.Of(now, "a", differ))
		if x.Sums("a") != s.Sums("a") || !reflect.DeepEqual(x.Of(now, "a", everything), s.Of(now, "a", everything)) {
			t.Fatalf("seed %d: they differ still", seed)
		}
	}
}

// TestTableLatest: who answers a word has the later one, whatever its clock says.
func TestTableLatest(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	a, b := NewTable("a", 1), NewTable("b", 1)
	w, _ := a.Say(now, "k", "1", "first", 0)
	b.Apply(now.Add(-time.Hour), w)
	w, _ = b.Say(now.Add(-time.Hour), "k", "1", "second", 0)
	a.Apply(now, w)
	if got := a.Get(now, "k", "1"); len(got) != 2 || got[0].Value != "second" {
		t.Errorf("got %v", got)
	}
}

// TestTableBounds: a node says no more than that, and what is too long is refused.
func TestTableBounds(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	a := NewTable("a", 1)
	if _, err := a.Say(now, "k", strings.Repeat("x", MaxKey), "", 0); err != ErrTooLong {
		t.Error(err)
	}
	a.nodes["a"].words = MaxWords
	if _, err := a.Say(now, "k", "x", "", 0); err != ErrFull {
		t.Error(err)
	}
}

// TestSoftExpires: a word ends by itself, and is told of; one that is said again lives on.
func TestSoftExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewSoft("a")
		defer s.Close()
		var mu sync.Mutex
		var told []string
		end := s.Watch("k", func(key string) {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, fmt.Sprint(key, len(s.Get("k", key))))
		})
		s.Put("k", "x", "1", time.Minute)
		s.Put("k", "y", "1", time.Minute)
		s.Put("other", "x", "1", time.Minute)
		time.Sleep(30 * time.Second)
		s.Put("k", "x", "1", time.Minute)
		time.Sleep(40 * time.Second)
		if s.Get("k", "x") == nil || s.Get("k", "y") != nil || s.Get("other", "x") != nil {
			t.Error("x and not y is meant to be there")
		}
		if left := s.Get("k", "x")[0].TTL; left != 20*time.Second {
			t.Errorf("%v are left", left)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		mu.Lock()
		if want := []string{"x1", "y1", "x1", "y0", "x0"}; !reflect.DeepEqual(told, want) {
			t.Errorf("told %v, not %v", told, want)
		}
		mu.Unlock()
		end()
		s.Put("k", "z", "1", 0)
		if len(told) != 5 {
			t.Error("told after the end")
		}
		s.Name("b")
		if w := s.Get("k", "z"); len(w) != 1 || w[0].Node != "b" {
			t.Errorf("renamed: %v", w)
		}
	})
}

// TestSoftManyHands says, asks and takes back from many goroutines.
func TestSoftManyHands(t *testing.T) {
	s := NewSoft("a")
	defer s.Close()
	sent := NewTable("x", 1)
	s.Join(func(w Word) { sent.Apply(time.Now(), w) })
	defer s.Watch("k", func(key string) { s.Get("k", key) })()
	var done sync.WaitGroup
	for g := range 8 {
		done.Go(func() {
			for i := range 500 {
				key := fmt.Sprint((g + i) % 20)
				switch i % 3 {
				case 0:
					s.Put("k", key, fmt.Sprint(i), time.Hour)
				case 1:
					s.Delete("k", key)
				default:
					s.Keys("k")
				}
			}
		})
	}
	done.Wait()
	s.Work(func(t0 *Table) []Word {
		if t0.Sums("a") != sent.Sums("a") {
			t.Error("what was sent is not what there is")
		}
		return nil
	})
}

// TestInside: all who subscribe get all in order, and a full queue costs what is too much.
func TestInside(t *testing.T) {
	b := NewInside()
	var got [2][]string
	var done sync.WaitGroup
	done.Add(200)
	for i := range got {
		b.Subscribe("s", func(data []byte) { got[i] = append(got[i], string(data)); done.Done() })
	}
	for i := range 100 {
		b.Publish("s", []byte(fmt.Sprint(i)))
		b.Publish("else", nil)
	}
	done.Wait()
	if len(got[0]) != 100 || got[0][99] != "99" || !reflect.DeepEqual(got[0], got[1]) {
		t.Errorf("got %v", got)
	}
	hold := make(chan bool)
	end, _ := b.Subscribe("slow", func([]byte) { <-hold })
	for range busQueue + 10 {
		b.Publish("slow", nil)
	}
	if n := b.Lost(); n < 9 || n > 10 {
		t.Errorf("%d lost", n)
	}
	end()
	close(hold)
	b.Close()
}

// TestLeases: one has it at a time, and whoever has it next has a higher fence.
func TestLeases(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLeases()
		first, ok := l.Take("a", "", "reg", "itsp", 10*time.Second)
		if _, other := l.Take("b", "", "reg", "itsp", 10*time.Second); !ok || other {
			t.Error("both have it")
		}
		time.Sleep(9 * time.Second)
		if _, ok := l.Take("b", "acme", "reg", "itsp", 10*time.Second); !ok {
			t.Error("a tenant's is another's")
		}
		if again, ok := l.Take("a", "", "reg", "itsp", 10*time.Second); !ok || again != first {
			t.Error("it was not kept")
		}
		time.Sleep(11 * time.Second)
		second, ok := l.Take("b", "", "reg", "itsp", 10*time.Second)
		if !ok || second <= first {
			t.Errorf("fence %d after %d", second, first)
		}
		l.Release("a", "", "reg", "itsp")
		if _, ok := l.Take("a", "", "reg", "itsp", time.Second); ok {
			t.Error("another's was released")
		}
		l.Release("b", "", "reg", "itsp")
		if third, ok := l.Take("a", "", "reg", "itsp", time.Second); !ok || third <= second {
			t.Errorf("fence %d after %d", third, second)
		}
	})
}
