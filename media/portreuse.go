package media

import (
	"maps"
	"math"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"

	"obelisk/internal/rawnet"
)

// To bind a pair of ports and to close it again takes eight system calls, a good part of what a
// call costs. So the pair of a stream that has ended rests for a while, bound and read, and is
// given to another one: when the far side of the former call has long stopped sending, so that
// nothing of that call reaches the next one.
const (
	// stillFor is how long no packet must have come, whether in the call or after it.
	stillFor = time.Second
	// leastRest is how long a pair rests where none ever came.
	leastRest = 100 * time.Millisecond
	// mostRest is after how long an unused pair is closed.
	mostRest = 10 * time.Second
	// fewRest is how many are kept waiting, so that which port comes next cannot be foreseen.
	fewRest = 16
	// mostResting is how many pairs may rest, and never more than an eighth of the range.
	mostResting = 2048
	// mostStrays is how many packets a resting pair takes: two seconds of audio. Whoever goes on
	// gets ICMP port unreachable.
	mostStrays = 100
)

// forced is a moment at which every pair has rested enough.
const forced = time.Duration(math.MaxInt64)

// portPair is an even port and the odd one above it, both bound.
type portPair struct {
	port      int
	rtp, rtcp socket

	// ---- at rest ----
	of     *rest         // where it rests, or has
	since  time.Duration // after began
	ready  atomic.Int64  // when it may be given out, likewise
	strays int           // packets that came meanwhile; owned by the loop
}

// restKey is what a resting pair has that cannot be changed, or is not worth it.
type restKey struct {
	bind  netip.Addr
	marks rawnet.Marks
	on    *loop // which reads it
}

// rest are the pairs of one kind that rest; who rests longest is the first.
type rest struct {
	pool  *portPool
	on    *loop
	pairs []*portPair // guarded by the pool's mu
	sweep timer       // owned by the loop
}

// sockets that can rest are the system's.
type restful interface {
	// doze has the socket belong to a resting pair, nil: to a stream again. It is called on the loop.
	doze(*portPair)
	// mayDoze says whether it is as it was bound, and there are descriptors enough to keep it.
	mayDoze() bool
}

// layDown has the pair of a stream that ends rest; false, and it is to be closed, where it
// cannot. It is called on the loop.
func (p *portPool) layDown(k restKey, x *portPair, heard time.Duration) bool {
	rtp, ok := x.rtp.(restful)
	rtcp, _ := x.rtcp.(restful)
	if !ok || !rtp.mayDoze() || !rtcp.mayDoze() {
		return false
	}
	now := k.on.now.Sub(began)
	x.since, x.strays = now, 0
	x.ready.Store(int64(max(now+leastRest, heard+stillFor)))
	rtp.doze(x)
	rtcp.doze(x)
	if !p.put(k, x) {
		return false
	}
	if x.of.sweep.index < 0 {
		k.on.arm(&x.of.sweep, k.on.now.Add(mostRest))
	}
	return true
}

// put notes a pair that rests; false where no more may.
func (p *portPool) put(k restKey, x *portPair) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over || p.atRest >= min(mostResting, len(p.used)/8) {
		return false
	}
	if x.of == nil || x.of.on != k.on {
		x.of = p.resting[k]
	}
	if x.of == nil {
		r := &rest{pool: p, on: k.on}
		r.sweep = timer{index: -1, fire: func(*timer) { r.closeOld() }}
		x.of, p.resting[k] = r, r
	}
	x.of.pairs = append(x.of.pairs, x)
	p.atRest++
	p.inUse--
	return true
}

// wake takes a pair that has rested enough by a moment; nil where there is none. It is chosen at
// random among those that rest longest.
func (p *portPool) wake(k restKey, now time.Duration) *portPair {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.resting[k]
	if r == nil || len(r.pairs) == 0 || now != forced && len(r.pairs) < fewRest {
		return nil
	}
	n := min(len(r.pairs), fewRest)
	at := rand.IntN(n)
	for range n {
		if x := r.pairs[at]; x.ready.Load() <= int64(now) {
			r.remove(at)
			p.inUse++
			return x
		}
		at = (at + 1) % n
	}
	return nil
}

// remove takes one out, which is one of the first mostly; mu is held.
func (r *rest) remove(i int) {
	copy(r.pairs[1:i+1], r.pairs[:i])
	r.pairs[0] = nil
	r.pairs = r.pairs[1:]
	r.pool.atRest--
}

// strayed is told of each packet that comes to a resting pair, on its loop.
func (x *portPair) strayed() {
	x.ready.Store(int64(x.of.on.now.Sub(began) + stillFor))
	if x.strays++; x.strays > mostStrays {
		x.of.close(func(o *portPair) bool { return o == x })
	}
}

// closeOld closes what has rested too long. It is called on the loop, as is close.
func (r *rest) closeOld() {
	now := r.on.now.Sub(began)
	r.close(func(x *portPair) bool { return now-x.since >= mostRest })
	r.pool.mu.Lock()
	defer r.pool.mu.Unlock()
	if len(r.pairs) > 0 {
		r.on.arm(&r.sweep, began.Add(r.pairs[0].since+mostRest))
	}
}

// close closes those of which it is true.
func (r *rest) close(those func(*portPair) bool) {
	var gone []*portPair
	p := r.pool
	p.mu.Lock()
	r.pairs = slices.DeleteFunc(r.pairs, func(x *portPair) bool {
		if !those(x) {
			return false
		}
		gone = append(gone, x)
		return true
	})
	p.atRest -= len(gone)
	p.mu.Unlock()
	for _, x := range gone {
		x.rtp.close()
		x.rtcp.close()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, x := range gone {
		p.used[(x.port-p.start)/2] = false
	}
}

// closeResting closes all that rest; false when none did.
func (p *portPool) closeResting() bool {
	p.mu.Lock()
	any, all := p.atRest > 0, slices.Collect(maps.Values(p.resting))
	p.mu.Unlock()
	for _, r := range all {
		r.on.post(func() {
			r.on.disarm(&r.sweep)
			r.close(func(*portPair) bool { return true })
		})
	}
	return any
}

// finish has nothing rest any more.
func (p *portPool) finish() {
	p.mu.Lock()
	p.over = true
	p.mu.Unlock()
	p.closeResting()
}
