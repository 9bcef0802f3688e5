package pbx

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/pbx/event"
)

// deviceChange is news of a device: what it is now, where that is told.
type deviceChange struct {
	device string
	state  DeviceState
	told   bool // state is
}

// entityChange is news of somebody's presence.
type entityChange struct {
	entity string
	now    Presence
}

// hintRow is a hint whose state is followed for who hears news: one of the plan that is no
// pattern, or one that a context with autohints has made of a device.
type hintRow struct {
	context, exten string
	text           string
	devices        []string
	entity         string // whose presence it shows; "" nobody's
	auto           bool
	state          ExtensionState
	presence       Presence
}

// seenDevice is one whose state has been told.
type seenDevice struct {
	name  string
	state DeviceState
	known bool // state is: not when it has changed while nobody listened
}

// maxSeen bounds how many devices are remembered: a dialplan may name Custom: devices of
// what callers send.
const maxSeen = 1 << 16

// hintRows are the hints and devices that listeners are told of; guarded by hints.mu.
type hintRows struct {
	rows               []*hintRow // of the plan in file order, then those of autohints
	at                 map[[2]string]*hintRow
	byDevice, byEntity map[string][]*hintRow
	autos              []string // contexts with autohints
	seen               []*seenDevice
	seenAt             map[string]*seenDevice
	entities           []Entity // whose presence has been told
	entityAt           map[string]int
}

// made is the device of a hint that autohints made.
func (h *hints) made(context, exten string) (device string, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	r := h.rows.at[[2]string{context, exten}]
	if r == nil || !r.auto {
		return "", false
	}
	return r.text, true
}

// newRow makes the row of a hint's text.
func (c *Core) newRow(context, exten, text string) *hintRow {
	r := &hintRow{context: context, exten: exten, text: text}
	r.devices, r.entity = cutHint(text)
	r.devices = c.meantDevices(r.devices)
	return r
}

// layRows makes the rows anew: the plan was read. Each of its hints is told of, those that autohints made where
// they show something else than before.
func (c *Core) layRows() {
	next := hintRows{at: map[[2]string]*hintRow{}, byDevice: map[string][]*hintRow{}, byEntity: map[string][]*hintRow{}}
	p := c.Plan()
	p.EachHint(func(context string, e *dialplan.Extension) {
		if !e.Pattern() {
			next.add(c.newRow(context, e.Name, dialplan.Expand(e.Hint.Devices, hintEnv{c, context, e.Name})))
		}
	})
	for _, x := range p.Order {
		if x.AutoHints {
			next.autos = append(next.autos, x.Name)
		}
	}
	h := &c.hints
	h.mu.Lock()
	old := h.rows
	seen := slices.Clone(old.seen)
	h.mu.Unlock()
	for _, d := range seen {
		for _, r := range next.autoRows(c, d.name) {
			next.add(r)
		}
	}
	h.mu.Lock()
	t := h.rows
	next.seen, next.seenAt, next.entities, next.entityAt = t.seen, t.seenAt, t.entities, t.entityAt
	h.rows = next
	h.mu.Unlock()
	for _, r := range next.rows {
		was := old.at[[2]string{r.context, r.exten}]
		c.settle(r)
		same := was != nil && was.text == r.text
		if !same {
			c.look(r)
		}
		h.mu.Lock()
		if same {
			r.presence = was.presence // what is on its way is told
		}
		told := !r.auto || same && was.state != r.state
		h.mu.Unlock()
		if told && c.Heard() {
			c.tellStatus(r)
		}
	}
}

func (t *hintRows) add(r *hintRow) {
	key := [2]string{r.context, r.exten}
	if t.at[key] != nil {
		return
	}
	t.at[key] = r
	t.rows = append(t.rows, r)
	for _, d := range r.devices {
		d = strings.ToLower(d)
		t.byDevice[d] = append(t.byDevice[d], r)
		t.byEntity[d] = append(t.byEntity[d], r) // "Custom:a&CustomPresence:a" shows both
	}
	if r.entity != "" {
		e := strings.ToLower(r.entity)
		t.byEntity[e] = append(t.byEntity[e], r)
	}
}

// autoRows are the hints of a device that the contexts with autohints lack, under its own
// name. The worker alone may call it: the plan may have to ask a database.
//
// Differs: Local channels have none.
func (t *hintRows) autoRows(c *Core, device string) (out []*hintRow) {
	at := strings.IndexAny(device, "/:")
	if at < 0 || len(t.autos) == 0 || passing(device) {
		return nil
	}
	name := device[at+1:]
	for _, context := range t.autos {
		if t.at[[2]string{context, name}] != nil {
			continue
		}
		if _, has := c.Plan().Hint(context, name, dialplan.Query{Now: time.Now()}); has || name == "" {
			continue
		}
		r := c.newRow(context, name, device)
		r.auto = true
		out = append(out, r)
	}
	return out
}

// passing says whether a device is one of those that come and go with each call.
func passing(device string) bool { return len(device) > 6 && strings.EqualFold(device[:6], "Local/") }

// find is the memory of a device; nil for one that is not to be remembered.
func (t *hintRows) find(device string) (d *seenDevice) {
	key := strings.ToLower(device)
	if d = t.seenAt[key]; d != nil {
		return d
	}
	if len(t.seen) >= maxSeen || passing(device) && len(t.byDevice[key]) == 0 {
		return nil
	}
	if t.seenAt == nil {
		t.seenAt = map[string]*seenDevice{}
	}
	d = &seenDevice{name: device}
	t.seen, t.seenAt[key] = append(t.seen, d), d
	return d
}

// note remembers a device that changes while nobody listens.
func (t *hintRows) note(x deviceChange) {
	if d := t.find(x.device); d != nil {
		d.state, d.known = x.state, x.told
	}
}

// lastKnown is the state of a device that was told last, or the one it has.
func (c *Core) lastKnown(device string) DeviceState {
	h := &c.hints
	h.mu.Lock()
	if d := h.rows.seenAt[strings.ToLower(device)]; d != nil && d.known {
		h.mu.Unlock()
		return d.state
	}
	h.mu.Unlock()
	return c.DeviceState(device)
}

// settle brings the state of a row up to date, and says whether it is another now.
func (c *Core) settle(r *hintRow) (other bool) {
	now := stateOf(r.devices, c.lastKnown).State
	h := &c.hints
	h.mu.Lock()
	defer h.mu.Unlock()
	other = r.state != now
	r.state = now
	return other
}

// look brings the presence of a row up to date.
func (c *Core) look(r *hintRow) {
	shown := c.shownPresence(r)
	c.hints.mu.Lock()
	defer c.hints.mu.Unlock()
	r.presence = shown
}

// shownPresence is that of a row's entity, or of the first of its devices that is one.
func (c *Core) shownPresence(r *hintRow) Presence {
	for _, e := range append([]string{r.entity}, r.devices...) {
		if p, ok := c.Presence(e); ok {
			return p
		}
	}
	return Presence{State: PresenceNotSet}
}

// refreshRows takes stock for somebody who begins to listen: what has changed unheard is no
// news for him.
func (c *Core) refreshRows() {
	h := &c.hints
	h.mu.Lock()
	rows := slices.Clone(h.rows.rows)
	var stale []*seenDevice
	for _, d := range h.rows.seen {
		if !d.known {
			stale = append(stale, d)
		}
	}
	h.mu.Unlock()
	for _, d := range stale {
		s := c.DeviceState(d.name)
		h.mu.Lock()
		d.state, d.known = s, true
		h.mu.Unlock()
	}
	for _, r := range rows {
		c.settle(r)
		c.look(r)
	}
}

// tellDevice makes a change of a device known, and of the hints that are about it.
func (c *Core) tellDevice(x deviceChange) {
	s := x.state
	if !x.told {
		s = c.DeviceState(x.device)
	}
	h := &c.hints
	h.mu.Lock()
	d := h.rows.find(x.device)
	changed := d == nil || !d.known || d.state != s
	if d != nil {
		d.state, d.known = s, true
	}
	rows := slices.Clone(h.rows.byDevice[strings.ToLower(x.device)])
	h.mu.Unlock()
	if changed {
		c.Tell(event.DeviceState{Device: x.device, State: s.String()})
	}
	for _, r := range rows {
		if c.settle(r) {
			c.tellStatus(r)
		}
	}
	for _, r := range h.rows.autoRows(c, x.device) {
		h.mu.Lock()
		h.rows.add(r)
		h.mu.Unlock()
		c.settle(r)
		c.look(r)
		c.tellStatus(r)
	}
}

func (c *Core) tellStatus(r *hintRow) {
	c.hints.mu.Lock()
	s := r.state
	c.hints.mu.Unlock()
	c.Tell(event.HintState{Hint: r.hint(), Status: int(s), Text: s.String()})
}

// hint is the row as events tell of it.
func (r *hintRow) hint() event.Hint {
	return event.Hint{Exten: r.exten, Context: r.context, Text: r.text}
}

// HintRow is one line of "core show hints".
type HintRow struct {
	Exten, Context, Devices string
	Pattern                 bool
	State                   ExtensionState
	Presence                string // its state; "" of a pattern
	Watchers                int
}

// Hints lists the hints of the plan, patterns as they are written, and those that autohints
// made.
func (c *Core) Hints() (out []HintRow) {
	watchers := map[[2]string]int{}
	h := &c.hints
	h.mu.Lock()
	for w := range h.all {
		watchers[[2]string{w.Exten, w.Context}]++
	}
	var made []*hintRow
	for _, r := range h.rows.rows {
		if r.auto {
			made = append(made, r)
		}
	}
	h.mu.Unlock()
	c.Plan().EachHint(func(context string, e *dialplan.Extension) {
		row := HintRow{Exten: e.Name, Context: context, Devices: e.Hint.Devices, Pattern: true, State: ExtensionUnavailable,
			Watchers: watchers[[2]string{e.Name, context}]}
		if !e.Pattern() {
			r := c.newRow(context, e.Name, dialplan.Expand(e.Hint.Devices, hintEnv{c, context, e.Name}))
			row.Devices, row.Pattern, row.State, row.Presence = r.text, false, stateOf(r.devices, c.DeviceState).State, c.shownPresence(r).State
		}
		out = append(out, row)
	})
	for _, r := range made {
		out = append(out, HintRow{Exten: r.exten, Context: r.context, Devices: r.text, State: stateOf(r.devices, c.DeviceState).State,
			Presence: PresenceNotSet, Watchers: watchers[[2]string{r.exten, r.context}]})
	}
	slices.SortStableFunc(out, func(a, b HintRow) int {
		return cmp.Or(cmp.Compare(a.Context, b.Context), cmp.Compare(a.Exten, b.Exten))
	})
	return out
}

// DeviceRow is a device and its state.
type DeviceRow struct {
	Name  string
	State DeviceState
}

// SeenDevices lists the devices whose state has been told since the start, in that order.
func (c *Core) SeenDevices() (out []DeviceRow) {
	h := &c.hints
	h.mu.Lock()
	for _, d := range h.rows.seen {
		out = append(out, DeviceRow{Name: d.name})
	}
	h.mu.Unlock()
	for i := range out {
		out[i].State = c.DeviceState(out[i].Name)
	}
	return out
}
