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

// learnFor is how long after an SDP another source may still be learnt.
const learnFor = 5 * time.Second

// latch decides which source addresses a stream accepts RTP from. What is known of a
// source is its rank. The address of the SDP is believed at once; so is any port of its
// host, or of the host that signalling comes from, which is where a phone behind NAT is; so
// is who has the key (SRTP) or passed a check of ICE. Where these tell nobody else is
// believed. Where they do not (strangers: a proxy between, or mediasource=any), an unknown
// source has to show probation packets in sequence. Of two such strangers nobody can tell
// which is the right one: while both speak neither is heard, unless one has spoken alone
// for a while.
//
// Differs: Asterisk learns whoever speaks first.
//
//	state      stimulus                               action
//	any        packet from the locked source          accept
//	learning   packet of higher rank than the locked  lock on it; moving if it is described
//	learning   packet of no higher rank, the locked   drop
//	           source being heard
//	learning   packet of no higher rank otherwise     lock on it; of an unknown source
//	                                                  probation in sequence, or, where
//	                                                  another has them too, on nobody
//	moving     packet from the SDP address            lock on it
//	moving     other port of a host that is known,    lock on it
//	           the locked source being silent
//	closed     packet from elsewhere                  drop
//	any        an SDP that names another address      learning
//	any        an SDP that names the same             moving, once a source is locked
//
// Learning and moving close 5 s after the SDP once a source is locked.
type latch struct {
	mode      Strict
	probation int
	target    netip.AddrPort // SDP address
	host      netip.Addr     // where signalling comes from
	strangers bool           // sources that nothing tells may be learnt
	keyed     bool           // what comes is authentic
	checked   netip.AddrPort // passed a check of ICE
	locked    netip.AddrPort // accepted source, zero before the first packet
	rank      rank           // of the locked source
	misnamed  bool           // it is not where the SDP said
	contested bool           // another is as good as it: nobody is believed
	state     latchState
	since     moment // start of learning, or moving
	lockedAt  moment
	heard     moment                 // of the locked source; where it holds the stream notes it
	count     int                    // its packets, while learning
	lastSeq   uint16                 // of the last of them
	refused   uint32                 // packets of foreign sources while nobody was locked
	learning  *[candidates]candidate // nil until somebody unknown sends, and once nobody else counts
}

// newLatch has learnt and heard nothing.
func newLatch(c *Config) latch {
	return latch{mode: c.Strict, probation: c.Probation, since: never, lockedAt: never, heard: never}
}

type latchState uint8

const (
	learning latchState = iota
	moving              // the source is known, and may go to another port of its host
	closed
)

// String is for logs.
func (s latchState) String() string { return [...]string{"learning", "moving", "closed"}[s] }

type rank uint8

const (
	foreign rank = iota // never believed
	unknown
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
	l.target, l.host, l.since, l.state = target, host, at(now), learning
	l.rank, l.learning, l.refused = unknown, nil, 0
	switch {
	case l.locked == target: // the SDP names the source that is there
		l.lock(target, described, now)
	case l.rankOf(l.locked) == foreign: // another party
		l.locked = netip.AddrPort{}
	}
}

// renew is for an SDP that names the same address again: a gateway may change its port as
// it answers, and a NAT its own while a call is held.
func (l *latch) renew(host netip.Addr, now time.Time) {
	l.host, l.since = host, at(now)
	if l.locked.IsValid() {
		l.state, l.learning = moving, nil
	}
}

// holds says whether a packet is of the source that is locked and settled, which is what
// nearly all are.
func (l *latch) holds(from netip.AddrPort) bool { return from == l.locked && l.state != learning }

// accept decides about one packet. switched is true when with it a source is learnt, or
// the one that was is not believed any more.
func (l *latch) accept(from netip.AddrPort, seq uint16, now time.Time) (ok, switched bool) {
	switch {
	case l.holds(from):
		l.heard = at(now)
		return true, false
	case l.mode == StrictNo:
		switched = from != l.locked
		l.locked = from
		return true, switched
	case from == l.locked:
		return l.more(seq, now)
	case l.sure(now):
		return false, false
	}
	r := l.rankOf(from)
	if !l.open(from, r, now) {
		return false, l.contest(from, seq, r, now)
	}
	if r == unknown && l.state == learning && (!l.proven(from, seq, now) || l.rival(from, now, l.believable)) {
		return false, false
	}
	l.lock(from, r, now)
	l.lastSeq = seq
	return true, true
}

// possible says whether a packet from there may be accepted, without a look at it.
func (l *latch) possible(from netip.AddrPort, now time.Time) bool {
	switch {
	case l.mode == StrictNo || from == l.locked:
		return true
	case l.sure(now):
		return false
	}
	return l.open(from, l.rankOf(from), now)
}

// sure says whether nobody can take the place of the locked source now.
func (l *latch) sure(now time.Time) bool {
	return l.state == closed || l.rank == described && now.Sub(l.heard.time()) < silence
}

// open says whether a source of the rank may take the place of the locked one.
func (l *latch) open(from netip.AddrPort, r rank, now time.Time) bool {
	switch {
	case !l.target.IsValid() && !l.host.IsValid(): // nothing is agreed yet
		return false
	case !l.locked.IsValid():
		if r == foreign {
			l.refused++
		}
		return r != foreign
	case now.Sub(l.since.time()) > learnFor:
		l.state = closed
		return false
	case r > l.rank && r >= sameHost:
		return true
	case now.Sub(l.heard.time()) < silence:
		return false
	case r >= sameHost || from.Addr() == l.locked.Addr():
		return true
	}
	return r == unknown && l.state == learning
}

// contest counts a packet beside those of a locked stranger who is not settled yet;
// when its source proves as good, neither is believed.
func (l *latch) contest(from netip.AddrPort, seq uint16, r rank, now time.Time) (lost bool) {
	if r != unknown || l.rank != unknown || l.state != learning || now.Sub(l.lockedAt.time()) > settled || !l.proven(from, seq, now) {
		return false
	}
	if c := l.candidate(l.locked, now); c != nil {
		*c = candidate{from: l.locked, count: l.probation, lastSeq: l.lastSeq, first: l.lockedAt.time().Add(-l.minSpan()),
			last: l.heard.time()}
	}
	l.locked = netip.AddrPort{}
	return true
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
	switch a := from.Addr(); {
	case from == l.target:
		return described
	case a == l.host, a == l.target.Addr(), from == l.checked, l.keyed:
		return sameHost
	case l.strangers || !l.host.IsValid():
		return unknown
	}
	return foreign
}

// believes says whether RTCP from the host is taken.
func (l *latch) believes(host netip.Addr) bool {
	if l.locked.IsValid() {
		return host == l.locked.Addr()
	}
	return host == l.target.Addr() || host == l.host || host == l.checked.Addr()
}

// more is a further packet of the locked source while others may still be
// learnt.
func (l *latch) more(seq uint16, now time.Time) (ok, switched bool) {
	l.heard, l.lastSeq = at(now), seq
	if now.Sub(l.since.time()) > learnFor {
		l.state = closed
	}
	if l.state == closed || now.Sub(l.lockedAt.time()) > settled {
		l.learning = nil
	}
	was := l.contested
	if l.contested = l.learning != nil && l.rival(l.locked, now, l.promising); l.contested {
		return false, !was
	}
	if l.rank == unknown && now.Sub(l.lockedAt.time()) < firstMoments {
		l.count++
		return l.count < firstPackets, was
	}
	return true, was
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
	l.locked, l.rank, l.lockedAt, l.heard, l.count = from, r, at(now), at(now), 0
	l.misnamed, l.contested = from != l.target, false
	if r == described {
		l.state = moving
	}
	if r != unknown {
		l.learning = nil
	}
}

// minSpan is the shortest time in which probation packets may arrive, so that
// a burst of forged packets does not win.
func (l *latch) minSpan() time.Duration {
	return time.Duration((l.probation-1)*9-5) * time.Millisecond
}
