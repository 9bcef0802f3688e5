package media

import (
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"
)

// engineOn is one of the system's with a range of its own.
func engineOn(t *testing.T, from, to int) *Engine {
	t.Helper()
	e, err := New(Config{PortMin: from, PortMax: to})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

func opened(t *testing.T, e *Engine, at string) *Stream {
	t.Helper()
	s, err := e.Open(netip.MustParseAddr(at), nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// resting is how many pairs rest.
func (e *Engine) resting() int {
	p := e.ports.Load()
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.atRest
}

// ripen has all pairs that rest look as if they had done so for long enough.
func (e *Engine) ripen() {
	p := e.ports.Load()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.resting {
		for _, x := range r.pairs {
			x.ready.Store(0)
		}
	}
}

// aged lets a time pass for those that rest.
func (e *Engine) aged(d time.Duration) {
	p := e.ports.Load()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.resting {
		for _, x := range r.pairs {
			x.since -= d
		}
	}
}

const restHost = "127.0.11.4"

// rested opens and closes so many streams.
func rested(t *testing.T, e *Engine, n int) {
	t.Helper()
	var all []*Stream
	for range n {
		all = append(all, opened(t, e, restHost))
	}
	for _, s := range all {
		s.Close()
	}
	within(t, "they rest", func() bool { return e.resting() == n && e.PortsInUse() == 0 })
}

func within(t *testing.T, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !f(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

// A pair of an ended stream is given to another one, but not at once, and not as long as few rest:
// which port comes next must not be known.
func TestPairsAreGivenOutAgain(t *testing.T) {
	e := engineOn(t, 20000, 20999)
	rested(t, e, fewRest-1)
	e.ripen()
	opened(t, e, restHost).Close()
	within(t, "a new one was bound, and rests", func() bool { return e.resting() == fewRest })
	e.ripen()
	s := opened(t, e, restHost)
	if n := e.resting(); n != fewRest-1 || e.PortsInUse() != 1 {
		t.Errorf("%d rest, %d are in use", n, e.PortsInUse())
	}
	s.Close()
	other := opened(t, e, "127.0.11.5") // of another address
	defer other.Close()
	if n := e.resting(); n != fewRest {
		t.Errorf("%d rest", n)
	}
	for range 4 { // that were used just now
		s := opened(t, e, restHost)
		defer s.Close()
	}
	e.aged(mostRest)
	e.closeOldNow()
	within(t, "what nobody wants is closed", func() bool { return e.resting() == 0 })
}

func (e *Engine) closeOldNow() {
	p := e.ports.Load()
	for _, r := range p.resting {
		r.on.post(r.closeOld)
	}
}

// What comes to a pair at rest reaches no stream, and the pair is not given out as long as it comes.
func TestNothingOfTheFormerCall(t *testing.T) {
	e := engineOn(t, 21000, 21999)
	rested(t, e, 2*fewRest)
	e.ripen()
	p := e.ports.Load()
	p.mu.Lock()
	var noisy *portPair
	for _, r := range p.resting {
		noisy = r.pairs[3]
	}
	p.mu.Unlock()
	c, err := net.Dial("udp4", netip.AddrPortFrom(netip.MustParseAddr(restHost), uint16(noisy.port)).String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	packet := append([]byte{0x80, 0, 0, 1}, make([]byte, 168)...)
	c.Write(packet)
	within(t, "it is heard", func() bool { return noisy.ready.Load() > 0 })
	for range fewRest {
		s := opened(t, e, restHost)
		defer s.Close()
		if int(s.Local().Port()) == noisy.port {
			t.Fatal("a pair at which somebody still sends was given out")
		}
	}
	if n := e.resting(); n != fewRest {
		t.Fatalf("%d rest", n)
	}
	within(t, "who goes on sending is told that nobody is there", func() bool {
		_, err := c.Write(packet)
		return err != nil
	})
	if n := e.resting(); n != fewRest-1 {
		t.Errorf("%d rest", n)
	}
}

// A packet that lies in a socket when it is given out is nobody's.
func TestWhatLiesInASocketIsTakenAway(t *testing.T) {
	e := engineOn(t, 22000, 22999)
	rested(t, e, fewRest)
	e.ripen()
	l := e.loops[0]
	l.on.Lock()
	s := opened(t, e, restHost)
	c, err := net.Dial("udp4", s.Local().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for range 3 {
		c.Write(append([]byte{0x80, 0, 0, 1}, make([]byte, 168)...))
	}
	l.on.Unlock()
	l.pump()
	done := make(chan struct{})
	s.post(func() { close(done) })
	<-done
	if st := s.Stats(); st.RxPackets+st.BadSource+st.Unwanted != 0 {
		t.Errorf("the stream got %+v", st)
	}
	s.Close()
}

// Another range: what rests of the former is closed, and nothing more rests there. A range that
// is used up gives what rests, however short a time.
func TestRestAndTheRange(t *testing.T) {
	e := engineOn(t, 23000, 23999)
	rested(t, e, fewRest)
	s := opened(t, e, restHost)
	if err := e.Change(Config{PortMin: 24000, PortMax: 24159}); err != nil { // 80 pairs, of which ten may rest
		t.Fatal(err)
	}
	old := e.ports.Load().before
	within(t, "they are closed", func() bool {
		old.mu.Lock()
		defer old.mu.Unlock()
		return old.atRest == 0
	})
	s.Close()
	within(t, "its pair is closed", func() bool { return e.PortsInUse() == 0 && e.resting() == 0 })
	var all []*Stream
	for range 80 {
		all = append(all, opened(t, e, restHost))
	}
	if _, err := e.Open(netip.MustParseAddr(restHost), nil); !errors.Is(err, ErrNoPorts) {
		t.Errorf("one more: %v", err)
	}
	for _, s := range all {
		s.Close()
	}
	within(t, "an eighth rests", func() bool { return e.resting() == 10 && e.PortsInUse() == 0 })
	all = nil
	for range 70 {
		all = append(all, opened(t, e, restHost))
	}
	for _, at := range []string{restHost, "127.0.11.5"} { // the one as it is, the other by closing
		all = append(all, opened(t, e, at))
	}
	if n := e.resting(); n != 0 {
		t.Errorf("%d rest", n)
	}
	for _, s := range all {
		s.Close()
	}
}
