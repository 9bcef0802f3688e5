package hear

import (
	"errors"
	"sync"
	"time"

	"obelisk/media"
	"obelisk/pbx"
)

// ErrNoAudio is a channel without sound: a message.
var ErrNoAudio = errors.New("a message has no audio")

// Listener hears a channel's far end, or what it is told. Its methods are for the goroutine that
// works the channel.
type Listener struct {
	c    *pbx.Channel
	tap  *media.Tap
	sink *sink
}

// mostHeard bounds what waits for the application: it was busy elsewhere.
const mostHeard = 10 * time.Second

// rate is that of what is heard, in Hz.
const rate = 8000

// Listen begins to listen in one direction; Close ends it.
func Listen(c *pbx.Channel, direction media.Direction) (*Listener, error) {
	s := c.Leg().Stream()
	if s == nil {
		return nil, ErrNoAudio
	}
	k := &sink{come: make(chan struct{}, 1)}
	return &Listener{c: c, sink: k, tap: s.TapChanged(direction, k)}, nil
}

// Rate is that of Next's samples, in Hz.
func (l *Listener) Rate() int { return rate }

// Next waits for the next samples, not longer than d, with what else w asks for; 0 is no limit.
// why is pbx.Also when there are some. They are the caller's until the next Next.
func (l *Listener) Next(w pbx.Wait) (pcm []int16, e pbx.Event, why pbx.Why) {
	for {
		if pcm = l.sink.take(); len(pcm) > 0 && !l.c.Gone() {
			return pcm, e, pbx.Also
		}
		w.Also = l.sink.come
		if e, why = l.c.Await(w); why != pbx.Also {
			return nil, e, why
		}
	}
}

// Heard says whether anything has come from the far end at all: else there was silence only.
func (l *Listener) Heard() bool {
	_, came := l.tap.First()
	return came
}

// Close ends it.
func (l *Listener) Close() { l.tap.Stop() }

// sink is a media.Sink.
type sink struct {
	come chan struct{}

	mu          sync.Mutex // guards the next two
	heard, hand []int16
}

// Rate implements media.Sink.
func (s *sink) Rate() int { return rate }

// Put implements media.Sink.
func (s *sink) Put(pcm []int16) {
	s.mu.Lock()
	if len(s.heard)+len(pcm) <= rate*int(mostHeard/time.Second) {
		s.heard = append(s.heard, pcm...)
	}
	s.mu.Unlock()
	s.wake()
}

// End implements media.Sink.
func (s *sink) End() {}

func (s *sink) wake() {
	select {
	case s.come <- struct{}{}:
	default:
	}
}

func (s *sink) take() []int16 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.heard, s.hand = s.hand[:0], s.heard
	return s.hand
}
