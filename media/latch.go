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

// String is the word that "rtp show settings" has for it.
func (s Strict) String() string { return [...]string{"Yes", "SeqNo", "No"}[s] }

// learnFor is how long after an SDP change a new source may still be learnt.
const learnFor = 5 * time.Second

// latch decides which source addresses a stream accepts RTP from. What signalling
// says of a source is its rank: the address of the SDP is believed at once and
// ends the learning; the host that signalling comes from is believed at once,
// which is where a phone behind NAT is; any other source has to show probation
// packets in sequence. Of two such strangers nobody can tell which is the right
// one: while both speak neither is heard, unless one has spoken alone for a while.
//
//	state      stimulus                               action
//	any        packet from the locked source          accept
//	closed     packet from elsewhere                  drop until the SDP changes
//	learning   packet from the SDP address            lock on it, close
//	learning   packet of higher rank than the locked  lock on it
//	learning   packet of no higher rank, the locked   drop
//	           source being heard
//	learning   other packet                           drop; probation in sequence
//	                                                  locks on its source, or, where
//	                                                  another has them too, on nobody
//
// Learning closes 5 s after it began once a source is locked.
type latch struct {
	mode      Strict
	probation int
	target    netip.AddrPort // SDP address
	host      netip.Addr     // where signalling comes from
	locked    netip.AddrPort // accepted source, zero before the first packet
	rank      rank           // of the locked source
	since     time.Time      // start of learning
	lockedAt  time.Time
	heard     time.Time // of the locked source, while learning
	count     int       // its packets, while learning
	lastSeq   uint16    // of the last of them
	closed    bool
	learning  *[candidates]candidate // nil until somebody unknown sends, and once nobody else counts
}

type rank uint8

const (
	unknown rank = iota
	sameHost
	described
)

// candidate is a source that may turn out to be the right one.
type candidate struct {
	from    netip.AddrPort
	count   int // packets in sequence
	lastSeq uint16
	first   time.Time
	last    time.Time
}

const (
	// candidates are counted at a time. Who has shown two packets in sequence is not
	// pushed out while he goes on sending: a flood from many sources must not keep the
	// right one from being learnt.
	candidates = 64
	stale      = 100 * time.Millisecond
	// settled is how long a stranger has to speak alone to be believed for good.
	settled = 300 * time.Millisecond
	// silence of the locked source lets another one be learnt.
	silence = 200 * time.Millisecond
	// An unknown source gets no more than these packets through in its first
	// moments, so that a burst is not heard before the right one speaks.
	firstPackets = 4
	firstMoments = 60 * time.Millisecond
)

// restart begins learning for a new SDP address.
func (l *latch) restart(target netip.AddrPort, host netip.Addr, now time.Time) {
	l.target, l.host, l.since, l.closed = target, host, now, false
	l.rank = unknown
	l.learning = nil
}

// accept decides about one packet. switched is true when the source was
// learnt by it.
func (l *latch) accept(from netip.AddrPort, seq uint16, now time.Time) (ok, switched bool) {
	if l.mode == StrictNo {
		switched = from != l.locked
		l.locked = from
		return true, switched
	}
	switch {
	case l.closed:
		return from == l.locked, false
	case from == l.locked:
		return l.more(seq, now), false
	}
	r := l.rankOf(from)
	if l.locked.IsValid() {
		if now.Sub(l.since) > learnFor {
			l.closed = true
			return false, false
		}
		if r <= l.rank && now.Sub(l.heard) < silence {
			l.contest(from, seq, r, now)
			return false, false
		}
	}
	if r == unknown && (!l.proven(from, seq, now) || l.rival(from, now, l.believable)) {
		return false, false
	}
	l.lock(from, r, now)
	l.lastSeq = seq
	return true, true
}

// contest counts a packet beside those of a locked stranger who is not settled yet;
// when its source proves as good, neither is believed.
func (l *latch) contest(from netip.AddrPort, seq uint16, r rank, now time.Time) {
	if r != unknown || l.rank != unknown || now.Sub(l.lockedAt) > settled || !l.proven(from, seq, now) {
		return
	}
	if c := l.candidate(l.locked, now); c != nil {
		*c = candidate{from: l.locked, count: l.probation, lastSeq: l.lastSeq, first: l.lockedAt.Add(-l.minSpan()), last: l.heard}
	}
	l.locked = netip.AddrPort{}
}

// rival says whether another stranger who is as good as that still speaks.
func (l *latch) rival(from netip.AddrPort, now time.Time, good func(*candidate) bool) bool {
	for i := range l.learning {
		if c := &l.learning[i]; c.from != from && good(c) && now.Sub(c.last) < silence {
			return true
		}
	}
	return false
}

func (l *latch) rankOf(from netip.AddrPort) rank {
	switch {
	case from == l.target:
		return described
	case l.host.IsValid() && from.Addr() == l.host:
		return sameHost
	}
	return unknown
}

// more is a further packet of the locked source while others may still be
// learnt.
func (l *latch) more(seq uint16, now time.Time) bool {
	if from := l.locked; l.rank == unknown && l.rankOf(from) == described { // a new SDP names the source that is there
		l.lock(from, described, now)
		return true
	}
	l.heard, l.lastSeq = now, seq
	l.closed = now.Sub(l.since) > learnFor
	switch {
	case l.learning == nil:
	case l.closed || now.Sub(l.lockedAt) > settled:
		l.learning = nil
	case l.rival(l.locked, now, l.promising):
		return false
	}
	if l.rank == unknown && now.Sub(l.lockedAt) < firstMoments {
		l.count++
		return l.count < firstPackets
	}
	return true
}

// proven counts a packet of an unknown source and says whether it is believed.
func (l *latch) proven(from netip.AddrPort, seq uint16, now time.Time) bool {
	c := l.candidate(from, now)
	if c == nil {
		return false
	}
	if c.from != from || seq != c.lastSeq+1 {
		*c = candidate{from: from, first: now}
	}
	c.lastSeq, c.last = seq, now
	c.count++
	return l.believable(c)
}

// promising is a source that may prove itself with its next packets.
func (l *latch) promising(c *candidate) bool {
	return c.count > 1 && (l.mode != StrictYes || c.last.Sub(c.first) > 5*time.Millisecond)
}

func (l *latch) believable(c *candidate) bool {
	return c.count >= l.probation && (l.mode != StrictYes || c.last.Sub(c.first) >= l.minSpan())
}

// candidate is the place of a source: its own, or that of the one who has been
// silent longest of those who are not promising; nil when there is none.
func (l *latch) candidate(from netip.AddrPort, now time.Time) *candidate {
	if l.learning == nil {
		l.learning = new([candidates]candidate)
	}
	var free *candidate
	for i := range l.learning {
		c := &l.learning[i]
		if c.from == from {
			return c
		}
		if (!l.promising(c) || now.Sub(c.last) > stale) && (free == nil || c.last.Before(free.last)) {
			free = c
		}
	}
	return free
}

func (l *latch) lock(from netip.AddrPort, r rank, now time.Time) {
	l.locked, l.rank, l.lockedAt, l.heard, l.count = from, r, now, now, 0
	l.closed = r == described
	if r != unknown {
		l.learning = nil
	}
}

// minSpan is the shortest time in which probation packets may arrive, so that
// a burst of forged packets does not win.
func (l *latch) minSpan() time.Duration {
	return time.Duration((l.probation-1)*9-5) * time.Millisecond
}
