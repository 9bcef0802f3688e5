// Package hear is for applications that listen: what a channel's far end says, frame by frame, to
// who works the channel, and how long it is silent or not.
package hear

import "time"

// Threshold is the average level of a frame from which on it is not silence, of 32767.
const Threshold = 256

// Frame is how much of the audio is judged at a time.
const Frame = 20 * time.Millisecond

// Meter tells how long it has been silent, or not, up to now.
type Meter struct {
	rate, threshold int
	rest            []int16 // less than a frame
	silent, loud    time.Duration
	silence         time.Duration // in all
}

// NewMeter makes one for samples at a rate in Hz. threshold 0 is the usual one.
func NewMeter(rate, threshold int) *Meter {
	if threshold <= 0 {
		threshold = Threshold
	}
	return &Meter{rate: rate, threshold: threshold}
}

// Add takes samples. each, when it is not nil, is told after each frame; false ends it.
func (m *Meter) Add(pcm []int16, each func() bool) {
	n := m.rate / int(time.Second/Frame)
	for m.rest = append(m.rest, pcm...); len(m.rest) >= n; {
		m.judge(m.rest[:n])
		m.rest = m.rest[:copy(m.rest, m.rest[n:])]
		if each != nil && !each() {
			return
		}
	}
}

func (m *Meter) judge(frame []int16) {
	sum := 0
	for _, s := range frame {
		sum += max(int(s), -int(s))
	}
	if sum/len(frame) < m.threshold {
		m.silent, m.loud = m.silent+Frame, 0
		m.silence += Frame
	} else {
		m.silent, m.loud = 0, m.loud+Frame
	}
}

// Silent is for how long it has been silent, up to now.
func (m *Meter) Silent() time.Duration { return m.silent }

// Loud is for how long it has not been.
func (m *Meter) Loud() time.Duration { return m.loud }

// Silence is the silence of all that was added.
func (m *Meter) Silence() time.Duration { return m.silence }
