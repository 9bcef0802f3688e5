package parking

import (
	"strconv"
	"strings"

	"obelisk/dialplan"
	"obelisk/pbx"
	"obelisk/pbx/event"
)

// fetchApp is ParkedCall: who runs it talks with who waits there.
func (m *Module) fetchApp(c *pbx.Channel, args string) dialplan.Result {
	f := append(dialplan.SplitArgs(args, 2), "", "")
	name := strings.TrimSpace(f[0])
	if name == "" {
		name = lotOf(c)
	}
	c.Answer()
	p := m.fetch(name, strings.TrimSpace(f[1]))
	if p == nil {
		if way := m.wayTo(c, name, strings.TrimSpace(f[1])); way != "" {
			return c.GoVisiting(way)
		}
		c.Trace().Note("nobody waits at %s of the lot '%s'", f[1], name)
		m.say(c, "pbx-invalidpark")
		return dialplan.End
	}
	m.tell(event.ParkingFetched, p, c)
	m.lamp(p)
	return m.joins(c, p)
}

// fetch ends the wait of a call: that of a space, or with "" of the lowest where one waits; nil: there is none.
func (m *Module) fetch(name, space string) (found *parked) {
	n, err := strconv.Atoi(space)
	if err != nil && space != "" {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	l := m.lots[name]
	if l == nil {
		return nil
	}
	for _, p := range l.calls {
		if space == "" && (found == nil || p.space < found.space) || space != "" && p.space == n {
			found = p
		}
	}
	if found != nil {
		found.state = fetched
		delete(l.calls, found.space)
		m.sweep()
	}
	return found
}

// joins has two talk: who has waited, and who has fetched him.
func (m *Module) joins(c *pbx.Channel, p *parked) dialplan.Result {
	r := p.rules
	over := func(*pbx.Channel, pbx.Left) dialplan.Result { return dialplan.End }
	its := pbx.Member{May: r.may(callee), Features: &pbx.Features{}, After: (*pbx.Channel).Onward}
	if r.courtesy != "" && r.play&callee != 0 {
		its.Features.Timed = []pbx.Timed{{Do: func(o *pbx.Channel) { m.say(o, r.courtesy) }}}
	}
	if r.courtesy != "" && r.play&caller != 0 {
		m.say(c, r.courtesy)
	}
	result, err := c.Fetch(m.who(p), pbx.Member{May: r.may(caller), After: over}, its)
	if err != nil { // it has hung up meanwhile
		c.Trace().Note("ParkedCall: %v", err)
		m.say(c, "pbx-invalidpark")
		return dialplan.End
	}
	return result
}

// may is what a side of a call that was fetched may do by keys.
func (r *rules) may(side parties) (out pbx.May) {
	for _, x := range []struct {
		may pbx.May
		who parties
	}{{pbx.MayTransfer, r.transfers}, {pbx.MayPark, r.reparking}, {pbx.MayHangUp, r.hangup}, {pbx.MayMix, r.recording}} {
		if x.who&side != 0 {
			out |= x.may
		}
	}
	return out
}

// channelAt is PARK_GET_CHANNEL.
func (m *Module) channelAt(_ *pbx.Channel, args string) (string, error) {
	f := dialplan.SplitArgs(args, 2)
	if len(f) < 2 {
		return "", nil
	}
	n, err := strconv.Atoi(strings.TrimSpace(f[0]))
	if err != nil {
		return "", nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if l := m.lots[strings.TrimSpace(f[1])]; l != nil && l.calls[n] != nil {
		return l.calls[n].ch.Name(), nil
	}
	return "", nil
}
