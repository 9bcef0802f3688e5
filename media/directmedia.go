package media

// need is whether somebody here needs the packets of a stream to pass here, who could else have the
// two far sides send to each other: a feature waits for keys, a sink hears the audio, something is
// changed in it or played, it has a jitter buffer of its own.

// OnNeeded sets the function told when Needed has changed; it runs on the loop and must not block.
func (s *Stream) OnNeeded(f func()) { s.do(func() { s.onNeed = f }) }

// Needed says whether somebody here needs the stream's packets, as of the commands that were done.
func (s *Stream) Needed() bool { return s.need.Load() }

// Touched says whether somebody here hears or changes the stream's audio, or looks for keys in it; what
// is played to the far side is nothing of that.
func (s *Stream) Touched() bool { return s.touch.Load() }

// Then runs f on the loop once all is done that the stream was asked before.
func (s *Stream) Then(f func()) { s.post(f) }

// noteNeed looks whether that has changed.
func (s *Stream) noteNeed() {
	watched := s.digits.gate != nil || s.shapes != nil || s.inject != nil && len(s.inject.voices) > 0 || s.chosen != nil && s.jitter != nil
	for _, t := range s.taps {
		watched = watched || !t.ended()
	}
	s.touch.Store(watched)
	now := watched || len(s.player.voices) > 0
	if s.need.Swap(now) != now && s.onNeed != nil {
		s.onNeed()
	}
}
