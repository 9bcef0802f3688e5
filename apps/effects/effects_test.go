package effects

import (
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/apps/chanspy"
	"obelisk/dialplan/app"
	"obelisk/dialplan/fn"
	"obelisk/internal/testkit/asked"
	"obelisk/internal/testkit/desk"
	"obelisk/internal/testkit/handset"
	"obelisk/internal/testkit/script"
	"obelisk/media"
	"obelisk/pbx"
	"obelisk/pbx/hear"
	"obelisk/sounds"
)

// heard is the mean level of what a channel says during half a second.
func heard(c *pbx.Channel) int {
	l, err := hear.Listen(c, media.In)
	if err != nil {
		return -1
	}
	defer l.Close()
	var all []int16
	for end := time.Now().Add(500 * time.Millisecond); time.Now().Before(end); {
		pcm, _, _ := l.Next(pbx.Wait{For: 100 * time.Millisecond})
		all = append(all, pcm...)
	}
	return media.Loudness(all)
}

func TestMute(t *testing.T) {
	desk.Call(t, func(c *pbx.Channel) {
		m := New()
		m.Furnish(c.Core())
		q := asked.For("Channel", c.Name(), "Direction", "in", "State", "on")
		for _, x := range []struct {
			q    *asked.Request
			want string
		}{{asked.For(), "Error: Channel not specified"}, {asked.For("Channel", "x"), "Error: State not specified"},
			{asked.For("Channel", "x", "State", "on"), "Error: Direction not specified"},
			{asked.For("Channel", "x", "State", "on", "Direction", "in"), "Error: No such channel"},
			{asked.For("Channel", c.Name(), "Direction", "x", "State", "on"), "Error: Failed to mute/unmute stream"}, {q, "Success"}} {
			if m.actMute(x.q); x.q.Reply != x.want {
				t.Errorf("%v", x.q)
			}
		}
		c.Sleep(100 * time.Millisecond)
		if n := heard(c); n > 100 {
			t.Errorf("it is heard: %d", n)
		}
		if err := muteAudio(c, "all", "off"); err != nil {
			t.Error(err)
		}
		c.Sleep(100 * time.Millisecond)
		if n := heard(c); n < 1000 {
			t.Errorf("it is not heard: %d", n)
		}
	}, func(p desk.Phone) { p.Speak(3000, 3*time.Second) })
}

func TestFunctions(t *testing.T) {
	desk.Call(t, func(c *pbx.Channel) {
		New().Furnish(c.Core())
		for _, x := range []struct {
			name, args, value string
			ok                bool
		}{{"VOLUME", "TX", "3", true}, {"VOLUME", "rx,p", "-2", true}, {"VOLUME", "x", "1", false}, {"VOLUME", "TX", "x", false},
			{"JITTERBUFFER", "adaptive", "default", true}, {"JITTERBUFFER", "x", "", false}, {"AGC", "rx", "on", true}, {"AGC", "x", "on", false},
			{"AGC", "rx", "40000", false}, {"DENOISE", "rx", "on", true}, {"DENOISE", "", "on", false}, {"PITCH_SHIFT", "rx", "2", true},
			{"SCRAMBLE", "", "remove", false}, {"SCRAMBLE", "", "zz", false}, {"SCRAMBLE", "x", "tX", true}, {"SCRAMBLE", "", "both", true},
			{"SCRAMBLE", "", "rx", true}, {"SCRAMBLE", "", "Remove", true}, {"SCRAMBLE", "", "remove", false}, {"SCRAMBLE", "RX", "", false}} {
			if err := c.Core().Func(x.name).Write(c, x.args, x.value); (err == nil) != x.ok {
				t.Errorf("%v: %v", x, err)
			}
		}
		for _, args := range []string{"", "a,b", "a,b,0", ",b,1", "a,,1"} {
			if _, err := c.Core().Func("PERIODIC_HOOK").Value(c, args); err == nil {
				t.Errorf("PERIODIC_HOOK(%s) is taken", args)
			}
		}
	}, func(desk.Phone) {})
	for n, want := range map[float64]float64{0: 0, 1: 0, 10: 20, -10: -20} {
		if got := decibels(n); math.Abs(got-want) > 0.01 {
			t.Errorf("%v is %v dB", n, got)
		}
	}
}

// FRAME_DROP takes away what a channel says, until it is set again, for either direction.
func TestFrameDrop(t *testing.T) {
	desk.Call(t, func(c *pbx.Channel) {
		New().Furnish(c.Core())
		f := c.Core().Func("FRAME_DROP")
		if _, err := f.Value(c, "RX"); err == nil {
			t.Error("it can be read")
		}
		for _, row := range []struct {
			args, value string
			silent      bool
		}{{"RX", "VOICE", true}, {"TX", "DTMF_END", false}, {"rx", "DTMF_END,voice", true}, {"XX", "VOICE", true}, {"", "", true},
			{"RX", "NOSUCH", false}, {"RX", "DTMF_BEGIN&VOICE", true}, {"RX", "", false}, {"TX", "VOICE", false}} {
			if err := f.Write(c, row.args, row.value); err != nil {
				t.Error(err)
			}
			c.Sleep(100 * time.Millisecond)
			if n := heard(c); (n < 100) != row.silent {
				t.Errorf("after FRAME_DROP(%s)=%s it is heard at %d", row.args, row.value, n)
			}
		}
	}, func(p desk.Phone) { p.Speak(3000, 9*time.Second) })
}

// What VOLUME is set to may be asked for; keys change it.
func TestVolumeIsShown(t *testing.T) {
	desk.Call(t, func(c *pbx.Channel) {
		New().Furnish(c.Core())
		f := c.Core().Func("VOLUME")
		for _, x := range []struct{ args, value, rx, tx string }{{"", "", "", ""}, {"TX", "2", "0.000000", "2.000000"},
			{"rx", "-3", "-3.000000", "2.000000"}, {"TX,p", "4", "-3.000000", "4.000000"}} {
			if x.args != "" {
				if err := f.Write(c, x.args, x.value); err != nil {
					t.Fatal(err)
				}
			}
			rx, _ := f.Value(c, "RX")
			tx, _ := f.Value(c, "tx")
			if rx != x.rx || tx != x.tx {
				t.Errorf("after VOLUME(%s)=%s: %q and %q", x.args, x.value, rx, tx)
			}
		}
		if _, err := f.Value(c, "x"); err == nil {
			t.Error("any direction is taken")
		}
	}, func(desk.Phone) {})
}

// What AGC and DENOISE are set to may be asked for.
func TestLevelIsShown(t *testing.T) {
	desk.Call(t, func(c *pbx.Channel) {
		New().Furnish(c.Core())
		for _, x := range []struct{ name, args, value, agc, gate, other string }{
			{"AGC", "rx", "off", "", "", ""}, {"AGC", "rx", "on", "8000.0", "0", "0.0"}, {"DENOISE", "rx", "yes", "8000.0", "1", "0.0"},
			{"AGC", "rx", "0", "0.0", "1", "0.0"}, {"DENOISE", "rx", "no", "", "", ""}, {"AGC", "tx", "500", "0.0", "0", "500.0"},
		} {
			if err := c.Core().Func(x.name).Write(c, x.args, x.value); err != nil {
				t.Errorf("%v: %v", x, err)
			}
			for ask, want := range map[string]string{"AGC(rx)": x.agc, "DENOISE(rx)": x.gate, "AGC(tx)": x.other} {
				name, args, _ := strings.Cut(strings.TrimSuffix(ask, ")"), "(")
				if got, err := c.Core().Func(name).Value(c, args); got != want || err != nil {
					t.Errorf("after %s(%s)=%s: %s is %q (%v), want %q", x.name, x.args, x.value, ask, got, err, want)
				}
			}
		}
	}, func(desk.Phone) {})
}

// Who records a channel alone has it as loud as VOLUME() makes it.
func TestVolumeReachesRecord(t *testing.T) {
	desk.Call(t, func(c *pbx.Channel) {
		m := New()
		m.Furnish(c.Core())
		was := heard(c)
		if err := m.volume(c, "RX", "4"); err != nil {
			t.Fatal(err)
		}
		c.Sleep(100 * time.Millisecond)
		if n := heard(c); n < was*7/2 || n > was*9/2 {
			t.Errorf("%d becomes %d", was, n)
		}
	}, func(p desk.Phone) { p.Speak(3000, 3*time.Second) })
}

// With option p the keys * and # make both directions louder and softer by one; 0 counts as one.
func TestVolumeKeys(t *testing.T) {
	m := New()
	desk.Call(t, func(c *pbx.Channel) {
		m.Furnish(c.Core())
		if err := m.volume(c, "RX,p", "2"); err != nil {
			t.Fatal(err)
		}
		v := m.volumes.list[c.Name()]
		for _, row := range []struct {
			keys   string
			rx, tx float64
		}{{"", 2, 0}, {"*", 3, 1}, {"1", 3, 1}, {"####", -1, -3}, {"*", 0, -2}} {
			for _, k := range []byte(row.keys) {
				c.SendDigit(k, true)
				c.Sleep(300 * time.Millisecond)
			}
			v.mu.Lock()
			if v.factor != [2]float64{row.rx, row.tx} {
				t.Errorf("after %q: %v, want %v %v", row.keys, v.factor, row.rx, row.tx)
			}
			v.mu.Unlock()
		}
		if err := m.volume(c, "TX", "7"); err != nil || v.factor[1] != 7 {
			t.Errorf("%v %v", v.factor, err)
		}
	}, func(p desk.Phone) {
		time.Sleep(5 * time.Second)
		p.HangUp()
	})
	if m.volumes.deaf != nil || len(m.volumes.list) > 0 {
		t.Error("it still listens")
	}
}

// A hook plays into the call at once and each few seconds, and not while it is off.
func TestHook(t *testing.T) {
	const plan = "[in]\nexten => s,1,Set(ID=${PERIODIC_HOOK(hooks,beep,3)})\nsame => n,Wait(10)\nsame => n,Set(PERIODIC_HOOK(${ID})=off)\n" +
		"same => n,Wait(10)\n[hooks]\nexten => beep,1,Answer(,i)\nsame => n,Set(GLOBAL(N)=${MATH(${GLOBAL(N)}+1,int)})\nsame => " +
		"n,Set(GLOBAL(OF)=${HOOK_CHANNEL})\nsame => n,Playback(beep)\n"
	synctest.Test(t, func(t *testing.T) {
		b := script.Board(t, plan, func(core *pbx.Core, lib *sounds.Library) {
			app.Register(core, lib)
			fn.Register(core)
			New().Furnish(core)
			chanspy.New(lib, t.TempDir(), "").Furnish(core)
			core.SetGlobal("N", "0")
		})
		defer b.Close()
		p := desk.Phone{Handset: handset.New(b.Media, "desk")}
		if _, err := b.Core.Incoming(pbx.NewCall{Tech: "Phone", Leg: p, Context: "in", Exten: "s", Trace: b.Core.Book().Open()}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		n, _ := b.Core.Global("N")
		of, _ := b.Core.Global("OF")
		if n != "4" || of != "Phone/desk-00000000" || len(b.Core.Channels()) > 0 {
			t.Errorf("%s times on %s; %d channels are left", n, of, len(b.Core.Channels()))
		}
	})
}
