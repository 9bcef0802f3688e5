package media

import "math"

// SetLevel has a direction, In, Out or both, be brought to a loudness by itself: to a mean power of
// level/√10, level being 1 to 32768 of 32768, as speex has it; 0: as it came. What is far below is made
// at most 30 dB louder.
func (s *Stream) SetLevel(d Direction, level int) {
	s.reshape(d, func(x *shape) {
		if x.level = nil; level > 0 {
			x.level = &leveller{target: float64(level) / math.Sqrt(10), gain: 1}
		}
	})
}

// SetGate has what is no louder than the noise of a direction, In, Out or both, be 15 dB softer.
func (s *Stream) SetGate(d Direction, on bool) {
	s.reshape(d, func(x *shape) {
		if x.gate = nil; on {
			x.gate = &noiseGate{gain: 1}
		}
	})
}

// leveller brings audio to a loudness, packet by packet.
type leveller struct {
	target float64 // root mean square
	gain   float64
}

const (
	mostGain = 31.6 // 30 dB
	// silentRMS is what is not made louder: nobody speaks.
	silentRMS = 30
	// in 20 ms a gain rises by a quarter of a dB, and falls by one
	rises, falls = 1.029, 0.891
)

func (l *leveller) run(pcm []int16) {
	was, power := l.gain, rms(pcm)
	if power > silentRMS {
		want := min(l.target/power, mostGain)
		l.gain = min(max(want, l.gain*falls), l.gain*rises)
	}
	glide(pcm, was, l.gain)
}

// noiseGate makes noise softer, packet by packet. What is heard between words is noise: the least
// loudness of the last seconds.
type noiseGate struct {
	floor float64
	begun bool
	gain  float64
}

const (
	softened = 0.178 // -15 dB
	// floorRise is how much the floor rises with each packet, so that it follows noise that gets louder.
	floorRise = 1.005
	// leastFloor keeps silence from making everything speech.
	leastFloor = 2
	// above the floor by so much somebody speaks: 6 dB
	speech = 2
)

func (g *noiseGate) run(pcm []int16) {
	was, power := g.gain, rms(pcm)
	if !g.begun || power < g.floor*floorRise {
		g.floor, g.begun = max(power, leastFloor), true
	} else {
		g.floor *= floorRise
	}
	if g.gain *= 0.7; power > speech*g.floor {
		g.gain = 1
	}
	g.gain = max(g.gain, softened)
	glide(pcm, was, g.gain)
}

func rms(pcm []int16) float64 {
	sum := 0.0
	for _, v := range pcm {
		sum += float64(v) * float64(v)
	}
	return math.Sqrt(sum / float64(max(len(pcm), 1)))
}

// glide makes samples louder by a factor that goes from one to another.
func glide(pcm []int16, from, to float64) {
	step := (to - from) / float64(max(len(pcm), 1))
	for i, v := range pcm {
		from += step
		pcm[i] = clip(float32(float64(v) * from))
	}
}
