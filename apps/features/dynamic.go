package features

import (
	"strings"

	"obelisk/dialplan"
	"obelisk/pbx"
)

// The applicationmap: applications that run in the midst of a call.

// dynamic adds what a name of DYNAMIC_FEATURES stands for: a line of the applicationmap, or a
// group of them.
func (m *Module) dynamic(s *settings, name string, add func(keyed)) {
	if group, ok := s.groups[name]; ok {
		for _, g := range group {
			it := s.apps[g.name]
			if g.code != "" {
				it.code = g.code
			}
			add(keyed{g.name, it.code, "DYNAMIC_FEATURES has its group " + name, m.runs(g.name, it)})
		}
		return
	}
	it, ok := s.apps[name]
	if !ok {
		add(keyed{name: name, why: "DYNAMIC_FEATURES names it, and features.conf does not"})
		return
	}
	add(keyed{name, it.code, "DYNAMIC_FEATURES names it", m.runs(name, it)})
}

// runs runs an application on who has pressed the keys, or on the other one; who is left hears
// music where a class is named.
func (m *Module) runs(name string, it item) doing {
	return func(c *pbx.Channel) {
		b, other, by := c.Bridge(), c.With(), c.Name()
		run := func(c *pbx.Channel) {
			c.SetVar("DYNAMIC_FEATURENAME", name)
			c.SetVar("DYNAMIC_WHO_ACTIVATED", by)
			b.StepAside(c, it.music, it.music != "")
			if m.core.App(it.app) == nil {
				c.Warn("features.conf: there is no application '" + it.app + "'")
				return
			}
			args := dialplan.Expand(it.args, c)
			if strings.EqualFold(it.app, "Gosub") { // it is run until it returns
				if _, err := c.RunSubTextAside(args); err != nil {
					c.Warn("features.conf: Gosub: " + err.Error())
				}
				return
			}
			c.RunAppAside(it.app, args)
		}
		switch {
		case b == nil:
		case it.self:
			run(c)
		case other != nil:
			b.Lend(other, run)
		}
	}
}
