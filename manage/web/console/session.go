package console

import (
	"crypto/rand"
	"net/netip"
	"sync"
	"time"
)

const (
	sessionIdle   = 12 * time.Hour // without a request
	mostSessions  = 200
	mostSources   = 1000            // whose failures are remembered
	freeFailures  = 4               // before the first pause
	longestPause  = 5 * time.Minute // between two attempts of a source
	failureMemory = time.Hour
)

// session is a browser that has logged in.
type session struct {
	user string
	seen time.Time
}

// failures of a source.
type failures struct {
	count int
	last  time.Time
}

// pause is how long the source has to wait after its last failure.
func (f failures) pause() time.Duration {
	if f.count < freeFailures {
		return 0
	}
	return min(time.Second<<min(f.count-freeFailures, 10), longestPause)
}

// sessions are those of all browsers, and who has failed to log in.
type sessions struct {
	now func() time.Time

	mu     sync.Mutex // guards all below
	byID   map[string]session
	failed map[netip.Addr]failures
}

func newSessions(now func() time.Time) *sessions {
	return &sessions{now: now, byID: map[string]session{}, failed: map[netip.Addr]failures{}}
}

// open begins a session of a user and returns its id; the one that rests longest goes when there
// are too many.
func (s *sessions) open(user string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweep()
	if len(s.byID) >= mostSessions {
		oldest := ""
		for id, x := range s.byID {
			if oldest == "" || x.seen.Before(s.byID[oldest].seen) {
				oldest = id
			}
		}
		delete(s.byID, oldest)
	}
	id := rand.Text()
	s.byID[id] = session{user, s.now()}
	return id
}

// sweep forgets what is over.
func (s *sessions) sweep() {
	now := s.now()
	for id, x := range s.byID {
		if now.Sub(x.seen) > sessionIdle {
			delete(s.byID, id)
		}
	}
	for a, f := range s.failed {
		if now.Sub(f.last) > failureMemory {
			delete(s.failed, a)
		}
	}
}

// user is that of a session, "" when there is none.
func (s *sessions) user(id string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	x, ok := s.byID[id]
	if !ok || s.now().Sub(x.seen) > sessionIdle {
		delete(s.byID, id)
		return ""
	}
	x.seen = s.now()
	s.byID[id] = x
	return x.user
}

func (s *sessions) close(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byID, id)
}

// wait is how long a source has to wait before it may try again.
func (s *sessions) wait(from netip.Addr) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.failed[from]
	return max(f.pause()-s.now().Sub(f.last), 0)
}

// fail counts a wrong password; succeed forgets those of a source.
func (s *sessions) fail(from netip.Addr) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweep()
	if _, known := s.failed[from]; !known && len(s.failed) >= mostSources {
		for a := range s.failed { // any: there are so many that one of them is nobody's loss
			delete(s.failed, a)
			break
		}
	}
	f := s.failed[from]
	s.failed[from] = failures{f.count + 1, s.now()}
}

func (s *sessions) succeed(from netip.Addr) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.failed, from)
}
