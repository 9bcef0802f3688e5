package media

import (
	"bytes"
	"testing"
	"time"
)

// The packets of a member wait for the mixer's next frame and wake nobody; once it has left they
// come at once again.
func TestPacketsForAMixerWait(t *testing.T) {
	e := engine(t, Config{})
	a, b, sa, sb := pair(t, e, ulawOnly, ulawOnly)
	waits := func(s *Stream) (on bool) {
		done := make(chan struct{})
		s.do(func() { on = s.rtp.(*rawSocket).waits; close(done) })
		<-done
		return on
	}
	m := e.NewMixer(Mixing{})
	defer m.Close()
	x, y := m.Seat(sa, Seating{}), m.Seat(sb, Seating{})
	if !waits(sa) || !waits(sb) {
		t.Fatal("they do not wait")
	}
	loud := bytes.Repeat([]byte{0x10}, 160)
	for heard, end := false, time.Now().Add(20*time.Second); !heard; {
		if time.Now().After(end) {
			t.Fatal("the other one hears nothing")
		}
		a.send(sa, 0, loud)
		if p := b.receive(40 * time.Millisecond); p != nil {
			heard = bytes.Count(p.Payload, loud[:1]) > 100
		}
	}
	x.Leave()
	y.Leave()
	if waits(sa) || waits(sb) {
		t.Fatal("they wait still")
	}
	Link(sa, sb)
	for end := time.Now().Add(20 * time.Second); ; {
		if time.Now().After(end) {
			t.Fatal("nothing is relayed")
		}
		a.send(sa, 0, loud[:80])
		if p := b.receive(40 * time.Millisecond); p != nil && len(p.Payload) == 80 {
			return
		}
	}
}
