package media

import (
	"encoding/binary"
	"net/netip"
)

// receiveRaw relays a datagram of UDPTL (ITU-T T.38) as it is. It begins with a
// sequence number, so the source is learnt as that of RTP.
func (s *Stream) receiveRaw(rtcp bool, b []byte, from netip.AddrPort) {
	if rtcp || len(b) < 2 {
		s.stats.malformed.Add(1)
		return
	}
	if !s.admit(from, binary.BigEndian.Uint16(b)) {
		return
	}
	s.stats.rxPackets.Add(1)
	s.stats.rxBytes.Add(uint64(len(b)))
	s.stats.lastHeard.Store(int64(s.loop.now.Sub(began)))
	s.hear()
	if s.peer == nil {
		s.stats.unwanted.Add(1)
		return
	}
	s.peer.forwardRaw(b)
}

// forwardRaw sends a datagram of the other leg, where this one speaks UDPTL too.
func (s *Stream) forwardRaw(b []byte) {
	s = s.throughPipes()
	switch {
	case s == nil:
	case !s.raw || !s.sendable():
		s.stats.untranslated.Add(1)
	default:
		s.rtp.send(b, &s.to)
		s.stats.txPackets.Add(1)
		s.stats.txBytes.Add(uint64(len(b)))
		s.tx.datagrams++
		s.tx.besides += uint64(len(b))
	}
}
