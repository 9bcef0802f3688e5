package sipstack

import (
	"sync"
	"testing"
	"time"

	"obelisk/internal/testkit"

	"github.com/rs/zerolog"
)

func newTestStack(t *testing.T) *Stack {
	t.Helper()
	n := testkit.NewNetwork(testkit.Faults{})
	s, err := New(Config{Handler: &uas{}, ListenUDP: n.Listen, Shards: 1, Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	return s
}

// Whoever brings an item may do it, and that of others; yet one goroutine at a
// time is on a shard, and each sees its own items done in order. The counters
// are plain: the race detector is the other half of this test.
func TestShardDoesOneThingAtATime(t *testing.T) {
	s := newTestStack(t)
	const visitors, each = 16, 2000
	total := 0
	var seen [visitors]int
	var wg sync.WaitGroup
	for v := range visitors {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range each {
				f := func(*Shard) {
					if seen[v] != i {
						t.Errorf("visitor %d: item %d came after %d", v, i, seen[v])
					}
					seen[v]++
					total++
				}
				switch i % 3 {
				case 0:
					s.Post("x", f)
				case 1:
					s.Call("x", f)
					// Call has returned: the item was done.
				default:
					s.shard("x").later(item{f: f})
				}
			}
		}()
	}
	wg.Wait()
	s.Call("x", func(*Shard) {})
	if total != visitors*each {
		t.Errorf("%d items done, want %d", total, visitors*each)
	}
	s.Close()
}

// A visitor who finds a long queue leaves it to the shard's own goroutine.
func TestVisitorDoesNotStayForEver(t *testing.T) {
	s := newTestStack(t)
	defer s.Close()
	sh := s.shard("x")
	done, stop := make(chan struct{}), false
	var again func(*Shard)
	again = func(*Shard) {
		if !stop {
			s.Post("x", again)
		}
	}
	go func() {
		defer close(done)
		sh.submit(item{f: again})
	}()
	select {
	case <-done:
	case <-time.After(5 * time.Second):
		t.Fatal("the visitor was kept")
	}
	s.Call("x", func(*Shard) { stop = true })
}

// A timer is never late because the alarm was set for another one.
func TestAlarmFollowsTheNearestTimer(t *testing.T) {
	s := newTestStack(t)
	defer s.Close()
	order := make(chan int, 3)
	var far, near, mid Timer
	s.Call("x", func(sh *Shard) { sh.After(&far, 300*time.Millisecond, func() { order <- 3 }) })
	s.Call("x", func(sh *Shard) { sh.After(&near, 20*time.Millisecond, func() { order <- 1 }) })
	s.Call("x", func(sh *Shard) { sh.After(&mid, 100*time.Millisecond, func() { order <- 2 }) })
	begun := time.Now()
	for want := 1; want <= 3; want++ {
		if got := <-order; got != want {
			t.Fatalf("timer %d fired when %d was due", got, want)
		}
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("took %s", took)
	}
}

func TestQueueIsFirstInFirstOut(t *testing.T) {
	var q queue
	in, out := 0, 0
	got := 0
	for round := range 200 {
		for range round % 7 {
			n := in
			q.put(item{f: func(*Shard) { got = n }})
			in++
		}
		for range min(round%5, q.len()) {
			q.take().f(nil)
			if got != out {
				t.Fatalf("got %d, want %d", got, out)
			}
			out++
		}
	}
	if q.len() != in-out {
		t.Errorf("%d left, want %d", q.len(), in-out)
	}
}
