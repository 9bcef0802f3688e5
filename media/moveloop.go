package media

import "slices"

// move takes the stream, and all that it is joined to, from its loop to another.
// It runs on the loop it leaves.
func (s *Stream) move(to *loop) {
	from := s.loop
	if from == to {
		return
	}
	family := s.family(nil)
	mixers := mixersOf(family)
	for _, m := range mixers {
		from.disarm(&m.timer)
		m.loop = to
	}
	armed := make([][]*timer, len(family))
	for i, x := range family {
		x.takeBack()
		for _, t := range x.timers() {
			if t.index >= 0 {
				from.disarm(t)
				armed[i] = append(armed[i], t)
			}
		}
		if x.pipe == nil {
			x.rtp.detach()
			x.rtcp.detach()
			from.streams.Add(-1)
		}
		x.loop = to
	}
	homes := make([]*place, 0, len(family)+len(mixers))
	for _, x := range family {
		homes = append(homes, &x.home)
	}
	for _, m := range mixers {
		homes = append(homes, &m.home)
	}
	s.engine.moving.Lock()
	from.resettle(homes, to, func() {
		for _, m := range mixers {
			if len(m.seats) > 0 && m.timer.index < 0 {
				to.arm(&m.timer, later(m.next, to.now))
			}
		}
		for i, x := range family {
			if x.opened {
				x.arrive(armed[i])
			}
		}
	})
	s.engine.moving.Unlock()
	to.pump()
}

// arrive takes up the stream's work on the loop that it has come to, with the timers that ran.
func (s *Stream) arrive(armed []*timer) {
	if s.pipe == nil {
		s.join()
		s.patient()
	}
	for _, t := range armed {
		if t.index < 0 {
			s.loop.arm(t, t.at())
		}
	}
}

// resettle changes homes. arrive is the first that is done for them on the loop they come to, and
// what was to be done here follows, before what comes later: a command that overtook arrive could
// move them on, and have their timers armed on a loop that is theirs no more.
func (l *loop) resettle(homes []*place, to *loop, arrive func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	to.mu.Lock()
	defer to.mu.Unlock()
	for _, h := range homes {
		h.Store(to)
	}
	to.queue = append(to.queue, command{f: arrive})
	for _, q := range [2][]command{l.batch[l.begun:], l.queue} {
		for i := range q {
			if c := &q[i]; c.at != nil && c.f != nil && slices.Contains(homes, c.at) {
				to.queue = append(to.queue, *c)
				c.f = nil
			}
		}
	}
}

// family is the stream and those it is joined to, by bridges, pipes and mixers.
func (s *Stream) family(so []*Stream) []*Stream {
	if slices.Contains(so, s) {
		return so
	}
	so = append(so, s)
	for _, x := range []*Stream{s.peer, s.pipe} {
		if x != nil && x.opened {
			so = x.family(so)
		}
	}
	if s.seat != nil {
		for _, x := range s.seat.mixer.seats {
			so = x.stream.family(so)
		}
	}
	return so
}

// mixersOf are the mixers at which streams have seats.
func mixersOf(family []*Stream) (list []*Mixer) {
	for _, x := range family {
		if x.seat != nil && !slices.Contains(list, x.seat.mixer) {
			list = append(list, x.seat.mixer)
		}
	}
	return list
}

// ring does what one of the stream's timers is for.
func (s *Stream) ring(t *timer) {
	switch {
	case t == &s.player.timer:
		s.playTick()
	case s.jitter != nil && t == &s.jitter.timer:
		s.playout()
	case t == &s.report:
		s.sendReport()
	case t == &s.look:
		s.kernelTick()
	case t == &s.settle:
		s.settleTick()
	case t == &s.digits.event.timer:
		s.eventTick()
	case s.inject != nil && t == &s.inject.timer:
		s.injectTick()
	case s.dog != nil && t == &s.dog.timer:
		s.guardTick()
	case s.text != nil && t == &s.text.timer:
		s.typeOn()
	}
}

// mostTimers are all that there may be.
const mostTimers = 11

// timers are all that the stream may have armed.
func (s *Stream) timers() []*timer {
	return s.appendTimers(nil)
}

// appendTimers is timers for who has room for them.
func (s *Stream) appendTimers(t []*timer) []*timer {
	t = append(t, &s.report, &s.player.timer, &s.digits.event.timer, &s.look, &s.settle)
	if s.text != nil {
		t = append(t, &s.text.timer)
	}
	if s.dog != nil {
		t = append(t, &s.dog.timer)
	}
	if s.digits.down != nil {
		t = append(t, &s.digits.down.timer)
	}
	if s.digits.gate != nil {
		t = append(t, &s.digits.gate.timer)
	}
	if s.inject != nil {
		t = append(t, &s.inject.timer)
	}
	if s.jitter != nil {
		t = append(t, &s.jitter.timer)
	}
	return t
}
