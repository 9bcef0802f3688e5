package media

import (
	"runtime"
	"testing"
	"time"

	"github.com/pion/rtp"
)

// Streams on several loops: a bridge brings its two together, wherever they were,
// with what they are playing and everything joined to them.
func TestBridgeAcrossLoops(t *testing.T) {
	if runtime.NumCPU() < 2 {
		t.Skip("one processor has one loop")
	}
	e := engine(t, Config{PerLoop: 1})
	first, second := open(t, e), open(t, e) // fill the first loop
	for end := time.Now().Add(time.Second); first.home.Load() == second.home.Load() && time.Now().Before(end); {
		second.Close()
		second = open(t, e)
	}
	a, b := newPhone(t), newPhone(t)
	first.Negotiate(Params{Remote: a.addr(), Formats: ulawOnly})
	second.Negotiate(Params{Remote: b.addr(), Formats: ulawOnly})
	if first.home.Load() == second.home.Load() {
		t.Fatal("there is one loop only")
	}
	done := make(chan bool, 1)
	second.Play(NewClip(make([]int16, 3200)), func(ok bool) { done <- ok }) // 400 ms
	b.receive(patience)
	Bridge(first, second)
	select {
	case ok := <-done:
		if !ok {
			t.Error("the prompt did not end by itself")
		}
	case <-time.After(3 * time.Second):
		t.Fatal("the prompt stopped when its stream moved")
	}
	b.all(50 * time.Millisecond)
	for _, to := range []struct {
		from, at *phone
		s        *Stream
	}{{a, b, first}, {b, a, second}} {
		to.from.send(to.s, 0, []byte("hello"))
		if p := to.at.receive(patience); p == nil || string(p.Payload) != "hello" {
			t.Fatalf("got %v; %+v %+v", p, first.Stats(), second.Stats())
		}
	}
	if first.home.Load() != second.home.Load() {
		t.Error("the bridge is on two loops")
	}
	if beside, err := e.Open(loopback, first); err != nil || beside.home.Load() != first.home.Load() {
		t.Error("a stream beside another is elsewhere")
	} else {
		beside.Close()
	}
	// Two halves of a Local channel between streams that are apart.
	one, two := e.Pipe(nil)
	third := open(t, e)
	c := newPhone(t)
	third.Negotiate(Params{Remote: c.addr(), Formats: ulawOnly})
	first.Unbridge()
	Bridge(first, one)
	Bridge(two, third)
	var p *rtp.Packet
	for end := time.Now().Add(2 * time.Second); p == nil && time.Now().Before(end); p = c.receive(20 * time.Millisecond) {
		a.send(first, 0, []byte("through")) // the parts come together in their own time
	}
	if p == nil || string(p.Payload) != "through" {
		t.Errorf("through a pipe: %v", p)
	}
	one.Close()
	two.Close()
}

// Moving while packets and commands come, and while streams end.
func TestMovingUnderLoad(t *testing.T) {
	if runtime.NumCPU() < 2 {
		t.Skip("one processor has one loop")
	}
	e := engine(t, Config{PerLoop: 1})
	a, b := newPhone(t), newPhone(t)
	for range 200 {
		x, y := open(t, e), open(t, e)
		x.Negotiate(Params{Remote: a.addr(), Formats: ulawOnly})
		y.Negotiate(Params{Remote: b.addr(), Formats: ulawOnly})
		go Bridge(x, y)
		a.send(x, 0, []byte("x"))
		b.send(y, 0, []byte("y"))
		go x.Unbridge()
		go Bridge(y, x)
		x.Stats()
		go x.Close()
		y.Close()
	}
}

// What one sender asks of a stream is done in its order, also when the stream moves to a loop that
// has time, while the one it leaves has not; and the first is that it arrives there.
func TestCommandsFollowInOrder(t *testing.T) {
	e := engine(t, Config{PerLoop: 1})
	e.mu.Lock()
	if err := e.grow(); err != nil {
		t.Fatal(err)
	}
	e.mu.Unlock()
	s := open(t, e)
	defer s.Close()
	from, to := e.loops[0], e.loops[1]
	if s.home.Load() != from {
		from, to = to, from
	}
	var got []int
	note := func(n int) func() { return func() { got = append(got, n) } }
	did := make(chan bool)
	s.do(func() {
		s.begin(newVoice(&endless{hz: 500}, Play{}))
		s.do(note(1))
		s.do(note(2))
		to.on.Lock()
		s.move(to)
		s.do(note(3))
		s.do(func() {
			if s.player.timer.index < 0 {
				t.Error("it has not arrived")
			}
			close(did)
		})
		to.on.Unlock()
		to.pump()
	})
	<-did
	if len(got) < 3 || got[0] != 1 || got[1] != 2 || got[2] != 3 {
		t.Errorf("done in the order %v", got)
	}
}

// Pipes whose ends are bridged with each other only, or send back what comes, lead nowhere:
// a key, a prompt and a datagram that are sent into them end there.
func TestPipesInARing(t *testing.T) {
	for name, ring := range map[string]func(e *Engine) []*Stream{
		"one": func(e *Engine) []*Stream {
			a, b := e.Pipe(nil)
			Bridge(a, b)
			return []*Stream{a, b}
		},
		"two": func(e *Engine) []*Stream {
			a, b := e.Pipe(nil)
			c, d := e.Pipe(nil)
			Bridge(b, c)
			Bridge(d, a)
			return []*Stream{a, b, c, d}
		},
		"echo at both ends": func(e *Engine) []*Stream {
			a, b := e.Pipe(nil)
			a.Echo()
			b.Echo()
			return []*Stream{a, b}
		},
	} {
		t.Run(name, func(t *testing.T) {
			e := engine(t, Config{})
			streams := ring(e)
			for _, s := range streams {
				done := make(chan bool)
				s.SendDigit('5')
				s.Press('6')
				s.do(func() { s.carriesEvents() })
				s.do(func() { s.forwardRaw([]byte("fax")) })
				s.Play(NewClip(make([]int16, 3*frameSamples)), func(bool) { close(done) })
				<-done
			}
			for _, s := range streams {
				s.Close()
			}
		})
	}
}
