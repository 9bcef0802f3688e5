package confbridge

import (
	"math"
	"time"

	"obelisk/dialplan"
	"obelisk/pbx"
	"obelisk/pbx/prompt"
)

// keys are what the menu's sequences do; nil without any.
func (x *member) keys() *pbx.Keys {
	if x.menu.table == nil {
		return nil
	}
	return &pbx.Keys{Table: x.menu.table, Do: func(_ *pbx.Channel, code int) { x.press(&x.menu.entries[code]) }}
}

// press does what a sequence of keys does, on a goroutine to which the member is lent.
func (x *member) press(e *entry) {
	for i := range e.actions {
		if x.ch.Gone() {
			return
		}
		switch a := &e.actions[i]; a.word {
		case "dialplan_exec":
			x.stepOut(e.actions[i:])
			return
		case "playback_and_continue":
			next, pressed := x.playOn(e, a.arg)
			if next != nil {
				x.press(next)
			}
			if pressed {
				return
			}
		default:
			x.do(a)
		}
	}
}

// say plays prompts to the member, who is out of the mix meanwhile.
func (x *member) say(list []string, how prompt.How) (key byte) {
	x.step()
	key, _ = x.r.m.play.List(x.ch, list, how)
	return key
}

// step has it neither hear the others nor be heard, until it is given back.
func (x *member) step() {
	x.ch.StopMusic()
	x.r.bridge.StepAside(x.ch, "", false)
}

// playOn plays prompts; keys that are pressed meanwhile go on with the sequence. pressed: there
// were such; next is what they have come to, nil for nothing.
func (x *member) playOn(e *entry, files string) (next *entry, pressed bool) {
	x.ungate()
	defer x.regate()
	x.ch.TypedAhead(func(byte) bool { return false })
	key := x.say(prompt.Files(files), prompt.How{Stops: prompt.AnyKey})
	for sequence := e.keys; key != 0; {
		sequence += string(key)
		found, more := x.menu.entry(sequence)
		if found != nil || !more {
			return found, true
		}
		if key = x.ch.WaitDigit(keyPatience); key == 0 {
			return nil, true
		}
	}
	return nil, false
}

// keyPatience is how long the next key of a sequence may take.
const keyPatience = time.Second

// ungate has keys come to the goroutine that works the member, and not to the menu.
func (x *member) ungate() {
	if s := x.ch.Leg().Stream(); s != nil {
		s.Gate(nil, nil)
	}
}

// regate ends that.
func (x *member) regate() { x.r.bridge.Set(x.ch, func(s *pbx.Member) { s.Keys = x.keys() }) }

// do does one action.
func (x *member) do(a *action) {
	r := x.r
	switch a.word {
	case "playback":
		x.say(prompt.Files(a.arg), prompt.How{})
	case "toggle_mute":
		x.toggleMute()
	case "leave_conference":
		r.with(func(t *told) { r.putOut(t, x, resultKey) })
	case "participant_count":
		r.mu.Lock()
		n := len(r.active)
		r.mu.Unlock()
		x.say(r.counted(n, r.m.play.Voice(x.ch, "")), prompt.How{})
	case "increase_listening_volume":
		x.volume(&x.hears, 1)
	case "decrease_listening_volume":
		x.volume(&x.hears, -1)
	case "reset_listening_volume":
		x.volume(&x.hears, 0)
	case "increase_talking_volume":
		x.volume(&x.speaks, 1)
	case "decrease_talking_volume":
		x.volume(&x.speaks, -1)
	case "reset_talking_volume":
		x.volume(&x.speaks, 0)
	case "admin_kick_last":
		x.kickLast()
	case "admin_toggle_conference_lock":
		x.toggleLock()
	case "admin_toggle_mute_participants":
		x.toggleParticipants()
	case "set_as_single_video_src":
		r.with(func(t *told) { r.show(t, x, true) })
	case "release_as_single_video_src":
		r.with(func(t *told) { r.release(t, x) })
	}
}

func (x *member) toggleMute() {
	on := false
	x.r.with(func(t *told) {
		on = !x.muted
		x.r.setMuted(t, x, on, true)
	})
	option := "sound_unmuted"
	if on {
		option = "sound_muted"
	}
	x.say(prompts(x.r.p, option), prompt.How{})
}

// kickLast puts out who came last, unless that is an admin.
func (x *member) kickLast() {
	r := x.r
	well := false
	if x.u.admin {
		r.with(func(t *told) {
			if n := len(r.active); n > 0 && r.active[n-1] != x && !r.active[n-1].u.admin {
				r.putOut(t, r.active[n-1], resultKicked)
				well = true
			}
		})
	}
	if !well {
		x.say(prompts(r.p, "sound_error_menu"), prompt.How{})
	}
}

func (x *member) toggleLock() {
	if !x.u.admin {
		return
	}
	r := x.r
	option := "sound_unlocked_now"
	r.with(func(*told) {
		if r.locked = !r.locked; r.locked {
			option = "sound_locked_now"
		}
	})
	x.say(prompts(r.p, option), prompt.How{})
}

// toggleParticipants mutes all who are no admins, also those who come, or has them speak again.
func (x *member) toggleParticipants() {
	if !x.u.admin {
		return
	}
	r := x.r
	r.with(func(t *told) {
		r.muted = !r.muted
		for _, o := range r.all() {
			if !o.u.admin {
				r.setMuted(t, o, r.muted, false)
			}
		}
		option := "sound_participants_unmuted"
		if r.muted {
			option = "sound_participants_muted"
		}
		r.says.say(t, option)
	})
}

// mostVolume bounds the steps of a volume.
const mostVolume = 10

// volume makes one of the member's volumes louder by a step, softer, or with 0 as it is.
func (x *member) volume(of *int, by int) {
	x.r.with(func(t *told) {
		if *of = min(max(*of+by, -mostVolume), mostVolume); by == 0 {
			*of = 0
		}
		x.louder(t)
	})
}

// louder has the member's volumes be in effect; mu is held.
func (x *member) louder(t *told) {
	says, hears := decibels(x.speaks), decibels(x.hears)
	if x.speaks == 0 && x.hears == 0 && !x.changed {
		return
	}
	x.changed = true
	t.do(func() {
		if s := x.r.bridge.Seat(x.ch); s != nil {
			s.SetGain(says, hears)
		}
	})
}

// decibels are what steps are: n times as loud, or soft.
func decibels(n int) float64 {
	switch {
	case n > 1:
		return 20 * math.Log10(float64(n))
	case n < -1:
		return -20 * math.Log10(float64(-n))
	}
	return 0
}

// stepOut has the member leave the bridge for what the dialplan does with it; it stays in the
// conference, and comes back.
func (x *member) stepOut(what []action) {
	x.r.with(func(*told) {
		if x.result == "" && !x.gone {
			x.aside, x.next = true, what
		}
	})
	x.ch.Kick()
}

// execute is that, on the member's own goroutine.
func (x *member) execute() dialplan.Result {
	x.r.mu.Lock()
	what := x.next
	x.next = nil
	x.r.mu.Unlock()
	for i := range what {
		if x.ch.Gone() {
			break
		}
		switch a := &what[i]; a.word {
		case "dialplan_exec":
			if at, err := place(a.arg); err == nil {
				x.ch.RunFromAside(at)
			}
		case "playback", "playback_and_continue":
			x.hear(prompt.Files(a.arg))
		default:
			x.do(a)
		}
	}
	return x.sit()
}
