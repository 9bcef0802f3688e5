package pbx

import (
	"slices"
	"sync"
	"time"

	"obelisk/media"
)

// guest is a stream that sits in a bridge and is no member of it: the near half of a pipe, at whose far
// half something is played to all, or recorded. Nobody is told of it, and no policy counts it.
type guest struct {
	stream *media.Stream
	at     *media.Seat // nil: there is no mixer
}

// Host has a stream sit in the bridge until leave: what it says is heard by all, what they say by it.
// Media are mixed meanwhile. In a bridge whose members are apart, they hear it in place of music.
func (b *Bridge) Host(s *media.Stream) (leave func()) {
	g := &guest{stream: s}
	b.do(func() {
		b.setGuests(append(slices.Clone(b.guests), g))
		b.resettle()
	})
	return sync.OnceFunc(func() {
		b.do(func() {
			if g.at != nil {
				g.at.Leave()
			}
			b.setGuests(slices.DeleteFunc(slices.Clone(b.guests), func(o *guest) bool { return o == g }))
			b.resettle()
		})
	})
}

// resettle looks anew at how the members hear each other.
func (b *Bridge) resettle() {
	was := b.mixer != nil
	b.rewire()
	if !b.policy.Apart || was == (b.mixer != nil) {
		return
	}
	if was {
		b.rehost()
	} else {
		b.hush()
	}
}

func (b *Bridge) setGuests(list []*guest) {
	b.mu.Lock()
	b.guests = list
	b.mu.Unlock()
}

func (b *Bridge) hasGuests() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.guests) > 0
}

// sitGuests gives them their places in the mixer.
func (b *Bridge) sitGuests() {
	for _, g := range b.guests {
		if g.at == nil {
			g.at = b.mixer.Seat(g.stream, media.Seating{})
		}
	}
}

// standGuests takes them away.
func (b *Bridge) standGuests() {
	for _, g := range b.guests {
		if g.at != nil {
			g.at.Leave()
			g.at = nil
		}
	}
}

// MakeKnown tells programs of a bridge before somebody comes to it.
func (b *Bridge) MakeKnown() {
	b.do(func() {
		if !b.told && !b.Over() {
			b.told = true
			b.tellBegin(len(b.seats))
		}
	})
}

// Sync waits until the bridge has done what it was asked for before, a second at most. It is for
// surfaces, and not for a strand or a worker.
func (b *Bridge) Sync() {
	done := make(chan struct{})
	b.do(func() { close(done) })
	select {
	case <-done:
	case <-time.After(time.Second):
	}
}
