package confbridge

import (
	"testing"
	"time"

	"obelisk/dialplan"
	"obelisk/pbx"
)

const plan = `[in]
exten => 1,1,ConfBridge(room)
 same => n,UserEvent(e,R: ${CONFBRIDGE_RESULT})
exten => 2,1,ConfBridge(room,,leader,keys)
 same => n,UserEvent(e,R: ${CONFBRIDGE_RESULT})
exten => 3,1,ConfBridge(room,,waits,keys)
 same => n,UserEvent(e,R: ${CONFBRIDGE_RESULT})
exten => 4,1,ConfBridge(room,,nobody)
exten => 5,1,ConfBridge(room,,locked_out,keys)
exten => 6,1,ConfBridge(room,,,keys)
 same => n,UserEvent(e,R: ${CONFBRIDGE_RESULT})
 same => n,Hangup()
exten => h,1,UserEvent(e,R: h ${CONFBRIDGE_RESULT})
[aside]
exten => s,1,UserEvent(e,R: aside)
 same => n,Wait(1)
 same => n,Dial(Local/s@nowhere)
 same => n,UserEvent(e,R: aside over)
`

const profiles = `[default_user]
type=user
quiet=yes
talk_detection_events=yes
dsp_silence_threshold=500
[leader]
type=user
marked=yes
admin=yes
quiet=yes
[waits]
type=user
wait_marked=yes
end_marked=yes
quiet=yes
music_on_hold_when_empty=yes
[keys]
type=menu
*1=toggle_mute
*2=leave_conference
*3=admin_kick_last
*4=admin_toggle_conference_lock
*5=admin_toggle_mute_participants
*6=dialplan_exec(aside,s,1)
*7=increase_talking_volume
*8=playback(vm-intro)
`

// Each hears all others and not himself; who is muted nobody hears.
func TestEachHearsTheOthers(t *testing.T) {
	inHouse(t, profiles, plan, func(h *house) {
		tones := []float64{500, 700, 900, 1100, 1300}
		var list []phone
		for i, hz := range tones {
			p := h.calls(string(rune('a'+i)), "1")
			list = append(list, p)
			p.speaks(hz)
		}
		time.Sleep(2 * time.Second)
		heard := func(p phone, hz float64, want bool) {
			t.Helper()
			if level := p.hears(hz); want && (level < -2 || level > 2) || !want && level > -50 {
				t.Errorf("%s hears %.0f Hz at %.0f dB", p.Name, hz, level)
			}
		}
		for i, p := range list {
			for j, hz := range tones {
				heard(p, hz, i != j)
			}
		}
		if !h.m.find("ROOM").mute("Phone/b", true) {
			t.Error("b is not there")
		}
		time.Sleep(time.Second)
		heard(list[0], tones[1], false)
		heard(list[1], tones[0], true)
		for _, p := range list {
			p.hangsUp()
		}
	})
}

// The table of states: who waits for a leader, who leaves with him, who hears music.
func TestLeaders(t *testing.T) {
	inHouse(t, profiles, plan, func(h *house) {
		expect := func(list, events string) {
			t.Helper()
			time.Sleep(1500 * time.Millisecond)
			if got := h.list("room"); got != list {
				t.Errorf("there are %q, want %q", got, list)
			}
			if got := h.events(); got != sorted(events) {
				t.Errorf("events:\n%s\nwant\n%s", got, events)
			}
		}
		a := h.calls("a", "3")
		expect("a WEw", "Start, StartMusic a, Join a")
		b := h.calls("b", "1")
		expect("b, a WEw", "Join b")
		c := h.calls("c", "2")
		expect("b, c AM, a WE", "Join c, StopMusic a")
		d := h.calls("d", "2")
		expect("b, c AM, a WE, d AM", "Join d")
		c.hangsUp()
		expect("b, a WE, d AM", "Leave c, result h HANGUP c")
		d.hangsUp()
		expect("b", "Leave d, Leave a, result h HANGUP d, result ENDMARKED a, result h ENDMARKED a")
		b.hangsUp()
		expect("none", "Leave b, End, result h HANGUP b")
		a.hangsUp()
	})
}

// Results, and what a menu does.
func TestMenuAndResults(t *testing.T) {
	inHouse(t, profiles, plan, func(h *house) {
		a := h.calls("a", "2")
		time.Sleep(time.Second)
		b := h.calls("b", "6")
		time.Sleep(time.Second)
		h.events()
		expect := func(what, want string) {
			t.Helper()
			time.Sleep(1200 * time.Millisecond)
			if got := h.events(); got != sorted(want) {
				t.Errorf("%s: %s, want %s", what, got, want)
			}
		}
		b.press("*1")
		expect("mute", "Mute b")
		b.press("*1")
		expect("unmute", "Unmute b")
		a.press("*5")
		if got := h.list("room"); got != "a AM, b m" {
			t.Error(got)
		}
		a.press("*5")
		expect("participants", "")
		a.press("*4")
		h.calls("c", "1")
		expect("locked", "result h FAILED c")
		a.press("*4")
		c := h.calls("c", "1")
		expect("unlocked", "Join c")
		b.press("*3") // no admin
		expect("kick by somebody else", "")
		a.press("*3")
		expect("kick", "Leave c, result KICKED c, result h KICKED c")
		b.press("*2")
		expect("leave", "Leave b, result DTMF b, result h DTMF b")
		d := h.calls("d", "4")
		expect("no such user", "result h FAILED d")
		a.hangsUp()
		for _, p := range []phone{b, c, d} {
			p.hangsUp()
		}
	})
}

// What the dialplan does with a member aside may take its time, and dial; it comes back, and is
// there for programs meanwhile.
func TestDialplanAside(t *testing.T) {
	inHouse(t, profiles, plan, func(h *house) {
		a := h.calls("a", "6")
		time.Sleep(time.Second)
		b := h.calls("b", "1")
		time.Sleep(time.Second)
		a.speaks(700)
		time.Sleep(time.Second)
		h.events()
		a.press("*6")
		time.Sleep(400 * time.Millisecond)
		if level := b.hears(700); level > -10 {
			t.Errorf("%.0f dB", level)
		}
		if got := h.list("room"); got != "a, b" {
			t.Error(got)
		}
		time.Sleep(2 * time.Second)
		if got := h.events(); got != sorted("result aside a, result aside over a") {
			t.Error(got)
		}
		if level := b.hears(700); level < -2 {
			t.Errorf("afterwards he is heard at %.0f dB", level)
		}
		a.press("*6")
		time.Sleep(300 * time.Millisecond)
		h.m.find("room").kick("all")
		time.Sleep(3 * time.Second)
		if got := h.events(); got != sorted("result aside a, Leave b, result KICKED b, result h KICKED b, result aside over a, Leave a, End, "+
			"result KICKED a, result h KICKED a") {
			t.Error(got)
		}
		a.hangsUp()
		b.hangsUp()
	})
}

// Who talks is told of; a key louder is twice as loud at the second press.
func TestTalkAndVolume(t *testing.T) {
	inHouse(t, profiles, plan, func(h *house) {
		a, b := h.calls("a", "6"), h.calls("b", "2")
		time.Sleep(time.Second)
		h.events()
		a.speaks(700)
		time.Sleep(time.Second)
		h.m.find("room").mute("Phone/a", true)
		time.Sleep(time.Second)
		h.m.find("room").mute("Phone/a", false)
		time.Sleep(time.Second)
		if got := h.events(); got != sorted("Talking a on, Mute a, Talking a off, Unmute a, Talking a on") {
			t.Error(got)
		}
		a.press("*7*7")
		time.Sleep(time.Second)
		if level := b.hears(700); level < 5 || level > 7 {
			t.Errorf("twice as loud is %.1f dB", level)
		}
		a.speaks(0)
		time.Sleep(2 * time.Second)
		if got := h.events(); got != sorted("Talking a off") {
			t.Error(got)
		}
		a.hangsUp()
		b.hangsUp()
	})
}

// A redirect takes a member out; a move to another bridge too.
func TestMembersGoElsewhere(t *testing.T) {
	inHouse(t, profiles, plan+"[other]\nexten => s,1,Wait(5)\n", func(h *house) {
		a, b, c := h.calls("a", "1"), h.calls("b", "1"), h.calls("c", "1")
		time.Sleep(time.Second)
		h.events()
		at := h.core.Plan().Contexts["other"]
		if at == nil {
			t.Fatal("no context")
		}
		a.Channel().Redirect(locationOf("other"))
		time.Sleep(time.Second)
		if got := h.events(); got != sorted("Leave a") {
			t.Error(got)
		}
		other := h.core.NewBridge(pbx.Policy{Ends: pbx.LastLeaves, Mixes: true})
		if err := b.Channel().Move(other, pbx.Member{}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if got := h.events(); got != sorted("Leave b") {
			t.Error(got)
		}
		if got := h.list("room"); got != "c" {
			t.Error(got)
		}
		for _, p := range []phone{a, b, c} {
			p.hangsUp()
		}
	})
}

func locationOf(context string) dialplan.Location {
	return dialplan.Location{Context: context, Exten: "s", Priority: 1}
}
