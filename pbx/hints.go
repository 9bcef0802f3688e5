package pbx

import (
	"slices"
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
	device         bool // a device is watched, whatever the plan says

	// Guarded by the hub's mu.
	devices []string
	last    HintState
	seen    DeviceState // of the device that is watched, as it was told last
	known   bool        // last, or seen, is
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
	changed  []deviceChange
	spoken   []entityChange
	replan   bool
	open     bool // hints are followed
	working  bool
	rows     hintRows
}

// HintText is an extension's hint as it is written, but for the variables of a pattern:
// devices, and behind a comma whose presence is shown; ok is false without one.
func (c *Core) HintText(context, exten string) (text string, ok bool) {
	if h, ok := c.Plan().Hint(context, exten, dialplan.Query{Now: time.Now()}); ok {
		return dialplan.Expand(h.Devices, hintEnv{c, context, exten}), true
	}
	devices, ok := c.autoHint(context, exten)
	return strings.Join(devices, "&"), ok
}

// HintDevices lists the devices of an extension's hint; ok is false without one.
func (c *Core) HintDevices(context, exten string) (devices []string, ok bool) {
	text, ok := c.HintText(context, exten)
	devices, _ = cutHint(text)
	return c.meantDevices(devices), ok
}

// cutHint parts a hint's text into devices and an entity whose presence is shown.
func cutHint(text string) (devices []string, entity string) {
	if comma := strings.LastIndexByte(text, ','); comma >= 0 {
		text, entity = text[:comma], strings.TrimSpace(text[comma+1:])
	}
	for _, d := range strings.Split(text, "&") {
		if d = strings.TrimSpace(d); d != "" {
			devices = append(devices, d)
		}
	}
	return devices, entity
}

// autoHint is the device of that name, in a context with autohints.
func (c *Core) autoHint(context, exten string) (devices []string, ok bool) {
	if x := c.Plan().Contexts[context]; x == nil || !x.AutoHints {
		return nil, false
	}
	if text, ok := c.hints.made(context, exten); ok {
		return []string{text}, true
	}
	for _, t := range c.Techs() {
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
	return stateOf(devices, c.DeviceState), true
}

// stateOf is what devices come to together.
func stateOf(devices []string, ask func(device string) DeviceState) HintState {
	states := make([]DeviceState, len(devices))
	absent := len(devices) > 0
	for i, d := range devices {
		states[i] = ask(d)
		absent = absent && states[i] == DeviceUnavailable
	}
	return HintState{State: Aggregate(states).Extension(), Absent: absent}
}

// WatchHint follows an extension's hint: tell is called with each change, by one
// goroutine at a time, and must not block. ok is false without a hint.
func (c *Core) WatchHint(context, exten string, tell func(HintState)) (w *HintWatch, now HintState, ok bool) {
	if _, ok := c.HintDevices(context, exten); !ok {
		return nil, HintState{State: ExtensionNone}, false
	}
	w, now = c.AwaitHint(context, exten, tell)
	return w, now, true
}

// AwaitHint is WatchHint of a hint that may not be there yet: until then it is
// ExtensionRemoved.
func (c *Core) AwaitHint(context, exten string, tell func(HintState)) (w *HintWatch, now HintState) {
	devices, ok := c.HintDevices(context, exten)
	w = &HintWatch{core: c, Context: context, Exten: exten, tell: tell, devices: devices}
	c.addWatch(w)
	h := &c.hints
	now = HintState{State: ExtensionRemoved}
	if ok {
		now = stateOf(devices, c.DeviceState)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if !w.known {
		w.last, w.known = now, true
	}
	return w, w.last
}

// WatchDevice follows the state of one device: tell is called with each change, by one
// goroutine at a time, and must not block.
func (c *Core) WatchDevice(device string, tell func(DeviceState)) *HintWatch {
	w := &HintWatch{core: c, device: true, devices: []string{c.meantDevice(device)}, tell: func(HintState) { tell(c.DeviceState(device)) }}
	c.addWatch(w)
	return w
}

// addWatch begins the interest.
func (c *Core) addWatch(w *HintWatch) {
	h := &c.hints
	h.watched.Add(1)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.all == nil {
		h.all, h.byDevice = map[*HintWatch]bool{}, map[string][]*HintWatch{}
	}
	h.all[w] = true
	h.index(w)
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
	c.changedHere(device)
	c.deviceChanged(deviceChange{device: device})
}

// DeviceChangedTo says what a device's state is now; of several at once each is told.
func (c *Core) DeviceChangedTo(device string, s DeviceState) {
	c.changedHere(device)
	c.deviceChanged(deviceChange{device, s, c.elsewhere.Load() == nil}) // else others have a say
}

func (c *Core) deviceChanged(x deviceChange) {
	h := &c.hints
	heard := c.Heard()
	h.mu.Lock()
	defer h.mu.Unlock()
	if heard || len(h.rows.autos) > 0 {
		h.changed = append(h.changed, x)
		c.kickHints()
	} else {
		h.rows.note(x)
	}
	if h.watched.Load() == 0 {
		return
	}
	if list := h.byDevice[strings.ToLower(x.device)]; len(list) > 0 {
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
	h.replan = true
	if h.open || len(h.all) > 0 {
		c.kickHints()
	}
}

// FollowHints begins to follow what hints show, for who hears news. It is called once, when
// all who know of devices and presence are there.
func (c *Core) FollowHints() {
	h := &c.hints
	h.mu.Lock()
	defer h.mu.Unlock()
	h.open, h.replan = true, true
	c.kickHints()
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
		list, replan, changed, spoken := h.dirty, h.replan, h.changed, h.spoken
		h.dirty, h.replan, h.changed, h.spoken = nil, false, nil, nil
		if replan {
			for w := range h.all {
				list = append(list, w)
			}
		}
		if len(list) == 0 && len(changed) == 0 && len(spoken) == 0 && !replan {
			h.working = false
			h.mu.Unlock()
			return
		}
		h.mu.Unlock()
		if replan {
			c.layRows()
		}
		for _, x := range changed {
			c.tellDevice(x)
		}
		for _, x := range spoken {
			c.tellEntity(x)
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
	if w.device {
		c.reviewDevice(w, devices[0])
		return
	}
	found := true
	if replan {
		devices, found = c.HintDevices(w.Context, w.Exten)
	}
	now := HintState{State: ExtensionRemoved}
	if found {
		now = stateOf(devices, c.DeviceState)
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

// reviewDevice is review of one device: some of its states are the same for a hint, and not for who
// watches it.
func (c *Core) reviewDevice(w *HintWatch, device string) {
	s := c.DeviceState(device)
	h := &c.hints
	h.mu.Lock()
	same := w.closed || w.known && w.seen == s
	w.seen, w.known = s, true
	h.mu.Unlock()
	if !same {
		w.tell(HintState{})
	}
}
