package stasis

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// What is played one after the other is heard without a hole between: a recording of the other half is as long as the
// prompts are.
func TestPlaybacksFollowEachOther(t *testing.T) {
	inWorld(t, func(w *world, prog *ears) {
		o := Call{Application: "prog"}
		o.Tech, o.Resource, o.ID, o.OtherID = "Local", "app@in", "end1", "end2"
		if _, err := w.m.Originate(o); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		prog.told()
		if _, err := w.m.Record("end1", Record{Name: "row", Format: "sln"}); err != nil {
			t.Fatal(err)
		}
		for prog.last("RecordingStarted") == nil {
			time.Sleep(time.Millisecond)
		}
		for _, name := range []string{"a", "b", "c"} {
			if _, err := w.m.Play("end2", Play{ID: name, Media: []string{"sound:second"}}); err != nil {
				t.Fatal(err)
			}
		}
		for last := ""; last != "c"; time.Sleep(time.Millisecond) {
			if e := prog.last("PlaybackFinished"); e != nil {
				last = e["playback"].(map[string]any)["id"].(string)
			}
		}
		w.ok(w.m.ControlRecording("row", "stop"))
		time.Sleep(time.Second)
		info, err := os.Stat(filepath.Join(w.dir, "recording", "row.sln"))
		if err != nil {
			t.Fatal(err)
		}
		if over := time.Duration(info.Size())*time.Second/16000 - 3*time.Second; over < 0 || over > 20*time.Millisecond {
			t.Errorf("it is %v longer than what was played", over)
		}
	})
}
