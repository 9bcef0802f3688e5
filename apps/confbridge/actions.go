package confbridge

import (
	"strconv"
	"time"

	"obelisk/pbx"
)

// Actions implements pbx.Actor.
func (m *Module) Actions() []pbx.Action {
	list := []pbx.Action{
		{Name: "ConfbridgeList", Synopsis: "List participants in a conference.", Classes: "reporting", Run: m.actList},
		{Name: "ConfbridgeListRooms", Synopsis: "List active conferences.", Classes: "reporting", Run: m.actRooms},
		{Name: "ConfbridgeKick", Synopsis: "Kick a Confbridge user.", Classes: "call", Run: m.actKick},
		{Name: "ConfbridgeStartRecord", Synopsis: "Start recording a Confbridge conference.", Classes: "system", Run: m.actStartRecord},
		{Name: "ConfbridgeStopRecord", Synopsis: "Stop recording a Confbridge conference.", Classes: "system", Run: m.actStopRecord},
		{Name: "ConfbridgeSetSingleVideoSrc",
			Synopsis: "Set a conference user as the single video source distributed to all other participants.", Classes: "call", Run: m.actVideo},
	}
	for _, on := range []bool{true, false} {
		lock, mute := pbx.Action{Name: "ConfbridgeUnlock", Synopsis: "Unlock a Confbridge conference.", Classes: "call"},
			pbx.Action{Name: "ConfbridgeUnmute", Synopsis: "Unmute a Confbridge user.", Classes: "call"}
		if on {
			lock.Name, lock.Synopsis = "ConfbridgeLock", "Lock a Confbridge conference."
			mute.Name, mute.Synopsis = "ConfbridgeMute", "Mute a Confbridge user."
		}
		lock.Run = func(a pbx.Asked) { m.actLock(a, on) }
		mute.Run = func(a pbx.Asked) { m.actMute(a, on) }
		list = append(list, lock, mute)
	}
	return list
}

const (
	noName       = "No Conference name provided."
	noConference = "No Conference by that name found."
	noRooms      = "No active conferences."
	noChannel    = "No Channel by that name found in Conference."
)

// asked is the conference of a request, nil where that is answered already.
func (m *Module) asked(a pbx.Asked) *room {
	name := a.Get("Conference")
	if name == "" {
		a.Fail(noName)
		return nil
	}
	r := m.find(name)
	switch {
	case r != nil:
	case len(m.list()) == 0:
		a.Fail(noRooms)
	default:
		a.Fail(noConference)
	}
	return r
}

func f(name, value string) pbx.Field { return pbx.Field{Name: name, Value: value} }

func (m *Module) actList(a pbx.Asked) {
	r := m.asked(a)
	if r == nil {
		return
	}
	var rows [][]pbx.Field
	r.mu.Lock()
	for _, x := range r.all() {
		rows = append(rows, x.row())
	}
	r.mu.Unlock()
	a.List("Confbridge user list will follow", "ConfbridgeListComplete", rows)
}

// row is a member in the answer to ConfbridgeList; mu is held.
func (x *member) row() []pbx.Field {
	v, up := x.ch.View(), 0
	if !v.Answered.IsZero() {
		up = int(time.Since(v.Answered) / time.Second)
	}
	out := []pbx.Field{f("Event", "ConfbridgeList"), f("Conference", x.r.name), f("Admin", yesNo(x.u.admin)),
		f("MarkedUser", yesNo(x.u.marked)), f("WaitMarked", yesNo(x.u.waitMarked)), f("EndMarked", yesNo(x.u.endMarked)),
		f("EndMarkedAny", yesNo(x.u.endAny)), f("Waiting", yesNo(x.waits)), f("Muted", yesNo(x.muted)), f("Talking", yesNo(x.talking)),
		f("AnsweredTime", strconv.Itoa(up))}
	return append(out, x.ch.Snapshot().Fields("")...)
}

func (m *Module) actRooms(a pbx.Asked) {
	var rows [][]pbx.Field
	for _, r := range m.list() {
		r.mu.Lock()
		rows = append(rows, []pbx.Field{f("Event", "ConfbridgeListRooms"), f("Conference", r.name), f("Parties", strconv.Itoa(r.count(anybody))),
			f("Marked", strconv.Itoa(r.marked())), f("Locked", yesNo(r.locked)), f("Muted", yesNo(r.muted))})
		r.mu.Unlock()
	}
	if len(rows) == 0 {
		a.Fail(noRooms)
		return
	}
	a.List("Confbridge conferences will follow", "ConfbridgeListRoomsComplete", rows)
}

// named is the conference and the channel of a request, nil where that is answered already.
func (m *Module) named(a pbx.Asked) (r *room, channel string) {
	channel = a.Get("Channel")
	switch {
	case a.Get("Conference") == "":
		a.Fail(noName)
	case channel == "":
		a.Fail("No channel name provided.")
	default:
		return m.asked(a), channel
	}
	return nil, ""
}

func (m *Module) actMute(a pbx.Asked, on bool) {
	r, channel := m.named(a)
	switch {
	case r == nil:
	case !r.mute(channel, on):
		a.Fail(noChannel)
	case on:
		a.OK("User muted")
	default:
		a.OK("User unmuted")
	}
}

func (m *Module) actLock(a pbx.Asked, on bool) {
	r := m.asked(a)
	if r == nil {
		return
	}
	if r.lock(on); on {
		a.OK("Conference locked")
	} else {
		a.OK("Conference unlocked")
	}
}

func (m *Module) actKick(a pbx.Asked) {
	r := m.asked(a)
	switch channel := a.Get("Channel"); {
	case r == nil:
	case !r.kick(channel):
		a.Fail(noChannel)
	case channel == "all":
		a.OK("All participants kicked")
	default:
		a.OK("User kicked")
	}
}

func (m *Module) actStartRecord(a pbx.Asked) {
	r := m.asked(a)
	switch {
	case r == nil:
	case r.recorded():
		a.Fail("Conference is already being recorded.")
	case !r.startTape(a.Get("RecordFile")):
		a.Fail("Internal error starting conference recording.")
	default:
		a.OK("Conference Recording Started.")
	}
}

func (r *room) recorded() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.tape != nil
}

func (m *Module) actStopRecord(a pbx.Asked) {
	r := m.asked(a)
	switch {
	case r == nil:
	case !r.stopTape():
		a.Fail("Internal error while stopping recording.")
	default:
		a.OK("Conference Recording Stopped.")
	}
}

func (m *Module) actVideo(a pbx.Asked) {
	r, channel := m.named(a)
	if r == nil {
		return
	}
	any := false
	r.with(func(t *told) {
		if list := r.find(channel, true); len(list) > 0 {
			any = true
			r.show(t, list[0], true)
		}
	})
	if !any {
		a.Fail("No channel by that name found in conference.")
		return
	}
	a.OK("Conference single video source set.")
}
