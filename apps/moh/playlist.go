package moh

import (
	"math/rand/v2"
	"sync/atomic"

	"obelisk/media"
)

// medley plays the files of a class one after the other, for ever, with an announcement before each
// beginning and between two of them. It belongs to the loop of the stream that plays it; the next file
// is read meanwhile. It implements pbx.Resumed.
type medley struct {
	box      *Jukebox
	files    []string
	random   bool
	loopLast bool
	at       int // in files
	rate     int
	playing  *track
	played   int // samples of it
	asked    bool
	next     atomic.Pointer[fetched]

	ahead   *track // the announcement; nil: there is none
	begins  atomic.Bool
	said    int // samples of it
	talking bool
}

// fetched is a file that was read.
type fetched struct {
	*track
	at int // in files
}

// Rate implements media.Rated: it is that of the file with which the music began.
func (m *medley) Rate() int { return m.rate }

// Resumes implements pbx.Resumed.
func (m *medley) Resumes() { m.begins.Store(true) }

// Frame implements media.Source.
func (m *medley) Frame(dst []int16) int {
	whole := len(dst)
	if m.begins.Swap(false) {
		m.announce()
	}
	for len(dst) > 0 {
		if m.talking {
			n := copy(dst, m.ahead.PCM[m.said:])
			m.said += n
			m.talking = m.said < len(m.ahead.PCM)
			dst = dst[n:]
			continue
		}
		n := copy(dst, m.playing.PCM[m.played:])
		m.played += n
		if dst = dst[n:]; len(m.files) > 1 && !m.asked {
			m.asked = true
			go m.fetch(m.following())
		}
		if len(dst) == 0 {
			break
		}
		if !m.turn() {
			clear(dst)
			break
		}
	}
	return whole
}

// turn goes on to the next file, when that is there.
func (m *medley) turn() bool {
	if len(m.files) > 1 {
		t := m.next.Swap(nil)
		if t == nil { // it is still being read
			return false
		}
		m.playing, m.at, m.asked = t.track, t.at, false
	}
	m.played = 0
	m.announce()
	return len(m.playing.PCM) > 0
}

// announce has the announcement play first.
func (m *medley) announce() {
	if m.ahead != nil && len(m.ahead.PCM) > 0 {
		m.said, m.talking = 0, true
	}
}

// following chooses the file to come.
func (m *medley) following() int {
	switch last := len(m.files) - 1; {
	case m.random:
		m.at = (m.at + 1 + rand.IntN(last)) % len(m.files)
	case !m.loopLast || m.at < last:
		m.at = (m.at + 1) % len(m.files)
	}
	return m.at
}

// fetch reads a file, or where it cannot be read one behind it; where none can be the one that plays
// is repeated.
func (m *medley) fetch(i int) {
	t, at, err := m.box.readable(m.files, i, m.rate)
	if err != nil {
		t, at = m.playing, i
	}
	m.next.Store(&fetched{t, at})
}

// preceded is a program's music with an announcement whenever it begins. It implements pbx.Resumed.
type preceded struct {
	*listener
	ahead   *track
	begins  atomic.Bool
	said    int
	talking bool
}

// announced is a listener, with an announcement where there is one.
func announced(l *listener, ahead *track) media.Source {
	if ahead == nil {
		return l
	}
	return &preceded{listener: l, ahead: &track{ahead.At(l.Rate())}}
}

// Resumes implements pbx.Resumed.
func (p *preceded) Resumes() { p.begins.Store(true) }

// Frame implements media.Source.
func (p *preceded) Frame(dst []int16) int {
	if p.begins.Swap(false) {
		p.said, p.talking = 0, len(p.ahead.PCM) > 0
	}
	n := 0
	if p.talking {
		n = copy(dst, p.ahead.PCM[p.said:])
		p.said += n
		p.talking = p.said < len(p.ahead.PCM)
	}
	if n < len(dst) {
		p.listener.Frame(dst[n:])
	}
	return len(dst)
}
