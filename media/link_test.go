package media

import (
	"runtime"
	"testing"
)

func TestJointEndsOnlyItself(t *testing.T) {
	h := newHouse(t, Config{})
	a, _, _ := h.phone(Params{Remote: here, Formats: ulawOnly})
	b, _, _ := h.phone(Params{Remote: there, Formats: ulawOnly})
	c, _, _ := h.phone(Params{Remote: there, Formats: ulawOnly})
	var first, second *Joint
	h.on(func() { first = Link(a, b) })
	if a.peer != b || b.peer != a {
		t.Fatal("they are not linked")
	}
	h.on(func() { second = Link(b, c) })
	if a.peer != nil || b.peer != c {
		t.Fatal("the newer link does not count")
	}
	h.on(first.Cut)
	if b.peer != c {
		t.Error("an old joint cuts a new link")
	}
	h.on(func() { Link(a, c) }) // in one turn: the last one begun counts
	h.on(func() {
		Link(a, b)
		Link(a, c).Cut()
	})
	if a.peer != nil && a.peer != c {
		t.Errorf("a link that was overtaken is made")
	}
	h.on(second.Cut)
	h.on(func() {
		echo := a.Echo()
		a.Unbridge()
		echo.Cut()
	})
	if a.peer != nil {
		t.Error("it echoes")
	}
}

// Of links, cuts and ends of streams on many loops the last one begun counts.
func TestJointsAcrossLoops(t *testing.T) {
	if runtime.NumCPU() < 2 {
		t.Skip("one processor has one loop")
	}
	e := engine(t, Config{PerLoop: 1})
	e.mu.Lock()
	if err := e.grow(); err != nil {
		t.Fatal(err)
	}
	e.mu.Unlock()
	settled := func(streams ...*Stream) {
		for _, s := range streams {
			for range 3 { // a link takes three commands
				done := make(chan bool)
				s.post(func() { close(done) })
				<-done
			}
		}
	}
	peer := func(s *Stream) (p *Stream) {
		done := make(chan bool)
		s.do(func() { p = s.peer; close(done) })
		<-done
		return p
	}
	for i := range 200 {
		a, b, c := open(t, e), open(t, e), open(t, e)
		one := Link(a, b)
		if i%2 == 0 {
			go one.Cut()
			Link(b, c)
			settled(a, b, c, a, b, c)
			if p := peer(b); p != c {
				t.Fatalf("round %d: the second link does not stand", i)
			}
		} else {
			one.Cut()
			settled(a, b, c, a, b, c)
			if p := peer(a); p != nil {
				t.Fatalf("round %d: a link stands that was cut", i)
			}
		}
		for _, s := range []*Stream{a, b, c} {
			s.Close()
		}
	}
}
