package parking

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/pbx"
	"obelisk/pbx/event"
)

// lot is where calls wait; the module's mu guards it.
type lot struct {
	rules   *rules // in force for who comes
	dynamic bool   // a dialplan has made it
	gone    bool   // the file has it no more: it ends when nobody waits there
	calls   map[int]*parked
	last    int // space that was given last
}

func newLot(r *rules) *lot { return &lot{rules: r, calls: map[int]*parked{}, last: r.last} }

// parked is a call that waits. What is not guarded by mu does not change.
type parked struct {
	lot    *lot
	rules  *rules // as they were when it came
	space  int
	parker string // what calls who has parked it: SIP/a
	since  time.Time
	limit  time.Duration
	place  string // where it comes back to (option c); "": by the lot
	idle   pbx.Idle
	says   bool // it hears its own space

	ch    *pbx.Channel
	state state
	to    dialplan.Location // where it goes when its time is over, as soon as it is; its own goroutine's
}

type state uint8

const (
	waits     state = iota
	fetched         // somebody talks with it
	timedOut        // it comes back
	abandoned       // it has gone
)

// request is what is known of a call that is about to be parked.
type request struct {
	parker string
	space  string // wanted (PARKINGEXTEN); "": any
	random bool
	limit  time.Duration // 0: the lot's
	place  string
	idle   pbx.Idle
	says   bool
}

// park gives a call a space and makes that known; nil when there is none.
func (m *Module) park(name string, ch *pbx.Channel, r request) *parked {
	away := m.away(name)
	m.mu.Lock()
	l := m.lots[name]
	if l == nil || l.gone {
		m.mu.Unlock()
		return nil
	}
	space := l.find(r, away)
	if space == 0 {
		m.mu.Unlock()
		return nil
	}
	p := &parked{lot: l, rules: l.rules, space: space, parker: r.parker, since: time.Now(), limit: cmp.Or(r.limit, l.rules.time),
		place: r.place, idle: r.idle, says: r.says, ch: ch}
	l.calls[space], l.last = p, space
	m.mu.Unlock()
	ch.Trace().Note("%s is parked at %d of the lot '%s', by %s", ch.Name(), space, l.rules.name, cmp.Or(p.parker, "nobody"))
	m.tell(event.ParkingBegins, p, nil)
	m.lamp(p)
	return p
}

// find looks for a space that is free, here and at other nodes; 0: there is none. It is called with mu held.
func (l *lot) find(r request, away map[int]abroad) int {
	first, last := l.rules.first, l.rules.last
	start := first
	switch {
	case r.space != "":
		n, err := strconv.Atoi(strings.TrimSpace(r.space))
		if err != nil {
			return 0
		}
		if start = n; n < first || n > last {
			start = first
		}
	case r.random:
		start = first + random(last-first+1)
	case l.rules.next:
		start = l.last + 1
	}
	for range last - first + 1 {
		if start < first || start > last {
			start = first
		}
		if _, taken := away[start]; !taken && l.calls[start] == nil {
			return start
		}
		start++
	}
	return 0
}

// settle ends a call's wait, once: false when that has happened already.
func (m *Module) settle(p *parked, how state) bool {
	m.mu.Lock()
	if p.state != waits {
		m.mu.Unlock()
		return false
	}
	p.state = how
	delete(p.lot.calls, p.space)
	m.sweep()
	m.mu.Unlock()
	return true
}

// sweep forgets lots that are no more. It is called with mu held.
func (m *Module) sweep() {
	for name, l := range m.lots {
		if l.gone && len(l.calls) == 0 {
			delete(m.lots, name)
		}
	}
}

// calls are those of a lot, or of all for nil, by lot and space.
func (m *Module) calls(of *lot) (out []*parked) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, l := range m.lots {
		if of == nil || l == of {
			for _, p := range l.calls {
				out = append(out, p)
			}
		}
	}
	slices.SortFunc(out, func(a, b *parked) int {
		return cmp.Or(cmp.Compare(a.lot.rules.name, b.lot.rules.name), cmp.Compare(a.space, b.space))
	})
	return out
}

// who is the channel that is parked; it may get another one's place.
func (m *Module) who(p *parked) *pbx.Channel {
	m.mu.Lock()
	defer m.mu.Unlock()
	return p.ch
}

// tell makes known what happens to a parked call; by fetches it, or is nil.
func (m *Module) tell(what event.ParkedChange, p *parked, by *pbx.Channel) {
	if !m.core.Heard() {
		return
	}
	parkee := m.who(p).Snapshot()
	if what == event.ParkingTimeOut { // programs are told where it goes
		there := *parkee
		there.At = p.to
		parkee = &there
	}
	e := event.Parked{What: what, Parkee: parkee, Call: p.view()}
	if by != nil {
		e.Retriever = by.Snapshot()
	}
	m.core.Tell(e)
}

// view is what programs are told of a parked call beside its channel.
func (p *parked) view() event.ParkedCall {
	return event.ParkedCall{ParkerDialString: p.parker, Lot: p.rules.name, Space: p.space, Left: max(p.limit-time.Since(p.since), 0),
		Since: time.Since(p.since)}
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }

// lotOf is the lot that a channel's calls are parked in, where nobody names another one.
func lotOf(c *pbx.Channel) string {
	own, _ := c.Function("CHANNEL", "parkinglot")
	return cmp.Or(c.Variable("PARKINGLOT"), own, defaultLot)
}

// dialString is what calls the device of a channel: SIP/a-0000001f is SIP/a.
func dialString(channel string) string {
	if at := strings.LastIndexByte(channel, '-'); at > 0 {
		return channel[:at]
	}
	return channel
}

// parkerOf is what calls who has parked a channel that parks itself: who has transferred it there, in
// whatever way, else its own device.
func parkerOf(c *pbx.Channel) string {
	return dialString(cmp.Or(c.Variable("BLINDTRANSFER"), c.Variable("TRANSFERERNAME"), c.Name()))
}

// flat is a dial string as the name of an extension.
func flat(dial string) string { return strings.ReplaceAll(dial, "/", "_") }

// digits are the prompts of a number.
func digits(n int) (out []string) {
	for _, d := range strconv.Itoa(n) {
		out = append(out, "digits/"+string(d))
	}
	return out
}

// place is a location that exists, read as Goto reads it from where the channel is.
func (m *Module) placeOf(c *pbx.Channel, text string) (dialplan.Location, error) {
	return m.core.Plan().TargetFrom(c.View().At, text, c.Query())
}
