package media

// Once the latch is closed nobody but the locked source is heard. Where that is also where the stream
// sends to, its RTP socket is connected to it: the kernel finds the way there once and not for each
// packet, and drops what comes from elsewhere before the loop is woken (such packets are not counted,
// and who sent them may be told by ICMP that nobody listens). The latch judges what comes all the same.
//
//	tied    by the report after the latch's five seconds (RFC 3550 section 6.3.1 has its pauses)
//	loose   with each SDP, before it is taken in; when the far side is offered one; when the stream
//	        is to send elsewhere; when its ports rest or are closed
//
// Streams that others may send to are never tied: strictrtp=no, ICE, DTLS, RTCP on the same port,
// UDPTL, groups; nor are video and text,
// and sockets of all addresses, which connecting would bind to one of them.

// tiable is a socket that can be connected.
type tiable interface {
	// tie has it hear and send to that address only; false where the system does not.
	tie(*target) bool
	untie()
}

// tie connects the socket if nobody else can be heard before the next SDP.
func (s *Stream) tie() {
	l := &s.latch
	switch {
	case s.tied, s.video, s.text != nil, s.raw, s.mux, s.ice.wanted(), s.hands != nil, s.local.Addr().IsUnspecified():
		return
	case l.mode == StrictNo, l.state == learning, l.contested, !l.locked.IsValid(), s.to.addr != l.locked:
		return
	case s.loop.now.Sub(max(l.since, s.offered).time()) <= learnFor:
		return
	}
	if k, ok := s.rtp.(tiable); ok && k.tie(&s.to) {
		l.state, s.tied = closed, true
	}
}

// loosen has packets from elsewhere come to the latch again.
func (s *Stream) loosen() {
	if s.tied {
		s.tied = false
		s.rtp.(tiable).untie()
	}
}

// Offered is for who offers the far side a description in a call: it may move before its answer is here.
func (s *Stream) Offered() {
	s.do(func() {
		s.offered = at(s.loop.now)
		s.loosen()
	})
}
