package program

import "time"

// pace finds what a queue holds in vain. Audio that is made as it is spoken piles up a little whenever
// either side is late: there was silence in its place meanwhile, and it would come later by as much from
// then on. What was never needed for two seconds is left out again, in pauses of the speaker. Of a text
// that was read ahead nothing is.
type pace struct {
	time    int // samples since the window began
	came    int // samples that were put meanwhile
	lowest  int // samples that waited at the least
	surplus int // samples to be left out
}

const (
	// window is how long is looked at before something is left out.
	window = 2 * time.Second
	// quiet is the greatest amplitude of a pause, -50 dB of full scale.
	quiet = 104
)

// passed notes that a frame was played, after which so many samples wait.
func (p *pace) passed(rate, frame, waits int) {
	if p.time == 0 || waits < p.lowest {
		p.lowest = waits
	}
	if p.time += frame; p.time < int(window*time.Duration(rate)/time.Second) {
		return
	}
	paced := p.came > p.time*8/10 && p.came < p.time*12/10
	p.surplus = 0
	if paced && waits <= int(live*time.Duration(rate)/time.Second) {
		p.surplus = p.lowest / frame * frame
	}
	p.time, p.came = 0, 0
}

// shorten leaves out a frame of a pause, where there is too much; it returns how many samples that is.
func (p *pace) shorten(pcm []int16, frame int) int {
	if p.surplus < frame || len(pcm) < 2*frame {
		return 0
	}
	for _, x := range pcm[:frame] {
		if x > quiet || x < -quiet {
			return 0
		}
	}
	p.surplus -= frame
	return frame
}
