package media

import (
	"net/netip"
	"time"
)

// route is where a stream sends to, and what that is made of. A symmetric one sends to the
// source that it has locked on, whatever the SDP says later: a phone behind NAT names
// private addresses, and holds with none. It is left when another source is locked, when
// the SDP names the host of another party, or, where SDPs were right so far, when it falls
// silent after one that names another address.
//
//	to       the nominated pair of ICE; the locked source of a symmetric stream; the SDP's
//	toRTCP   the same with rtcp-mux; where RTCP comes from; a=rtcp; the port above
type route struct {
	to, toRTCP target
	named      netip.AddrPort // by the SDP; zero: nothing is sent
	namedRTCP  netip.AddrPort
	heardRTCP  netip.AddrPort // where it comes from
	nominee    netip.AddrPort // of ICE
	follow     bool           // the locked source is where a symmetric stream sends to
	settle     timer          // until it is seen whether the locked source goes on after an SDP
	stranger   func(netip.AddrPort)
}

// settling is how long after an SDP a source that it does not name any more may be silent.
const settling = 500 * time.Millisecond

// expect takes in what an SDP and its signalling say of the source, and aims anew.
func (s *Stream) expect(p *Params) {
	s.mux, s.namedRTCP = p.RTCPMux, p.RTCP
	if s.ice.restarted(p.ICE) {
		s.nominee = netip.AddrPort{}
	}
	if s.ice = nil; p.ICE != (ICE{}) {
		ice := p.ICE
		s.ice = &ice
	}
	if p.Raw != s.raw {
		s.swap(p.Remote)
	}
	l, now := &s.latch, s.loop.now
	l.strangers, l.keyed = p.Strangers && p.ICE.Pwd == "", p.SRTP != nil
	s.loop.disarm(&s.settle)
	switch s.named = p.Remote; {
	case !p.Host.IsValid() && !p.Remote.IsValid(): // nothing is wanted any more
	case !p.Remote.IsValid() || p.Remote.Addr().IsUnspecified(): // hold of RFC 2543
		s.named = netip.AddrPort{}
		l.renew(p.Host, now)
	case p.Remote == l.target && s.nominee.IsValid(): // ICE itself says where it moves to
	case p.Remote == l.target:
		l.renew(p.Host, now)
	default:
		was := *l
		l.restart(p.Remote, p.Host, now)
		s.heed(&was)
	}
	s.direct()
}

// swap puts the other transport's latch in force. A fax on the port of the audio is the
// source that is known already.
func (s *Stream) swap(remote netip.AddrPort) {
	c := s.engine.now()
	other := newLatch(c)
	if s.parked != nil {
		other = *s.parked
	} else {
		s.parked = new(latch)
	}
	if !other.target.IsValid() && remote == s.latch.target {
		other = s.latch
	}
	s.raw = !s.raw
	s.latch, *s.parked = other, s.latch
	s.follow = s.latch.locked.IsValid()
}

// heed decides, after an SDP that names another address than the one before, whether a
// symmetric stream goes on to send to the locked source.
func (s *Stream) heed(was *latch) {
	l := &s.latch
	s.follow = l.locked.IsValid()
	if !s.symmetric || !s.follow || l.locked == l.target || was.misnamed {
		return
	}
	if l.target.Addr() == l.locked.Addr() { // another port, and the SDP knows its own address
		s.follow = false
	}
	s.loop.arm(&s.settle, s.loop.now.Add(settling))
}

// settleTick sees whether the locked source goes on although the SDP, right so far, names
// another one. Who holds the call is silent anyway.
func (s *Stream) settleTick() {
	if s.mute {
		return
	}
	s.slow()
	s.noteHeard(s.latch.locked)
	s.follow = s.latch.heard.time().Sub(s.latch.since.time()) >= silence
	s.direct()
}

// direct aims at where the far side is now.
func (s *Stream) direct() {
	to := s.named
	switch l := &s.latch; {
	case !to.IsValid():
	case s.nominee.IsValid():
		to = s.nominee
	case s.symmetric && s.follow && l.locked.IsValid() && !l.contested:
		to = l.locked
	}
	if s.to.set(to); s.tied && to != s.latch.locked {
		s.loosen()
	}
	if !s.mux {
		to = s.controlOf(to)
	}
	s.toRTCP.set(to)
}

// controlOf is where RTCP goes while RTP goes to a.
func (s *Stream) controlOf(a netip.AddrPort) netip.AddrPort {
	switch {
	case !a.IsValid():
	case s.heardRTCP.IsValid() && s.heardRTCP.Addr() == a.Addr():
		return s.heardRTCP
	case s.namedRTCP.IsValid() && (a == s.named || s.namedRTCP.Addr() == a.Addr()):
		return s.namedRTCP
	}
	return netip.AddrPortFrom(a.Addr(), a.Port()+1)
}

// strangeAfter is how many packets of a source that is not believed are worth a word, when
// nobody else is heard.
const strangeAfter = 100

// OnStranger sets the function told that nothing is heard but a source that neither the SDP
// nor signalling names; once for each SDP. It runs on the loop and must not block.
func (s *Stream) OnStranger(f func(from netip.AddrPort)) { s.do(func() { s.stranger = f }) }

// refused counts a packet that is not believed.
func (s *Stream) refused(from netip.AddrPort) {
	s.stats.badSource.Add(1)
	if l := &s.latch; l.refused == strangeAfter {
		l.refused++
		if s.stranger != nil {
			s.stranger(from)
		}
	}
}

// learnt is told when the latch has locked on a source, or believes nobody any more; a
// symmetric stream sends to whom it believes.
func (s *Stream) learnt(from netip.AddrPort) {
	s.slow()
	if l := &s.latch; l.locked == from && !l.contested {
		s.loop.disarm(&s.settle)
		s.source.Store(&from)
		s.follow = true
	}
	s.direct()
	s.withheld = s.withheld && (s.latch.locked != from || from.Addr() != s.to.addr.Addr())
}
