package media

import (
	"slices"
	"time"

	"obelisk/media/coder"
)

// Mixer has many streams hear each other: each hears the sum of the others. It belongs to one
// loop, to which its streams move, and does its work there every 20 ms.
//
// It mixes at the rates of its listeners, 8 and 16 kHz, so that a wide phone hears a wide one
// whole and a narrow one pays nothing for that. What is the same for many, the sum for those who
// say nothing, is coded once for each codec. Who is silent to the last bit, or muted, is nobody's
// sum to be taken from.
//
// An announcement to all is a voice at the far half of a Pipe of which the near half has a seat.
type Mixer struct {
	engine *Engine
	how    Mixing
	home   place // for those who are not on it

	// ---- owned by the loop ----
	loop   *loop
	seats  []*Seat
	timer  timer
	next   time.Time
	taps   []*Tap
	closed bool
	totals [2][frameMost]int32 // of those who speak to all: narrow, wide
	only   []*Seat             // who speak, and not to all
	common [2]commonSum        // of totals
	shared [codecCount]sharedSum
	work   [frameMost]int32
	pcm    [frameMost]int16
}

// Mixing says how a Mixer mixes.
type Mixing struct {
	// Loudest is how many are heard at a time, those who speak loudest; 0: all.
	Loudest int
	// Narrow has it mix at 8 kHz for all.
	Narrow bool
}

// frameMost is the samples of a frame at the widest rate.
const frameMost = wide / 50

// commonSum is what those hear who do not speak, cut to samples.
type commonSum struct {
	pcm  [frameMost]int16
	turn time.Time // that it is of
}

// sharedSum is the sum of all in a codec, for those who do not speak.
type sharedSum struct {
	to      *translation
	payload []byte
	turn    time.Time // that payload is of
}

// NewMixer makes one without members. Close ends it.
func (e *Engine) NewMixer(how Mixing) *Mixer {
	m := &Mixer{engine: e, how: how, loop: e.place(nil)}
	m.timer = timer{index: -1, fire: func(*timer) { m.tick() }}
	m.home.Store(m.loop)
	return m
}

// NewMixer makes one of the stream's engine.
func (s *Stream) NewMixer(how Mixing) *Mixer { return s.engine.NewMixer(how) }

// post runs f on the mixer's loop.
func (m *Mixer) post(f func()) { command{f: f, at: &m.home}.send() }

// Close has all leave.
func (m *Mixer) Close() {
	m.post(func() {
		m.closed = true
		for len(m.seats) > 0 {
			m.seats[len(m.seats)-1].drop()
		}
		for _, t := range m.taps {
			t.Stop()
		}
		m.taps = nil
	})
}

// Tap has a sink hear the sum of all who speak to all, until Stop or Close.
func (m *Mixer) Tap(to Sink) *Tap {
	t := newTap(Out, to, to.Rate(), func(pcm [2][]int16) { to.Put(pcm[1]) }, to.End, m.engine)
	m.post(func() {
		if m.closed {
			go t.end()
			return
		}
		t.begin = m.loop.now
		m.taps = append(m.taps, t)
		m.engine.startTap(t)
	})
	return t
}

// tick mixes one frame and arms the next. A late loop catches up with at most a few.
func (m *Mixer) tick() {
	l := m.loop
	l.back.collect(l)
	for range 5 {
		m.mix()
		if len(m.seats) == 0 {
			return
		}
		if m.next = m.next.Add(frameTime); m.next.After(l.now) {
			break
		}
	}
	if !m.next.After(l.now) {
		m.next = nextFrame(l.now)
	}
	l.arm(&m.timer, m.next)
}

// mix makes one frame for everybody.
func (m *Mixer) mix() {
	var listens [2]bool
	for _, s := range m.seats {
		s.listen()
		listens[s.width] = listens[s.width] || !s.mouth
	}
	listens[0] = listens[0] || len(m.taps) > 0
	for _, s := range m.seats {
		s.hear(&m.loop.scratch)
	}
	if m.how.Loudest > 0 {
		m.keepLoudest()
	}
	m.sum(listens)
	if len(m.taps) > 0 {
		m.tell()
	}
	for i := 0; i < len(m.seats); i++ {
		m.give(m.seats[i])
	}
}

// keepLoudest has only some be heard.
func (m *Mixer) keepLoudest() {
	var top []*Seat
	var room [16]*Seat
	top = room[:0]
	most := min(m.how.Loudest, len(room))
	for _, s := range m.seats {
		if !s.speaks {
			continue
		}
		i := len(top)
		for i > 0 && top[i-1].rank() < s.rank() {
			i--
		}
		if i >= most {
			continue
		}
		if len(top) < most {
			top = append(top, nil)
		}
		copy(top[i+1:], top[i:])
		top[i] = s
	}
	for _, s := range m.seats {
		s.chosen = s.speaks && slices.Contains(top, s)
		s.speaks = s.chosen
	}
}

// sum adds up those who speak to all, at the rates that somebody listens at.
func (m *Mixer) sum(listens [2]bool) {
	m.only = m.only[:0]
	for r, wanted := range listens {
		if wanted {
			clear(m.totals[r][:])
		}
	}
	for _, s := range m.seats {
		if !s.speaks {
			continue
		}
		for r, wanted := range listens {
			if wanted {
				s.need(r, &m.loop.scratch)
			}
		}
		if s.to != nil {
			m.only = append(m.only, s)
			continue
		}
		for r, wanted := range listens {
			if wanted {
				addTo(m.totals[r][:frames[r]], s.pcm[r])
			}
		}
	}
}

// frames are the samples of a frame at each rate.
var frames = [2]int{narrow / 50, wide / 50}

// tell gives the narrow sum to who records.
func (m *Mixer) tell() {
	pcm := m.heardByAll(0)
	w := &m.loop.scratch
	p := madePacket(narrow, m.next, len(pcm))
	b := w.packet[:coder.Linear{}.Encode(w.packet[:], pcm)]
	m.taps = tellTaps(m.taps, anyStage, Out, p, b, m.loop.now)
}

// addTo adds samples to a sum of the same length, a multiple of four: so much at a time is twice
// as fast.
func addTo(sum []int32, pcm []int16) {
	for len(sum) >= 4 && len(pcm) >= 4 {
		sum[0] += int32(pcm[0])
		sum[1] += int32(pcm[1])
		sum[2] += int32(pcm[2])
		sum[3] += int32(pcm[3])
		sum, pcm = sum[4:], pcm[4:]
	}
}

// without is a sum less what somebody says himself.
func without(dst []int16, sum []int32, own []int16) {
	for len(dst) >= 4 && len(sum) >= 4 && len(own) >= 4 {
		dst[0] = coder.Clip(sum[0] - int32(own[0]))
		dst[1] = coder.Clip(sum[1] - int32(own[1]))
		dst[2] = coder.Clip(sum[2] - int32(own[2]))
		dst[3] = coder.Clip(sum[3] - int32(own[3]))
		dst, sum, own = dst[4:], sum[4:], own[4:]
	}
}

// clamp cuts sums to samples.
func clamp(dst []int16, src []int32) {
	src = src[:len(dst)]
	for i, v := range src {
		dst[i] = int16(min(max(v, -32768), 32767))
	}
}

// give sends a member what it hears.
func (m *Mixer) give(s *Seat) {
	if s.mouth {
		return
	}
	r := s.width
	n := frames[r]
	pcm := m.pcm[:n]
	common := false
	switch own := s.speaks && s.to == nil; {
	case s.deaf:
		clear(pcm)
	case s.from != nil:
		m.some(s, pcm, func(o *Seat) bool { return slices.Contains(s.from, o) && (o.to == nil || slices.Contains(o.to, s)) })
	case m.spokenTo(s):
		m.some(s, pcm, func(o *Seat) bool { return o.to == nil || slices.Contains(o.to, s) })
	case own:
		without(pcm, m.totals[r][:n], s.pcm[r])
	default:
		common = true
		pcm = m.heardByAll(r)
	}
	if s.louder != 1 {
		common, pcm = false, append(m.pcm[:0], pcm...)
		amplify(pcm, s.louder)
	}
	s.send(pcm, common)
}

// heardByAll is the sum of all who speak to all at a rate, cut to samples once for each frame. It is not
// to be changed.
func (m *Mixer) heardByAll(r int) []int16 {
	x := &m.common[r]
	pcm := x.pcm[:frames[r]]
	if !x.turn.Equal(m.next) {
		x.turn = m.next
		clamp(pcm, m.totals[r][:])
	}
	return pcm
}

// spokenTo says whether somebody speaks to a member and not to all.
func (m *Mixer) spokenTo(s *Seat) bool {
	for _, o := range m.only {
		if o != s && slices.Contains(o.to, s) {
			return true
		}
	}
	return false
}

// some is the sum of those of the others who speak and fit.
func (m *Mixer) some(s *Seat, pcm []int16, fits func(*Seat) bool) {
	sum := m.work[:len(pcm)]
	clear(sum)
	for _, o := range m.seats {
		if o != s && o.speaks && fits(o) {
			addTo(sum, o.pcm[s.width])
		}
	}
	clamp(pcm, sum)
}

// coded is the sum of all in a codec, made once for each frame.
func (m *Mixer) coded(codec Codec, rate int, pcm []int16) []byte {
	x := &m.shared[codec]
	if x.to == nil || x.to.inHz != uint32(rate) {
		*x = sharedSum{to: newTranslation(linearOf(rate), codec, 20), payload: make([]byte, maxPacket)}
	}
	if !x.turn.Equal(m.next) {
		x.turn = m.next
		x.payload = x.payload[:x.to.enc.Encode(x.payload[:cap(x.payload)], pcm)]
	}
	return x.payload
}
