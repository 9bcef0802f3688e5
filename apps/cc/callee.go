package cc

import (
	"slices"
	"strings"
	"time"

	"obelisk/pbx"
)

// watched is a device of which callers wait that it is free.
type watched struct {
	device  string
	state   pbx.DeviceState // the last one known
	fit     bool            // it has become free for one of them, and nobody has asked since who had no answer
	waiting []*waiter       // in the order in which they have asked
	watch   *pbx.HintWatch
}

// waiter is one of those.
type waiter struct {
	c         *call
	suspended bool // his caller is busy
	listening bool // he has not been told yet
}

// free says whether a device can be called.
func free(s pbx.DeviceState) bool { return s == pbx.DeviceNotInUse || s == pbx.DeviceUnknown }

// watchCallee has a call wait for one of its callees.
func (d *Desk) watchCallee(c *call, m *monitor) {
	key := strings.ToUpper(m.device)
	w := d.phones[key]
	if w == nil {
		w = &watched{device: m.device}
		w.watch = d.core.WatchDevice(m.device, func(s pbx.DeviceState) { d.do(func() { d.calleeChanged(w, s) }) })
		w.state = d.core.DeviceState(m.device)
		d.phones[key] = w
	}
	w.waiting = append(w.waiting, &waiter{c: c, listening: true})
	limit := m.options.Busy
	if m.service == pbx.CCNR {
		limit, w.fit = m.options.NoReply, false
	}
	m.timer = time.AfterFunc(limit, func() { d.do(func() { d.expired(c, m) }) })
}

// expired is a callee who was not free in time.
func (d *Desk) expired(c *call, m *monitor) {
	if d.calls[c.id] != c || !slices.Contains(c.tree.monitors, m) {
		return
	}
	c.tree.drop(m)
	d.tell("CCMonitorFailed", c, pbx.Field{Name: "Callee", Value: m.device})
	d.unwatchCallee(c, m)
	if len(c.tree.monitors) == 0 {
		d.request(c.id, failed, "All monitors have failed")
	}
}

// unwatchCallee ends the waiting of a call. Who waits too may have his turn now.
func (d *Desk) unwatchCallee(c *call, m *monitor) {
	key := strings.ToUpper(m.device)
	w := d.phones[key]
	if w == nil {
		return
	}
	w.waiting = slices.DeleteFunc(w.waiting, func(o *waiter) bool { return o.c == c })
	if len(w.waiting) == 0 {
		w.watch.Close()
		delete(d.phones, key)
	} else if w.fit && free(w.state) {
		w.next(false)
	}
}

// calleeChanged tells the first who waits that a callee has become free: after use, or where
// he was not reachable.
func (d *Desk) calleeChanged(w *watched, now pbx.DeviceState) {
	before := w.state
	w.state = now
	used := before == pbx.DeviceInUse || before == pbx.DeviceUnavailable || before == pbx.DeviceBusy
	if free(now) && used && w.next(true) {
		w.fit = true
	}
}

// next tells the first who waits and can be called himself; once has him not be told again
// before he is told to listen.
func (w *watched) next(once bool) bool {
	for _, o := range w.waiting {
		if !o.suspended && o.listening {
			o.listening = !once
			o.c.ready()
			return true
		}
	}
	return false
}

func (c *call) ready() { c.d.request(c.id, calleeReady, "") }

// suspend has the callees wait for the caller; others who wait for them may have their turn.
func (c *call) suspend() {
	c.eachWatch(func(w *watched, mine *waiter) {
		mine.suspended = true
		if free(c.d.core.DeviceState(w.device)) {
			for _, o := range w.waiting {
				if !o.suspended {
					o.c.ready()
					break
				}
			}
		}
	})
}

// resume ends that: a callee that is free is ready at once.
func (c *call) resume() {
	c.eachWatch(func(w *watched, mine *waiter) {
		if free(c.d.core.DeviceState(w.device)) {
			c.ready()
		}
		mine.suspended, mine.listening = false, true
	})
}

func (c *call) eachWatch(f func(w *watched, mine *waiter)) {
	for _, m := range c.tree.monitors {
		w := c.d.phones[strings.ToUpper(m.device)]
		if w == nil {
			continue
		}
		for _, o := range w.waiting {
			if o.c == c {
				f(w, o)
			}
		}
	}
}
