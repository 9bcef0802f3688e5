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
		for i, x := range family {
			if !x.opened {
				continue
			}
			if x.pipe == nil {
				x.join()
			}
			for _, t := range armed[i] {
				if t.index < 0 {
					to.arm(t, t.due)
				}
			}
		}
	})
}

// family is the stream and those it is joined to, by bridges and pipes.
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
	return so
}

// timers are all that the stream may have armed.
func (s *Stream) timers() []*timer {
	t := []*timer{&s.report, &s.player.timer, &s.digits.event.timer, &s.look, &s.dog.timer, &s.settle}
	if s.inject != nil {
		t = append(t, &s.inject.timer)
	}
	if s.jitter != nil {
		t = append(t, &s.jitter.timer)
	}
	return t
}
