package parking

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/pbx"
)

// The lots' extensions, and the lamps of their spaces.

func itoa(n int) string { return strconv.Itoa(n) }

// stepsOf are the extensions of lots.
func stepsOf(lots []*rules) (out []dialplan.OwnStep) {
	taken := map[string]bool{}
	for _, r := range lots {
		if r.ext == "" {
			continue
		}
		add := func(s dialplan.OwnStep) {
			if at := s.Context + "\x00" + s.Exten; !taken[at] {
				taken[at] = true
				out = append(out, s)
			}
		}
		own := moduleName + "/" + r.name
		park := dialplan.OwnStep{Context: r.context, Exten: r.ext, App: "Park", Registrar: moduleName}
		if r.exclusive {
			park.Args, park.Registrar = r.name, own
		}
		add(park) // first: who makes the context is shown as its creator
		for n := r.first; n <= r.last; n++ {
			space := dialplan.OwnStep{Context: r.context, Exten: itoa(n), App: "ParkedCall", Args: r.name + "," + itoa(n), Registrar: own}
			if r.hints {
				space.Hint = device(n, r.context)
			}
			add(space)
		}
	}
	return out
}

// give has the extensions of all lots in the dialplan.
func (m *Module) give() {
	m.giving.Lock()
	defer m.giving.Unlock()
	m.mu.Lock()
	lots := slices.Clone(m.set.lots)
	for _, l := range m.lots {
		if l.dynamic {
			lots = append(lots, l.rules)
		}
	}
	back := slices.Clone(m.back)
	m.mu.Unlock()
	m.core.GiveSteps(moduleName, append(stepsOf(lots), back...))
}

// device is a space as hints name it.
func device(space int, context string) string { return "park:" + itoa(space) + "@" + context }

// DeviceState implements pbx.DeviceTeller: a space is in use while a call waits there. As in
// Asterisk one that is in no lot is free.
func (m *Module) DeviceState(name string) pbx.DeviceState {
	space, context, ok := strings.Cut(name, "@")
	if !ok || context == "" {
		return pbx.DeviceInvalid
	}
	n, _ := strconv.Atoi(space)
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, l := range m.lots {
		if p := l.calls[n]; p != nil && p.rules.context == context {
			return pbx.DeviceInUse
		}
	}
	return pbx.DeviceNotInUse
}

// Waiting implements pbx.Parking.
func (m *Module) Waiting(device string) (who pbx.CallerID, since time.Time, ok bool) {
	name, found := strings.CutPrefix(device, "park:")
	space, context, _ := strings.Cut(name, "@")
	n, err := strconv.Atoi(space)
	if !found || err != nil {
		return who, since, false
	}
	var ch *pbx.Channel
	m.mu.Lock()
	for _, l := range m.lots {
		if p := l.calls[n]; p != nil && p.rules.context == context {
			ch, since = p.ch, p.since
		}
	}
	m.mu.Unlock()
	if ch == nil {
		return who, since, false
	}
	return ch.View().CallerID, since, true
}

// lamp tells of a space that has changed.
func (m *Module) lamp(p *parked) {
	name := itoa(p.space) + "@" + p.rules.context
	m.core.DeviceChangedTo("park:"+name, m.DeviceState(name))
	m.tellNodes(p.lot, p.space)
}
