package media

import "encoding/binary"

// Ear takes the audio of a direction packet by packet, as it comes: late ones late, and nothing where
// nothing comes. codec and the timestamp ts of the source ssrc are those of the packet; what is made
// here comes as Slin or Slin16, with ssrc 0. It runs on the loop and must not block; payload is only
// lent. A program that wants to hear soon what was said has one; what wants it without holes has a Sink.
type Ear func(codec Codec, ssrc, ts uint32, payload []byte)

// Overhear has an ear at one direction, In or Out, from now until Stop or until the stream is closed.
// Codecs that are not converted here are heard as well.
func (s *Stream) Overhear(d Direction, to Ear) *Tap {
	t := &Tap{ear: to, way: d, engine: s.engine}
	s.post(func() {
		if s.opened {
			s.attachTap(t)
		}
	})
	return t
}

// Forward sends audio of a codec into this end of a pipe, as if a packet of it had come from a
// bridge: so passes what cannot be made here. samples is how long it is, by the codec's clock. What is
// longer than a packet may be is left out.
func (s *Stream) Forward(codec Codec, payload []byte, samples uint32) {
	if rtpHeader+len(payload) > maxPacket {
		return
	}
	b := make([]byte, rtpHeader, rtpHeader+len(payload))
	b[0], b[1] = 0x80, infos[codec].Payload
	b = append(b, payload...)
	s.post(func() {
		if !s.opened || s.pipe == nil { // closed, it has none
			return
		}
		p := &s.passed
		p.seq++
		binary.BigEndian.PutUint16(b[2:], p.seq)
		binary.BigEndian.PutUint32(b[4:], p.ts)
		p.ts += samples
		s.forward(b, codec)
	})
}

// passed is where the packets of Forward are.
type passed struct {
	seq uint16
	ts  uint32
}
