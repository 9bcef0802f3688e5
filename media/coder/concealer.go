package coder

// Concealer fills the place of lost audio with the last pitch period, repeated
// and faded out, in the manner of ITU-T G.711 appendix I. It sees all audio of a
// decoder that cannot do so itself.
type Concealer struct {
	rate   int
	past   []int16 // the last audio, newest at the end
	cycle  []int16 // what is repeated while audio is missing, nil otherwise
	at     int     // place in cycle
	filled int     // samples made up so far
}

const (
	plcShortest = 400 // Hz: the highest pitch that is looked for
	plcLongest  = 66  // Hz: the lowest
	plcWindow   = 50  // 1/s: what is compared, 20 ms
	plcWhole    = 100 // 1/s: made up at full level, 10 ms
	plcFade     = 20  // 1/s: from there to silence, 50 ms
	plcBlend    = 250 // 1/s: crossfade back to what is received, 4 ms
)

// NewConcealer makes one for a sampling rate in Hz.
func NewConcealer(rate int) *Concealer {
	return &Concealer{rate: rate, past: make([]int16, rate/plcLongest+rate/plcWindow)}
}

// Heard takes received audio into account; after a loss its beginning is blended
// with what was made up.
func (c *Concealer) Heard(pcm []int16) {
	if c.cycle != nil {
		n := min(c.rate/plcBlend, len(pcm))
		for i := range n {
			pcm[i] = int16((int(pcm[i])*(i+1) + int(c.next())*(n-i)) / (n + 1))
		}
		c.cycle = nil
	}
	c.remember(pcm)
}

func (c *Concealer) remember(pcm []int16) {
	if len(pcm) >= len(c.past) {
		copy(c.past, pcm[len(pcm)-len(c.past):])
		return
	}
	n := copy(c.past, c.past[len(pcm):])
	copy(c.past[n:], pcm)
}

// Fill makes up audio.
func (c *Concealer) Fill(dst []int16) {
	if c.cycle == nil {
		c.begin()
	}
	for i := range dst {
		dst[i] = c.next()
	}
	c.remember(dst)
}

// begin takes the last pitch period; its end is blended with what came before it,
// so that the repetition has no edge.
func (c *Concealer) begin() {
	lag := c.pitch()
	end := len(c.past)
	c.cycle = append([]int16(nil), c.past[end-lag:]...)
	blend := lag / 4
	for i := range blend {
		a, b := int(c.past[end-blend+i]), int(c.past[end-lag-blend+i])
		c.cycle[lag-blend+i] = int16((a*(blend-i) + b*(i+1)) / (blend + 1))
	}
	c.at, c.filled = 0, 0
}

// pitch is the lag in samples at which the last 20 ms are most like themselves.
func (c *Concealer) pitch() int {
	window, end := c.rate/plcWindow, len(c.past)
	last := c.past[end-window:]
	best, lag := -1.0, c.rate/plcLongest
	for n := c.rate / plcShortest; n <= c.rate/plcLongest; n++ {
		var cross, energy int64
		for i, v := range c.past[end-window-n : end-n] {
			cross += int64(v) * int64(last[i])
			energy += int64(v) * int64(v)
		}
		if cross <= 0 || energy == 0 {
			continue
		}
		if like := float64(cross) * float64(cross) / float64(energy); like > best*1.02 { // the shortest of equals
			best, lag = like, n
		}
	}
	return lag
}

func (c *Concealer) next() int16 {
	v := int(c.cycle[c.at])
	if c.at++; c.at == len(c.cycle) {
		c.at = 0
	}
	c.filled++
	if over, fade := c.filled-c.rate/plcWhole, c.rate/plcFade; over > 0 {
		v = v * max(fade-over, 0) / fade
	}
	return int16(v)
}
