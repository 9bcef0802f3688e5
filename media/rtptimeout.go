package media

import (
	"time"

	"github.com/pion/rtp"
)

// watchdog ends calls whose far side has fallen silent, and keeps holes in a NAT
// open where we send nothing (rtptimeout, rtpholdtimeout, rtpkeepalive).
type watchdog struct {
	timer         timer
	timeout, held time.Duration // without RTP, 0 for ever; the second while the far side holds the call
	keepalive     time.Duration // without a packet of ours, 0: none is sent for its own sake
	since         time.Time     // silence counts from here at the earliest
	checked       time.Time     // of the last check of ICE; zero: none yet
}

// consent is how long a far side that does ICE may send neither checks nor media: it sends a check
// every few seconds as long as it is there (RFC 7675 section 5.1).
const consent = 30 * time.Second

// OnConsentLost sets the function told that a far side that did ICE is not there any more. It runs on
// the loop and must not block.
func (s *Stream) OnConsentLost(f func()) { s.do(func() { s.unwanted = f }) }

// consents notes an ICE check from the far side (RFC 7675).
func (s *Stream) consents() {
	s.watch()
	first := s.dog.checked.IsZero()
	if s.dog.checked = s.loop.now; first {
		s.guardNext()
	}
}

// consented is until when the far side is thought to be there; zero without ICE.
func (s *Stream) consented() time.Time {
	if !s.ice.wanted() || s.dog.checked.IsZero() {
		return time.Time{}
	}
	return later(s.heard(), s.dog.checked).Add(consent)
}

// watch starts the watchdog, once.
func (s *Stream) watch() {
	if s.dog == nil {
		s.dog = &watchdog{timer: timer{index: -1, fire: s.ring}, since: s.loop.now}
	}
}

// OnSilence sets the function told that nothing has come for rtptimeout, or on hold
// for rtpholdtimeout; again after each further such time. It runs on the loop and
// must not block.
func (s *Stream) OnSilence(f func(after time.Duration)) { s.do(func() { s.silent = f }) }

// guard puts the times of Params into effect; turned says that the far side has
// begun or ended to hold the call.
func (s *Stream) guard(p *Params, turned bool) {
	if s.dog == nil && p.Timeout == 0 && p.Keepalive == 0 {
		return
	}
	s.watch()
	d := s.dog
	if p.Timeout != d.timeout || turned {
		d.since = s.loop.now
	}
	d.timeout, d.held, d.keepalive = p.Timeout, p.HoldTimeout, p.Keepalive
	s.loop.disarm(&d.timer)
	if d.timeout > 0 || d.keepalive > 0 || !s.consented().IsZero() {
		s.guardNext()
	}
}

// limit is how long the far side may be silent now; 0: for ever.
func (s *Stream) limit() time.Duration {
	if s.mute && s.dog.timeout > 0 {
		return s.dog.held
	}
	return s.dog.timeout
}

// heard is when the far side was heard last, or else when counting began.
func (s *Stream) heard() time.Time {
	at := s.dog.since
	if t := s.stats.lastHeard.Load(); t != 0 && began.Add(time.Duration(t)).After(at) {
		at = began.Add(time.Duration(t))
	}
	return at
}

func (s *Stream) sentLast() time.Time {
	return later(s.tx.last(), s.dog.since)
}

// guardNext waits for the first moment at which something may be due.
func (s *Stream) guardNext() {
	var due time.Time
	if l := s.limit(); l > 0 {
		due = s.heard().Add(l)
	}
	if k := s.dog.keepalive; k > 0 {
		if at := s.sentLast().Add(k); due.IsZero() || at.Before(due) {
			due = at
		}
	}
	if at := s.consented(); !at.IsZero() && (due.IsZero() || at.Before(due)) {
		due = at
	}
	if !due.IsZero() {
		s.loop.arm(&s.dog.timer, due)
	}
}

func (s *Stream) guardTick() {
	s.catchUp()
	now := s.loop.now
	if l := s.limit(); l > 0 && now.Sub(s.heard()) >= l {
		s.dog.since = now
		if s.silent != nil {
			s.silent(l)
		}
	}
	if at := s.consented(); !at.IsZero() && !now.Before(at) {
		if s.dog.checked = (time.Time{}); s.unwanted != nil {
			s.unwanted()
		}
	}
	if k := s.dog.keepalive; k > 0 && now.Sub(s.sentLast()) >= k {
		s.keepAlive()
	}
	s.guardNext()
}

// keepAlive sends a packet of comfort noise; a receiver that did not negotiate it ignores it.
func (s *Stream) keepAlive() {
	if s.to.addr.Port() == 0 || !s.to.addr.IsValid() || s.pipe != nil {
		s.dog.since = s.loop.now
		return
	}
	s.slow()
	h := rtp.Header{PayloadType: comfortPayload, Timestamp: s.tx.resume(s.loop.now), SequenceNumber: s.tx.insert(s.loop.now)}
	s.write(h, func(b []byte) int {
		b[0] = 127 // as quiet as can be said
		return 1
	})
}
