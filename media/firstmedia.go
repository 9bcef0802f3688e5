package media

// OnHeard has f called once with the next media of the far side: RTP or RTCP that is believed,
// or what comes out at this end of a pipe. nil: nobody waits any more. f runs on the loop and
// must not block.
func (s *Stream) OnHeard(f func()) { s.do(func() { s.hearing = f }) }

// hear tells who waits for the first media.
func (s *Stream) hear() {
	if f := s.hearing; f != nil {
		s.hearing = nil
		f()
	}
}

// emerge is hear at the end of a pipe, which may be closed already.
func (s *Stream) emerge() {
	if s.opened {
		s.hear()
	}
}
