package stasis

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// meter is a sink that says how loud it is.
type meter struct {
	mu     sync.Mutex
	sum, n int
}

func (m *meter) Rate() int { return 8000 }
func (m *meter) End()      {}
func (m *meter) Put(pcm []int16) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, x := range pcm {
		m.sum += max(int(x), -int(x))
		m.n++
	}
}

// Several media play one after the other; one that is not there fails, and only the last decides.
func TestPlay(t *testing.T) {
	inWorld(t, func(w *world, prog *ears) {
		p, c := w.call("app")
		prog.told()
		o, err := w.m.Play(id(c), Play{ID: "p", Media: []string{"sound:second", "digits:1", "sound:second"}})
		if err != nil || text(o, "state") != "queued" || text(o, "next_media_uri") != "digits:1" {
			t.Fatal(string(JSON(o)), err)
		}
		if n := w.hears(p, 500*time.Millisecond); n < 500 {
			t.Errorf("it hears %d", n)
		}
		time.Sleep(3 * time.Second)
		w.expect(prog.told(), "PlaybackStarted PlaybackContinuing PlaybackStarted PlaybackContinuing PlaybackStarted PlaybackFinished")
		for _, bad := range []string{"sound:nosuch", "foo:x", "number:x", "tone:nosuch", "recording:../second", "recording:nosuch",
			"sound:../../etc/passwd"} {
			if _, err := w.m.Play(id(c), Play{Media: []string{bad}}); err != nil {
				t.Errorf("%s: %v", bad, err)
			}
			time.Sleep(time.Second)
			if e := prog.last("PlaybackFinished"); e == nil || e["playback"].(map[string]any)["state"] != "failed" {
				t.Errorf("%s: %v", bad, e)
			}
			prog.told()
		}
		_, err = w.m.Play(id(c), Play{})
		w.refused(err, 500)
		_, err = w.m.Play(id(c), Play{Media: []string{"sound:second"}, Skip: -1})
		w.refused(err, 400)
		_, err = w.m.Play(id(c), Play{Media: []string{"sound:second"}, Offset: -1})
		w.refused(err, 400)
	})
}

func TestControlPlayback(t *testing.T) {
	inWorld(t, func(w *world, prog *ears) {
		_, c := w.call("app")
		prog.told()
		do := func(operation string) { w.t.Helper(); w.ok(w.m.ControlPlayback("p", operation)) }
		w.refused(w.m.ControlPlayback("p", "restart"), 404)
		w.refused(w.m.ControlPlayback("p", ""), 400)
		w.refused(w.m.ControlPlayback("p", "sing"), 400)
		w.m.Play(id(c), Play{ID: "p", Media: []string{"sound:third"}, Offset: time.Second, Skip: time.Second})
		w.m.Play(id(c), Play{ID: "q", Media: []string{"sound:second"}})
		time.Sleep(500 * time.Millisecond) // at 1.5
		w.refused(w.m.ControlPlayback("q", "pause"), 409)
		do("pause")
		time.Sleep(5 * time.Second)
		w.expect(prog.told("PlaybackFinished"), "")
		do("unpause")
		do("reverse") // at 0.5
		time.Sleep(time.Second)
		do("restart")
		time.Sleep(2500 * time.Millisecond) // at 2.5
		w.expect(prog.told("PlaybackFinished"), "")
		do("forward")
		time.Sleep(100 * time.Millisecond)
		w.expect(prog.told(), "PlaybackFinished PlaybackStarted")
		w.m.Play(id(c), Play{ID: "r", Media: []string{"sound:second"}})
		w.ok(w.m.StopPlayback("r")) // before its turn
		w.ok(w.m.StopPlayback("q"))
		time.Sleep(2 * time.Second)
		w.expect(prog.told(), "PlaybackFinished PlaybackFinished")
		w.refused(w.m.StopPlayback("q"), 404)
	})
}

// A recording is stopped, cancelled, ends by its limit, by silence and by keys; a pause is not in it, and
// what is muted is silence.
func TestRecord(t *testing.T) {
	inWorld(t, func(w *world, prog *ears) {
		p, c := w.call("app")
		prog.told()
		record := func(r Record) {
			w.t.Helper()
			r.Format = "sln"
			o, err := w.m.Record(id(c), r)
			if err != nil || text(o, "state") != "queued" {
				t.Errorf("%s: %s %v", r.Name, JSON(o), err)
			}
			time.Sleep(200 * time.Millisecond)
		}
		seconds := func(name string) float64 {
			info, err := os.Stat(filepath.Join(w.dir, "recording", name+".sln"))
			if err != nil {
				return -1
			}
			return float64(info.Size()) / 16000
		}
		record(Record{Name: "stopped"})
		w.speak(p, time.Second)
		w.refused(w.m.Add("nosuch", []string{id(c)}, Seating{}), 404)
		w.m.NewBridge("b1", "", "", nil)
		w.refused(w.m.Add("b1", []string{id(c)}, Seating{}), 409)
		w.ok(w.m.ControlRecording("stopped", "pause"))
		time.Sleep(5 * time.Second)
		w.ok(w.m.ControlRecording("stopped", "unpause"))
		w.ok(w.m.ControlRecording("stopped", "mute"))
		w.speak(p, time.Second)
		w.ok(w.m.ControlRecording("stopped", "unmute"))
		w.ok(w.m.ControlRecording("stopped", "stop"))
		time.Sleep(time.Second)
		if n := seconds("stopped"); n < 1.9 || n > 2.6 {
			t.Errorf("it has %v seconds", n)
		}
		if loud, quiet := w.level("stopped.sln", 300*time.Millisecond, 700*time.Millisecond), w.level("stopped.sln", 1500*time.Millisecond,
			400*time.Millisecond); loud < 1000 || quiet > 50 {
			t.Errorf("%d, muted %d", loud, quiet)
		}
		e := prog.last("RecordingFinished")["recording"].(map[string]any)
		if e["state"] != "done" || e["duration"].(float64) != 2 {
			t.Errorf("%v", e)
		}
		_, err := w.m.Record(id(c), Record{Name: "stopped", Format: "sln"})
		w.refused(err, 409)
		record(Record{Name: "cancelled"})
		time.Sleep(time.Second)
		w.ok(w.m.ControlRecording("cancelled", "cancel"))
		time.Sleep(time.Second)
		if n := seconds("cancelled"); n != -1 {
			t.Errorf("it is there: %v", n)
		}
		record(Record{Name: "limited", Limit: 2 * time.Second})
		time.Sleep(3 * time.Second)
		record(Record{Name: "silent", Silence: 2 * time.Second})
		time.Sleep(4 * time.Second)
		record(Record{Name: "keyed", Ends: "#"})
		p.Channel().Post(pressed('1'))
		time.Sleep(time.Second)
		p.Channel().Post(pressed('#'))
		time.Sleep(time.Second)
		for name, want := range map[string]float64{"limited": 2, "silent": 2, "keyed": 1.2} {
			if n := seconds(name); n < want-0.3 || n > want+0.5 {
				t.Errorf("%s has %v seconds", name, n)
			}
		}
		if _, err := w.m.LiveRecording("keyed"); err == nil {
			t.Error("it is alive")
		}
		w.expect(strings.Join(strings.Fields(prog.told("RecordingStarted", "RecordingFinished")), " "),
			strings.TrimSuffix(strings.Repeat("RecordingStarted RecordingFinished ", 5), " "))
		w.ok(w.m.Destroy("b1"))
	})
}

func TestRecordRefused(t *testing.T) {
	inWorld(t, func(w *world, _ *ears) {
		_, c := w.call("app")
		for _, x := range []struct {
			r      Record
			status int
		}{
			{Record{Name: "a", Format: "sln", Ends: "x"}, 400}, {Record{Name: "a", Format: "sln", IfExists: "x"}, 400},
			{Record{Name: "a", Format: "x"}, 422}, {Record{Name: "a"}, 422}, {Record{Name: "a", Format: "sln", Limit: -1}, 400},
			{Record{Name: "a", Format: "sln", Silence: -1}, 400}, {Record{Name: "../a", Format: "sln"}, 400},
			{Record{Name: "/tmp/a", Format: "sln"}, 400}, {Record{Name: "", Format: "sln"}, 500},
		} {
			_, err := w.m.Record(id(c), x.r)
			w.refused(err, x.status)
		}
		w.refused(w.m.ControlRecording("nosuch", "stop"), 404)
	})
}

// The end of a call is the end of its recording, whose file is there when the application is told.
func TestRecordHangup(t *testing.T) {
	inWorld(t, func(w *world, prog *ears) {
		_, c := w.call("app")
		prog.told()
		w.m.Record(id(c), Record{Name: "r", Format: "wav"})
		time.Sleep(time.Second)
		w.ok(w.m.Hangup(id(c), 16))
		time.Sleep(time.Second)
		w.expect(prog.told(), "RecordingStarted ChannelHangupRequest RecordingFinished StasisEnd")
		if _, err := w.m.StoredRecording("r"); err != nil {
			t.Error(err)
		}
	})
}

// Names of recordings lead nowhere but below their folder.
func TestStored(t *testing.T) {
	inWorld(t, func(w *world, _ *ears) {
		w.m.core.SetGlobal("x", "y")
		root := filepath.Join(w.dir, "recording")
		os.MkdirAll(filepath.Join(root, "d"), 0o755)
		outside := t.TempDir()
		os.WriteFile(filepath.Join(outside, "secret.wav"), []byte("s"), 0o644)
		os.WriteFile(filepath.Join(root, "d", "one.wav"), []byte("1"), 0o644)
		os.WriteFile(filepath.Join(root, "two.gsm"), []byte("2"), 0o644)
		os.WriteFile(filepath.Join(root, "not.txt"), []byte("2"), 0o644)
		os.Symlink(outside, filepath.Join(root, "out"))
		os.Symlink(filepath.Join(outside, "secret.wav"), filepath.Join(root, "link.wav"))
		if got := string(JSON(w.m.StoredRecordings())); got != `[{"name":"d/one","format":"wav"},{"name":"two","format":"gsm"}]` {
			t.Error(got)
		}
		for _, name := range []string{"../second", "/etc/passwd", "out/secret", "link", "not", "d", "", ".", "..", "d/../two", "d//one",
			"a\x00b", `d\one`} {
			if _, err := w.m.StoredRecording(name); err == nil {
				t.Errorf("%q is there", name)
			}
			if err := w.m.DeleteStored(name); err == nil {
				t.Errorf("%q was deleted", name)
			}
		}
		for name, status := range map[string]int{"../x": 403, "out/x": 403, "d/one": 409, "/x": 403, "": 400, "two": 0} {
			_, err := w.m.CopyStored("d/one", name)
			if status == 0 { // of another format, and of the same name all the same
				status = 409
			}
			w.refused(err, status)
		}
		o, err := w.m.CopyStored("d/one", "new/copy")
		if err != nil || string(JSON(o)) != `{"name":"new/copy","format":"wav"}` {
			t.Error(string(JSON(o)), err)
		}
		w.ok(w.m.DeleteStored("new/copy"))
		_, err = w.m.CopyStored("nosuch", "x")
		w.refused(err, 404)
		_, c := w.call("app")
		for _, name := range []string{"out/x", "link"} {
			if _, err := w.m.Record(id(c), Record{Name: name, Format: "wav", IfExists: "overwrite"}); err != nil {
				t.Error(err)
			}
			time.Sleep(time.Second)
		}
		if list, _ := os.ReadDir(outside); len(list) != 1 {
			t.Errorf("%d files outside", len(list))
		}
		if b, _ := os.ReadFile(filepath.Join(outside, "secret.wav")); string(b) != "s" {
			t.Error("a file outside was written")
		}
	})
}

func FuzzLocalName(f *testing.F) {
	for _, s := range []string{"a", "a/b", "../a", "/a", "a/../b", ".a", "a\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if !localName(name) {
			return
		}
		p := filepath.Join("/spool/recording", name)
		if !strings.HasPrefix(p, "/spool/recording/") || strings.Contains(name, "..") && strings.Contains(p, "..") && !filepath.IsLocal(name) {
			t.Errorf("%q leads to %s", name, p)
		}
	})
}
