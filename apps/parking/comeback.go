package parking

import (
	"fmt"
	"slices"

	"obelisk/dialplan"
	"obelisk/pbx"
	"obelisk/pbx/event"
)

// Who was parked for too long comes back: to who has parked him, or to a place of the dialplan.

// timeOver is on the call's own goroutine: it is put out of its lot, and comesBack is next.
func (m *Module) timeOver(p *parked, c *pbx.Channel) {
	if !m.settle(p, timedOut) {
		return
	}
	p.to = m.comeback(p, c)
	m.tell(event.ParkingTimeOut, p, nil)
	m.lamp(p)
	c.Kick()
}

// comesBack sends the call to where it goes after its time.
func (m *Module) comesBack(p *parked, c *pbx.Channel) {
	for _, v := range [][2]string{{"PARKING_SPACE", itoa(p.space)}, {"PARKEDLOT", p.rules.name}, {"PARKER", p.parker},
		{"PARKER_FLAT", flat(p.parker)}} {
		c.SetVar(v[0], v[1])
	}
	if letters := p.rules.letters(); letters != "" {
		c.SetVar("BRIDGE_FEATURES", letters)
	}
	c.Trace().Note("%s was parked for %s, and comes back to %s@%s", c.Name(), p.limit, p.to.Exten, p.to.Context)
	c.Redirect(p.to)
}

// comeback is where it goes.
func (m *Module) comeback(p *parked, c *pbx.Channel) dialplan.Location {
	if p.place != "" {
		to, err := m.placeOf(c, p.place)
		if err == nil {
			return to
		}
		c.Warn("Park option c: " + err.Error())
	}
	q, plan, name := c.Query(), m.core.Plan(), flat(p.parker)
	if p.rules.toOrigin && p.parker != "" {
		m.callsBack(p)
		c.Renew() // its own dialplan is older than that extension
		return dialplan.Location{Context: parkDial, Exten: name, Priority: 1}
	}
	for _, to := range []dialplan.Location{{Context: p.rules.comeback, Exten: name}, {Context: p.rules.comeback, Exten: "s"}} {
		if plan.Exists(to.Context, to.Exten, q) {
			to.Priority = 1
			c.Renew()
			return to
		}
	}
	return dialplan.Location{Context: "default", Exten: "s", Priority: 1}
}

// letters are what who has parked it, and takes it again, may do by keys.
func (r *rules) letters() (out string) {
	for _, l := range []struct {
		letter string
		who    parties
	}{{"t", r.transfers}, {"k", r.reparking}, {"h", r.hangup}, {"x", r.recording}} {
		if l.who&caller != 0 {
			out += l.letter
		}
	}
	return out
}

// mostBack bounds the extensions of park-dial: there is one for each who has parked.
const mostBack = 500

// callsBack has the extension of park-dial that calls who has parked.
func (m *Module) callsBack(p *parked) {
	step := dialplan.OwnStep{Context: parkDial, Exten: flat(p.parker), App: "Dial", Args: fmt.Sprintf("%s,%d", p.parker, p.rules.dialTime),
		Registrar: moduleName}
	m.mu.Lock()
	known := slices.Contains(m.back, step)
	if !known {
		m.back = append(slices.DeleteFunc(m.back, func(s dialplan.OwnStep) bool { return s.Exten == step.Exten }), step)
		m.back = m.back[max(0, len(m.back)-mostBack):]
	}
	m.mu.Unlock()
	if !known {
		m.give()
	}
}
