package store

import (
	"sync"
	"time"
)

// busQueue is how many messages wait for one subscriber; of more the newest are lost, as on
// any Bus.
const busQueue = 4096

// Inside is a Bus within this process.
type Inside struct {
	mu   sync.Mutex // guards all below
	subs map[string]map[*insider]bool
	lost uint64
}

type insider struct{ queue chan []byte }

var _ Bus = (*Inside)(nil)

// NewInside makes a bus without subscribers.
func NewInside() *Inside { return &Inside{subs: map[string]map[*insider]bool{}} }

// Publish implements Bus.
func (b *Inside) Publish(subject string, data []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for s := range b.subs[subject] {
		select {
		case s.queue <- data:
		default:
			b.lost++
		}
	}
	return nil
}

// Lost is how many messages found a full queue.
func (b *Inside) Lost() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.lost
}

// Subscribe implements Bus.
func (b *Inside) Subscribe(subject string, f func(data []byte)) (end func(), err error) {
	s := &insider{queue: make(chan []byte, busQueue)}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.subs[subject] == nil {
		b.subs[subject] = map[*insider]bool{}
	}
	b.subs[subject][s] = true
	go func() {
		for data := range s.queue {
			f(data)
		}
	}()
	return func() { b.end(subject, s) }, nil
}

func (b *Inside) end(subject string, s *insider) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.subs[subject][s] {
		delete(b.subs[subject], s)
		close(s.queue)
	}
}

// Close implements Bus.
func (b *Inside) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, list := range b.subs {
		for s := range list {
			close(s.queue)
		}
	}
	b.subs = map[string]map[*insider]bool{}
}

// Leases are those of one process.
type Leases struct {
	mu    sync.Mutex // guards all below
	held  map[right]lease
	fence uint64
}

type right struct{ tenant, kind, key string }

type lease struct {
	holder string
	fence  uint64
	until  time.Time
}

var _ Lease = (*Leases)(nil)

// NewLeases makes leases that nobody has.
func NewLeases() *Leases { return &Leases{held: map[right]lease{}} }

// Take implements Lease.
func (l *Leases) Take(holder, tenant, kind, key string, ttl time.Duration) (fence uint64, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now, p := time.Now(), right{tenant, kind, key}
	x := l.held[p]
	switch {
	case x.until.After(now) && x.holder != holder:
		return 0, false
	case !x.until.After(now): // nobody's: what its last holder does is of the past
		l.fence++
		x.fence = l.fence
	}
	x.holder, x.until = holder, now.Add(ttl)
	l.held[p] = x
	return x.fence, true
}

// Release implements Lease.
func (l *Leases) Release(holder, tenant, kind, key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if p := (right{tenant, kind, key}); l.held[p].holder == holder {
		delete(l.held, p)
	}
}
