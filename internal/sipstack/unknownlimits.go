package sipstack

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
	"time"
)

// kind of a request, for the limits of strangers. Each has a share of its own, so that a
// flood of one leaves room for the others: above all for REGISTER and for answers to our
// challenges, with which a stranger becomes known.
type kind uint8

const (
	kindRegister kind = 1 << iota
	kindAnswer        // it has credentials
	kinds             // how many there are, both at once among them
)

func kindOf(request []byte) (k kind) {
	if bytes.HasPrefix(request, []byte("REGISTER ")) {
		k |= kindRegister
	}
	if bytes.Contains(request, []byte("uthorization:")) { // Proxy- or not, A or a
		k |= kindAnswer
	}
	return k
}

// The share that every kind has beyond what all have together, and every port of an
// address beyond what the address has: a phone behind the same NAT as a flood.
const (
	kindShare = 8  // of strangers_rate
	portShare = 20 // of stranger_rate
)

// stranger judges a request by where it comes from: whether nobody is known there, and
// whether it is dropped.
func (a *admission) stranger(f Flow, request []byte, now time.Time) (stranger, drop bool) {
	l, from := a.limits.Load(), f.Remote.Addr()
	if a.known != nil && a.known(from) || a.isTrusted(from, now) {
		return false, false
	}
	k := kindOf(request)
	if l.StrangerRate > 0 && !a.ofSource(f, k, now, l.StrangerRate) ||
		l.StrangersRate > 0 && !a.strangers.Take(now, l.StrangersRate) && !a.kinds[k].Take(now, max(l.StrangersRate/kindShare, 1)) {
		a.refused(strangers, f.Remote, now)
		return true, true
	}
	return true, false
}

// ofSource says whether an address may send one more of a kind: it as a whole, or this
// port of it, as long as all such ports together are not too many.
func (a *admission) ofSource(f Flow, k kind, now time.Time, rate int) bool {
	if a.source(f, k, 0).Take(now, rate) {
		return true
	}
	return a.source(f, k, f.Remote.Port()).Take(now, max(rate/portShare, 1)) && a.source(f, k|kinds, 0).Take(now, rate)
}

// source is the bucket of a kind from an address, or of one port of it.
func (a *admission) source(f Flow, k kind, port uint16) *Bucket {
	var key [19]byte
	ip := Source(f.Remote.Addr()).As16()
	copy(key[:], ip[:])
	binary.BigEndian.PutUint16(key[16:], port)
	key[18] = byte(k)
	return &a.sources[maphash.Bytes(a.seed, key[:])%uint64(len(a.sources))]
}
