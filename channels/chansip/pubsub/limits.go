package pubsub

import (
	"net/netip"
	"slices"
	"sync"

	"obelisk/channels/chansip/access"
	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/sipstack"
)

// limits bound the subscriptions that one may have us keep. All of it is ours; chan_sip has none.
//
//	option                bounds                            beyond
//	guest_subscriptions   of guests from one source         503
//	guests_subscriptions  of all guests                     503
//	max_subscriptions     of one endpoint                   its oldest ends
//	all_subscriptions     of all                            503
type limits struct {
	mu    sync.Mutex // guards all but the counters
	subs  map[owner][]*Subscription
	guest int // subscriptions of guests
	every int // subscriptions

	guestSubs, endpointSubs, anySubs access.Refusals
}

// owner is whose a subscription is: an endpoint's, or a guest's at a source.
type owner struct {
	peer string
	at   netip.Addr
}

func ownerOf(p *sipconf.Peer, f sipstack.Flow) owner {
	if p != nil {
		return owner{peer: p.Name}
	}
	return owner{at: sipstack.Source(f.Remote.Addr())}
}

// add takes a subscription in, or says by which option it must not be. An endpoint
// that has too many loses its oldest: a phone that was restarted forgot them.
func (s *limits) add(sub *Subscription) (option string, oldest *Subscription) {
	g := &sub.Dir.General
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.subs[sub.owner]
	switch {
	case sub.Peer != nil && access.Over(len(list), sub.Peer.MaxSubscriptions):
		oldest = list[0]
		s.drop(oldest)
		list = s.subs[sub.owner]
	case access.Over(s.every, g.AllSubscriptions):
		return "all_subscriptions", nil
	case sub.Peer == nil && access.Over(len(list), g.GuestSubscriptions):
		return "guest_subscriptions", nil
	case sub.Peer == nil && access.Over(s.guest, g.GuestsSubscriptions):
		return "guests_subscriptions", nil
	}
	s.subs[sub.owner] = append(list, sub)
	s.every++
	if sub.Peer == nil {
		s.guest++
	}
	sub.kept = true
	return "", oldest
}

// drop forgets a subscription; mu is held.
func (s *limits) drop(sub *Subscription) {
	if !sub.kept {
		return
	}
	sub.kept = false
	s.every--
	if sub.Peer == nil {
		s.guest--
	}
	list := s.subs[sub.owner]
	if i := slices.Index(list, sub); i >= 0 {
		list = slices.Delete(list, i, i+1)
	}
	if s.subs[sub.owner] = list; len(list) == 0 {
		delete(s.subs, sub.owner)
	}
}

// remove is drop for who does not hold mu.
func (s *limits) remove(sub *Subscription) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drop(sub)
}

// withinLimits returns false, after a 503, where the SUBSCRIBE is one too many.
func (s *Subscription) withinLimits(tx *sipstack.ServerTx) bool {
	sh := &s.ps.limits
	option, oldest := sh.add(s)
	switch {
	case option == "all_subscriptions":
		sh.anySubs.Note(&s.ps.cfg.Log, "a subscription of %s is refused: there are %d (%s)", s.Flow.Remote, s.Dir.AllSubscriptions, option)
	case option != "":
		sh.guestSubs.Note(&s.ps.cfg.Log, "a subscription of a guest at %s is refused (%s)", s.Flow.Remote, option)
	case oldest != nil:
		sh.endpointSubs.Note(&s.ps.cfg.Log, "the oldest subscription of '%s' ends: it has %d (max_subscriptions)", s.Peer.Name,
			s.Peer.MaxSubscriptions)
		s.ps.stack.Post(oldest.CallID, func(*sipstack.Shard) { oldest.end("rejected") })
	}
	if option != "" {
		s.ps.respond(tx, 503, "Service Unavailable", sipstack.Header{Name: "Retry-After", Value: sipstack.RetryAfter()})
	}
	return option == ""
}

// list lists the limits.
func (s *limits) list(g *sipconf.General) []access.LimitInfo {
	s.mu.Lock()
	guests, all := s.guest, s.every
	s.mu.Unlock()
	return []access.LimitInfo{
		{What: "Refused, guests' subscriptions", Reason: "guest_subscriptions", Refused: s.guestSubs.Count(), Now: guests,
			Options: []access.LimitOption{{Name: "guest_subscriptions", Value: g.GuestSubscriptions},
				{Name: "guests_subscriptions", Value: g.GuestsSubscriptions}}},
		{What: "Ended, oldest subscriptions", Reason: "max_subscriptions", Refused: s.endpointSubs.Count(), Now: -1,
			Options: []access.LimitOption{{Name: "max_subscriptions", Value: g.MaxSubscriptions}}},
		{What: "Refused, subscriptions", Reason: "all_subscriptions", Refused: s.anySubs.Count(), Now: all,
			Options: []access.LimitOption{{Name: "all_subscriptions", Value: g.AllSubscriptions}}},
	}
}
