package parking

import (
	"cmp"

	"obelisk/pbx"
)

// Lots that dialplans make (parkeddynamic).

// mostDynamic bounds them.
const mostDynamic = 1000

// there says whether there is a lot of that name, after making it if the channel may.
func (m *Module) there(c *pbx.Channel, name string) bool {
	m.mu.Lock()
	l := m.lots[name]
	known, may := l != nil && !l.gone, m.set.dynamic
	m.mu.Unlock()
	switch {
	case known:
		return true
	case !may:
		c.Warn("Could not find parking lot: '" + name + "'")
		return false
	}
	why := m.makeLot(c, name)
	if why != "" {
		c.Warn("parking lot '" + name + "' cannot be made: " + why)
		return false
	}
	m.give()
	return true
}

// makeLot makes a lot as the channel's variables describe it; why it cannot be made, "" for made.
func (m *Module) makeLot(c *pbx.Channel, name string) (why string) {
	template := cmp.Or(c.Variable("PARKINGDYNAMIC"), defaultLot)
	context, ext, spaces := c.Variable("PARKINGDYNCONTEXT"), c.Variable("PARKINGDYNEXTEN"), c.Variable("PARKINGDYNPOS")
	m.mu.Lock()
	defer m.mu.Unlock()
	of := m.lots[template]
	if of == nil {
		return "there is no lot '" + template + "' for a template"
	}
	r := *of.rules
	r.name, r.context, r.ext = name, cmp.Or(context, r.context), cmp.Or(ext, r.ext)
	if spaces != "" {
		if err := setSpaces(&r, spaces); err != nil {
			return "PARKINGDYNPOS: " + err.Error()
		}
	}
	all := &settings{lots: []*rules{&r}}
	made := 0
	for _, l := range m.lots {
		all.lots = append(all.lots, l.rules)
		if l.dynamic {
			made++
		}
	}
	if made >= mostDynamic && !m.dropEmpty() {
		return "there are too many of them"
	}
	if over := all.overlaps(); len(over) > 0 {
		return over[0].Text
	}
	l := newLot(&r)
	l.dynamic = true
	m.lots[name] = l
	return ""
}

// dropEmpty forgets a lot that a dialplan has made and where nobody waits; false: there is none.
func (m *Module) dropEmpty() bool {
	for name, l := range m.lots {
		if l.dynamic && len(l.calls) == 0 {
			delete(m.lots, name)
			return true
		}
	}
	return false
}
