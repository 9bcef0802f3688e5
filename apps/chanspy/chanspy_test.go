package chanspy

import (
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/dialplan"
	"obelisk/dialplan/app"
	"obelisk/dialplan/fn"
	"obelisk/internal/rehearse"
	"obelisk/internal/testkit/desk"
	"obelisk/internal/testkit/handset"
	"obelisk/internal/testkit/script"
	"obelisk/manage/ami/wording"
	"obelisk/media"
	"obelisk/pbx"
	"obelisk/pbx/event"
	"obelisk/sounds"
)

// level hears how loud a phone's ear is: a media.Sink.
type level struct{ loud atomic.Int64 }

func (l *level) Rate() int { return 8000 }
func (l *level) End()      {}
func (l *level) Put(pcm []int16) {
	for _, s := range pcm {
		if s > 1000 || s < -1000 {
			l.loud.Add(1)
		}
	}
}

// world is a board with phones that talk.
type world struct {
	*rehearse.Board
	prompts []string
	events  []string
}

const plan = `[in]
exten => wait,1,Set(SPYGROUP=${GROUP})
same => n,Wait(300)
exten => echo,1,Answer(,i)
same => n,Echo()
exten => spy,1,ChanSpy(${WHOM},${OPT})
same => n,Set(GLOBAL(T)=on)
same => n,Wait(300)
exten => exten,1,ExtenSpy(${WHOM},${OPT})
same => n,Set(GLOBAL(T)=on)
exten => 7,1,Set(GLOBAL(T)=seven ${SPY_CHANNEL})
exten => slow,1,Slow()
`

func inWorld(t *testing.T, globals map[string]string, f func(t *testing.T, w *world)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		w := &world{}
		w.Board = script.Board(t, plan, func(core *pbx.Core, lib *sounds.Library) {
			app.Register(core, lib)
			fn.Register(core)
			New(lib, dir, filepath.Join(dir, "vm")).Furnish(core)
			core.SetGlobal("DIR", dir)
			core.RegisterApp(pbx.App{Name: "Slow", Exec: func(c *pbx.Channel, _ string) dialplan.Result {
				c.AtEnd(func() { time.Sleep(300 * time.Millisecond) })
				c.WaitHangup()
				return dialplan.End
			}})
		})
		defer w.Close()
		w.Prompts(func(name string) { w.prompts = append(w.prompts, name) })
		for k, v := range globals {
			w.Core.SetGlobal(k, v)
		}
		defer w.Core.Listen(func(e event.Event) {
			n := wording.Event(e)
			if strings.HasPrefix(n.Name, "ChanSpy") {
				w.events = append(w.events, n.Name+" "+n.Who("Spyer").Name+" "+n.Who("Spyee").Name)
			}
		})()
		f(t, w)
		for _, c := range w.Core.Channels() {
			c.Post(pbx.Event{Kind: pbx.EventHungUp, Cause: pbx.CauseNormal})
		}
		time.Sleep(time.Minute)
	})
}

// phone calls an extension.
func (w *world) phone(t *testing.T, name, exten string) desk.Phone {
	t.Helper()
	p := desk.Phone{Handset: handset.New(w.Media, name)}
	if _, err := w.Core.Incoming(pbx.NewCall{Tech: "Phone", Leg: p, Context: "in", Exten: exten, Trace: w.Core.Book().Open()}); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
	return p
}

// hears says whether a phone hears somebody during a second.
func hears(p desk.Phone) bool {
	l := &level{}
	tap := p.Far().Tap(media.In, l)
	time.Sleep(time.Second)
	tap.Stop()
	time.Sleep(200 * time.Millisecond)
	return l.loud.Load() > 2000
}

func (w *world) global(name string) string {
	v, _ := w.Core.Global(name)
	return v
}

// talks has a phone speak from now on.
func talks(p desk.Phone) { go p.Speak(5000, 20*time.Second) }

// Who listens hears the channel; it hears him when he whispers, as the keys have it.
func TestModes(t *testing.T) {
	for _, c := range []struct {
		options, keys     string
		spyHears, isHeard bool
	}{
		{"q", "", true, false}, {"qw", "", true, true}, {"qB", "", true, true}, {"qW", "", false, true}, {"qd", "5", true, true},
		{"qwd", "4", true, false}, {"qd", "6", true, true}, {"qo", "", true, false},
	} {
		inWorld(t, map[string]string{"WHOM": "Phone/a", "OPT": c.options}, func(t *testing.T, w *world) {
			a := w.phone(t, "a", "wait")
			spy := w.phone(t, "spy", "spy")
			time.Sleep(time.Second)
			spy.Press(c.keys)
			talks(a)
			time.Sleep(500 * time.Millisecond)
			if hears(spy) != c.spyHears {
				t.Errorf("%s %s: the spy hears him: %v", c.options, c.keys, !c.spyHears)
			}
			talks(spy)
			time.Sleep(500 * time.Millisecond)
			if hears(a) != c.isHeard {
				t.Errorf("%s %s: he hears the spy: %v", c.options, c.keys, !c.isHeard)
			}
			if hears(desk.Phone{Handset: spy.Handset}) != c.spyHears {
				t.Errorf("%s: the spy hears himself", c.options)
			}
			synctest.Wait()
			if len(w.events) != 1 || !strings.HasPrefix(w.events[0], "ChanSpyStart Phone/spy") {
				t.Errorf("%v", w.events)
			}
		})
	}
}

// Who is hung up is listened to until he is over: whom he has called goes with him and is not heard
// for a moment.
func TestUntilItIsOver(t *testing.T) {
	inWorld(t, map[string]string{"WHOM": "Phone", "OPT": "q"}, func(t *testing.T, w *world) {
		a, b := w.phone(t, "a", "slow"), w.phone(t, "b", "wait")
		w.phone(t, "spy", "spy")
		time.Sleep(time.Second)
		a.HangUp()
		a.Stream().Close() // as a SIP call does at once
		time.Sleep(200 * time.Millisecond)
		b.HangUp()
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if got := strings.Join(w.events, ", "); strings.Contains(got, "Phone/b") || strings.Count(got, "ChanSpyStop") != 1 {
			t.Errorf("%s", got)
		}
	})
}

// Whom it listens to: prefixes, groups, names, extensions, unique ids; and nobody who spies.
func TestWhom(t *testing.T) {
	for _, c := range []struct{ app, whom, options, group, want string }{
		{"spy", "Phone/a", "qE", "", "a"}, {"spy", "all", "qE", "", "a"}, {"spy", "", "qE", "", "a"}, {"spy", "phone/A", "qE", "", "a"},
		{"spy", "Phone/b", "qS", "", ""}, {"spy", "Phone/a", "qSb", "", ""}, {"spy", "", "qSg(x:y)", "y:z", "a"}, {"spy", "", "qSg(x)", "y", ""},
		{"spy", "", "qSe(Phone/b:phone/a)", "", "a"}, {"spy", "", "qSe(Phone/b)", "", ""}, {"exten", "wait", "qS", "", "a"},
		{"exten", "wait@in", "qS", "", "a"}, {"exten", "wait@out", "qS", "", ""},
		{"spy", "1.2", "qu", "", ""}, {"spy", "Phone/a-00000000", "quE", "", "a"},
	} {
		inWorld(t, map[string]string{"WHOM": c.whom, "OPT": c.options, "GROUP": c.group}, func(t *testing.T, w *world) {
			a := w.phone(t, "a", "wait")
			w.phone(t, "spy", c.app)
			time.Sleep(2 * time.Second)
			synctest.Wait()
			if got := strings.Join(w.events, " "); strings.Contains(got, "Phone/a") != (c.want == "a") {
				t.Errorf("%s(%s,%s): %q", c.app, c.whom, c.options, got)
			}
			a.HangUp()
			time.Sleep(time.Second)
			if got := w.global("T"); got != "on" && c.options != "qu" {
				t.Errorf("%s(%s,%s) does not end", c.app, c.whom, c.options)
			}
		})
	}
}

// Keys that end it, or go on to another channel; what is said of each.
func TestKeys(t *testing.T) {
	for _, c := range []struct{ options, keys, events, after, prompts string }{
		{"", "*", "a stop b", "", "beep spy-phone spy-phone"}, {"s", "*", "a stop b", "", "beep"}, {"qc(5)", "5", "a stop b", "", ""},
		{"qx(9)", "9", "a stop", "on", ""}, {"qX", "7", "a stop", "seven Phone/a-00000000", ""}, {"qX", "8", "a", "", ""},
		{"q", "#", "a", "", ""}, {"qE", "*", "a stop", "on", ""},
	} {
		inWorld(t, map[string]string{"OPT": c.options}, func(t *testing.T, w *world) {
			w.phone(t, "a", "wait")
			time.Sleep(time.Millisecond)
			w.phone(t, "b", "wait")
			spy := w.phone(t, "spy", "spy")
			time.Sleep(2 * time.Second)
			spy.Press(c.keys)
			time.Sleep(2 * time.Second)
			synctest.Wait()
			var got []string
			for _, e := range w.events {
				if f := strings.Fields(e); f[0] == "ChanSpyStop" {
					got = append(got, "stop")
				} else {
					got = append(got, device(f[2])[len("Phone/"):])
				}
			}
			if strings.Join(got, " ") != c.events || w.global("T") != c.after || strings.Join(w.prompts, " ") != c.prompts {
				t.Errorf("%s, %s: %v, %q, %v", c.options, c.keys, got, w.global("T"), w.prompts)
			}
		})
	}
}

// The spy's ear can be recorded.
func TestRecord(t *testing.T) {
	inWorld(t, map[string]string{"OPT": "qr(ear)"}, func(t *testing.T, w *world) {
		a := w.phone(t, "a", "wait")
		spy := w.phone(t, "spy", "spy")
		a.Speak(5000, 2*time.Second)
		spy.HangUp()
		time.Sleep(3 * time.Second)
		files, _ := filepath.Glob(w.global("DIR") + "/ear.*.raw")
		if len(files) != 1 {
			t.Fatalf("%v", files)
		}
		if f, err := os.Stat(files[0]); err != nil || f.Size() < 25000 {
			t.Errorf("%v %v", f, err)
		}
	})
}

func TestCheck(t *testing.T) {
	for args, want := range map[string]string{"SIP/a,qB": "", "SIP/a": "", "SIP/a,v(5)": "option v takes a volume of -4 to 4, not '5'",
		"SIP/a,x(z)": "option x takes a key", ",D": "option D, both sides in turn, is not here", "${X},x": ""} {
		if got := strings.Join(check(args), "; "); got != want {
			t.Errorf("%s: %q, want %q", args, got, want)
		}
	}
}
