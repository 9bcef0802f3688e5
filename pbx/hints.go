package pbx

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"obelisk/dialplan"
)

// HintState is what watchers of a hint are told.
type HintState struct {
	State  ExtensionState
	Absent bool // every device is unavailable
}

// HintWatch is somebody's interest in one hint.
type HintWatch struct {
	core           *Core
	Context, Exten string
	tell           func(HintState)

	// Guarded by the hub's mu.
	devices []string
	last    HintState
	known   bool // last is
	closed  bool
}

// hints tells watchers of hints what changes. Changes are worked by one goroutine at
// a time, which ends when there is nothing left.
type hints struct {
	watched atomic.Int64

	mu       sync.Mutex // guards all below
	byDevice map[string][]*HintWatch
	all      map[*HintWatch]bool
	dirty    []*HintWatch
	changed  []string // devices that listeners of news are to be told of
	replan   bool
	working  bool
}

// HintDevices lists the devices of an extension's hint; ok is false without one.
func (c *Core) HintDevices(context, exten string) (devices []string, ok bool) {
	h, ok := c.Plan().Hint(context, exten, dialplan.Query{Now: time.Now()})
	if !ok {
		return c.autoHint(context, exten)
	}
	text := dialplan.Expand(h.Devices, hintEnv{c, context, exten})
	if comma := strings.LastIndexByte(text, ','); comma >= 0 { // a presence provider
		text = text[:comma]
	}
	for _, d := range strings.Split(text, "&") {
		if d = strings.TrimSpace(d); d != "" {
			devices = append(devices, d)
		}
	}
	return devices, true
}

// autoHint is the device of that name, in a context with autohints.
func (c *Core) autoHint(context, exten string) (devices []string, ok bool) {
	if x := c.Plan().Contexts[context]; x == nil || !x.AutoHints {
		return nil, false
	}
	for _, t := range c.techs {
		if d, tells := t.(DeviceTeller); tells && d.DeviceState(exten) != DeviceInvalid {
			devices = append(devices, t.Name()+"/"+exten)
		}
	}
	return devices, len(devices) > 0
}

// hintEnv is what the text of a pattern's hint may use.
type hintEnv struct {
	core           *Core
	context, exten string
}

func (e hintEnv) Variable(name string) string {
	switch name {
	case "EXTEN":
		return e.exten
	case "CONTEXT":
		return e.context
	}
	v, _ := e.core.Global(name)
	return v
}

func (e hintEnv) Function(string, string) (string, bool) { return "", false }
func (e hintEnv) Warn(string)                            {}

// Hint is the state of an extension's hint now; ok is false without one.
func (c *Core) Hint(context, exten string) (HintState, bool) {
	devices, ok := c.HintDevices(context, exten)
	if !ok {
		return HintState{State: ExtensionNone}, false
	}
	return c.stateOf(devices), true
}

func (c *Core) stateOf(devices []string) HintState {
	states := make([]DeviceState, len(devices))
	absent := len(devices) > 0
	for i, d := range devices {
		states[i] = c.DeviceState(d)
		absent = absent && states[i] == DeviceUnavailable
	}
	return HintState{State: Aggregate(states).Extension(), Absent: absent}
}

// WatchHint follows an extension's hint: tell is called with each change, by one
// goroutine at a time, and must not block. ok is false without a hint.
func (c *Core) WatchHint(context, exten string, tell func(HintState)) (w *HintWatch, now HintState, ok bool) {
	devices, ok := c.HintDevices(context, exten)
	if !ok {
		return nil, HintState{State: ExtensionNone}, false
	}
	w = &HintWatch{core: c, Context: context, Exten: exten, tell: tell, devices: devices}
	h := &c.hints
	h.watched.Add(1)
	h.mu.Lock()
	if h.all == nil {
		h.all, h.byDevice = map[*HintWatch]bool{}, map[string][]*HintWatch{}
	}
	h.all[w] = true
	h.index(w)
	h.mu.Unlock()
	now = c.stateOf(devices)
	h.mu.Lock()
	defer h.mu.Unlock()
	if !w.known {
		w.last, w.known = now, true
	}
	return w, w.last, true
}

func (h *hints) index(w *HintWatch) {
	for _, d := range w.devices {
		d = strings.ToLower(d)
		h.byDevice[d] = append(h.byDevice[d], w)
	}
}

func (h *hints) unindex(w *HintWatch) {
	for _, d := range w.devices {
		d = strings.ToLower(d)
		rest := slices.DeleteFunc(h.byDevice[d], func(o *HintWatch) bool { return o == w })
		if h.byDevice[d] = rest; len(rest) == 0 {
			delete(h.byDevice, d)
		}
	}
}

// Close ends the interest.
func (w *HintWatch) Close() {
	h := &w.core.hints
	h.mu.Lock()
	defer h.mu.Unlock()
	if !w.closed {
		w.closed = true
		h.unindex(w)
		delete(h.all, w)
		h.watched.Add(-1)
	}
}

// DeviceChanged says that a device's state may have changed. The caller may hold
// locks of its own.
func (c *Core) DeviceChanged(device string) {
	h := &c.hints
	heard := c.Heard()
	if h.watched.Load() == 0 && !heard {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if heard {
		h.changed = append(h.changed, device)
		c.kickHints()
	}
	if list := h.byDevice[strings.ToLower(device)]; len(list) > 0 {
		h.dirty = append(h.dirty, list...)
		c.kickHints()
	}
}

// ReviewHints looks all hints and their devices up anew: the plan has changed, or a
// technology's configuration.
func (c *Core) ReviewHints() {
	h := &c.hints
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.all) > 0 {
		h.replan = true
		c.kickHints()
	}
}

// kickHints starts the worker; mu is held.
func (c *Core) kickHints() {
	if !c.hints.working {
		c.hints.working = true
		go c.workHints()
	}
}

func (c *Core) workHints() {
	h := &c.hints
	for {
		h.mu.Lock()
		list, replan, changed := h.dirty, h.replan, h.changed
		h.dirty, h.replan, h.changed = nil, false, nil
		if replan {
			for w := range h.all {
				list = append(list, w)
			}
		}
		if len(list) == 0 && len(changed) == 0 {
			h.working = false
			h.mu.Unlock()
			return
		}
		h.mu.Unlock()
		for _, device := range changed {
			c.tellDevice(device)
		}
		for _, w := range list {
			c.review(w, replan)
		}
	}
}

// review tells a watcher what has changed for it.
func (c *Core) review(w *HintWatch, replan bool) {
	h := &c.hints
	h.mu.Lock()
	devices := w.devices
	h.mu.Unlock()
	found := true
	if replan {
		devices, found = c.HintDevices(w.Context, w.Exten)
	}
	now := HintState{State: ExtensionRemoved}
	if found {
		now = c.stateOf(devices)
	}
	h.mu.Lock()
	if replan && !w.closed {
		h.unindex(w)
		w.devices = devices
		h.index(w)
	}
	same := w.closed || w.known && w.last == now
	w.last, w.known = now, true
	h.mu.Unlock()
	if !same {
		w.tell(now)
	}
}

// tellDevice makes the state of a device known, and of the hints that are about it.
func (c *Core) tellDevice(device string) {
	c.Tell(News{Name: "DeviceStateChange", Class: "call", Fields: []Field{{"Device", device}, {"State", c.DeviceState(device).String()}}})
	c.Plan().EachHint(func(context string, e *dialplan.Extension) {
		if e.Pattern() || !mentions(e.Hint.Devices, device) {
			return
		}
		if s, ok := c.Hint(context, e.Name); ok {
			c.Tell(News{Name: "ExtensionStatus", Class: "call", Fields: []Field{{"Exten", e.Name}, {"Context", context}, {"Hint", e.Hint.Devices},
				{"Status", strconv.Itoa(int(s.State))}, {"StatusText", s.State.String()}}})
		}
	})
}

// mentions says whether a list of devices has this one.
func mentions(devices, device string) bool {
	for _, d := range strings.Split(devices, "&") {
		if strings.EqualFold(strings.TrimSpace(d), device) {
			return true
		}
	}
	return false
}

// HintRow is one line of "core show hints".
type HintRow struct {
	Exten, Context, Devices string
	State                   ExtensionState
	Watchers                int
}

// Hints lists the hints of the plan, patterns as they are written.
func (c *Core) Hints() (out []HintRow) {
	watchers := map[[2]string]int{}
	h := &c.hints
	h.mu.Lock()
	for w := range h.all {
		watchers[[2]string{w.Exten, w.Context}]++
	}
	h.mu.Unlock()
	c.Plan().EachHint(func(context string, e *dialplan.Extension) {
		r := HintRow{Exten: e.Name, Context: context, Devices: e.Hint.Devices, State: ExtensionUnavailable, Watchers: watchers[[2]string{e.Name, context}]}
		if s, ok := c.Hint(context, e.Name); ok && !e.Pattern() {
			r.State = s.State
		}
		out = append(out, r)
	})
	slices.SortStableFunc(out, func(a, b HintRow) int {
		return cmp.Or(cmp.Compare(a.Context, b.Context), cmp.Compare(a.Exten, b.Exten))
	})
	return out
}
