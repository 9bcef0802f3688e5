package features

import (
	"obelisk/pbx"
)

// Actions implements pbx.Actor.
func (m *Module) Actions() []pbx.Action {
	return []pbx.Action{
		{Name: "Atxfer", Synopsis: "Attended transfer.", Classes: "call", Run: m.actAttended},
		{Name: "CancelAtxfer", Synopsis: "Cancel an attended transfer.", Classes: "call", Run: m.actCancel},
	}
}

// actAttended begins an attended transfer for one who is in a call.
func (m *Module) actAttended(a pbx.Asked) {
	name, exten := a.Get("Channel"), a.Get("Exten")
	c := m.core.Channel(name)
	switch {
	case name == "":
		a.Fail("No channel specified")
		return
	case exten == "":
		a.Fail("No extension specified")
		return
	case c == nil:
		a.Fail("Channel specified does not exist")
		return
	case m.of(c).codeOf(c, "atxfer") == "":
		a.Fail("No attended transfer feature code found")
		return
	}
	context := a.Get("Context")
	b := c.Bridge()
	if b == nil || b.Lend(c, func(c *pbx.Channel) {
		if context == "" {
			context = contextOf(c)
		}
		m.attendedTo(c, context, exten)
	}) != nil {
		a.Fail("The channel is in no call") // Differs: Asterisk queues the keys, which lead nowhere then
		return
	}
	a.OK("Atxfer successfully queued")
}

// actCancel ends one. As in Asterisk there need not be any.
func (m *Module) actCancel(a pbx.Asked) {
	name := a.Get("Channel")
	c := m.core.Channel(name)
	switch {
	case name == "":
		a.Fail("No channel specified")
		return
	case c == nil:
		a.Fail("Channel specified does not exist")
		return
	}
	m.mu.Lock()
	x := m.consults[c]
	m.mu.Unlock()
	if x != nil {
		x.cancel()
	}
	a.OK("CancelAtxfer successfully queued")
}
