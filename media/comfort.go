package media

import "math"

// Comfort noise (RFC 3389) is not offered, but some phones send it in the static
// payload type all the same when nobody speaks. The far side then hears noise of
// that level instead of nothing, until audio comes again.

const comfortPayload = 13

// comfortNoise is white noise at a level.
type comfortNoise struct {
	amplitude float64
	random    uint32
}

// newComfortNoise takes the level in dB below overload (RFC 3389 section 3.1).
func newComfortNoise(below byte) *comfortNoise {
	rms := 32767 * math.Pow(10, -float64(min(below, 127))/20)
	return &comfortNoise{amplitude: rms * math.Sqrt(3), random: 1}
}

// Frame implements Source.
func (c *comfortNoise) Frame(dst []int16) int {
	for i := range dst {
		c.random = c.random*1664525 + 1013904223
		dst[i] = int16(c.amplitude * (float64(c.random>>8)/(1<<23) - 1))
	}
	return len(dst)
}

// silenceCame is a comfort noise packet of this leg.
func (s *Stream) silenceCame(b []byte) {
	start := payloadStart(b)
	if start < 0 || start == len(b) || s.peer == nil || s.peer == s || s.peer.pipe != nil {
		s.stats.unwanted.Add(1)
		return
	}
	if p := s.peer; !p.player.active() || p.comforted() {
		p.start(newVoice(newComfortNoise(b[start]), Play{}))
	}
}

// comforted: what is played is comfort noise.
func (s *Stream) comforted() bool {
	v := s.player.main
	if v == nil || len(s.player.voices) != 1 {
		return false
	}
	_, ok := v.src.(*comfortNoise)
	return ok
}
