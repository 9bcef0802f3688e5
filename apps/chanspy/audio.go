package chanspy

import (
	"sync/atomic"

	"obelisk/media"
	"obelisk/media/soundfile"
	"obelisk/pbx"
)

// rate is that of what a spy hears and says, in Hz.
const rate = 8000

// ear hears a channel: a media.DuplexSink.
type ear struct {
	out    *media.Queue
	only   bool // what it says
	volume atomic.Int64
	file   *soundfile.Recorder
	over   chan struct{} // closed when the channel ends
	sum    []int16
}

func newEar(s *session) *ear {
	e := &ear{out: media.NewQueue(rate), only: s.w.only, file: s.recorder(), over: make(chan struct{})}
	e.volume.Store(int64(s.w.volume))
	return e
}

// Rate implements media.DuplexSink.
func (e *ear) Rate() int { return rate }

// Put implements media.DuplexSink.
func (e *ear) Put(in, out []int16) {
	volume := int(e.volume.Load())
	e.sum = e.sum[:0]
	for i := range in {
		n := int(in[i])
		if !e.only {
			n += int(out[i])
		}
		switch {
		case volume > 1:
			n *= volume
		case volume < -1:
			n /= -volume
		}
		e.sum = append(e.sum, int16(min(max(n, -32768), 32767)))
	}
	e.out.Put(e.sum)
	if e.file != nil {
		e.file.Put(e.sum)
	}
}

// End implements media.DuplexSink.
func (e *ear) End() { close(e.over) }

// mouth is what the spy says to the channel that he listens to, and to whom that is with.
type mouth struct {
	own, theirs *media.Stream
	peer        *media.Stream // of whom a Local channel is with: what is made in its pipe is not mixed; nil: in theirs
	tap         *media.Tap
	voices      []*media.Voice
	words       *words
}

func newMouth(own *media.Stream, of *pbx.Channel) *mouth {
	m := &mouth{own: own, theirs: of.Leg().Stream()}
	if peer := of.View().Bridged; of.TechName() == "Local" && peer != nil && peer.Leg() != nil {
		m.peer = peer.Leg().Stream()
	}
	return m
}

// be changes how the spy takes part.
func (m *mouth) be(how mode) {
	m.close()
	if how == listens {
		return
	}
	m.words = &words{to: []*media.Queue{media.NewQueue(rate)}}
	m.voices = append(m.voices, m.theirs.Start(m.words.to[0], media.Play{Mix: true}))
	if how == barges {
		q := media.NewQueue(rate)
		m.words.to = append(m.words.to, q)
		if m.peer != nil {
			m.voices = append(m.voices, m.peer.Start(q, media.Play{Mix: true}))
		} else {
			m.voices = append(m.voices, m.theirs.Start(q, media.Play{In: true, Mix: true}))
		}
	}
	m.tap = m.own.TapChanged(media.In, m.words)
}

// turn is a key that changes that: 4, 5 and 6; others do nothing.
func (m *mouth) turn(key byte) {
	if key >= '4' && key <= '6' {
		m.be(mode(key - '4'))
	}
}

func (m *mouth) close() {
	if m.tap != nil {
		m.tap.Stop()
	}
	for _, v := range m.voices {
		v.Stop()
	}
	m.tap, m.voices = nil, nil
}

// words are what the spy says: a media.Sink.
type words struct{ to []*media.Queue }

// Rate implements media.Sink.
func (w *words) Rate() int { return rate }

// Put implements media.Sink.
func (w *words) Put(pcm []int16) {
	for _, q := range w.to {
		q.Put(pcm)
	}
}

// End implements media.Sink.
func (w *words) End() {}
