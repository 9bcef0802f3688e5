package parking

import (
	"strings"

	"obelisk/dialplan"
	"obelisk/pbx"
	"obelisk/pbx/prompt"
)

// Parking somebody else: by a transfer to where calls are parked, or by a key. Who does it stays
// in his call until he has heard the space.

// Parks implements pbx.Parking. It may be asked by what must not wait: the rest is done where the two
// are worked.
func (m *Module) Parks(by *pbx.Channel, context, exten string, keys bool) bool {
	hit, ok := m.core.Plan().Find(context, exten, 1, by.Query())
	if !ok || !strings.EqualFold(hit.Priority.App, "Park") || by.With() == nil {
		return false
	}
	to := dialplan.Location{Context: context, Exten: exten, Priority: 1}
	return m.deposit(by, !keys, func(other *pbx.Channel) (lotName string, r request) {
		pbx.TellBlind(by, other, to, !keys)
		f := append(dialplan.SplitArgs(hit.Priority.Args.Expand(by), 2), "", "")
		lotName, r = m.asked(by, f[0], f[1])
		r.parker = dialString(by.Name())
		return lotName, r
	})
}

// ParkCall implements pbx.Parking.
func (m *Module) ParkCall(by *pbx.Channel) bool {
	name := lotOf(by)
	m.mu.Lock()
	l := m.lots[name]
	ok := l != nil && l.rules.ext != ""
	m.mu.Unlock()
	if !ok {
		by.Warn("lot '" + name + "' has no parkext: nobody can be parked there by a key")
		return false
	}
	return m.deposit(by, false, func(*pbx.Channel) (string, request) {
		_, r := m.asked(by, name, "")
		r.parker = dialString(by.Name())
		return name, r
	})
}

// deposit parks the party with whom by is, as ask says on the strand of the two. stays says that by is
// not hung up once he has heard the space.
func (m *Module) deposit(by *pbx.Channel, stays bool, ask func(other *pbx.Channel) (lotName string, r request)) bool {
	var p *parked
	var said bool
	release := func() {}
	return by.Deposit(func(other *pbx.Channel) (b *pbx.Bridge, how pbx.Member, ok bool) {
		name, r := ask(other)
		said, r.says = r.says, false // not to who is parked
		if m.there(by, name) {
			p = m.park(name, other, r)
		}
		if p == nil {
			return nil, how, false
		}
		b, release = m.bridge(p)
		return b, m.member(p), true
	}, func(c *pbx.Channel) {
		release()
		switch {
		case p == nil:
			m.say(c, failed)
		case said:
			m.play.List(c, digits(p.space), prompt.How{})
		}
	}, stays)
}
