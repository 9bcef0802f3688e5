package console

import (
	"crypto/rand"
	"net/netip"
	"sync"
	"time"

	"obelisk/internal/crowd"
)

const (
	sessionIdle   = 12 * time.Hour // without a request
	mostSessions  = 200
	mostSources   = 1000            // whose failures are remembered
	mostTries     = 8               // passwords that are looked at at a time, one of each source
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
	failed map[netip.Addr]failures // by crowd.Source
	trying map[netip.Addr]bool     // likewise: sources whose password is being looked at

	hashing sync.Mutex // held for a hash: its memory is needed once
}

func newSessions(now func() time.Time) *sessions {
	return &sessions{now: now, byID: map[string]session{}, failed: map[netip.Addr]failures{}, trying: map[netip.Addr]bool{}}
}

// try has a source's password looked at by fits, and notes how it went. tried is false when the source has
// to wait: it has failed, it is at it already, so that guesses side by side count one after the other, or
// there are too many at it.
func (s *sessions) try(from netip.Addr, fits func() bool) (tried, good bool) {
	from = crowd.Source(from)
	s.mu.Lock()
	if f := s.failed[from]; f.pause() > s.now().Sub(f.last) || s.trying[from] || len(s.trying) >= mostTries {
		s.mu.Unlock()
		return false, false
	}
	s.trying[from] = true
	s.mu.Unlock()
	s.hashing.Lock()
	good = fits()
	s.hashing.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.trying, from)
	if good {
		delete(s.failed, from)
	} else {
		s.fail(from)
	}
	return true, good
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

// fail counts a wrong password. mu is held.
func (s *sessions) fail(from netip.Addr) {
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
