package ami

import (
	"obelisk/internal/crowd"
	"obelisk/internal/rawnet"
)

// admit lets a stranger in. With more of them than authlimit, or authsourcelimit from one
// source, the oldest of the source that holds most makes room.
func (s *Server) admit(o *session) {
	c := s.Config()
	l := crowd.Limits{All: c.AuthLimit, Source: c.AuthSourceLimit}
	if o.kept {
		share := rawnet.Share()
		l = crowd.Limits{All: min(l.All, share), Source: min(l.Source, max(share/2, 1))}
	}
	gone, full := s.strangers.Add(o.remote.Addr(), o, l)
	if !full {
		return
	}
	gone.end()
	if s.strangers.Tells() {
		s.rooms.Log.Warn().Msgf("manager interface: too many clients that have not logged in, one of %s makes room (authlimit, authsourcelimit)",
			gone.remote.Addr())
	}
}

// Counts tells who was kept out: strangers, sessions of HTTP, logins and clients that did not
// read, and how many events nobody fetched.
func (s *Server) Counts() (strangers, visitors, refused, cut, left uint64) {
	return s.strangers.Out(), s.visitors.Out() + s.digesters.Out(), s.tally.Refused.Load(), s.tally.Cut.Load(), s.tally.Left.Load()
}

// crowded says whether there are too many who have logged in: in all, from one source, or for
// the reserve of file descriptors.
func (s *Server) crowded(who *session) bool {
	c, all, here, kept := s.Config(), 0, 0, 0
	from := crowd.Source(who.remote.Addr())
	s.mu.Lock()
	defer s.mu.Unlock()
	for o := range s.sessions {
		if o.conn == nil || o.account() == nil {
			continue
		}
		if all++; crowd.Source(o.remote.Addr()) == from {
			here++
		}
		if o.kept {
			kept++
		}
	}
	return all >= c.SessionLimit || here >= c.SessionSourceLimit || who.kept && kept >= rawnet.Share()
}
