package media

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"syscall"

	"obelisk/internal/rawnet"
)

// ErrNoPorts means that every port pair of the range is in use.
var ErrNoPorts = errors.New("no free RTP port")

// portPool hands out even ports of [rtpstart, rtpend]; the odd one above
// belongs to RTCP.
type portPool struct {
	mu         sync.Mutex // guards used, inUse
	start, end int
	used       []bool
	inUse      int
	random     func(n int) int
	before     *portPool // of another range, while its streams last; guarded by mu
}

func newPortPool(start, end int) *portPool {
	start += start & 1
	return &portPool{start: start, end: end, used: make([]bool, max((end+1-start)/2, 0)), random: rand.IntN}
}

// take finds a free pair beginning at a random place. try binds it and says
// whether that worked; ports held by other programs are skipped.
func (p *portPool) take(try func(port int) error) (int, error) {
	n := len(p.used)
	if n == 0 {
		return 0, fmt.Errorf("%w: the range %d-%d is empty", ErrNoPorts, p.start, p.end)
	}
	at := p.random(n)
	var last error
	for range n {
		at = (at + 1) % n
		if !p.claim(at) {
			continue
		}
		port := p.start + 2*at
		if last = try(port); last == nil {
			return port, nil
		}
		p.release(port)
		if errors.Is(last, rawnet.ErrReserved) || errors.Is(last, syscall.EMFILE) { // no other port helps
			return 0, last
		}
	}
	if last != nil {
		return 0, fmt.Errorf("%w in %d-%d: %v", ErrNoPorts, p.start, p.end, last)
	}
	return 0, fmt.Errorf("%w: all %d pairs of %d-%d are in use", ErrNoPorts, n, p.start, p.end)
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
