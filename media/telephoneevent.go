package media

import (
	"encoding/binary"
	"time"
)

// eventPacket is a packet of a telephone event (RFC 4733 section 2.3).
type eventPacket struct {
	code     byte
	end      bool
	marker   bool
	duration uint16 // units of the timestamp
	seq      uint16
	ts, ssrc uint32
}

// readEvent reads one; false when it is cut short or is no key.
func readEvent(b []byte) (e eventPacket, ok bool) {
	start := payloadStart(b)
	if start < 0 || len(b) < start+4 || int(b[start]) >= len(EventDigits) {
		return e, false
	}
	p := b[start:]
	return eventPacket{code: p[0], end: p[1]&0x80 != 0, marker: b[1]&0x80 != 0, duration: binary.BigEndian.Uint16(p[2:]),
		seq: binary.BigEndian.Uint16(b[2:]), ts: binary.BigEndian.Uint32(b[4:]), ssrc: binary.BigEndian.Uint32(b[8:])}, true
}

// incomingEvent is the key that came last. A key counts once, at the first of its packets
// that arrives: any of the others may be lost, the end too, and some phones never say that
// it ends. Differs: in Asterisk at its end. Which packets are of one key:
//
//	sequence number   timestamp    otherwise                              it is
//	not newer         any                                                 late, or double
//	newer             the same     goes on: no shorter, not after the end the same key
//	newer             the same     shorter, or after the end, or with a   a new one: some phones give all
//	                               marker after a pause                   their keys one timestamp
//	newer             another      no marker, begins within the known one the same key: its next segment
//	                               or at its end                          (section 2.5.1.3), or a phone whose
//	                                                                      timestamps go on within a key
//	newer             another      otherwise                              a new one
//
// Another event or another source is always a new key.
type incomingEvent struct {
	eventPacket           // the newest
	at          time.Time // when it came; zero before the first
}

const (
	// keyPause is how long the packets of a key are apart at most, where they come every
	// 20 or 50 ms and some are lost.
	keyPause = 100 * time.Millisecond
	// segment is near the longest duration: a longer key goes on with another timestamp.
	segment = 0xf000
)

// begins takes a packet and says whether a key begins with it.
func (k *incomingEvent) begins(e eventPacket, now time.Time) bool {
	known := !k.at.IsZero() && e.ssrc == k.ssrc
	if ahead := int16(e.seq - k.seq); known && ahead <= 0 && ahead > -reordered {
		return false
	}
	goesOn := known && e.code == k.code && k.goesOn(e, now)
	k.eventPacket, k.at = e, now
	return !goesOn
}

// goesOn says whether a newer packet of the same event and source is of the same key.
func (k *incomingEvent) goesOn(e eventPacket, now time.Time) bool {
	if k.end && !e.end {
		return false
	}
	if e.ts == k.ts {
		shorter := e.duration < k.duration && k.duration < segment // a phone may let it run over
		return !shorter && !(e.marker && now.Sub(k.at) > keyPause)
	}
	ahead := e.ts - k.ts
	longest := uint32(k.duration)
	if k.duration >= segment {
		longest = 1 << 16
	}
	return !e.marker && (ahead <= longest || ahead == uint32(e.duration)-uint32(k.duration))
}

// convertEvent counts the duration by another clock.
func convertEvent(b []byte, from, to uint32) {
	start := payloadStart(b)
	if from == to || start < 0 || len(b) < start+4 {
		return
	}
	d := b[start+2:]
	binary.BigEndian.PutUint16(d, uint16(min(uint32(binary.BigEndian.Uint16(d))*to/from, 0xffff)))
}
