package queue

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"obelisk/pbx"
)

// member is somebody who takes calls of a queue. One interface may be a member of many.
type member struct {
	q                 *queue
	face, name, state string // interface, name, whose device state counts
	dynamic           bool
	stored            bool   // of a table,
	id                string // where it has this uniqueid
	penalty           int
	wrapup            int64 // 0: the queue's
	ringInUse, paused bool
	reason            string // of the pause
	pos               int    // in the round of rrmemory
	calls             int
	lastCall          int64 // end of the last one; 0: none yet. Times are Unix seconds
	lastPause, login  int64
	start             int64  // of the call that he is in; 0: none
	soon              bool   // that one was answered within the service level
	lastQueue         *queue // of the last call; nil: none yet
	status            pbx.DeviceState
	eye               *eye
	gone              bool // by the reload that is at work
	fresh             bool // of the first reading: what his device is told to do then is no change
}

// wrapupIn is how long he is left alone after a call of a queue.
func (m *member) wrapupIn(q *queue) int64 { return cmp.Or(m.wrapup, q.s.wrapup) }

// free says of a state whether somebody of whom it is can be called.
func free(s pbx.DeviceState) bool { return s == pbx.DeviceNotInUse || s == pbx.DeviceUnknown }

// available says whether he could take a call, by all that is known now.
func (m *member) available(now int64) bool {
	switch {
	case m.paused, deaf(m.status):
		return false
	case !free(m.status) && !m.ringInUse:
		return false
	}
	wrapup := m.wrapupIn(m.q)
	return m.lastCall == 0 || wrapup == 0 || now-wrapup >= m.lastCall
}

// membership is the word of the manager interface.
func (m *member) membership() string {
	if m.stored {
		return "realtime"
	}
	if m.dynamic {
		return "dynamic"
	}
	return "static"
}

// statusNumbers are those of Asterisk.
var statusNumbers = map[pbx.DeviceState]int{pbx.DeviceUnknown: 0, pbx.DeviceNotInUse: 1, pbx.DeviceInUse: 2, pbx.DeviceBusy: 3,
	pbx.DeviceInvalid: 4, pbx.DeviceUnavailable: 5, pbx.DeviceRinging: 6, pbx.DeviceRingInUse: 7, pbx.DeviceOnHold: 8}

// tell makes an event about a member known, as he is now.
func (m *Module) tell(t *told, event string, x *member) {
	if m.core == nil || !m.core.Heard() { // a simulation has no core
		return
	}
	fields := []pbx.Field{{Name: "Queue", Value: x.q.name}, {Name: "MemberName", Value: x.name}, {Name: "Interface", Value: x.face},
		{Name: "StateInterface", Value: x.state}, {Name: "Membership", Value: x.membership()}, {Name: "Penalty", Value: strconv.Itoa(x.penalty)},
		{Name: "CallsTaken", Value: strconv.Itoa(x.calls)}, {Name: "LastCall", Value: epoch(x.lastCall)},
		{Name: "LastPause", Value: epoch(x.lastPause)}, {Name: "LoginTime", Value: epoch(x.login)}, {Name: "InCall", Value: bit(x.start > 0)},
		{Name: "Status", Value: strconv.Itoa(statusNumbers[x.status])}, {Name: "Paused", Value: bit(x.paused)},
		{Name: "PausedReason", Value: x.reason}, {Name: "Ringinuse", Value: bit(x.ringInUse)},
		{Name: "Wrapuptime", Value: epoch(x.wrapup)}}
	t.say(func() { m.core.Tell(pbx.News{Name: event, Class: "agent", Fields: fields}) })
}

func epoch(n int64) string { return strconv.FormatInt(n, 10) }

func bit(on bool) string {
	if on {
		return "1"
	}
	return "0"
}

// eye watches the state of one device, or hint, for all members of whom it is.
type eye struct {
	watch   *pbx.HintWatch // nil: there is no such hint
	members []*member
}

// watched is the device whose changes a state interface means: of a Local channel the one
// without its options.
func watched(state string) string {
	if tech, rest, ok := strings.Cut(state, "/"); ok && strings.EqualFold(tech, "Local") {
		rest, _, _ = strings.Cut(rest, "/")
		return tech + "/" + rest
	}
	return state
}

// hinted reads "hint:exten@context".
func hinted(state string) (context, exten string, ok bool) {
	if state, ok = strings.CutPrefix(state, "hint:"); !ok {
		return "", "", false
	}
	exten, context, _ = strings.Cut(state, "@")
	return cmp.Or(context, "default"), exten, true
}

// statusOf asks for the state of a state interface.
func (m *Module) statusOf(state string) pbx.DeviceState {
	if context, exten, ok := hinted(state); ok {
		h, _ := m.core.Hint(context, exten)
		return deviceOf(h)
	}
	return m.core.DeviceState(state)
}

// deviceOf is a hint's state as that of a device.
func deviceOf(h pbx.HintState) pbx.DeviceState {
	switch h.State {
	case pbx.ExtensionIdle:
		return pbx.DeviceNotInUse
	case pbx.ExtensionInUse, pbx.ExtensionInUse | pbx.ExtensionOnHold:
		return pbx.DeviceInUse
	case pbx.ExtensionBusy:
		return pbx.DeviceBusy
	case pbx.ExtensionRinging:
		return pbx.DeviceRinging
	case pbx.ExtensionInUse | pbx.ExtensionRinging:
		return pbx.DeviceRingInUse
	case pbx.ExtensionOnHold:
		return pbx.DeviceOnHold
	case pbx.ExtensionUnavailable:
		return pbx.DeviceUnavailable
	}
	return pbx.DeviceInvalid
}

// watch begins to follow a member's state. mu is held: asking for it is left for later.
func (m *Module) watch(t *told, x *member) {
	key := strings.ToLower(watched(x.state))
	e := m.eyes[key]
	if e == nil {
		e = &eye{}
		m.eyes[key] = e
		t.say(func() { m.open(e, key, watched(x.state)) })
	}
	e.members = append(e.members, x)
	x.eye = e
}

// open begins an eye's watch.
func (m *Module) open(e *eye, key, state string) {
	var w *pbx.HintWatch
	if context, exten, ok := hinted(state); ok {
		w, _ = m.core.AwaitHint(context, exten, func(h pbx.HintState) { m.changed(e, deviceOf(h)) })
	} else {
		w = m.core.WatchDevice(state, func(s pbx.DeviceState) { m.changed(e, s) })
	}
	m.mu.Lock()
	closed := m.eyes[key] != e
	e.watch = w
	m.mu.Unlock()
	if closed {
		w.Close()
	}
}

// unwatch ends it.
func (m *Module) unwatch(t *told, x *member) {
	e := x.eye
	if e == nil {
		return
	}
	x.eye = nil
	if e.members = slices.DeleteFunc(e.members, func(o *member) bool { return o == x }); len(e.members) == 0 {
		delete(m.eyes, strings.ToLower(watched(x.state)))
		if w := e.watch; w != nil {
			t.say(w.Close)
		}
	}
}

// changed takes in what a device does now.
func (m *Module) changed(e *eye, s pbx.DeviceState) {
	m.with(func(t *told) {
		at := now()
		for _, x := range e.members {
			if x.fresh { // the lamp of a queue is as it was until something happens after the start
				x.fresh, x.status = !m.started, s
				x.q.stale()
			} else if x.status != s {
				m.status(t, x, s)
				x.q.lamp(t, at)
			}
		}
	})
}

// status is a member's new state. Who is free again has ended the call that he was in.
func (m *Module) status(t *told, x *member, s pbx.DeviceState) {
	if x.status == s {
		return
	}
	if s == pbx.DeviceNotInUse {
		m.completed(x, x.soon, x.start)
	}
	x.status = s
	x.q.stale()
	m.unring(x.face)
	m.tell(t, "QueueMemberStatus", x)
}

// completed counts a call that has ended, once.
func (m *Module) completed(x *member, soon bool, start int64) {
	if start == 0 || x.start != start {
		return
	}
	x.start = 0
	all := []*member{x}
	if m.config.SharedLastCall {
		all = m.faces[strings.ToLower(x.face)]
	}
	for _, o := range all {
		o.lastCall, o.soon, o.lastQueue = now(), false, x.q
		o.calls++
		o.q.stale()
		m.nodes.tally(o, x)
	}
	m.unring(x.face)
	q := x.q
	if q.completed++; soon {
		q.completedSoon++
	}
	if talked := int(now() - start); q.completed == 1 {
		q.talkTime = talked
	} else {
		q.talkTime = (3*q.talkTime + talked) >> 2
	}
}
