package chansip

import (
	"fmt"
	"net/netip"
	"sync"

	"obelisk/channels/chansip/access"
	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/sipstack"
	"obelisk/internal/trace"
)

// callLimits bound the calls of one guest, of all guests, and of one endpoint on a full machine.
// Subscriptions are bounded in package pubsub. chan_sip has no such limits.
//
//	option              bounds                                   beyond
//	guest_calls         calls of guests from one source          503
//	guests_calls        calls of all guests                      503
//	guests_share        RTP ports and unanswered calls, percent,
//	                    up to which calls of guests are taken    503
//	endpoint_share      the same in use by all, above which an
//	                    endpoint may have no more calls than
//	                    the rest of them                         503
type callLimits struct {
	mu       sync.Mutex // guards all but the counters
	guestsAt map[netip.Addr]int
	guests   int // calls of guests

	guestCalls, endpointCalls access.Refusals
}

// checkShares refuses a call when RTP ports or unanswered calls are used up to the share of its
// caller (guests_share, endpoint_share).
func (in *incoming) checkShares() *trace.Refusal {
	ports, all := in.d.ports()
	if r := in.checkShare(ports, all, "RTP ports"); r != nil {
		return r
	}
	return in.checkShare(int(in.d.stack.Admission().Pending.Load()), in.dir.Limits.MaxPending, "unanswered calls")
}

// ports returns how many pairs of RTP ports are used and how many there are at most: two file
// descriptors each.
func (d *Driver) ports() (used, all int) {
	used, all = d.cfg.Media.Ports()
	if d.cfg.Files != nil {
		if pairs := d.cfg.Files() / 2; pairs > 0 {
			all = min(all, pairs)
		}
	}
	return used, all
}

// checkShare checks one resource. limit 0: no limit.
func (in *incoming) checkShare(used, limit int, what string) *trace.Refusal {
	p := in.id.Peer
	if p == nil {
		if share := in.dir.GuestsShare; access.Over(used, limit*share/100) {
			in.d.callLimits.guestCalls.Note(&in.d.log, "the call of a guest at %s is refused: %d of %d %s are used (guests_share=%d)",
				in.m.Flow.Remote, used, limit, what, share)
			return overLimit(fmt.Sprintf("guests may use %d %% of the %s", share, what), "guests_share", in)
		}
		return nil
	}
	share := in.dir.EndpointShare
	if rest := limit - limit*share/100; access.Over(used, limit-rest) && rest > 0 && in.d.callsOf(p.Name).calls >= rest {
		in.d.callLimits.endpointCalls.Note(&in.d.log, "a call of '%s' is refused: %d of %d %s are used, and the last %d are for others "+
			"(endpoint_share=%d)", p.Name, used, limit, what, rest, share)
		return overLimit(fmt.Sprintf("the last %s are for others than '%s'", what, p.Name), "endpoint_share", in)
	}
	return nil
}

func overLimit(rule, option string, in *incoming) *trace.Refusal {
	return &trace.Refusal{Status: 503, Reason: "Service Unavailable", Cause: 42, Rule: rule, Pos: in.dir.Line(option)}
}

// addGuest counts the call of a guest, or says why it must not be.
func (in *incoming) addGuest() *trace.Refusal {
	if in.id.Peer != nil {
		return nil
	}
	s, at := &in.d.callLimits, sipstack.Source(in.m.Flow.Remote.Addr())
	s.mu.Lock()
	mine, all := s.guestsAt[at], s.guests
	one, every := access.Over(mine, in.dir.GuestCalls), access.Over(all, in.dir.GuestsCalls)
	if !one && !every {
		s.guests++
		s.guestsAt[at] = mine + 1
		in.leg.guest = at
	}
	s.mu.Unlock()
	switch {
	case one:
		s.guestCalls.Note(&in.d.log, "the call of a guest at %s is refused: it has %d (guest_calls)", in.m.Flow.Remote, mine)
		return overLimit(fmt.Sprintf("a guest may have %d calls", in.dir.GuestCalls), "guest_calls", in)
	case every:
		s.guestCalls.Note(&in.d.log, "the call of a guest at %s is refused: guests have %d (guests_calls)", in.m.Flow.Remote, all)
		return overLimit(fmt.Sprintf("guests may have %d calls", in.dir.GuestsCalls), "guests_calls", in)
	}
	return nil
}

// removeGuest gives back the place of a guest's call.
func (s *callLimits) removeGuest(l *Leg) {
	if !l.guest.IsValid() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.guests--
	if s.guestsAt[l.guest]--; s.guestsAt[l.guest] == 0 {
		delete(s.guestsAt, l.guest)
	}
	l.guest = netip.Addr{}
}

// list lists the limits.
func (s *callLimits) list(g *sipconf.General) []access.LimitInfo {
	s.mu.Lock()
	calls := s.guests
	s.mu.Unlock()
	return []access.LimitInfo{
		{What: "Refused, calls of guests", Reason: "guest_calls", Refused: s.guestCalls.Count(), Now: calls,
			Options: []access.LimitOption{{Name: "guest_calls", Value: g.GuestCalls}, {Name: "guests_calls", Value: g.GuestsCalls},
				{Name: "guests_share", Value: g.GuestsShare}}},
		{What: "Refused, an endpoint's share", Reason: "endpoint_share", Refused: s.endpointCalls.Count(), Now: -1,
			Options: []access.LimitOption{{Name: "endpoint_share", Value: g.EndpointShare}}},
	}
}
