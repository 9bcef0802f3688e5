package confbridge

import (
	"slices"
	"strings"
	"sync"
	"time"

	"obelisk/media"
	"obelisk/pbx"
)

// room is a conference that is there: from the first member that comes to the last that leaves.
//
// Members are active, or wait for a leader (wait_marked). A change of who is there is one step
// under mu; what follows of it (who hears music, who is put out, what is said) is worked out
// there, and done when mu is free again (told).
type room struct {
	m       *Module
	name    string
	bridge  *pbx.Bridge
	p       *bridge // of who came first
	begun   time.Time
	says    announcer
	cleaned chan struct{} // closed when nothing is left of it outside

	mu      sync.Mutex // guards all below, and what members say it guards
	active  []*member  // in the order in which they came, or came in
	waiting []*member
	locked  bool
	muted   bool    // admin_toggle_mute_participants
	over    bool    // nobody comes in any more
	tape    *tape   // nil: it is not recorded
	taped   string  // the file that was asked for last,
	file    string  // and what it is called
	video   *member // who is seen; nil: nobody
	pinned  bool    // somebody has said so
	screens
	late    []func() // for the goroutine that does what loops must not
	running bool     // there is one
}

// member is somebody in a conference, from the moment in which it is let in.
type member struct {
	r    *room
	ch   *pbx.Channel
	u    *user
	menu *menu
	of   string        // the bridge profile that it asked for
	name string        // file of its recorded name; "": none
	out  chan struct{} // closed when it is put out

	// guarded by the room's mu
	waits   bool
	muted   bool // by itself or others; not because it waits
	talking bool
	inside  bool        // in the bridge
	begins  bool        // others have waited for it
	last    bool        // nobody was there any more when it left
	known   bool        // ConfbridgeJoin was told
	timer   *time.Timer // of its timeout; nil: none runs
	gone    bool        // out of the room
	aside   bool        // out of the bridge for dialplan_exec, and about to come back
	next    []action    // what it does then
	result  string      // of CONFBRIDGE_RESULT, where it does not hang up; "": none yet
	hears   int         // volumes: steps louder, below 0 softer
	speaks  int
	changed bool // they were, once
}

// Results of ConfBridge.
const (
	resultFailed    = "FAILED"
	resultHangup    = "HANGUP"
	resultKicked    = "KICKED"
	resultEndMarked = "ENDMARKED"
	resultKey       = "DTMF"
	resultTimeout   = "TIMEOUT"
)

// told is what is to be done once mu is free again, in this order.
type told []func()

func (t *told) do(f func()) { *t = append(*t, f) }

// with changes what mu guards, and then does what f has left to be done.
func (r *room) with(f func(t *told)) {
	var t told
	r.mu.Lock()
	f(&t)
	r.mu.Unlock()
	for _, do := range t {
		do()
	}
}

// later has the room's own goroutine do something: for who must not wait.
func (r *room) later(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.late = append(r.late, f)
	if r.running {
		return
	}
	r.running = true
	go func() {
		for {
			r.mu.Lock()
			list := r.late
			r.late = nil
			r.running = len(list) > 0
			r.mu.Unlock()
			if len(list) == 0 {
				return
			}
			for _, f := range list {
				f()
			}
		}
	}()
}

// all are the members, active ones first; mu is held.
func (r *room) all() []*member { return slices.Concat(r.active, r.waiting) }

// count is how many there are of a kind; mu is held.
func (r *room) count(fits func(*member) bool) (n int) {
	for _, list := range [2][]*member{r.active, r.waiting} {
		for _, x := range list {
			if fits(x) {
				n++
			}
		}
	}
	return n
}

func anybody(*member) bool    { return true }
func isMarked(x *member) bool { return x.u.marked }
func isAdmin(x *member) bool  { return x.u.admin }

// marked is how many leaders are there; mu is held.
func (r *room) marked() int { return r.count(isMarked) }

// find are the members that a name means: "all", "participants" (who are no admins), or one
// channel, with prefix the first that begins so; mu is held.
func (r *room) find(name string, prefix bool) (out []*member) {
	for _, x := range r.all() {
		switch {
		case strings.EqualFold(name, "all"), strings.EqualFold(name, "participants") && !x.u.admin:
			out = append(out, x)
		case strings.EqualFold(x.ch.Name(), name), prefix && len(name) > 0 && len(x.ch.Name()) >= len(name) &&
			strings.EqualFold(x.ch.Name()[:len(name)], name):
			return []*member{x}
		}
	}
	return out
}

// alone says whether a member hears music: it is the only one who takes part, or waits; mu is held.
func (x *member) alone() bool {
	return x.u.musicWhenEmpty && !x.gone && (x.waits || len(x.r.active) == 1)
}

// seat is how a member sits now, in its bridge; mu is not held.
func (x *member) seat(s *pbx.Member) {
	x.r.mu.Lock()
	defer x.r.mu.Unlock()
	s.Muted, s.Alone, s.Music = x.muted || x.waits, x.alone(), x.u.musicClass
	s.Deaf = s.Alone
}

// reseat has a member sit as it has to now.
func (r *room) reseat(t *told, list ...*member) {
	for _, x := range list {
		if x.inside {
			t.do(func() { r.bridge.Set(x.ch, x.seat) })
		}
	}
}

// enter takes a member in, who was let in, and says what it is told: that it is the only one, or
// has to wait; "" for neither. mu is held.
func (r *room) enter(t *told, x *member) (says string) {
	leads := r.marked()
	x.muted = x.u.startMuted || r.muted && !x.u.admin
	if x.waits = x.u.waitMarked && !x.u.marked && leads == 0; x.waits {
		r.waiting = append(r.waiting, x)
		return "sound_wait_for_leader"
	}
	r.active = append(r.active, x)
	if x.u.marked && leads == 0 && len(r.waiting) > 0 {
		r.begin(t)
		x.begins = true
	}
	if len(r.active) == 2 {
		r.reseat(t, r.active[0])
	}
	if len(r.active) == 1 && x.u.onlyUser {
		return "sound_only_person"
	}
	return ""
}

// begin has those come in who have waited for a leader; mu is held.
func (r *room) begin(t *told) {
	came := r.waiting
	r.waiting = nil
	for _, x := range came {
		x.waits = false
		r.active = append(r.active, x)
	}
	r.reseat(t, r.active...)
}

// leave takes a member out, whatever has made it leave, with what follows of that for the others.
func (r *room) leave(x *member) {
	last := false
	r.with(func(t *told) {
		if x.gone {
			return
		}
		x.gone, x.inside = true, false
		if x.timer != nil {
			x.timer.Stop()
		}
		if x.known {
			t.do(func() { x.tell("ConfbridgeLeave") })
		}
		is := func(o *member) bool { return o == x }
		r.active, r.waiting = slices.DeleteFunc(r.active, is), slices.DeleteFunc(r.waiting, is)
		r.blind(t, x)
		if last = len(r.active)+len(r.waiting) == 0; last {
			r.over, x.last = true, true
		}
		t.do(func() { r.farewell(x, last) })
		if x.u.marked {
			r.led(t, x)
		}
		if len(r.active) == 1 {
			r.reseat(t, r.active[0])
		}
	})
	r.m.gone(r, last)
}

// led is for when a leader has left; mu is held.
func (r *room) led(t *told, leader *member) {
	lost := r.marked() == 0
	for _, x := range slices.Clone(r.active) {
		switch {
		case x.u.endAny, x.u.endMarked && lost:
			r.putOut(t, x, resultEndMarked)
		case lost && x.u.waitMarked:
			r.active = slices.DeleteFunc(r.active, func(o *member) bool { return o == x })
			r.waiting = append(r.waiting, x)
			x.waits = true
			r.reseat(t, x)
		}
	}
	if lost && !leader.u.quiet { // whether or not the others can do without
		r.says.say(t, "sound_leader_has_left")
	}
}

// putOut has a member leave; mu is held.
func (r *room) putOut(t *told, x *member, result string) {
	if x.result != "" || x.gone {
		return
	}
	x.result = result
	close(x.out)
	if x.inside {
		t.do(func() { x.ch.Kick() })
	}
}

// kick puts those out whom a name means; false: nobody is meant.
func (r *room) kick(name string) (any bool) {
	r.with(func(t *told) {
		list := r.find(name, false)
		any = len(list) > 0
		for _, x := range list {
			r.putOut(t, x, resultKicked)
		}
	})
	return any
}

// mute mutes those whom a name means, or has them speak again; false: nobody is meant.
func (r *room) mute(name string, on bool) (any bool) {
	r.with(func(t *told) {
		list := r.find(name, true)
		any = len(list) > 0
		for _, x := range list {
			r.setMuted(t, x, on, true)
		}
	})
	return any
}

// setMuted mutes a member; tells: programs hear of it. mu is held.
func (r *room) setMuted(t *told, x *member, on, tells bool) {
	x.muted = on
	r.reseat(t, x)
	event := "ConfbridgeUnmute"
	if on {
		event = "ConfbridgeMute"
	}
	if tells {
		t.do(func() { x.tell(event) })
	}
	if on && x.talking {
		x.talking = false
		t.do(func() { x.tellTalk(false) })
	}
}

// lock lets nobody in any more but admins, or all again.
func (r *room) lock(on bool) { r.with(func(*told) { r.locked = on }) }

// full says whether nobody comes in but admins; mu is held.
func (r *room) full() bool {
	return r.locked || r.p.maxMembers > 0 && len(r.active) >= r.p.maxMembers
}

// talks is told, on a loop, that a member begins or ends to talk.
func (x *member) talks(on bool) {
	x.r.later(func() {
		x.r.with(func(t *told) {
			if x.gone || x.muted && on || x.talking == on {
				return
			}
			x.talking = on
			t.do(func() { x.tellTalk(on) })
			if on {
				x.r.follow(t, x)
			}
		})
	})
}

// detection is how it is judged whether a member talks.
func (x *member) detection() (k media.Talk) {
	k = media.Talk{Threshold: x.u.talking, End: x.u.silence, Gate: x.u.dropSilence}
	if x.u.talkEvents || x.r.p.video == "follow_talker" {
		k.On = x.talks
	}
	return k
}
