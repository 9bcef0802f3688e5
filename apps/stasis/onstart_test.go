package stasis

import (
	"slices"
	"testing"
	"time"

	"obelisk/pbx"
)

// A call whose bridge and prompt were asked for with it: it is in the bridge and hears the prompt once it
// has answered, and nothing of it is there before or after one that is not answered.
func TestOpening(t *testing.T) {
	inWorld(t, func(w *world, prog *ears) {
		call := func(exten, id string) Call {
			o := Call{Application: "prog", Bridge: "b1", Play: Play{ID: "p-" + id, Media: []string{"sound:second"}}}
			o.Tech, o.Resource, o.ID, o.Timeout = "Local", exten+"@in", id, 5*time.Second
			return o
		}
		o, err := w.m.Originate(call("ring", "c1"))
		if err != nil || text(o, "bridge_id") != "b1" || text(o, "playback_id") != "p-c1" {
			t.Fatal(string(JSON(o)), err)
		}
		if p, err := w.m.Playback("p-c1"); err != nil || text(p, "state") != "queued" || text(p, "target_uri") != "channel:c1" {
			t.Error(string(JSON(p)), err)
		}
		time.Sleep(time.Second)
		w.expect(prog.told("StasisStart", "ChannelEnteredBridge", "PlaybackStarted"), "")
		time.Sleep(1500 * time.Millisecond)
		w.expect(prog.told("StasisStart", "ChannelEnteredBridge", "PlaybackStarted"), "StasisStart ChannelEnteredBridge PlaybackStarted")
		second := call("up", "c2")
		second.Play = Play{}
		if o, err = w.m.Originate(second); err != nil || text(o, "playback_id") != "" {
			t.Fatal(string(JSON(o)), err)
		}
		time.Sleep(2 * time.Second)
		w.expect(prog.told("ChannelEnteredBridge", "PlaybackFinished"), "ChannelEnteredBridge PlaybackFinished")
		b, _ := w.m.Bridge("b1")
		if got := ids(b, "channels"); !slices.Equal(got, []string{"c1", "c2"}) {
			t.Errorf("in the bridge: %v", got)
		}
		prog.told()

		silent := call("silent", "c3")
		silent.Bridge = "b2"
		if _, err := w.m.Originate(silent); err != nil {
			t.Fatal(err)
		}
		if _, err := w.m.Bridge("b2"); err != nil {
			t.Errorf("the bridge of a call that rings: %v", err)
		}
		time.Sleep(10 * time.Second)
		if e := prog.last("PlaybackFinished"); e == nil || e["playback"].(map[string]any)["state"] != "failed" {
			t.Errorf("the prompt of a call that is not answered: %v", e)
		}
		_, err = w.m.Bridge("b2")
		w.refused(err, 404)
	})
}

// What is wrong with a part of it refuses the whole.
func TestOpeningRefused(t *testing.T) {
	inWorld(t, func(w *world, _ *ears) {
		refused := func(status int, change func(*Call)) {
			t.Helper()
			o := Call{Application: "prog", Bridge: "b1", Play: Play{ID: "p", Media: []string{"sound:second"}}}
			o.Tech, o.Resource, o.ID = "Local", "up@in", "c1"
			change(&o)
			_, err := w.m.Originate(o)
			w.refused(err, status)
			time.Sleep(time.Second)
			if w.m.Find("c1") != nil {
				t.Error("it is called")
			}
			if _, err := w.m.Playback("p"); err == nil {
				t.Error("its prompt is queued")
			}
			if _, err := w.m.Bridge("b1"); err == nil {
				t.Error("its bridge is there")
			}
		}
		refused(400, func(o *Call) { o.Application = ""; o.At.Context, o.At.Exten = "in", "up" })
		refused(409, func(o *Call) { o.Application = "nosuch" })
		refused(400, func(o *Call) { o.Play.Offset = -1 })
		refused(500, func(o *Call) { o.Tech = "Nosuch" })
		refused(500, func(o *Call) { o.Resource = "nosuch@nowhere" })
		theirs := w.core.NewBridge(pbx.Policy{Kind: pbx.KindBase, ID: "theirs", Ends: pbx.Never})
		theirs.MakeKnown()
		refused(409, func(o *Call) { o.Bridge = "theirs" })
		theirs.Close(pbx.CauseNormal)
	})
}
