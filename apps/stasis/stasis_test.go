package stasis

import (
	"strings"
	"sync"
	"testing"
	"time"

	"obelisk/dialplan"
	"obelisk/pbx"
)

// A call is the program's until that gives it back: at the next step, at a place, at a label.
func TestContinue(t *testing.T) {
	for _, x := range []struct {
		name, context, exten, label string
		priority                    int
		want                        string
	}{
		{"next", "", "", "", 0, "SUCCESS"},
		{"elsewhere", "in", "elsewhere", "", 1, "there"},
		{"label", "in", "elsewhere", "label", 0, "labelled"},
		{"priority", "", "elsewhere", "", 3, "labelled"},
	} {
		t.Run(x.name, func(t *testing.T) {
			inWorld(t, func(w *world, prog *ears) {
				_, c := w.call("app")
				if e := prog.last("StasisStart"); e == nil || len(e["args"].([]any)) != 2 || e["channel"].(map[string]any)["id"] != id(c) {
					t.Fatalf("StasisStart is %v", e)
				}
				prog.told()
				w.ok(w.m.Continue(id(c), x.context, x.exten, x.label, x.priority))
				time.Sleep(time.Second)
				w.expect(prog.told(), "StasisEnd")
				w.expect(w.after(), x.want)
				if w.m.Continue(id(c), "", "", "", 0) == nil {
					t.Error("it goes on again")
				}
			})
		})
	}
}

func TestContinueRefused(t *testing.T) {
	inWorld(t, func(w *world, _ *ears) {
		_, c := w.call("app")
		w.refused(w.m.Continue(id(c), "in", "elsewhere", "nosuch", 0), 404)
		w.refused(w.m.Continue(id(c), "in", "elsewhere", "-3", 0), 400)
		w.refused(w.m.Continue("nosuch", "", "", "", 0), 404)
	})
}

// An application that nobody is fails the call on to the next step.
func TestNobody(t *testing.T) {
	inWorld(t, func(w *world, _ *ears) {
		w.call("none")
		time.Sleep(time.Second)
		w.expect(w.after(), "FAILED")
	})
}

// A hang-up, by whoever, ends the call in the application; what plays is told to fail before.
func TestHangup(t *testing.T) {
	for _, far := range []bool{true, false} {
		inWorld(t, func(w *world, prog *ears) {
			p, c := w.call("app")
			prog.told()
			if _, err := w.m.Play(id(c), Play{Media: []string{"tone:ring"}}); err != nil {
				t.Error(err)
			}
			time.Sleep(time.Second)
			want := "PlaybackStarted ChannelHangupRequest PlaybackFinished StasisEnd"
			if far {
				p.Channel().Post(pbx.Event{Kind: pbx.EventHungUp, Cause: pbx.CauseNormal})
			} else {
				w.ok(w.m.Hangup(id(c), 17))
			}
			time.Sleep(time.Second)
			if !far && p.Cause() != 17 {
				t.Errorf("cause %d", p.Cause())
			}
			w.expect(prog.told(), want)
		})
	}
}

// Somebody else's Redirect takes the call away.
func TestRedirected(t *testing.T) {
	inWorld(t, func(w *world, prog *ears) {
		_, c := w.call("app")
		prog.told()
		w.ok(c.Redirect(dialplan.Location{Context: "in", Exten: "elsewhere", Priority: 1}))
		time.Sleep(time.Second)
		w.expect(prog.told("StasisEnd"), "StasisEnd")
		w.expect(w.after(), "there")
	})
}

// A call moves to another application without a way through the dialplan; one that is not there is told
// to the old one.
func TestMove(t *testing.T) {
	inWorld(t, func(w *world, prog *ears) {
		other := &ears{}
		w.m.Register("other", other, false)
		_, c := w.call("app")
		prog.told()
		w.ok(w.m.Move(id(c), "nosuch", []string{"x"}))
		time.Sleep(time.Second)
		if e := prog.last("ApplicationMoveFailed"); e == nil || e["destination"] != "nosuch" {
			t.Errorf("%v", e)
		}
		prog.told()
		w.ok(w.m.Move(id(c), "other", []string{"x", "y"}))
		time.Sleep(time.Second)
		w.expect(prog.told(), "StasisEnd")
		if e := other.last("StasisStart"); e == nil || len(e["args"].([]any)) != 2 {
			t.Errorf("%v", e)
		}
		w.ok(w.m.Hangup(id(c), pbx.CauseNormal))
		time.Sleep(time.Second)
		w.expect(prog.told(), "")
		w.expect(other.told("StasisEnd"), "StasisEnd")
	})
}

// The program is gone: its calls stay; the next one of its name has them.
func TestProgramGone(t *testing.T) {
	inWorld(t, func(w *world, prog *ears) {
		_, c := w.call("app")
		w.m.Unregister("prog", prog)
		if w.m.Active("prog") {
			t.Error("it is active")
		}
		_, other := w.call("app") // nobody takes it
		time.Sleep(time.Second)
		w.expect(w.after(), "FAILED")
		w.refused(w.m.Continue(id(other), "", "", "", 0), 409)
		again := &ears{}
		w.m.Register("prog", again, false)
		w.ok(w.m.Continue(id(c), "", "", "", 0))
		time.Sleep(time.Second)
		w.expect(again.told(), "StasisEnd")
		w.m.Unregister("prog", prog) // it is another's now
		if !w.m.Active("prog") {
			t.Error("an old program has ended it")
		}
		third := &ears{}
		w.m.Register("prog", third, false)
		w.expect(again.told(), "ApplicationReplaced")
	})
}

// What a program asks for is done in its order, and a prompt holds it up.
func TestOrder(t *testing.T) {
	inWorld(t, func(w *world, prog *ears) {
		_, c := w.call("app")
		prog.told()
		for _, id := range []string{"a", "b"} {
			if _, err := w.m.Play(c.UniqueID(), Play{ID: id, Media: []string{"sound:second"}}); err != nil {
				t.Error(err)
			}
		}
		w.ok(w.m.Continue(id(c), "", "", "", 0))
		time.Sleep(1500 * time.Millisecond)
		w.expect(prog.told(), "PlaybackStarted PlaybackFinished PlaybackStarted")
		time.Sleep(time.Second)
		w.expect(prog.told(), "PlaybackFinished StasisEnd")
	})
}

// Variables are set at once; a program may show them in all events, and reach no files.
func TestVariables(t *testing.T) {
	inWorld(t, func(w *world, prog *ears) {
		_, c := w.call("app")
		prog.told()
		w.ok(w.m.SetVariable(id(c), "X", "1", false))
		w.ok(w.m.SetVariable(id(c), "Y", "2", true))
		w.ok(w.m.SetVariable(id(c), "CALLERID(name)", "Ann", false))
		raw := prog.raw[1]
		if !strings.HasPrefix(raw, `{"variable":"Y","value":"2","type":"ChannelVarset","timestamp":"`) ||
			!strings.Contains(raw, `"channelvars":{"Y":"2"}`) || !strings.HasSuffix(raw, `,"application":"prog"}`) {
			t.Error(raw)
		}
		for name, want := range map[string]string{"X": "1", "Y": "2", "CALLERID(name)": "Ann", "EXTEN": "app"} {
			if v, err := w.m.Variable(id(c), name); v != want || err != nil {
				t.Errorf("%s is %q, %v", name, v, err)
			}
		}
		_, err := w.m.Variable(id(c), "Z")
		w.refused(err, 404)
		_, err = w.m.Variable(id(c), "NOSUCH(1)")
		w.refused(err, 500)
		_, err = w.m.Variable(id(c), "")
		w.refused(err, 400)
		_, err = w.m.Variable(id(c), "SHELL(id)")
		w.refused(err, 500)
		w.refused(w.m.SetVariable(id(c), "NOSUCH(1)", "x", false), 400)
		w.refused(w.m.SetVariable("nosuch", "X", "x", false), 404)
		w.ok(w.m.SetGlobal("G", "7"))
		if v, err := w.m.Global("G"); v != "7" || err != nil {
			t.Error(v, err)
		}
	})
}

func TestKeys(t *testing.T) {
	inWorld(t, func(w *world, _ *ears) {
		p, c := w.call("app")
		var mu sync.Mutex
		var keys []byte
		p.Far().OnDigit(func(d byte) {
			mu.Lock()
			defer mu.Unlock()
			keys = append(keys, d)
		})
		heard := func() string {
			mu.Lock()
			defer mu.Unlock()
			return string(keys)
		}
		begun := time.Now()
		w.ok(w.m.SendKeys(id(c), Keys{Digits: "1w2", Before: time.Second, Between: 300 * time.Millisecond, Duration: 100 * time.Millisecond}))
		if d := time.Since(begun); d > 0 {
			t.Errorf("the request has waited for %v", d)
		}
		time.Sleep(900 * time.Millisecond)
		if heard() != "" {
			t.Error("it came too early")
		}
		time.Sleep(3 * time.Second)
		w.expect(heard(), "12")
		w.refused(w.m.SendKeys(id(c), Keys{}), 400)
		w.refused(w.m.Mute(id(c), "", true), 400)
		w.refused(w.m.Mute(id(c), "aside", true), 400)
		for _, d := range []string{"in", "out", "both"} {
			w.ok(w.m.Mute(id(c), d, true))
			w.ok(w.m.Mute(id(c), d, false))
		}
		for _, on := range []bool{true, false} {
			w.ok(w.m.Ring(id(c), on))
			w.ok(w.m.Hold(id(c), on))
			w.ok(w.m.Silence(id(c), on))
		}
		w.ok(w.m.Progress(id(c)))
		w.ok(w.m.Answer(id(c)))
		time.Sleep(time.Second)
	})
}

// The first that claims a call has it.
func TestBroadcast(t *testing.T) {
	inWorld(t, func(w *world, prog *ears) {
		other := &ears{}
		w.m.Register("other", other, false)
		_, c := w.call("offer")
		w.expect(other.told(), "")
		if e := prog.last("CallBroadcast"); e == nil || e["caller"] != "55" || e["called"] != "offer" {
			t.Errorf("%v", e)
		}
		w.refused(w.m.Claim("nosuch", "prog"), 404)
		w.refused(w.m.Claim(id(c), ""), 400)
		w.ok(w.m.Claim(id(c), "prog"))
		w.refused(w.m.Claim(id(c), "other"), 409)
		time.Sleep(time.Second)
		w.expect(prog.told(), "CallBroadcast CallClaimed StasisStart")
		w.ok(w.m.Continue(id(c), "", "", "", 0))
		time.Sleep(time.Second)
		w.expect(w.after(), "SUCCESS")
		w.core.SetGlobal("AFTER", "")
		w.call("offer")
		time.Sleep(2 * time.Second)
		w.expect(w.after(), "TIMEOUT")
	})
}
