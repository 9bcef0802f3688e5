package media

import (
	"net/netip"
	"time"
)

// Strict is rtp.conf's strictrtp.
type Strict uint8

const (
	// StrictYes learns a source by sequence and time, then locks.
	StrictYes Strict = iota
	// StrictSeqNo is StrictYes without the time check.
	StrictSeqNo
	// StrictNo accepts every source.
	StrictNo
)

// learnFor is how long after an SDP change a new source may still be learnt.
const learnFor = 5 * time.Second

// latch decides which source addresses a stream accepts RTP from.
//
//	state      stimulus                       action
//	learning   packet from the SDP address    lock on it
//	learning   probation packets in sequence  lock on their source
//	learning   other packet                   drop; a new source restarts the count
//	any        packet from the locked source  accept
//	closed     packet from elsewhere          drop until the SDP changes
//
// Learning closes 5 s after it began once a source is locked.
type latch struct {
	mode      Strict
	probation int
	target    netip.AddrPort // SDP address
	locked    netip.AddrPort // accepted source, zero before the first packet
	since     time.Time      // start of learning
	closed    bool

	candidate netip.AddrPort
	count     int
	lastSeq   uint16
	first     time.Time
}

// restart begins learning for a new SDP address.
func (l *latch) restart(target netip.AddrPort, now time.Time) {
	l.target, l.since, l.closed, l.count = target, now, false, 0
	l.candidate = netip.AddrPort{}
}

// accept decides about one packet. switched is true when the source was
// learnt by it.
func (l *latch) accept(from netip.AddrPort, seq uint16, now time.Time) (ok, switched bool) {
	if l.mode == StrictNo {
		switched = from != l.locked
		l.locked = from
		return true, switched
	}
	if !l.closed && l.locked.IsValid() && now.Sub(l.since) > learnFor {
		l.closed = true
	}
	switch {
	case from == l.locked:
		return true, false
	case l.closed:
		return false, false
	case from == l.target:
		l.lock(from)
		return true, true
	}
	if from != l.candidate || seq != l.lastSeq+1 {
		l.candidate, l.count, l.first = from, 0, now
	}
	l.lastSeq = seq
	l.count++
	if l.count < l.probation || l.mode == StrictYes && now.Sub(l.first) < l.minSpan() {
		return false, false
	}
	l.lock(from)
	return true, true
}

func (l *latch) lock(from netip.AddrPort) {
	l.locked, l.count, l.candidate = from, 0, netip.AddrPort{}
}

// minSpan is the shortest time in which probation packets may arrive, so that
// a burst of forged packets does not win.
func (l *latch) minSpan() time.Duration {
	return time.Duration((l.probation-1)*9-5) * time.Millisecond
}
