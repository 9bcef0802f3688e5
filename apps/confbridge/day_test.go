package confbridge

import (
	"math/rand"
	"runtime"
	"testing"
	"time"

	"obelisk/media"
	"obelisk/pbx"
)

// Fifty phones come and go at random, of all kinds, and press keys: nothing of them is left, and who
// stays hears who speaks all the time.
func TestFiftyComeAndGo(t *testing.T) {
	inHouse(t, profiles, plan+aDay, func(h *house) {
		speaker, listener := h.calls("s", "1"), h.calls("l", "1")
		speaker.speaks(640)
		time.Sleep(2 * time.Second)
		for i := range 50 {
			go h.wanders(rand.New(rand.NewSource(int64(i))), time.Minute)
		}
		for range 7 {
			time.Sleep(10 * time.Second)
			if level := listener.hears(640); level < -3 {
				t.Errorf("the speaker is heard at %.1f dB", level)
			}
			if level := speaker.hears(640); level > -40 {
				t.Errorf("the speaker hears himself at %.1f dB", level)
			}
		}
		time.Sleep(3 * time.Minute)
		speaker.hangsUp()
		listener.hangsUp()
	})
}

const aDay = `exten => 7,1,Set(CONFBRIDGE(user,template)=waits)
 same => n,Set(CONFBRIDGE(user,announce_join_leave)=yes)
 same => n,Set(CONFBRIDGE(user,quiet)=no)
 same => n,Set(CONFBRIDGE(menu,template)=keys)
 same => n,Set(CONFBRIDGE(menu,5)=playback(vm-intro),participant_count)
 same => n,ConfBridge(room)
`

// wanders has somebody come, press and leave, again and again.
func (h *house) wanders(r *rand.Rand, for_ time.Duration) {
	pause := func(most time.Duration) { time.Sleep(time.Duration(r.Int63n(int64(most)))) }
	for end := time.Now().Add(for_); time.Now().Before(end); {
		p := h.calls("x", []string{"1", "3", "6", "7", "6"}[r.Intn(5)])
		pause(8 * time.Second)
		for range r.Intn(4) {
			p.press([]string{"*1", "*7", "*8", "*6", "5", "*2", "*3"}[r.Intn(7)])
			pause(2 * time.Second)
		}
		if room := h.m.find("room"); room != nil && r.Intn(6) == 0 {
			room.kick(p.Channel().Name())
			pause(time.Second)
		}
		p.hangsUp()
		pause(6 * time.Second)
	}
}

// A day of conferences leaves nothing behind: no channel, bridge, name, profile or goroutine.
func TestADayLeavesNothingBehind(t *testing.T) {
	if testing.Short() {
		t.Skip("a long day")
	}
	inHouse(t, profiles, plan+aDay, func(h *house) {
		r := rand.New(rand.NewSource(1))
		before := runtime.NumGoroutine()
		for range 24 {
			for range 3 {
				h.wanders(r, 10*time.Second)
			}
			if n := len(h.m.list()); n > 0 {
				time.Sleep(time.Minute)
			}
			time.Sleep(time.Hour - 3*time.Minute)
			h.empty()
			h.events()
		}
		if after := runtime.NumGoroutine(); after > before+5 {
			t.Errorf("%d goroutines, %d before", after, before)
		}
	})
}

// A member whose packets are lost and late disturbs nobody: the others hear each other whole.
func TestABadLineDisturbsNobody(t *testing.T) {
	inHouse(t, profiles, plan, func(h *house) {
		a, b, c := h.calls("a", "1"), h.calls("b", "1"), h.calls("c", "1")
		time.Sleep(time.Second)
		a.speaks(640)
		c.Far().Play(&bad{tone: tone{hz: 1130}, r: rand.New(rand.NewSource(3))}, nil)
		worst := 0.0
		for range 20 {
			time.Sleep(500 * time.Millisecond)
			worst = min(worst, b.hears(640))
		}
		if worst < -3.5 {
			t.Errorf("a is heard at %.1f dB", worst)
		}
		if level := c.hears(640); level < -3.5 {
			t.Errorf("the one with the bad line hears a at %.1f dB", level)
		}
		for _, p := range []phone{a, b, c} {
			p.hangsUp()
		}
	})
}

// bad is a tone of which three of ten frames are missing.
type bad struct {
	tone
	r *rand.Rand
}

func (s *bad) Frame(dst []int16) int {
	s.tone.Frame(dst)
	if s.r.Intn(10) < 3 {
		clear(dst)
	}
	return len(dst)
}

// A conference says who talks by what is heard of him, narrow for all where the bridge says so,
// and only the loudest where it says that.
func TestBridgeOptions(t *testing.T) {
	const conf = profiles + "[default_bridge]\ntype=bridge\nloudest_talkers=1\ninternal_sample_rate=8000\nvideo_mode=follow_talker\n"
	inHouse(t, conf, plan, func(h *house) {
		a, b, c := h.calls("a", "1"), h.calls("b", "1"), h.calls("c", "1")
		time.Sleep(time.Second)
		if p := h.m.find("room").bridge.Policy(); p.Mixing != (media.Mixing{Loudest: 1, Narrow: true}) {
			t.Errorf("%+v", p.Mixing)
		}
		a.Far().Start(&tone{hz: 640}, media.Play{Gain: -12})
		b.speaks(970)
		time.Sleep(2 * time.Second)
		if one, other := c.hears(970), c.hears(640); one < -2 || other > -40 {
			t.Errorf("the loud one is heard at %.0f dB, the other at %.0f", one, other)
		}
		if v := h.m.find("room").bridge.View(); v.Video != "talker" || v.Seen != "" {
			t.Errorf("%+v", v)
		}
		for _, p := range []phone{a, b, c} {
			p.hangsUp()
		}
	})
}

var _ pbx.Leg = phone{}
