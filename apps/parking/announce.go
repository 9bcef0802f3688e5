package parking

import (
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/pbx"
	"obelisk/pbx/prompt"
)

// announceTime is how long who is to hear an announcement rings.
const announceTime = 30 * time.Second

// announceApp is ParkAndAnnounce: the call is parked, and somebody is called who hears where.
func (m *Module) announceApp(c *pbx.Channel, args string) dialplan.Result {
	f := append(dialplan.SplitArgs(args, 4), "", "", "", "")
	template, dial := f[2], strings.TrimSpace(f[3])
	tech, resource, ok := strings.Cut(dial, "/")
	if strings.TrimSpace(template) == "" || !ok {
		c.Warn("ParkAndAnnounce needs an announcement and whom to call: " + announceUsage)
		return dialplan.End
	}
	c.Answer()
	name, r := m.asked(c, f[0], f[1])
	r.parker, r.says = parkerOf(c), false
	var p *parked
	if m.there(c, name) {
		p = m.park(name, c, r)
	}
	if p == nil {
		m.say(c, failed)
		return dialplan.Continue
	}
	v := c.View()
	go m.announce(pbx.Originate{Tech: tech, Resource: resource, Timeout: announceTime, CallerID: v.CallerID, Language: v.Language,
		Quiet: true, Bare: true}, template, p.space)
	return m.waitsThere(c, p)
}

// announce calls somebody, says it and hangs up.
func (m *Module) announce(o pbx.Originate, template string, space int) {
	o.Then = func(c *pbx.Channel) bool {
		for name := range strings.SplitSeq(template, ":") {
			names := []string{strings.TrimSpace(name)}
			if names[0] == "PARKED" {
				names = digits(space)
			}
			m.play.List(c, names, prompt.How{})
		}
		return false
	}
	if got := m.core.Originate(o); got.Err != nil && got.Reason != pbx.OriginateHungUp {
		m.core.Log().Warn().Msgf("ParkAndAnnounce: nobody hears of space %d: %v", space, got.Err)
	}
}
