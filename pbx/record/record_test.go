package record

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"obelisk/internal/testkit/desk"
	"obelisk/media/soundfile"
	"obelisk/pbx"
)

// read is a recording: its length, and that of what is louder than a level.
func read(t *testing.T, path string) (length, loud time.Duration) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Error(err)
		return 0, 0
	}
	clip, err := soundfile.Decode(path, data)
	if err != nil {
		t.Error(err)
		return 0, 0
	}
	n := 0
	for _, s := range clip.PCM {
		if s > 500 || s < -500 {
			n++
		}
	}
	per := time.Second / time.Duration(clip.Rate)
	return time.Duration(len(clip.PCM)) * per, time.Duration(n) * per
}

func near(d, want time.Duration) bool {
	return d >= want-60*time.Millisecond && d <= want+60*time.Millisecond
}

// A recording ends by a key, silence, its limit or a hang-up, and its end is trimmed as asked.
func TestEnds(t *testing.T) {
	for _, c := range []struct {
		name         string
		job          Job
		meanwhile    func(p desk.Phone)
		why          Why
		length, loud time.Duration
	}{
		{"key", Job{Ends: func(k byte) bool { return k == '#' }, Trim: func(r Result) time.Duration { return 250 * time.Millisecond }},
			func(p desk.Phone) {
				p.Speak(5000, 2*time.Second)
				p.Press("1")
				p.Speak(5000, time.Second)
				p.Press("#")
			}, ByKey, 2750 * time.Millisecond, 2750 * time.Millisecond},
		{"silence", Job{Silence: 2 * time.Second, Trim: func(r Result) time.Duration { return r.Trailing - 200*time.Millisecond }},
			func(p desk.Phone) {
				p.Speak(5000, 3*time.Second)
				p.Speak(100, 4*time.Second)
			}, BySilence, 3200 * time.Millisecond, 3 * time.Second},
		{"nothing at all", Job{Silence: 2 * time.Second}, func(p desk.Phone) {}, BySilence, 2170 * time.Millisecond, 0},
		{"limit", Job{Limit: 1500 * time.Millisecond}, func(p desk.Phone) { p.Speak(5000, 3*time.Second) }, ByLimit, 1500 * time.Millisecond,
			1500 * time.Millisecond},
		{"hangup", Job{}, func(p desk.Phone) { p.Speak(5000, time.Second); p.HangUp() }, ByHangup, time.Second, time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.job.Path, c.job.Formats = filepath.Join(t.TempDir(), "new", "rec"), []string{"wav", "gsm", "sln16", "wav49"}
			desk.Call(t, func(ch *pbx.Channel) {
				r := Run(ch, c.job)
				if r.Why != c.why || r.Err != nil || !near(r.Length, c.length) {
					t.Errorf("%+v, want %d, %v", r, c.why, c.length)
				}
				for _, ext := range []string{"wav", "gsm", "sln16", "WAV"} {
					if length, loud := read(t, c.job.Path+"."+ext); !near(length, c.length) || loud > c.loud+60*time.Millisecond || loud < c.loud*9/10 {
						t.Errorf("%s: %v, of it loud %v; want %v and %v", ext, length, loud, c.length, c.loud)
					}
				}
			}, c.meanwhile)
		})
	}
}

func TestAppend(t *testing.T) {
	job := Job{Path: filepath.Join(t.TempDir(), "rec"), Formats: []string{"wav"}, Limit: time.Second, Append: true}
	desk.Call(t, func(c *pbx.Channel) {
		Run(c, job)
		if r := Run(c, job); !near(r.Length, time.Second) {
			t.Errorf("%+v", r)
		}
	}, func(p desk.Phone) { p.Speak(5000, 3*time.Second) })
	if length, _ := read(t, job.Path+".wav"); !near(length, 2*time.Second) {
		t.Errorf("%v", length)
	}
}

func TestNotBegun(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	desk.Call(t, func(c *pbx.Channel) {
		for _, j := range []Job{{}, {Path: dir + "/x", Formats: []string{"nope"}}, {Path: dir + "/x", Formats: []string{"wav", "nope"}},
			{Path: dir + "/file/x", Formats: []string{"wav"}}} {
			if r := Run(c, j); r.Why != ByError || r.Err == nil {
				t.Errorf("%+v: %+v", j, r)
			}
		}
	}, func(desk.Phone) {})
}

// Gain changes what is written; silence is judged before.
func TestGain(t *testing.T) {
	job := Job{Path: filepath.Join(t.TempDir(), "rec"), Formats: []string{"sln"}, Limit: time.Second, Gain: 6}
	desk.Call(t, func(c *pbx.Channel) { Run(c, job) }, func(p desk.Phone) { p.Speak(5000, 2*time.Second) })
	data, err := os.ReadFile(job.Path + ".sln")
	if err != nil {
		t.Fatal(err)
	}
	clip, err := soundfile.Decode("rec.sln", data)
	if err != nil || len(clip.PCM) == 0 {
		t.Fatal(err)
	}
	if top := slices.Max(clip.PCM); top < 9000 || top > 11000 {
		t.Errorf("5000 becomes %d", top)
	}
}
