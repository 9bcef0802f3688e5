package stasis

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"obelisk/media"
	"obelisk/pbx"
)

func ids(o Object, member string) []string {
	for i := 0; i < len(o); i += 2 {
		if o[i] == member {
			list, _ := o[i+1].([]string)
			return list
		}
	}
	return nil
}

func text(o Object, member string) string {
	for i := 0; i < len(o); i += 2 {
		if o[i] == member {
			s, _ := o[i+1].(string)
			return s
		}
	}
	return ""
}

// Channels come into a bridge in the order that was asked for, and out of it; those in it go back to
// their application when it is destroyed.
func TestBridge(t *testing.T) {
	inWorld(t, func(w *world, prog *ears) {
		_, a := w.call("app")
		_, b := w.call("app")
		prog.told()
		o, err := w.m.NewBridge("b1", "mixing", "name", nil)
		if err != nil || text(o, "technology") != "simple_bridge" || text(o, "bridge_class") != "stasis" || text(o, "name") != "name" {
			t.Fatal(string(JSON(o)), err)
		}
		_, err = w.m.NewBridge("b1", "", "", nil)
		w.refused(err, 409)
		_, err = w.m.NewBridge("b2", "sideways", "", nil)
		w.refused(err, 500)
		w.ok(w.m.Add("b1", []string{id(a), id(b)}, Seating{}))
		time.Sleep(time.Second)
		w.expect(prog.told("ChannelEnteredBridge", "StasisEnd"), "ChannelEnteredBridge ChannelEnteredBridge")
		o, _ = w.m.Bridge("b1")
		if got := ids(o, "channels"); !slices.Equal(got, []string{id(a), id(b)}) {
			t.Errorf("%v", got)
		}
		app, _ := w.m.Application("prog")
		if got := ids(app, "bridge_ids"); !slices.Equal(got, []string{"b1"}) {
			t.Errorf("%v", got)
		}
		if a.With() != b {
			t.Error("they do not hear each other")
		}
		w.refused(w.m.Remove("b2", []string{id(a)}), 404)
		w.ok(w.m.Remove("b1", []string{id(a)}))
		w.refused(w.m.Remove("b1", []string{id(a)}), 422)
		time.Sleep(time.Second)
		w.expect(prog.told("ChannelLeftBridge", "StasisEnd"), "ChannelLeftBridge")
		w.ok(w.m.Destroy("b1"))
		time.Sleep(time.Second)
		w.expect(prog.told("ChannelLeftBridge", "BridgeDestroyed", "StasisEnd"), "ChannelLeftBridge BridgeDestroyed")
		w.refused(w.m.Destroy("b1"), 404)
		w.ok(w.m.Continue(id(b), "", "", "", 0))
		time.Sleep(time.Second)
		w.expect(prog.told("StasisEnd"), "StasisEnd")
	})
}

func TestBridgeRefused(t *testing.T) {
	inWorld(t, func(w *world, _ *ears) {
		_, plain := w.call("up")
		w.m.NewBridge("b1", "", "", nil)
		w.refused(w.m.Add("b1", nil, Seating{}), 400)
		w.refused(w.m.Add("b1", []string{"nosuch"}, Seating{}), 400)
		w.refused(w.m.Add("b1", []string{id(plain)}, Seating{}), 422)
		w.refused(w.m.Add("b9", []string{id(plain)}, Seating{}), 404)
		w.refused(w.m.StopBridgeMusic("b1"), 409)
		w.refused(w.m.VideoSource("b1", "nosuch"), 400)
		w.refused(w.m.Add("b1", []string{""}, Seating{}), 400)
		for _, kinds := range []string{"bad", "mixing,holding", "sdp_label"} {
			_, err := w.m.NewBridge("b2", kinds, "", nil)
			w.refused(err, 500)
		}
		other := w.core.NewBridge(pbx.Policy{ID: "theirs"})
		w.refused(w.m.Add("theirs", []string{id(plain)}, Seating{}), 409)
		other.Close(pbx.CauseNormal)
		w.ok(w.m.SetBridgeVariable("b1", Variable{Name: "Q", Value: "1", Show: true}))
		if o, _ := w.m.Bridge("b1"); string(JSON(o[len(o)-1])) != `{"Q":"1"}` {
			t.Error(string(JSON(o)))
		}
		_, err := w.m.BridgeVariable("b1", "R")
		w.refused(err, 404)
		w.ok(w.m.Destroy("b1"))
		w.ok(w.m.Hangup(id(plain), pbx.CauseNormal))
	})
}

// From bridge to bridge: left, entered; never in both, and still the program's.
func TestBridgeToBridge(t *testing.T) {
	inWorld(t, func(w *world, prog *ears) {
		_, a := w.call("app")
		for _, id := range []string{"b1", "b2"} {
			if _, err := w.m.NewBridge(id, "", "", nil); err != nil {
				t.Error(err)
			}
		}
		w.ok(w.m.Add("b1", []string{id(a)}, Seating{}))
		prog.told()
		w.ok(w.m.Add("b2", []string{id(a)}, Seating{}))
		w.expect(prog.told("ChannelEnteredBridge", "ChannelLeftBridge", "StasisEnd"), "ChannelLeftBridge ChannelEnteredBridge")
		w.ok(w.m.Continue(id(a), "in", "elsewhere", "", 1))
		time.Sleep(time.Second)
		w.expect(prog.told("ChannelLeftBridge", "StasisEnd"), "ChannelLeftBridge StasisEnd")
		w.expect(w.after(), "there")
		w.ok(w.m.Destroy("b1"))
		w.ok(w.m.Destroy("b2"))
	})
}

// Many ways between bridge and application do not pile up: a call that was begun for the application
// waits below it.
func TestBridgeAgainAndAgain(t *testing.T) {
	inWorld(t, func(w *world, prog *ears) {
		o := Call{Application: "prog"}
		o.Tech, o.Resource, o.ID = "Local", "up@in", "c1"
		if _, err := w.m.Originate(o); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if _, err := w.m.NewBridge("b1", "", "", nil); err != nil {
			t.Fatal(err)
		}
		for range 50 {
			w.ok(w.m.Add("b1", []string{"c1"}, Seating{}))
			w.ok(w.m.Remove("b1", []string{"c1"}))
		}
		w.expect(prog.told("StasisEnd"), "")
		w.ok(w.m.Continue("c1", "in", "elsewhere", "", 1))
		time.Sleep(time.Second)
		w.expect(w.after(), "there")
		w.ok(w.m.Destroy("b1"))
	})
}

// hears taps what a phone hears for a time, and says how loud it is.
func (w *world) hears(p phone, d time.Duration) int {
	e := &meter{}
	tap := p.Far().Tap(media.In, e)
	time.Sleep(d)
	tap.Stop()
	time.Sleep(200 * time.Millisecond)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.n == 0 {
		return 0
	}
	return e.sum / e.n
}

// What is played to a bridge is heard by all, and mixing ends with it.
func TestBridgePlay(t *testing.T) {
	for _, kind := range []string{"mixing", "holding"} {
		t.Run(kind, func(t *testing.T) {
			inWorld(t, func(w *world, prog *ears) {
				p, a := w.call("app")
				q, b := w.call("app")
				w.m.NewBridge("b1", kind, "", nil)
				w.ok(w.m.Add("b1", []string{id(a), id(b)}, Seating{}))
				before, _ := w.m.Bridge("b1")
				if _, err := w.m.BridgePlay("b1", Play{ID: "p", Media: []string{"sound:third"}}); err != nil {
					t.Fatal(err)
				}
				one := w.hears(p, 500*time.Millisecond)
				two := w.hears(q, 500*time.Millisecond)
				if one < 500 || two < 500 {
					t.Errorf("they hear %d and %d", one, two)
				}
				w.ok(w.m.StopPlayback("p"))
				time.Sleep(time.Second)
				if n := w.hears(p, 500*time.Millisecond); n > 50 {
					t.Errorf("it goes on: %d", n)
				}
				after, _ := w.m.Bridge("b1")
				w.expect(text(after, "technology"), text(before, "technology"))
				w.expect(prog.told("PlaybackStarted", "PlaybackFinished"), "PlaybackStarted PlaybackFinished")
				w.ok(w.m.Destroy("b1"))
			})
		})
	}
}

// A bridge is recorded, with what all say.
func TestBridgeRecord(t *testing.T) {
	inWorld(t, func(w *world, prog *ears) {
		p, a := w.call("app")
		_, b := w.call("app")
		w.m.NewBridge("b1", "", "", nil)
		w.ok(w.m.Add("b1", []string{id(a), id(b)}, Seating{}))
		if _, err := w.m.BridgeRecord("b1", Record{Name: "r", Format: "sln"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		w.speak(p, time.Second)
		time.Sleep(500 * time.Millisecond)
		w.ok(w.m.ControlRecording("r", "stop"))
		time.Sleep(time.Second)
		w.expect(prog.told("RecordingStarted", "RecordingFinished"), "RecordingStarted RecordingFinished")
		if before, then := w.level("r.sln", 0, 800*time.Millisecond),
			w.level("r.sln", 1200*time.Millisecond, 600*time.Millisecond); before > 50 || then < 1000 {
			t.Errorf("%d, then %d", before, then)
		}
		w.ok(w.m.Destroy("b1"))
	})
}

// speak has a phone speak.
func (w *world) speak(p phone, d time.Duration) {
	pcm := make([]int16, int(d/time.Millisecond)*8)
	for i := range pcm {
		if pcm[i] = 5000; i/8%2 == 1 {
			pcm[i] = -5000
		}
	}
	p.Far().Play(media.NewClip(pcm), func(bool) {})
	time.Sleep(d)
}

// Keys of a channel that is put in with absorbDTMF are told to the program, and reach nobody else.
func TestBridgeAbsorbsKeys(t *testing.T) {
	for _, absorb := range []bool{false, true} {
		inWorld(t, func(w *world, prog *ears) {
			p, a := w.call("app")
			q, b := w.call("app")
			w.m.NewBridge("b1", "mixing", "", nil)
			w.ok(w.m.Add("b1", []string{id(a)}, Seating{Absorb: absorb}))
			w.ok(w.m.Add("b1", []string{id(b)}, Seating{}))
			time.Sleep(time.Second)
			prog.told()
			heard := map[phone]string{}
			var mu sync.Mutex
			for _, x := range []phone{p, q} {
				x.Far().OnDigit(func(key byte) {
					mu.Lock()
					defer mu.Unlock()
					heard[x] += string(key)
				})
			}
			for _, key := range []byte("1#") {
				a.SendDigit(key, true)
				time.Sleep(time.Second)
				b.SendDigit(key, true)
				time.Sleep(time.Second)
			}
			mu.Lock()
			defer mu.Unlock()
			want := "1#"
			if absorb {
				want = ""
			}
			if heard[q] != want || heard[p] != "1#" {
				t.Errorf("absorb %v: the other one hears %q, this one %q", absorb, heard[q], heard[p])
			}
			if n := len(strings.Fields(prog.told("ChannelDtmfReceived"))); n != 4 {
				t.Errorf("absorb %v: the program is told of %d keys", absorb, n)
			}
		})
	}
}
