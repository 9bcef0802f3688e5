package media

import (
	"encoding/binary"
	"net/netip"
)

// receive takes one datagram on the loop. b is the loop's buffer and is
// rewritten in place; nothing keeps it.
func (s *Stream) receive(rtcp bool, b []byte, from netip.AddrPort) {
	switch {
	case s.raw:
		s.receiveRaw(rtcp, b, from)
		return
	case rtcp && isSTUN(b):
		s.stunCame(s.rtcp, b, from)
		return
	case rtcp:
		s.receiveRTCP(b, from)
		return
	case s.mux && len(b) >= 8 && b[0]>>6 == 2 && b[1] >= 192 && b[1] <= 223: // RFC 5761 section 4
		s.receiveRTCP(b, from)
		return
	case len(b) < 12 || b[0]>>6 != 2:
		switch {
		case isSTUN(b):
			s.stunCame(s.rtp, b, from)
		case isDTLS(b) && s.hands != nil:
			s.hands.came(b, from)
		case isDTLS(b):
			s.keepEarly(b, from)
		default:
			s.stats.malformed.Add(1)
		}
		return
	}
	if s.secure != nil {
		if !s.latch.holds(from) && !s.possible(from) { // before it costs a decryption
			s.stats.badSource.Add(1)
			return
		}
		var ok bool
		if b, ok = s.secure.open(b); !ok {
			s.stats.unauthentic.Add(1)
			return
		}
	}
	if b[0]&padded != 0 {
		var ok bool
		if b, ok = unpad(b); !ok {
			s.stats.malformed.Add(1)
			return
		}
	}
	if w := s.engine.witness.Load(); w != nil {
		s.seen(w, true, b, from)
	}
	now := s.loop.now
	seq := binary.BigEndian.Uint16(b[2:])
	if !s.latch.holds(from) && !s.admit(from, seq) {
		return
	}
	s.stats.rxPackets.Add(1)
	s.stats.rxBytes.Add(uint64(len(b)))
	s.stats.lastHeard.Store(int64(now.Sub(began)))
	s.hear()
	codec := s.recv[b[1]&0x7f]
	s.stats.lost.Store(s.rx.packet(seq, binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint32(b[8:]), arrivalClocks[codec], now))
	if codec == NoCodec {
		switch {
		case b[1]&0x7f != comfortPayload:
			s.stats.unwanted.Add(1)
		case s.jitter != nil:
			s.pass(b, ComfortNoise)
		default:
			s.silenceCame(b)
		}
		return
	}
	if codec != TelephoneEvent {
		s.audioType = b[1] & 0x7f
		if s.kernel != nil { // it does not fit the flow any more
			s.takeBack()
		}
	}
	if s.fax.cng != nil {
		s.hearFax(b, codec)
	}
	switch {
	case codec == TelephoneEvent && s.eventCame(b):
	case codec == TelephoneEvent, s.digits.inband && s.listen(b, codec):
		if p := s.peer.throughPipes(); p != nil && s.jitter == nil {
			p.tx.omit(b)
		}
		return
	}
	if s.jitter != nil {
		s.pass(b, codec)
		return
	}
	s.inward(b, codec)
}

// inward takes a packet of the far side at its time: to who hears it, and on to where it goes.
func (s *Stream) inward(b []byte, codec Codec) {
	if s.shapes != nil && codec != TelephoneEvent {
		if b = s.shaped(In, b, codec); b == nil {
			return
		}
	} else if len(s.taps) > 0 {
		s.heardBy(In, b, codec)
	}
	switch {
	case s.peer != nil:
		s.onward(b, codec)
	case s.seat != nil:
		s.seat.take(b, codec)
	case s.text != nil:
		s.textCame(b, codec)
	case s.screen != nil:
		s.screen.take(s, b, codec)
	default:
		s.stats.unwanted.Add(1)
	}
}

// admit asks the latch whether a packet is of the far side.
func (s *Stream) admit(from netip.AddrPort, seq uint16) bool {
	s.noteHeard(from)
	ok, switched := s.latch.accept(from, seq, s.loop.now)
	if switched {
		s.learnt(from)
	}
	if !ok {
		s.refused(from)
	}
	return ok
}

// possible says whether a packet from there may be of the far side.
func (s *Stream) possible(from netip.AddrPort) bool {
	s.noteHeard(from)
	return s.latch.possible(from, s.loop.now)
}

// noteHeard tells the latch when the locked source was heard, before another takes its
// place; of what the kernel carries only where that matters.
func (s *Stream) noteHeard(from netip.AddrPort) {
	l := &s.latch
	if l.state == closed {
		return
	}
	if s.kernel != nil && s.loop.now.Sub(l.since.time()) <= learnFor && l.rankOf(from) != foreign {
		s.countKernel()
	}
	if t := s.stats.lastHeard.Load(); t != 0 {
		l.heard = max(l.heard, moment(t))
	}
}

// forward sends a packet of the other leg: payload type, SSRC, sequence and
// timestamp become this stream's, audio is translated where it has to be.
func (s *Stream) forward(b []byte, codec Codec) {
	if s.pipe != nil {
		if s.watched() || s.pipe.watched() {
			if b = s.shapedInPipe(b, codec); b == nil {
				return
			}
		}
		s.pipe.emerge()
		if !s.lets(b, codec) {
			return
		}
		if p := s.pipe.bridged(); p != nil {
			p.forward(b, codec)
		} else if x := s.pipe.seated(); x != nil {
			x.take(b, codec)
		}
		return
	}
	if !s.sendable() {
		return
	}
	if !s.lets(b, codec) {
		return
	}
	out := codec
	switch {
	case s.send[codec] != noPayload:
		if codec == TelephoneEvent {
			convertEvent(b, eventRate, s.digits.rate)
			if s.trans != nil && s.trans.ssrc == binary.BigEndian.Uint32(b[8:]) {
				s.translateEvent(b)
				return
			}
		} else if s.recut(b, codec) {
			s.translate(b, codec, codec)
			return
		}
	case s.swappable(codec):
		if out = swaps[codec].to; !convert(b, swaps[codec].table) {
			s.stats.malformed.Add(1)
			return
		}
	case codec == TelephoneEvent:
		return // the key goes another way
	case s.audio == NoCodec || !codec.Convertible():
		s.stats.untranslated.Add(1)
		return
	default:
		s.translate(b, codec, s.audio)
		return
	}
	if out != TelephoneEvent {
		s.trans = nil
		if s.digits.event.step > 0 { // a key of ours is on its way: its time is not gone back to
			s.tx.omit(b)
			return
		}
	}
	s.tx.rewrite(b, s.send[out], out, s.loop.now)
	s.transmit(b)
}

// lets says whether a packet of the bridge is passed on as it is: nothing is played in its place
// or together with it.
func (s *Stream) lets(b []byte, codec Codec) bool {
	p := &s.player
	switch {
	case len(p.voices) == 0 || !p.active():
		return true
	case s.comforted():
		s.stopPlay()
		return true
	case codec != TelephoneEvent && !p.replaces():
		p.blend(b, codec, &s.loop.scratch)
	}
	return false
}

// swappable says whether a packet only needs other bytes.
func (s *Stream) swappable(codec Codec) bool {
	to := swaps[codec].to
	return to != NoCodec && s.send[to] != noPayload && (!s.fixedPtime || octetRates[codec] == 0)
}

// recut says whether the packet has to be cut anew: this leg wants packets of a
// certain length, and the source's are not of it.
func (s *Stream) recut(b []byte, codec Codec) bool {
	if !s.fixedPtime || octetRates[codec] == 0 {
		return false
	}
	start := payloadStart(b)
	same := len(b)-start == int(octetRates[codec])*codec.packetTime(int(s.ptime))/1000
	return start > 0 && (!same || s.trans != nil && s.trans.from == codec)
}

// convert changes each byte of the payload in place.
func convert(b []byte, table *[256]byte) bool {
	start := payloadStart(b)
	if start < 0 {
		return false
	}
	for i, c := range b[start:] {
		b[start+i] = table[c]
	}
	return true
}

func (s *Stream) transmit(b []byte) {
	if w := s.engine.witness.Load(); w != nil {
		s.seen(w, false, b, s.to.addr)
	}
	if s.shapes != nil || len(s.taps) > 0 {
		if b = s.lastTouch(b); b == nil {
			return
		}
	}
	if b[0]&0x1f != 0 { // CSRCs, an extension
		s.tx.besides += uint64(max(payloadStart(b), rtpHeader) - rtpHeader)
	}
	if s.secure != nil {
		sealed, ok := s.secure.seal(b)
		if !ok {
			s.stats.malformed.Add(1)
			return
		}
		s.tx.besides += uint64(len(sealed) - len(b))
		b = sealed
	}
	s.rtp.send(b, &s.to)
	s.stats.txPackets.Add(1)
	s.stats.txBytes.Add(uint64(len(b)))
}

// lastTouch has a packet that goes out heard and changed by those who want that.
func (s *Stream) lastTouch(b []byte) []byte {
	switch codec := s.sentCodec(b[1] & 0x7f); {
	case codec == NoCodec:
	case s.shapes != nil:
		return s.shaped(Out, b, codec)
	case !s.unheard:
		s.heardBy(Out, b, codec)
	}
	return b
}

// rtpHeader is the shortest header of a packet.
const rtpHeader = 12

const padded = 0x20

// unpad takes the padding off (RFC 3550 section 5.1): what is decoded, or sent on in
// another length, must not have it. False when its count cannot be.
func unpad(b []byte) ([]byte, bool) {
	start, n := payloadStart(b), int(b[len(b)-1])
	if start < 0 || n == 0 || n > len(b)-start {
		return nil, false
	}
	b[0] &^= padded
	return b[:len(b)-n], true
}

// payloadStart finds the first payload byte, past CSRCs and extension; -1 when
// the header is cut short.
func payloadStart(b []byte) int {
	n := rtpHeader + 4*int(b[0]&0x0f)
	if b[0]&0x10 != 0 {
		if len(b) < n+4 {
			return -1
		}
		n += 4 + 4*int(binary.BigEndian.Uint16(b[n+2:]))
	}
	if n > len(b) {
		return -1
	}
	return n
}
