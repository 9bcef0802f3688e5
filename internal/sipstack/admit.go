package sipstack

import (
	"hash/maphash"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// Limits decide what is let in under load. Requests inside a dialog, CANCEL and
// responses are never refused here.
type Limits struct {
	// MaxAge is how long a new call may have waited, in socket and queue, before
	// it is refused with 503: its caller is about to repeat it. 0: no limit.
	MaxAge time.Duration
	// MaxPending is how many incoming calls may be unanswered at a time. 0: no
	// limit.
	MaxPending int
	// CallRate is how many new calls a second are taken. 0: no limit.
	CallRate int
	// StrangerRate is how many requests a second are looked at from one address
	// that is no peer's and has authenticated nothing; the others are dropped
	// without an answer. 0: no limit.
	StrangerRate int
	// StrangersRate is the same for all strangers together.
	StrangersRate int
}

// DefaultLimits leave ordinary work alone and bound what a flood costs.
func DefaultLimits() Limits {
	return Limits{MaxAge: 100 * time.Millisecond, MaxPending: 5000, StrangerRate: 100, StrangersRate: 5000}
}

// Admission counts what was let in and what was not.
type Admission struct {
	Calls                    atomic.Uint64 // new calls let in
	TooOld, TooMany, TooFast atomic.Uint64 // new calls refused with 503: MaxAge, MaxPending, CallRate
	Strangers                atomic.Uint64 // requests of strangers dropped
	Full                     atomic.Uint64 // messages dropped because a queue was full
	Pending                  atomic.Int64  // calls without a final answer now
}

// Source is what a limit goes by that is for one sender: an IPv4 address, or the /64
// that an IPv6 host has for itself.
func Source(a netip.Addr) netip.Addr {
	if a = a.Unmap(); a.Is4() {
		return a
	}
	p, _ := a.WithZone("").Prefix(64)
	return p.Addr()
}

// admission judges requests before anything is made for them.
type admission struct {
	count  Admission
	limits atomic.Pointer[Limits]
	known  func(netip.Addr) bool // addresses of peers

	calls     Bucket
	strangers Bucket
	seed      maphash.Seed
	sources   [4096]Bucket // of strangers, by a hash of the address

	mu      sync.RWMutex             // guards trusted
	trusted map[netip.Addr]time.Time // addresses that authenticated, until when
}

const (
	trustFor   = time.Hour
	maxTrusted = 1 << 16
)

func newAdmission(l Limits, known func(netip.Addr) bool) *admission {
	a := &admission{known: known, seed: maphash.MakeSeed(), trusted: map[netip.Addr]time.Time{}}
	a.limits.Store(&l)
	return a
}

// Bucket is a token bucket in one word: the time, in microseconds, until which
// its tokens are spent. The zero value is full. It is safe for use by several
// goroutines. A clock that is set does not touch it.
type Bucket struct{ spent atomic.Int64 }

// epoch is what buckets count from: two readings of this process differ by the
// monotonic clock.
var epoch = time.Now()

// Take takes a token of so many a second; the bucket holds those of two
// seconds.
func (b *Bucket) Take(now time.Time, rate int) bool {
	at, each := now.Sub(epoch).Microseconds(), int64(time.Second/time.Microsecond)/int64(rate)
	for {
		old := b.spent.Load()
		next := at + each
		if old != 0 {
			next = max(old, at) + each
		}
		if next-at > 2*int64(time.Second/time.Microsecond) {
			return false
		}
		if b.spent.CompareAndSwap(old, next) {
			return true
		}
	}
}

// stranger says whether a request from this address is dropped.
func (a *admission) stranger(from netip.Addr, now time.Time) bool {
	l := a.limits.Load()
	if l.StrangerRate == 0 && l.StrangersRate == 0 || a.known != nil && a.known(from) || a.isTrusted(from, now) {
		return false
	}
	ip := from.As16()
	i := maphash.Bytes(a.seed, ip[:]) % uint64(len(a.sources))
	if l.StrangerRate > 0 && !a.sources[i].Take(now, l.StrangerRate) || l.StrangersRate > 0 && !a.strangers.Take(now, l.StrangersRate) {
		a.count.Strangers.Add(1)
		return true
	}
	return false
}

func (a *admission) isTrusted(from netip.Addr, now time.Time) bool {
	a.mu.RLock()
	defer a.mu.RUnlock()
	until, ok := a.trusted[from]
	return ok && now.Before(until)
}

// trust makes an address no stranger for an hour.
func (a *admission) trust(from netip.Addr, now time.Time) {
	a.mu.RLock()
	fresh := a.trusted[from].Sub(now) > trustFor/2
	a.mu.RUnlock()
	if fresh {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.trusted) >= maxTrusted {
		gone := 0
		for old := range a.trusted { // any: Go's order is random
			delete(a.trusted, old)
			if gone++; gone == maxTrusted/64 {
				break
			}
		}
	}
	a.trusted[from] = now.Add(trustFor)
}

// call says whether a new call is refused, and counts why.
func (a *admission) call(m *Message, now time.Time) bool {
	l := a.limits.Load()
	age := now.Sub(m.Arrived)
	var why *atomic.Uint64
	switch {
	case l.MaxAge > 0 && age > l.MaxAge && age < time.Minute:
		why = &a.count.TooOld
	case l.MaxPending > 0 && a.count.Pending.Load() >= int64(l.MaxPending):
		why = &a.count.TooMany
	case l.CallRate > 0 && !a.calls.Take(now, l.CallRate):
		why = &a.count.TooFast
	default:
		a.count.Calls.Add(1)
		return false
	}
	why.Add(1)
	return true
}
