package media

import "slices"

// Screen has many video streams see one of them: its packets go to all others, with their codecs
// as they are. That one sees who was shown before. It belongs to one loop, to which its streams
// move. Its methods may be called from anywhere.
type Screen struct {
	loop *loop // does not change

	// ---- owned by the loop ----
	streams       []*Stream
	shown, before *Stream
	copy          [maxPacket]byte
}

// NewScreen makes one of the stream's engine, without streams.
func (s *Stream) NewScreen() *Screen { return &Screen{loop: s.engine.place(s)} }

// Add has a stream see what is shown, in place of what it was joined to.
func (k *Screen) Add(s *Stream) {
	turn := s.joined.Add(1)
	var sit func()
	sit = func() {
		s.post(func() {
			switch {
			case s.joined.Load() != turn, !s.opened, s.raw, s.screen == k:
			case s.loop != k.loop:
				s.unlink()
				s.move(k.loop)
				sit()
			default:
				s.unlink()
				s.screen = k
				k.streams = append(k.streams, s)
			}
		})
	}
	sit()
}

// Show has a stream be seen.
func (k *Screen) Show(s *Stream) {
	k.loop.post(func() {
		if k.shown != s {
			k.shown, k.before = s, k.shown
		}
	})
}

// Remove takes a stream away.
func (k *Screen) Remove(s *Stream) {
	s.post(func() {
		if s.opened && s.screen == k {
			s.screen = nil
		}
	})
	k.loop.post(func() { k.forget(s) }) // also one that is closed
}

// drop is for a stream that is joined to something else.
func (k *Screen) drop(s *Stream) {
	s.screen = nil
	k.forget(s)
}

func (k *Screen) forget(s *Stream) {
	k.streams = slices.DeleteFunc(k.streams, func(o *Stream) bool { return o == s })
	if k.shown == s {
		k.shown, k.before = k.before, nil
	}
	if k.before == s {
		k.before = nil
	}
}

// take is a packet of one of its streams.
func (k *Screen) take(s *Stream, b []byte, codec Codec) {
	switch {
	case len(b) > len(k.copy):
	case s == k.shown:
		for _, o := range k.streams {
			if o != s && o.opened {
				o.forward(k.copy[:copy(k.copy[:], b)], codec)
			}
		}
	case s == k.before && k.shown != nil && k.shown.opened:
		k.shown.forward(k.copy[:copy(k.copy[:], b)], codec)
	}
}
