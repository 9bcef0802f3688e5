package sipconf

import (
	"time"

	"obelisk/internal/sipstack"
)

// limitOptions are the options of what there may be at a time, and of overload.
func limitOptions() []*Option {
	return []*Option{
		{Name: "callrate", scope: inBoth, extension: true, Help: "new INVITEs a second of all in [general], where a challenged one counts " +
			"twice; calls a second of the endpoint in its section; 0 for no limit", set: setCallRate},
		{Name: "overload_maxage", scope: inGeneral, extension: true, Help: "milliseconds that new calls may wait: while they have waited " +
			"longer for five times as long, and more come than are taken, they are refused with 503; 0 for no limit",
			set: setMilliseconds(func(g *General) *time.Duration { return &g.Limits.MaxAge })},
		{Name: "overload_maxpending", scope: inGeneral, extension: true, Help: "incoming calls that may be unanswered at a time; 0 for no limit",
			set: setLimit(func(l *sipstack.Limits) *int { return &l.MaxPending })},
		{Name: "stranger_rate", scope: inGeneral, extension: true,
			Help: "requests a second looked at from an address that is no peer's and has not authenticated; 0 for no limit",
			set:  setLimit(func(l *sipstack.Limits) *int { return &l.StrangerRate })},
		{Name: "strangers_rate", scope: inGeneral, extension: true, Help: "the same, of all such addresses together",
			set: setLimit(func(l *sipstack.Limits) *int { return &l.StrangersRate })},
		{Name: "stranger_echo", scope: inGeneral, extension: true,
			Help: "how many times as much as came is sent over UDP to a source that has not shown that it receives; 0 for no limit",
			set:  setLimit(func(l *sipstack.Limits) *int { return &l.StrangerEcho })},
		{Name: "guest_calls", scope: inGeneral, extension: true,
			Help: "calls that a guest may have at a time, by the address that it sends from (IPv6: /64); 0 for no limit",
			set:  setNumber(func(g *General) *int { return &g.GuestCalls })},
		{Name: "guests_calls", scope: inGeneral, extension: true, Help: "the same, of all guests together",
			set: setNumber(func(g *General) *int { return &g.GuestsCalls })},
		{Name: "guests_share", scope: inGeneral, extension: true, Help: "percent of the RTP ports, and of overload_maxpending, that may be " +
			"in use for a guest's call to be taken; the rest is kept for endpoints; 0 for no limit",
			set: setPercent(func(g *General) *int { return &g.GuestsShare })},
		{Name: "endpoint_share", scope: inGeneral, extension: true,
			Help: "percent of the same from which on an endpoint gets no further calls that has as many as are left; 0 for no limit",
			set:  setPercent(func(g *General) *int { return &g.EndpointShare })},
		{Name: "guest_subscriptions", scope: inGeneral, extension: true,
			Help: "subscriptions that a guest may have at a time, by the address that it sends from (IPv6: /64); 0 for no limit",
			set:  setNumber(func(g *General) *int { return &g.GuestSubscriptions })},
		{Name: "guests_subscriptions", scope: inGeneral, extension: true, Help: "the same, of all guests together",
			set: setNumber(func(g *General) *int { return &g.GuestsSubscriptions })},
		{Name: "max_subscriptions", scope: inBoth, extension: true,
			Help: "subscriptions that the endpoint may have at a time; with one more its oldest ends; 0 for no limit", set: setMaxSubscriptions},
		{Name: "all_subscriptions", scope: inGeneral, extension: true, Help: "subscriptions at a time, of all; 0 for no limit",
			set: setNumber(func(g *General) *int { return &g.AllSubscriptions })},
	}
}
