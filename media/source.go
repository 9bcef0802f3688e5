package media

// Source is audio: 16 bit samples of one channel.
type Source interface {
	// Frame fills dst and returns how many samples it wrote; fewer than
	// len(dst) ends the source. It runs on the loop and must not block.
	Frame(dst []int16) int
}

// Rated is a source with a rate of its own; without it a source has 8000 Hz. What listens is
// given what it can hear of it.
type Rated interface {
	Rate() int // Hz, 8000 to 192000; it does not change
}

// Framed is a source that is asked at moments, 20 ms from each other, that all of its kind and all mixers
// share: the loop is woken once for all of them. It begins up to 20 ms later for that.
type Framed interface{ Framed() }

// Seeker is a source whose place can be changed. It is called on the loop, as Frame.
type Seeker interface {
	Len() int     // samples in all
	SeekTo(n int) // 0 to Len
}

// rateOf is a source's rate in Hz.
func rateOf(src Source) int {
	if r, ok := src.(Rated); ok {
		return min(max(r.Rate(), narrow), 192000)
	}
	return narrow
}

// Clip is decoded audio in memory, played once. It is a Seeker.
type Clip struct {
	rate    int
	samples []int16
	at      int
}

// NewClip makes a source of samples at 8 kHz.
func NewClip(samples []int16) *Clip { return NewClipAt(narrow, samples) }

// NewClipAt makes a source of samples of a rate in Hz. They may be shared by many clips.
func NewClipAt(rate int, samples []int16) *Clip { return &Clip{rate: rate, samples: samples} }

// Rate implements Rated.
func (c *Clip) Rate() int { return c.rate }

// Len implements Seeker.
func (c *Clip) Len() int { return len(c.samples) }

// SeekTo implements Seeker.
func (c *Clip) SeekTo(n int) { c.at = min(max(n, 0), len(c.samples)) }

// Frame implements Source.
func (c *Clip) Frame(dst []int16) int {
	n := copy(dst, c.samples[c.at:])
	c.at += n
	return n
}
