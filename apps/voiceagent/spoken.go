package voiceagent

import (
	"sync"
	"time"

	"obelisk/media/program"
)

// spoken is the queue of an agent as it is played. It keeps how loud it was, for the detector, and tells
// when the agent begins to be heard.
type spoken struct {
	*program.Queue
	begins func(at time.Time)

	mu     sync.Mutex // guards the rest
	energy [64]float64
	blocks int
	silent bool
}

// Frame implements media.Source.
func (s *spoken) Frame(dst []int16) int {
	before := s.Left()
	n := s.Queue.Frame(dst)
	heard := s.Left() > before
	half := len(dst) / 2
	s.mu.Lock()
	began := heard && s.silent
	s.silent = !heard
	if half > 0 {
		s.note(dst[:half])
		s.note(dst[half:])
	}
	s.mu.Unlock()
	if began {
		s.begins(time.Now())
	}
	return n
}

// note keeps the energy of a block of 10 ms.
func (s *spoken) note(pcm []int16) {
	e := 0.0
	for _, x := range pcm {
		e += float64(x) * float64(x)
	}
	s.energy[s.blocks%len(s.energy)] = e / float64(len(pcm))
	s.blocks++
}

// played is the energy n blocks before the newest one.
func (s *spoken) played(n int) float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n < 0 || n >= len(s.energy) || n >= s.blocks {
		return 0
	}
	return s.energy[(s.blocks-1-n)%len(s.energy)]
}
