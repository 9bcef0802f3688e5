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
		m.home.Store(to)
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
	for _, x := range family {
		x.home.Store(to)
	}
	to.post(func() {
		for _, m := range mixers {
			if len(m.seats) > 0 && m.timer.index < 0 {
				to.arm(&m.timer, later(m.next, to.now))
			}
		}
		for i, x := range family {
			if !x.opened {
				continue
			}
			if x.pipe == nil {
				x.join()
				x.patient()
			}
			for _, t := range armed[i] {
				if t.index < 0 {
					to.arm(t, t.at())
				}
			}
		}
	})
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
