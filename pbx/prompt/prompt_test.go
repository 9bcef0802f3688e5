package prompt

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"obelisk/internal/testkit/desk"
	"obelisk/media/soundfile"
	"obelisk/pbx"
	"obelisk/sounds"
)

// onCall runs f as an application of a call, in virtual time. The prompts are second (one
// second), third and fourth (three and four).
func onCall(t *testing.T, f func(c *pbx.Channel, p *Player), meanwhile func(p desk.Phone)) {
	t.Helper()
	dir := t.TempDir()
	for name, seconds := range map[string]int{"second": 1, "third": 3, "fourth": 4} {
		pcm := make([]byte, 16000*seconds)
		for i := 0; i < len(pcm); i += 2 {
			binary.LittleEndian.PutUint16(pcm[i:], uint16(i))
		}
		if err := os.WriteFile(filepath.Join(dir, name+".sln"), pcm, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	player := &Player{Lib: &sounds.Library{Dirs: []string{dir}, Extensions: soundfile.Extensions}}
	desk.Call(t, func(c *pbx.Channel) { f(c, player) }, meanwhile)
}

// near says whether a time is at most a packet away from another one.
func near(d, want time.Duration) bool {
	return d >= want-20*time.Millisecond && d <= want+20*time.Millisecond
}

func TestPlay(t *testing.T) {
	onCall(t, func(c *pbx.Channel, p *Player) {
		begun := time.Now()
		h, err := p.Play(c, "second", How{})
		if err != nil || !h.Whole || h.At != time.Second || !near(time.Since(begun), time.Second) {
			t.Errorf("%+v %v after %v", h, err, time.Since(begun))
		}
		if h, err = p.Play(c, "third", How{Stops: Keys("5")}); err != nil || h.Key != '5' || !near(h.At, 500*time.Millisecond) {
			t.Errorf("%+v %v", h, err)
		}
		if h, err = p.Play(c, "third", How{From: -time.Second}); err != nil || h.At != 3*time.Second {
			t.Errorf("from the end: %+v %v", h, err)
		}
		if _, err = p.Play(c, "none", How{}); err == nil {
			t.Error("a prompt that is not there was played")
		}
		if key, err := p.List(c, []string{"none", "second", "third"}, How{Stops: AnyKey}); key != '7' || err == nil {
			t.Errorf("%c %v", key, err)
		}
	}, func(p desk.Phone) {
		time.Sleep(1500 * time.Millisecond)
		p.Press("45") // 4 is lost
		time.Sleep(2500 * time.Millisecond)
		p.Press("7")
	})
}

func TestDigits(t *testing.T) {
	var got []string
	ask := func(c *pbx.Channel, p *Player, a Ask) {
		x := p.Digits(c, a)
		got = append(got, fmt.Sprintf("%s/%d", x.Digits, x.Why))
		if x.End != 0 {
			got = append(got, string(x.End))
		}
	}
	onCall(t, func(c *pbx.Channel, p *Player) {
		ask(c, p, Ask{Prompts: []string{"third", "second"}, Ends: "#*"}) // 12*
		ask(c, p, Ask{Most: 2, Ends: "#"})                               // typed ahead
		ask(c, p, Ask{Prompts: []string{"second", "none"}, Most: 2})
		ask(c, p, Ask{Prompts: []string{"second"}, Most: 4, First: 2 * time.Second, Next: time.Second}) // 9, a pause
		ask(c, p, Ask{First: time.Second})
		c.HangupHere(pbx.CauseNormal)
		ask(c, p, Ask{})
	}, func(p desk.Phone) {
		time.Sleep(time.Second)
		p.Press("12*34")
		time.Sleep(3500 * time.Millisecond)
		p.Press("9")
	})
	if want := "12/1 * 34/0 /4 9/2 /2 /3"; strings.Join(got, " ") != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestControl(t *testing.T) {
	k := Control{Forward: "#", Rewind: "*", Stop: "8", Pause: "0", Restart: "2", Skip: time.Second}
	onCall(t, func(c *pbx.Channel, p *Player) {
		begun := time.Now()
		h, err := p.Control(c, "fourth", k) // on by a second, a pause of one, from the beginning, back, stop
		if err != nil || h.Key != '8' || !near(h.At, 600*time.Millisecond) || !near(time.Since(begun), 3600*time.Millisecond) {
			t.Errorf("%+v %v after %v", h, err, time.Since(begun))
		}
		h, err = p.Control(c, "fourth", k) // the manager: on, pause, stop
		if err != nil || h.Order != pbx.PlayStop || !near(h.At, 2*time.Second) {
			t.Errorf("%+v %v", h, err)
		}
		if h, _ = p.Control(c, "second", Control{From: 900 * time.Millisecond}); !h.Whole {
			t.Errorf("%+v", h)
		}
	}, func(p desk.Phone) {
		for _, key := range "#002*" {
			time.Sleep(500 * time.Millisecond)
			if key == '0' {
				time.Sleep(250 * time.Millisecond)
			}
			p.Press(string(key))
		}
		time.Sleep(600 * time.Millisecond)
		p.Press("8")
		for _, order := range []string{pbx.PlayForward, pbx.PlayPause, pbx.PlayStop} {
			time.Sleep(500 * time.Millisecond)
			p.Channel().Post(pbx.Event{Kind: pbx.EventPlay, Text: order})
		}
	})
}

// Something else than a key may end a prompt, and is taken only when it does.
func TestAlso(t *testing.T) {
	onCall(t, func(c *pbx.Channel, p *Player) {
		also := make(chan struct{}, 1)
		time.AfterFunc(time.Second, func() { also <- struct{}{} })
		h, err := p.Play(c, "third", How{Also: also})
		if err != nil || h.Whole || !h.Also || !h.Stopped() || !near(h.At, time.Second) {
			t.Errorf("%+v %v", h, err)
		}
		if h, _ := p.Play(c, "second", How{Also: also}); !h.Whole || h.Also {
			t.Errorf("to its end: %+v", h)
		}
		time.AfterFunc(2*time.Second, func() { c.SoftHangup(pbx.CauseNormal) })
		if h, _ := p.Play(c, "third", How{Also: also}); h.Whole || h.Stopped() || !near(h.At, 2*time.Second) {
			t.Errorf("hung up: %+v", h)
		}
		if also <- struct{}{}; len(also) != 1 {
			t.Error("it was taken")
		}
	}, func(desk.Phone) {})
}
