package stasis

import (
	"testing"
	"time"

	"obelisk/pbx"
)

// A call of a program that somebody else bridges is the program's no more, wherever it was, and ends with
// that bridge: it has no dialplan.
func TestStrayed(t *testing.T) {
	for _, bridged := range []bool{false, true} {
		inWorld(t, func(w *world, prog *ears) {
			for _, id := range []string{"c1", "c2"} {
				o := Call{Application: "prog"}
				o.Tech, o.Resource, o.ID = "Local", "up@in", id
				if _, err := w.m.Originate(o); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(time.Second)
			if bridged {
				w.m.NewBridge("b1", "", "", nil)
				w.ok(w.m.Add("b1", []string{"c1"}, Seating{}))
			}
			prog.told()
			b := w.core.NewBridge(pbx.Policy{})
			release, _ := b.Keep() // it would end with the first one alone
			for _, id := range []string{"c1", "c2"} {
				w.ok(w.m.Find(id).Move(b, pbx.Member{}))
			}
			release()
			time.Sleep(time.Second)
			w.expect(prog.told("StasisEnd", "ChannelEnteredBridge"), "StasisEnd StasisEnd") // nothing of where they went
			w.refused(w.m.Answer("c1"), 409)
			w.ok(w.m.Hangup("c2", 16))
			time.Sleep(time.Second)
			if w.m.Find("c1") != nil {
				t.Error("it lives on")
			}
			if bridged {
				w.ok(w.m.Destroy("b1"))
			}
		})
	}
}
