package media

import "time"

// Key is a key as it goes: its begin, its end, or both in one where it came whole, by signalling.
type Key struct {
	Digit        byte
	Begins, Ends bool
	Length       time.Duration // of one that ends: as long as it was pressed
}

// OnKey sets the function told of the keys that OnDigit is told of, and how long each was pressed:
// by its telephone events, by the tone of an inband leg, by what the far end says of it (PressFor),
// else 100 ms. It runs on the loop and must not block.
func (s *Stream) OnKey(f func(Key)) { s.do(func() { s.digits.key = f }) }

// keyBegins tells of a key. length is how long it was pressed, 0 while it is.
func (s *Stream) keyBegins(key byte, length time.Duration) {
	if s.digits.key == nil {
		return
	}
	if length == 0 {
		s.digits.down = &heldKey{key: key, since: s.loop.now, timer: timer{index: -1}}
	}
	s.digits.key(Key{Digit: key, Begins: true, Ends: length > 0, Length: length})
}

// heldKey is a key that is pressed, and of whose end nobody was told.
type heldKey struct {
	key   byte
	since time.Time
	from  uint32        // timestamp of its first telephone event
	event bool          // there was one
	said  time.Duration // how long it is pressed, by the newest
	timer timer         // for an end that does not come
}

// keyLost is after how long without a packet a key has ended that did not say so.
const keyLost = 400 * time.Millisecond

// keyLasts takes a packet of the key that is held: it ends with it, or goes on for a while.
func (s *Stream) keyLasts(e eventPacket) {
	h := s.digits.down
	if h == nil || h.key != EventDigits[e.code] || s.digits.came.seq != e.seq {
		return // it is over, or the packet is an old one
	}
	if !h.event {
		h.event, h.from = true, e.ts
		h.timer.fire = func(*timer) { s.keyOver(0) }
	}
	h.said = time.Duration(e.ts-h.from+uint32(e.duration)) * time.Second / time.Duration(max(s.digits.rate, 1))
	if e.end {
		s.keyOver(h.said)
		return
	}
	s.loop.arm(&h.timer, s.loop.now.Add(keyLost))
}

// keyOver tells of the end of the key that is held, if one is. length 0: as long as it said, or was seen.
func (s *Stream) keyOver(length time.Duration) {
	h := s.digits.down
	if h == nil {
		return
	}
	s.loop.disarm(&h.timer)
	s.digits.down = nil
	switch {
	case length > 0:
	case h.event && h.said > 0:
		length = h.said
	default:
		length = s.loop.now.Sub(h.since)
	}
	s.digits.key(Key{Digit: h.key, Ends: true, Length: length})
}
