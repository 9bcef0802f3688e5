package dictate

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"obelisk/internal/testkit/desk"
	"obelisk/pbx"
	"obelisk/sounds"
)

// A caller records, hears it, throws it away and records again; keys come between.
func TestDictate(t *testing.T) {
	folder := t.TempDir()
	size := func(name string) float64 {
		f, err := os.Stat(filepath.Join(folder, name))
		if err != nil {
			return -1
		}
		return float64(f.Size()) / 16000 // seconds
	}
	went := make(chan bool, 1)
	desk.Call(t, func(c *pbx.Channel) {
		m := New(&sounds.Library{Extensions: []string{".ulaw"}}, folder)
		m.dictate(c, ","+"memo")
		went <- !c.Gone()
	}, func(p desk.Phone) {
		time.Sleep(time.Second)
		if got := size("memo.raw"); got != 0 {
			t.Errorf("%.2f s before anything is recorded; the file is there from the beginning", got)
		}
		p.Press("1*")
		time.Sleep(100 * time.Millisecond)
		p.Speak(3000, 2*time.Second)
		p.Press("*")
		time.Sleep(time.Second)
		if got := size("memo.raw"); got < 1.9 || got > 2.3 {
			t.Errorf("%.2f s are recorded", got)
		}
		p.Press("*") // more of it
		p.Speak(3000, time.Second)
		p.Press("1")
		time.Sleep(time.Second)
		if got := size("memo.raw"); got < 2.9 || got > 3.5 {
			t.Errorf("%.2f s after more", got)
		}
		p.Press("0*") // hears it
		time.Sleep(time.Second)
		p.Press("27*18")
		time.Sleep(time.Second)
		if got := size("memo.raw"); got != -1 {
			t.Errorf("%.2f s are left of what was thrown away", got)
		}
		p.Press("*")
		p.Speak(3000, time.Second)
		p.Press("#")
		time.Sleep(time.Second)
		if got := size("memo.raw"); got < 0.9 || got > 1.3 {
			t.Errorf("%.2f s of the new one", got)
		}
	})
	if on := <-went; !on {
		t.Error("# ends the call")
	}
}

// What is heard faster is every second, third or fourth frame of it.
func TestFaster(t *testing.T) {
	pcm := make([]int16, 1000)
	for i := range pcm {
		pcm[i] = int16(i)
	}
	if got := faster(pcm, 1); len(got) != 1000 {
		t.Errorf("%d samples as it is", len(got))
	}
	got := faster(pcm, 2)
	if len(got) != 520 || got[160] != 320 || got[519] != 999 {
		t.Errorf("%d samples twice as fast", len(got))
	}
}

// A file is asked for where none is named; nothing typed is the end.
func TestAsks(t *testing.T) {
	folder := t.TempDir()
	desk.Call(t, func(c *pbx.Channel) {
		New(&sounds.Library{}, folder).dictate(c, "")
	}, func(p desk.Phone) {
		time.Sleep(time.Second)
		p.Press("12#1*")
		p.Speak(3000, time.Second)
		p.HangUp()
		time.Sleep(time.Second)
		if _, err := os.Stat(filepath.Join(folder, "12.raw")); err != nil {
			t.Error(err)
		}
	})
	desk.Call(t, func(c *pbx.Channel) {
		if New(&sounds.Library{}, folder).dictate(c, ""); c.Gone() {
			t.Error("the call is over")
		}
	}, func(p desk.Phone) { p.Press("#") })
}
