package media

import (
	"slices"
	"time"
)

// Samples of one generated packet: 20 ms at 8 kHz.
const (
	frameSamples = 160
	frameTime    = 20 * time.Millisecond
)

// player is what is played in one direction of a stream.
type player struct {
	timer  timer
	next   time.Time
	voices []*Voice     // in the order in which they began
	main   *Voice       // that of Play
	inlet  *inlet       // what is heard anyway, while something is mixed into it
	to     *translation // from samples to the stream's format
}

// audible is the voice that takes the place of all before it, nil for none, and whether any
// is mixed in.
func (p *player) audible() (place *Voice, mixed bool) {
	for _, v := range p.voices {
		switch {
		case v.paused:
		case v.how.Mix:
			mixed = true
		default:
			place = v
		}
	}
	return place, mixed
}

// active says whether anything sounds.
func (p *player) active() bool {
	for _, v := range p.voices {
		if !v.paused {
			return true
		}
	}
	return false
}

// replaces says whether what would be heard anyway is not.
func (p *player) replaces() bool {
	place, _ := p.audible()
	return place != nil
}

// mixes says whether what would be heard anyway is heard together with something.
func (p *player) mixes() bool {
	place, mixed := p.audible()
	return mixed && place == nil
}

// Play sends a source to the far side, in place of what a bridge relays there and of what Play
// played before, which ends: music, tones and prompts, of which one is heard at a time. done is
// told, on the loop, whether it reached its end; it must not block, and may be nil.
func (s *Stream) Play(src Source, done func(finished bool)) *Voice {
	v := newVoice(src, Play{Done: done})
	s.bring(v, s.start)
	return v
}

// start is Play on the loop.
func (s *Stream) start(v *Voice) {
	s.stopPlay()
	s.player.main = v
	s.begin(v)
}

// stopPlay ends what Play plays, if anything.
func (s *Stream) stopPlay() {
	if v := s.player.main; v != nil && !v.over {
		s.player.drop(v)
		s.player.restIfSilent(s)
		v.finish(false)
	}
	s.player.main = nil
}

// begin adds a voice.
func (s *Stream) begin(v *Voice) {
	s.slow()
	v.home.Store(s)
	p := &s.player
	if v.how.In {
		if s.inject == nil {
			s.inject = &player{timer: timer{index: -1, fire: s.ring}}
		}
		p = s.inject
	}
	p.voices = append(p.voices, v)
	s.noteNeed()
	p.wake(s)
}

// playing is the player that has a voice; nil: none.
func (s *Stream) playing(v *Voice) *player {
	switch {
	case !s.opened: // it is on its way here
	case slices.Contains(s.player.voices, v):
		return &s.player
	case s.inject != nil && slices.Contains(s.inject.voices, v):
		return s.inject
	}
	return nil
}

// wake begins to play, when nothing did.
func (p *player) wake(s *Stream) {
	switch {
	case p.timer.index >= 0 || !p.active():
	case p.framed():
		p.next = nextFrame(s.loop.now)
		s.loop.arm(&p.timer, p.next)
	default:
		p.next = s.loop.now
		p.timer.fire(&p.timer)
	}
}

// framed says whether all that sounds is content with the moments of mixers.
func (p *player) framed() bool {
	for _, v := range p.voices {
		if _, ok := v.src.(Framed); !ok && !v.paused {
			return false
		}
	}
	return true
}

func (p *player) drop(v *Voice) {
	p.voices = slices.DeleteFunc(p.voices, func(o *Voice) bool { return o == v })
}

// restIfSilent stops the clock when nothing sounds.
func (p *player) restIfSilent(s *Stream) {
	if !p.active() {
		s.loop.disarm(&p.timer)
		p.inlet = nil
	}
	s.noteNeed()
}

// takeVoices takes all voices away, for another stream.
func (s *Stream) takeVoices(to *Stream) (voices []*Voice) {
	for _, p := range []*player{&s.player, s.inject} {
		if p != nil {
			voices = append(voices, p.voices...)
			p.voices, p.main = nil, nil
			p.restIfSilent(s)
		}
	}
	for _, v := range voices {
		v.home.Store(to)
	}
	return voices
}

// receiveVoices has voices of another stream play here; main is that of Play among them, nil for
// none.
func (s *Stream) receiveVoices(voices []*Voice, main *Voice) {
	if s.opened && main != nil && !main.over {
		s.stopPlay()
		s.player.main = main
	}
	for _, v := range voices {
		switch {
		case v.over: // it was stopped on its way
		case s.opened:
			s.begin(v)
		default:
			v.finish(false)
		}
	}
}

// stopVoices ends all in both directions.
func (s *Stream) stopVoices() {
	for _, p := range []*player{&s.player, s.inject} {
		if p == nil {
			continue
		}
		voices := p.voices
		p.voices, p.main = nil, nil
		p.restIfSilent(s)
		for _, v := range voices {
			v.finish(false)
		}
	}
}

func (s *Stream) playTick() {
	s.tick(&s.player, func(pcm []int16, rate int, at time.Time) { s.generate(pcm, rate, at) })
}

func (s *Stream) injectTick() { s.tick(s.inject, s.onwardMade) }

// tick sends one frame and arms the next. A late loop catches up with at most a few packets. A
// source has ended when the time of its last frame has passed: a BYE sent together with that
// frame would cut the end of a prompt.
func (s *Stream) tick(p *player, send func(pcm []int16, rate int, at time.Time)) {
	l := s.loop
	for range 5 {
		p.reap()
		rate := s.playRate(p)
		pcm := l.scratch.mixed[:rate/50]
		if !s.compose(p, pcm, rate) {
			p.restIfSilent(s)
			return
		}
		send(pcm, rate, p.next)
		s.unheard = false
		if p.next = p.next.Add(frameTime); p.next.After(l.now) {
			break
		}
	}
	framed := p.framed()
	if framed {
		l.framed = l.now
	}
	if !p.next.After(l.now) {
		if p.next = l.now.Add(frameTime); framed {
			p.next = nextFrame(l.now)
		}
	}
	l.arm(&p.timer, p.next)
}

// reap ends the voices whose last frame has passed.
func (p *player) reap() {
	for i := 0; i < len(p.voices); {
		v := p.voices[i]
		if !v.last {
			i++
			continue
		}
		p.voices = slices.Delete(p.voices, i, i+1)
		v.finish(true)
	}
}

// compose makes a frame of what sounds; false when nothing does.
func (s *Stream) compose(p *player, pcm []int16, rate int) bool {
	w := &s.loop.scratch
	place, mixed := p.audible()
	n := 0
	for place != nil {
		if n = place.pull(pcm, rate, w); n > 0 {
			place.last = n < len(pcm)
			break
		}
		p.drop(place)
		place.finish(true)
		place, mixed = p.audible()
	}
	if place == nil && !mixed {
		return false
	}
	clear(pcm[n:])
	if place == nil && p.inlet != nil {
		p.inlet.pull(pcm, rate)
	}
	if !mixed {
		return true
	}
	if p == &s.player && len(s.taps) > 0 { // who records hears what was said, and not what is whispered
		s.made(anyStage, Out, pcm, rate, p.next)
		s.unheard = true
	}
	for i := 0; i < len(p.voices); i++ {
		if v := p.voices[i]; v.how.Mix && !v.paused {
			k := v.pull(w.extra[:len(pcm)], rate, w)
			add(pcm[:k], w.extra[:k])
			v.last = k < len(pcm)
		}
	}
	return true
}

// playRate is the rate in Hz at which a player mixes: what its listener can hear.
func (s *Stream) playRate(p *player) int {
	to := s
	if p == s.inject && s.peer != nil {
		to = s.peer
	}
	if to.pipe == nil {
		if to.audio == NoCodec {
			return narrow
		}
		return conversions[to.audio].rate
	}
	rate := narrow
	for _, v := range p.voices {
		if v.rate > narrow {
			rate = wide
		}
	}
	return rate
}

const (
	narrow = 8000
	wide   = 16000
)

// carry takes audio that was made elsewhere as what the bridge says.
func (s *Stream) carry(pcm []int16, rate int, at time.Time) {
	switch p := &s.player; {
	case !p.active():
	case s.comforted():
		s.stopPlay()
	case p.replaces():
		return
	default:
		p.listen().push(pcm, rate, &s.loop.scratch)
		return
	}
	s.generate(pcm, rate, at)
}

// blend takes a packet of what is heard anyway.
func (p *player) blend(b []byte, codec Codec, w *scratch) {
	if codec.Convertible() {
		p.listen().packet(b, codec, w)
	}
}

func (p *player) listen() *inlet {
	if p.inlet == nil {
		p.inlet = &inlet{}
	}
	return p.inlet
}

// onward passes a packet of this leg to the bridge.
func (s *Stream) onward(b []byte, codec Codec) {
	if s.injecting() {
		if codec != TelephoneEvent && !s.inject.replaces() { // a key goes another way
			s.inject.blend(b, codec, &s.loop.scratch)
		}
		return
	}
	s.peer.forward(b, codec)
}

// injecting says whether the bridge hears something else than this leg, or besides.
func (s *Stream) injecting() bool { return s.inject != nil && s.inject.active() }

// onwardMade passes audio that was made here to the bridge.
func (s *Stream) onwardMade(pcm []int16, rate int, at time.Time) {
	if s.peer != nil {
		s.peer.carry(pcm, rate, at)
	} else if s.seat != nil {
		s.seat.in.push(pcm, rate, &s.loop.scratch)
	}
}

// slack is by how much two frames may be too far apart and still follow each other: two
// prompts that are played in a row. More is a pause, which the timestamps show.
const slack = 2 * frameTime

// generate encodes and sends one frame of a rate that begins at at; without a format that can be
// made here or while the far side is on hold the time passes silently.
func (s *Stream) generate(pcm []int16, rate int, at time.Time) {
	if s.pipe != nil {
		if s.watched() || s.pipe.watched() {
			s.madeInPipe(pcm, rate, at)
		}
		s.pipe.emerge()
		if p := s.pipe.bridged(); p != nil {
			p.carry(pcm, rate, at)
		} else if x := s.pipe.seated(); x != nil {
			x.in.push(pcm, rate, &s.loop.scratch)
		}
		return
	}
	payload := s.send[s.audio]
	if s.audio == NoCodec || payload == noPayload || !s.sendable() {
		return
	}
	t := s.player.to
	if t == nil || t.to != s.audio || t.inHz != uint32(rate) {
		t = newTranslation(linearOf(rate), s.audio, int(s.ptime))
		s.player.to = t
	}
	x := &s.tx
	if x.maker != t || !x.fresh && at.Sub(x.at) > t.length()+slack {
		x.turn(t)
	}
	t.packets(t.resample(pcm, &s.loop.scratch), func(pcm []int16) {
		if !x.fresh {
			at = x.at.Add(t.length())
		}
		s.emit(t, pcm, at)
	})
}

// linearOf is the codec of samples of a rate.
func linearOf(rate int) Codec {
	if rate == wide {
		return Slin16
	}
	return Slin
}
