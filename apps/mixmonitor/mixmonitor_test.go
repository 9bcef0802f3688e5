package mixmonitor

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/dialplan"
	"obelisk/dialplan/app"
	"obelisk/internal/testkit/asked"
	"obelisk/internal/testkit/desk"
	"obelisk/internal/testkit/handset"
	"obelisk/internal/testkit/script"
	"obelisk/media"
	"obelisk/media/soundfile"
	"obelisk/pbx"
	"obelisk/sounds"
)

// lengths are a file's whole length and that of what is louder than a level, in tenths of a second.
func lengths(t *testing.T, path string) (whole, loud int) {
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
		if s > 300 || s < -300 {
			n++
		}
	}
	return (len(clip.PCM) + clip.Rate/20) * 10 / clip.Rate, (n + clip.Rate/20) * 10 / clip.Rate
}

// onCall runs f with a module of its own.
func onCall(t *testing.T, f func(c *pbx.Channel, m *Module), meanwhile func(p desk.Phone)) (folder string) {
	folder = t.TempDir()
	desk.Call(t, func(c *pbx.Channel) {
		m := New(&sounds.Library{Extensions: []string{".ulaw"}}, folder)
		m.Furnish(c.Core())
		f(c, m)
	}, meanwhile)
	return folder
}

// loud is a source of a level, for so long.
func loud(level int16, d time.Duration) media.Source {
	pcm := make([]int16, int(d/time.Millisecond)*8)
	for i := range pcm {
		pcm[i] = level
		if i/8%2 == 1 {
			pcm[i] = -level
		}
	}
	return media.NewClip(pcm)
}

// Each side goes into its file, both into one, in time with each other; what came before the first
// packet is left out.
func TestSides(t *testing.T) {
	folder := onCall(t, func(c *pbx.Channel, m *Module) {
		c.Sleep(2 * time.Second)
		m.mixMonitor(c, "sub/both.wav,r(in.gsm)t(out.sln16)i(ID)")
		id, _ := c.Var("ID")
		if name, err := m.read(c, id+",filename"); err != nil || !strings.HasSuffix(name, "/sub/both.wav") {
			t.Errorf("%q %v", name, err)
		}
		if v, _ := c.Var("MIXMONITOR_FILENAME"); !strings.HasSuffix(v, "/sub/both.wav") {
			t.Errorf("%q", v)
		}
		c.Sleep(5 * time.Second) // nobody says anything for three
		c.Leg().Stream().Play(loud(5000, 2*time.Second), func(bool) {})
		c.Sleep(2 * time.Second)
		m.stopMixMonitor(c, "")
		if _, err := m.read(c, id+",filename"); err == nil || len(m.all()) != 1 || m.all()[0].state != "whole" {
			t.Error("it goes on")
		}
		if m.end(c, "") {
			t.Error("it ended twice")
		}
	}, func(p desk.Phone) {
		time.Sleep(5 * time.Second)
		p.Speak(4000, time.Second)
	})
	for name, want := range map[string][2]int{"sub/both.wav": {40, 30}, "in.gsm": {40, 10}, "out.sln16": {40, 20}} {
		whole, loud := lengths(t, filepath.Join(folder, name))
		if whole != want[0] || loud < want[1]*9/10 || loud > want[1]+1 {
			t.Errorf("%s: %d, of it %d loud; want %v", name, whole, loud, want)
		}
	}
}

// The end of the call ends it; then the command runs, with variables as they were, and the file
// may go.
func TestAfterwards(t *testing.T) {
	folder := onCall(t, func(c *pbx.Channel, m *Module) {
		c.SetVar("X", "one")
		m.mixMonitor(c, "talk,d,echo ^{X} ${BASENAME} > "+m.folder+"/done; ls "+m.folder+" >> "+m.folder+"/done")
		c.SetVar("X", "two")
		c.Sleep(time.Minute)
	}, func(p desk.Phone) {
		p.Speak(4000, time.Second)
		p.HangUp()
	})
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		data, _ := os.ReadFile(folder + "/done")
		_, err := os.Stat(folder + "/talk.raw")
		if string(data) == "one\ndone\ntalk.raw\n" && os.IsNotExist(err) {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("%q, %v", data, err)
		}
	}
}

// When "h" runs the file is there, whole.
func TestWholeInH(t *testing.T) {
	dir := t.TempDir()
	size := int64(0)
	plan := "[in]\nexten => s,1,MixMonitor(x.wav)\nsame => n,Wait(2.5)\nsame => n,Hangup()\nexten => h,1,Look()\n"
	synctest.Test(t, func(t *testing.T) {
		b := script.Board(t, plan, func(core *pbx.Core, lib *sounds.Library) {
			app.Register(core, lib)
			New(lib, dir).Furnish(core)
			core.RegisterApp(pbx.App{Name: "Look", Exec: func(*pbx.Channel, string) dialplan.Result {
				if f, err := os.Stat(filepath.Join(dir, "x.wav")); err == nil {
					size = f.Size()
				}
				return dialplan.Continue
			}})
		})
		defer b.Close()
		p := desk.Phone{Handset: handset.New(b.Media, "desk")}
		if _, err := b.Core.Incoming(pbx.NewCall{Tech: "Phone", Leg: p, Context: "in", Exten: "s", Trace: b.Core.Book().Open()}); err != nil {
			t.Fatal(err)
		}
		p.Speak(3000, 5*time.Second)
	})
	if size < 16000*24/10 || size > 16000*26/10 {
		t.Errorf("%d octets", size)
	}
}

// Volume, muting, seconds left out, both sides in turn, more of a file.
func TestOptions(t *testing.T) {
	for _, c := range []struct {
		options, file string
		whole, loud   int
	}{
		{"v(-4)", "x.wav", 20, 0}, {"W(2)", "x.wav", 20, 20}, {"s(1.5)", "x.wav", 5, 5}, {"b", "x.wav", 0, 0}, {"D", "x.raw", 40, 20},
		{"a", "x.wav", 40, 40}, {"", "mute.wav", 20, 10},
	} {
		folder := onCall(t, func(ch *pbx.Channel, m *Module) {
			for range 1 + strings.Count(c.options, "a") {
				m.mixMonitor(ch, c.file+","+c.options)
				ch.Sleep(time.Second)
				if c.file == "mute.wav" {
					m.actMute(asked.For("Channel", ch.Name(), "Direction", "both", "State", "1", "reply", ""))
				}
				ch.Sleep(time.Second)
				m.stopMixMonitor(ch, "")
			}
		}, func(p desk.Phone) { p.Speak(3000, 5*time.Second) })
		whole, loud := lengths(t, filepath.Join(folder, c.file))
		if max(whole-c.whole, c.whole-whole) > 1 || max(loud-c.loud, c.loud-loud) > 2 {
			t.Errorf("%s: %d, of it %d loud; want %d and %d", c.options, whole, loud, c.whole, c.loud)
		}
	}
}

// A folder that is not there yet, and cannot be made, is made later: nothing is lost.
func TestDiskComesBack(t *testing.T) {
	folder := onCall(t, func(c *pbx.Channel, m *Module) {
		blocked := filepath.Join(m.folder, "sub")
		if err := os.WriteFile(blocked, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		m.mixMonitor(c, "sub/x.wav")
		c.Sleep(3500 * time.Millisecond)
		os.Remove(blocked)
		c.Sleep(2 * time.Second)
		m.stopMixMonitor(c, "")
	}, func(p desk.Phone) { p.Speak(3000, 5*time.Second) })
	if whole, loud := lengths(t, folder+"/sub/x.wav"); whole < 54 || loud < 48 {
		t.Errorf("%d, of it %d loud", whole, loud)
	}
}

// mailroom notes what comes.
type mailroom struct{ came chan pbx.Mail }

func (m mailroom) Take(x pbx.Mail) error { m.came <- x; return nil }

// Both sides hear a beep from time to time; the files go into mailboxes.
func TestBeepsAndMailboxes(t *testing.T) {
	room := mailroom{make(chan pbx.Mail, 4)}
	folder := onCall(t, func(c *pbx.Channel, m *Module) {
		c.Core().SetMailroom(room)
		beep, _ := os.ReadFile("../../sounds/en/beep.ulaw")
		m.player.Lib.Dirs = []string{m.folder}
		if err := os.WriteFile(m.folder+"/beep.ulaw", beep, 0o644); err != nil {
			t.Error(err)
		}
		m.mixMonitor(c, "x.wav,B(1)m(100@default/Work&101)")
		c.Sleep(13 * time.Second)
		m.stopMixMonitor(c, "")
		c.Sleep(time.Second)
	}, func(p desk.Phone) {
		d := &media.TalkDetector{Silence: time.Second}
		beeps := make(chan bool, 9)
		d.On = func(talking bool, _ time.Duration) {
			if talking {
				beeps <- true
			}
		}
		p.Far().Tap(media.In, d)
		p.Speak(100, 14*time.Second)
		if n := len(beeps); n != 2 { // no oftener than each five seconds
			t.Errorf("%d beeps", n)
		}
	})
	for _, want := range []string{"101 ", "100@default Work"} {
		if m := <-room.came; m.Box+" "+m.Folder != want || m.File != folder+"/x.wav" || m.Format != "wav" || m.Length < 12*time.Second {
			t.Errorf("%+v", m)
		}
	}
	if _, loud := lengths(t, folder+"/x.wav"); loud > 0 {
		t.Errorf("the beep is recorded: %d", loud)
	}
}

// A recording of which no file can be written runs until it is stopped, once: programs count starts and ends.
func TestNoFormat(t *testing.T) {
	onCall(t, func(c *pbx.Channel, m *Module) {
		if m.begin(c, "x.nosuch") == nil {
			t.Error("it does not begin")
		}
		if len(m.of(c, "")) != 1 {
			t.Error("it does not run")
		}
		if !m.end(c, "") || m.end(c, "") {
			t.Error("it does not end once")
		}
		r := m.begin(c, "y.nosuch")
		c.AtEnd(func() {
			select {
			case <-r.over:
			default:
				t.Error("it is not over at the end of the call")
			}
		})
	}, func(desk.Phone) {})
}

func TestManager(t *testing.T) {
	module := make(chan *Module, 1)
	onCall(t, func(c *pbx.Channel, m *Module) {
		module <- m
		c.Sleep(20 * time.Second)
	}, func(p desk.Phone) {
		m, name := <-module, p.Channel().Name()
		for _, row := range []struct {
			action func(pbx.Asked)
			q      *asked.Request
			want   string
		}{
			{m.actStart, asked.For(), "Error: No channel specified"}, {m.actStart, asked.For("Channel", "x"), "Error: No such channel"},
			{m.actStart, asked.For("Channel", name), "Error: Could not start monitoring channel"},
			{m.actStop, asked.For("Channel", name), "Error: Could not stop monitoring channel"},
			{m.actStart, asked.For("Channel", name, "File", "a.wav", "Options", "i(X)"), "Success: MixMonitorID"},
			{m.actStart, asked.For("Channel", name, "File", "b.wav"), "Success"},
			{m.actMute, asked.For("Channel", name), "Error: No direction specified. Must be read, write or both"},
			{m.actMute, asked.For("Channel", name, "Direction", "x"), "Error: Invalid direction specified. Must be read, write or both"},
			{m.actMute, asked.For("Direction", "read"), "Error: No channel specified"}, {m.actMute, asked.For("Direction", "read", "Channel", "x"),
				"Error: No state specified"}, {m.actMute, asked.For("Direction", "read", "Channel", "x", "State", "1"), "Error: No such channel"},
			{m.actMute, asked.For("Direction", "read", "Channel", name, "State", "1"), "Success"},
			{m.actMute, asked.For("Direction", "read", "Channel", name, "State", "1", "MixMonitorID", "0x1"), "Error: Cannot set mute flag"},
			{m.actStop, asked.For("Channel", name), "Success"}, {m.actStop, asked.For("Channel", name, "MixMonitorID", "0x1"),
				"Error: Could not stop monitoring channel"}, {m.actStop, asked.For("Channel", name), "Success"},
		} {
			if row.action(row.q); row.q.Reply != row.want {
				t.Errorf("%v: %q, want %q", row.q.Headers, row.q.Reply, row.want)
			}
		}
		var b strings.Builder
		m.list(&b, nil)
		if !strings.Contains(b.String(), "a.wav") || !strings.HasSuffix(b.String(), "\n2 recordings\n") {
			t.Errorf("%s", b.String())
		}
	})
}

func TestCheck(t *testing.T) {
	for args, want := range map[string]string{
		"x.wav": "", "x.wav,b": "", "${X}": "", ",r(x.wav)": "", "x": "", "x.wav49,aB(5)m(1@d)": "",
		"": "it takes a file", "x.nope": "'.nope' is no format that can be written", "x.wav,v(9)": "option v takes a volume of -4 to 4, not '9'",
		"x.wav,s(x)": "option s takes seconds, not 'x'", "x.wav,r": "option r takes the name of a file", "x.wav,y": "Unrecognized option: 'y'",
	} {
		if got := strings.Join(check(args), "; "); got != want {
			t.Errorf("%s: %q, want %q", args, got, want)
		}
	}
}
