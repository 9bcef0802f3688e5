package media

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"syscall"
	"time"

	"obelisk/internal/rawnet"
)

// ErrNoPorts means that every port pair of the range is in use.
var ErrNoPorts = errors.New("no free RTP port")

// portPool hands out even ports of [rtpstart, rtpend]; the odd one above
// belongs to RTCP. Pairs whose stream has ended rest in it, bound, and are given
// out again.
type portPool struct {
	start, end int
	random     func(n int) int

	mu      sync.Mutex // guards all below
	used    []bool     // bound: in use, or at rest
	inUse   int
	resting map[restKey]*rest
	atRest  int
	over    bool      // nothing rests any more: another range is in force, or the engine ends
	before  *portPool // of another range, while its streams last
}

func newPortPool(start, end int) *portPool {
	start += start & 1
	return &portPool{start: start, end: end, used: make([]bool, max((end+1-start)/2, 0)), random: rand.IntN, resting: map[restKey]*rest{}}
}

// open gives a pair of what is asked for: one that has rested, or else a new one, which bind
// makes; where that cannot be had, one that rests.
func (p *portPool) open(k restKey, now time.Duration, bind func(port int) (*portPair, error)) (*portPair, error) {
	if r := p.wake(k, now); r != nil {
		return r, nil
	}
	made, err := p.take(bind)
	if err == nil {
		return made, nil
	}
	if r := p.wake(k, forced); r != nil {
		return r, nil
	}
	if p.closeResting() {
		made, err = p.take(bind)
	}
	return made, err
}

// take binds a free pair beginning at a random place. Ports held by other programs are
// skipped.
func (p *portPool) take(bind func(port int) (*portPair, error)) (*portPair, error) {
	n := len(p.used)
	if n == 0 {
		return nil, fmt.Errorf("%w: the range %d-%d is empty", ErrNoPorts, p.start, p.end)
	}
	at := p.random(n)
	var last error
	for range n {
		at = (at + 1) % n
		if !p.claim(at) {
			continue
		}
		made, err := bind(p.start + 2*at)
		if err == nil {
			return made, nil
		}
		last = err
		p.release(p.start + 2*at)
		if errors.Is(last, rawnet.ErrReserved) || errors.Is(last, syscall.EMFILE) { // no other port helps
			return nil, last
		}
	}
	if last != nil {
		return nil, fmt.Errorf("%w in %d-%d: %v", ErrNoPorts, p.start, p.end, last)
	}
	return nil, fmt.Errorf("%w: all %d pairs of %d-%d are in use", ErrNoPorts, n, p.start, p.end)
}

func (p *portPool) claim(i int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.used[i] {
		return false
	}
	p.used[i] = true
	p.inUse++
	return true
}

func (p *portPool) release(port int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.used[(port-p.start)/2] = false
	p.inUse--
}

// count is how many pairs are in use, with those of the range that was in force before.
func (p *portPool) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := p.inUse
	if p.before != nil {
		older := p.before.count()
		if older == 0 {
			p.before = nil
		}
		n += older
	}
	return n
}
