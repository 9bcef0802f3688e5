package sipstack

import (
	"hash/maphash"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
)

// Limits decide what is let in under load. Requests inside a dialog, CANCEL and
// responses are never refused here.
type Limits struct {
	// MaxAge is how long new calls may wait, in socket and queue. While more come than
	// are taken, those that have waited longer are refused with 503. 0: no limit.
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
	// StrangerEcho is how many times as much as came is sent to a source that has not
	// shown that it receives. 0: no limit.
	StrangerEcho int
}

// DefaultLimits leave ordinary work alone and bound what a flood costs.
func DefaultLimits() Limits {
	return Limits{MaxAge: 100 * time.Millisecond, MaxPending: 5000, StrangerRate: 100, StrangersRate: 5000, StrangerEcho: 4}
}

// Admission counts what was let in and what was not.
type Admission struct {
	Calls                    atomic.Uint64 // new calls let in
	TooOld, TooMany, TooFast atomic.Uint64 // new calls refused with 503: MaxAge, MaxPending, CallRate
	Strangers                atomic.Uint64 // requests of strangers dropped
	Echoed                   atomic.Uint64 // messages not sent because of StrangerEcho
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
	kinds     [kinds]Bucket   // of strangers
	sources   [1 << 14]Bucket // of strangers, by a hash of address, port and kind

	log  zerolog.Logger
	said [reasons]atomic.Int64 // Unix seconds of the last line about it

	mu      sync.RWMutex             // guards trusted
	trusted map[netip.Addr]time.Time // addresses that authenticated, until when
}

// reason why something was not let in.
type reason uint8

const (
	tooOld reason = iota
	tooMany
	tooFast
	strangers
	echoed
	queueFull
	reasons
)

// words of a reason for the log, and how many there were.
func (a *admission) words(r reason) (string, *atomic.Uint64) {
	switch r {
	case tooOld:
		return "new calls are refused, more come than are taken (overload_maxage)", &a.count.TooOld
	case tooMany:
		return "new calls are refused, too many are unanswered (overload_maxpending)", &a.count.TooMany
	case tooFast:
		return "new calls are refused, too many come in a second (callrate)", &a.count.TooFast
	case strangers:
		return "requests of unknown addresses are dropped (stranger_rate, strangers_rate)", &a.count.Strangers
	case echoed:
		return "what was sent to unknown addresses is not repeated (stranger_echo)", &a.count.Echoed
	}
	return "messages are dropped, too many wait", &a.count.Full
}

// refused counts, and tells the log of it at times.
func (a *admission) refused(r reason, from netip.AddrPort, now time.Time) {
	text, n := a.words(r)
	total, at, last := n.Add(1), now.Unix(), a.said[r].Load()
	const every = 10 // seconds
	if (at-last >= every || at < last) && a.said[r].CompareAndSwap(last, at) {
		a.log.Warn().Msgf("SIP: %s; the last from %s, %d so far", text, from, total)
	}
}

const (
	trustFor   = time.Hour
	maxTrusted = 1 << 16
)

func newAdmission(l Limits, known func(netip.Addr) bool, log zerolog.Logger) *admission {
	a := &admission{known: known, log: log, seed: maphash.MakeSeed(), trusted: map[netip.Addr]time.Time{}}
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

// call says whether a new call is refused, and counts why. q is the shard's queue of
// them, in which so many wait behind it.
func (a *admission) call(m *Message, now time.Time, q *standing, waiting int) bool {
	l := a.limits.Load()
	why := reasons
	switch {
	case l.MaxAge > 0 && q.refuses(now, now.Sub(m.Arrived), l.MaxAge, waiting):
		why = tooOld
	case l.MaxPending > 0 && a.count.Pending.Load() >= int64(l.MaxPending):
		why = tooMany
	case l.CallRate > 0 && !a.calls.Take(now, l.CallRate):
		why = tooFast
	default:
		a.count.Calls.Add(1)
		return false
	}
	a.refused(why, m.Flow.Remote, now)
	return true
}
