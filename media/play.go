package media

import (
	"time"
)

// Samples of one generated packet: 20 ms at 8 kHz.
const (
	frameSamples = 160
	frameTime    = 20 * time.Millisecond
)

// Source is audio at 8 kHz, 16 bit, one channel.
type Source interface {
	// Frame fills dst and returns how many samples it wrote; fewer than
	// len(dst) ends the source. It runs on the loop and must not block.
	Frame(dst []int16) int
}

// player is the playing state of a stream.
type player struct {
	timer timer
	src   Source
	done  func(finished bool)
	next  time.Time
	ended bool         // the last frame is sent and its time is passing
	to    *translation // from samples to the stream's format
}

func (p *player) active() bool { return p.src != nil }

// Play sends a source to the far side, in place of what a bridge relays there.
// done is told, on the loop, whether it reached its end; it must not block.
func (s *Stream) Play(src Source, done func(finished bool)) {
	s.post(func() {
		if !s.opened {
			done(false)
			return
		}
		s.start(src, done)
	})
}

// start is Play on the loop; done may be nil.
func (s *Stream) start(src Source, done func(finished bool)) {
	s.slow()
	s.stopPlay(false)
	s.player.src, s.player.done, s.player.ended = src, done, false
	s.player.next = s.loop.now
	s.playTick()
}

// StopPlay ends the playing source, if any.
func (s *Stream) StopPlay() { s.do(func() { s.stopPlay(false) }) }

func (s *Stream) stopPlay(finished bool) {
	if !s.player.active() {
		return
	}
	s.loop.disarm(&s.player.timer)
	done := s.player.done
	s.player.src, s.player.done = nil, nil
	if done != nil {
		done(finished)
	}
}

// playTick sends one frame and arms the next. A late loop catches up with at
// most a few packets. A source has ended when the time of its last frame has
// passed: a BYE sent together with that frame would cut the end of a prompt.
func (s *Stream) playTick() {
	p, l := &s.player, s.loop
	for range 5 {
		if p.ended {
			s.stopPlay(true)
			return
		}
		pcm := l.scratch.pcm[:frameSamples]
		n := p.src.Frame(pcm)
		if n == 0 {
			s.stopPlay(true)
			return
		}
		clear(pcm[n:])
		s.generate(pcm, p.next)
		p.ended = n < frameSamples
		if p.next = p.next.Add(frameTime); p.next.After(l.now) {
			break
		}
	}
	if !p.next.After(l.now) {
		p.next = l.now.Add(frameTime)
	}
	l.arm(&p.timer, p.next)
}

// slack is by how much two frames may be too far apart and still follow each other: two
// prompts that are played in a row. More is a pause, which the timestamps show.
const slack = 2 * frameTime

// generate encodes and sends one frame that begins at at; without a format that can be
// made here or while the far side is on hold the time passes silently.
func (s *Stream) generate(pcm []int16, at time.Time) {
	if s.pipe != nil {
		if len(s.taps)+len(s.pipe.taps) > 0 {
			s.madeInPipe(pcm, at)
		}
		s.pipe.emerge()
		if p := s.pipe.bridged(); p != nil && !p.player.active() {
			p.generate(pcm, at)
		}
		return
	}
	payload := s.send[s.audio]
	if s.audio == NoCodec || payload == noPayload || !s.sendable() {
		return
	}
	t := s.player.to
	if t == nil || t.to != s.audio {
		t = newTranslation(Slin, s.audio, int(s.ptime))
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
