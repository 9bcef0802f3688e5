package media

import "time"

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
		h.timer.fire = func() { s.keyOver(0) }
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
	s.digits.over(h.key, length)
}
