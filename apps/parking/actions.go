package parking

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"obelisk/pbx"
	"obelisk/pbx/prompt"
)

// Actions implements pbx.Actor.
func (m *Module) Actions() []pbx.Action {
	return []pbx.Action{
		{Name: "Park", Synopsis: "Park a channel.", Classes: "call", Run: m.actPark},
		{Name: "ParkedCalls", Synopsis: "List parked calls.", Classes: "call", Run: m.actCalls},
		{Name: "Parkinglots", Synopsis: "Get a list of parking lots", Classes: "call", Run: m.actLots},
	}
}

func (m *Module) actLots(a pbx.Asked) {
	var rows [][]pbx.Field
	for _, l := range m.all() {
		r := l.rules
		rows = append(rows, []pbx.Field{{Name: "Event", Value: "Parkinglot"}, {Name: "Name", Value: r.name},
			{Name: "StartSpace", Value: itoa(r.first)}, {Name: "StopSpace", Value: itoa(r.last)}, {Name: "Timeout", Value: seconds(r.time)}})
	}
	a.List("Parking lots will follow", "ParkinglotsComplete", rows)
}

func (m *Module) actCalls(a pbx.Asked) {
	name := a.Get("ParkingLot")
	var of *lot
	if name != "" {
		if of = m.lotNamed(name); of == nil {
			a.Fail("Requested parking lot could not be found.")
			return
		}
	}
	var rows [][]pbx.Field
	for _, p := range m.calls(of) {
		row := append([]pbx.Field{{Name: "Event", Value: "ParkedCall"}}, m.who(p).Snapshot().Fields("Parkee")...)
		rows = append(rows, append(row, p.view().Fields()...))
	}
	a.IDLast()
	a.List("Parked calls will follow", "ParkedCallsComplete", rows, pbx.Field{Name: "Total", Value: itoa(len(rows))})
}

// actPark parks a channel from wherever it is.
func (m *Module) actPark(a pbx.Asked) {
	name, limit := a.Get("Channel"), a.Get("Timeout")
	back := a.Get("TimeoutChannel")
	if back == "" {
		back = a.Get("Channel2")
	}
	ms, err := strconv.Atoi(strings.TrimSpace(limit))
	ch := m.core.Channel(name)
	switch {
	case name == "":
		a.Fail("Channel not specified")
		return
	case limit != "" && (err != nil || ms <= 0):
		a.Fail("Invalid Timeout value.")
		return
	case ch == nil:
		a.Fail("Channel does not exist: " + name)
		return
	}
	if m.core.Channel(back) != nil {
		back = dialString(back)
	}
	r := request{parker: back, space: a.Get("ParkingSpace"), limit: time.Duration(ms) * time.Millisecond}
	if back == "" {
		r.parker = dialString(ch.Name())
	}
	lotName := a.Get("Parkinglot")
	if lotName == "" {
		lotName = lotOf(ch)
	}
	if !m.parkFor(ch, m.core.Channel(a.Get("AnnounceChannel")), lotName, r) {
		a.Fail("Park action failed")
		return
	}
	a.OK("Park successful")
}

// parkFor parks a channel, of which another one hears the space if that is in a bridge; nil: nobody
// does. Whoever is with the one that is parked leaves then.
func (m *Module) parkFor(ch, hears *pbx.Channel, lotName string, r request) bool {
	if ch.View().Gone || m.lotNamed(lotName) == nil {
		return false
	}
	if hears != nil && hears.With() == ch {
		r.says = true
		return m.deposit(hears, false, func(*pbx.Channel) (string, request) { return lotName, r })
	}
	p := m.park(lotName, ch, r)
	if p == nil {
		return false
	}
	b, release := m.bridge(p)
	defer release()
	if ch.Move(b, m.member(p)) != nil {
		m.gaveUp(p)
		return false
	}
	if hears != nil && hears.Bridge() != nil {
		hears.Bridge().Lend(hears, func(c *pbx.Channel) { m.play.List(c, digits(p.space), prompt.How{}) })
	}
	return true
}

// lotNamed is a lot; nil: there is none.
func (m *Module) lotNamed(name string) *lot {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.lots[name]
}

// shownLot is a lot at a moment.
type shownLot struct {
	of      *lot
	rules   *rules
	dynamic bool
	gone    bool
}

// all are the lots, by name.
func (m *Module) all() (out []shownLot) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, l := range m.lots {
		out = append(out, shownLot{l, l.rules, l.dynamic, l.gone})
	}
	slices.SortFunc(out, func(a, b shownLot) int { return strings.Compare(a.rules.name, b.rules.name) })
	return out
}
