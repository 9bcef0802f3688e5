package media

// SetScramble has a direction, In, Out or both, be turned upside down: its spectrum is mirrored, so that what was
// low is high (at 8 kHz f becomes 4000-f), and speech is no more understood. Done twice it is as it came. Who
// wants to hear it can: it keeps nobody out.
func (s *Stream) SetScramble(d Direction, on bool) {
	s.reshape(d, func(x *shape) {
		if x.scrambler = nil; on {
			x.scrambler = &scrambler{}
		}
	})
}

// scrambler multiplies by a wave of half the sampling rate: each second sample changes its sign.
type scrambler struct{ odd bool }

func (s *scrambler) run(pcm []int16) {
	for i, v := range pcm {
		if s.odd {
			pcm[i] = -max(v, -32767)
		}
		s.odd = !s.odd
	}
}
