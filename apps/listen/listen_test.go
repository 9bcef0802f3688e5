package listen

import (
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"obelisk/dialplan/app"
	"obelisk/dialplan/fn"
	"obelisk/internal/config"
	"obelisk/internal/rehearse"
	"obelisk/internal/testkit/desk"
	"obelisk/internal/testkit/handset"
	"obelisk/internal/testkit/script"
	"obelisk/manage/ami/wording"
	"obelisk/pbx"
	"obelisk/pbx/event"
	"obelisk/sounds"
)

const plan = `[in]
exten => silence,1,WaitForSilence(${ARGS})
same => n,Set(GLOBAL(T)=${WAITSTATUS})
exten => noise,1,WaitForNoise(${ARGS})
same => n,Set(GLOBAL(T)=${WAITSTATUS})
exten => back,1,BackgroundDetect(${ARGS})
same => n,Set(GLOBAL(T)=end)
exten => amd,1,AMD(${ARGS})
same => n,Set(GLOBAL(T)=${AMDSTATUS} ${AMDCAUSE})
exten => talks,1,Set(TALK_DETECT(set)=${ARGS})
same => n,Wait(9)
same => n,Set(TALK_DETECT(remove)=)
same => n,Set(GLOBAL(T)=over)
exten => talk,1,Set(GLOBAL(T)=${MATH(${TALK_DETECTED}/100,int)})
exten => 5,1,Set(GLOBAL(T)=five)
exten => tone,1,WaitForTone(${ARGS})
same => n,Set(GLOBAL(T)=${WAITFORTONESTATUS})
exten => scan,1,ToneScan(${ARGS})
same => n,Set(GLOBAL(T)=${TONESCANSTATUS})
exten => detect,1,Set(TONE_DETECT(${ARGS})=)
same => n,Wait(3)
same => n,Set(GLOBAL(T)=${TONE_DETECT(rx)} ${TONE_DETECT(TX)})
exten => stop,1,Set(TONE_DETECT(1000,200)=)
same => n,Wait(1)
same => n,Set(TONE_DETECT(0,,x)=)
same => n,Set(GLOBAL(T)=<${TONE_DETECT(rx)}>)
`

// speech is what a caller does: ms of sound, of silence, and so on.
type speech []int

func (s speech) by(p desk.Phone) {
	for i, ms := range s {
		if d := time.Duration(ms) * time.Millisecond; i%2 == 0 && ms > 0 {
			p.Speak(3000, d)
		} else if ms > 0 {
			p.Speak(50, d)
		}
	}
}

// says has a caller speak to an extension, and returns the variable T at the end.
func says(t *testing.T, exten, args string, s speech, more func(p desk.Phone, b *rehearse.Board)) (got string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := script.Board(t, plan, func(core *pbx.Core, lib *sounds.Library) {
			app.Register(core, lib)
			fn.Register(core)
			New(lib).Furnish(core)
			core.SetGlobal("ARGS", args)
		})
		defer b.Close()
		p := desk.Phone{Handset: handset.New(b.Media, "desk")}
		if _, err := b.Core.Incoming(pbx.NewCall{Tech: "Phone", Leg: p, Context: "in", Exten: exten, Trace: b.Core.Book().Open()}); err != nil {
			t.Fatal(err)
		}
		if more != nil {
			more(p, b)
		}
		s.by(p)
		time.Sleep(20 * time.Second)
		if !p.Ended() {
			p.HangUp()
		}
		time.Sleep(time.Second)
		synctest.Wait()
		got, _ = b.Core.Global("T")
	})
	return got
}

func TestApplications(t *testing.T) {
	for _, c := range []struct {
		exten, args string
		speech      speech
		want        string
	}{
		{"silence", "1000", speech{2000, 2000}, "SILENCE"}, {"silence", "", speech{500, 2000}, "SILENCE"},
		{"silence", "2000,2", speech{500, 2500, 500, 2500}, "SILENCE"}, {"silence", "3000,1,2", speech{5000}, "TIMEOUT"},
		{"silence", "500", nil, "SILENCE"}, {"silence", "x", nil, ""}, {"silence", "1,0", nil, ""},
		{"noise", "500", speech{0, 1000, 1000}, "NOISE"}, {"noise", "500,1,2", speech{300, 300, 300, 5000}, "TIMEOUT"},
		{"noise", "500", speech{200}, ""}, {"back", "demo-welcome", speech{0, 2000, 700, 3000}, "7"},
		{"back", "demo-welcome,500,1000", speech{0, 2000, 700, 1000, 1500, 3000}, "15"}, {"back", "beep", nil, "end"},
		{"back", "beep,1,15", speech{240, 600}, "2"}, // the end of a word that is on its way when the file ends
		{"back", "none", nil, "end"}, {"back", "demo-welcome,1000,100,500", speech{0, 2000, 700, 8000}, "end"}, {"back", "", nil, ""},
		{"amd", "", speech{0, 300, 500, 2000}, "HUMAN HUMAN-800-800"}, {"amd", "", speech{0, 300, 2200, 1000}, "MACHINE LONGGREETING-1500-1500"},
		{"amd", "", speech{0, 4000}, "MACHINE INITIALSILENCE-2500-2500"}, {"amd", "", speech{0, 300, 300, 200, 300, 200, 300, 200, 300},
			"MACHINE MAXWORDS-3-2"}, {"amd", ",4000,,,,,,,1000", speech{0, 100, 3000}, "MACHINE MAXWORDLENGTH-1000"},
		{"amd", "3000,,,1000", speech{0, 4000}, "NOTSURE TOOLONG-1000"}, {"amd", ",,,1000", nil, "NOTSURE NOAUDIODATA-0"},
		{"amd", "500", speech{0, 4000}, "MACHINE INITIALSILENCE-500-500"},
	} {
		if got := says(t, c.exten, c.args, c.speech, nil); got != c.want {
			t.Errorf("%s(%s) %v: %q, want %q", c.exten, c.args, c.speech, got, c.want)
		}
	}
	if got := says(t, "back", "demo-welcome", nil, func(p desk.Phone, _ *rehearse.Board) {
		time.Sleep(time.Second)
		p.Press("95")
	}); got != "five" {
		t.Errorf("a key: %q", got)
	}
	if got := says(t, "amd", "", nil, func(p desk.Phone, _ *rehearse.Board) { p.Speak(50, 300*time.Millisecond); p.HangUp() }); got != "" {
		t.Errorf("a hang-up: %q", got)
	}
}

func TestTalkDetect(t *testing.T) {
	events := make(chan string, 20)
	got := says(t, "talks", "1000,500", speech{0, 1000, 700, 2000, 500, 500, 500, 2000}, func(_ desk.Phone, b *rehearse.Board) {
		b.Core.Listen(func(e event.Event) {
			n := wording.Event(e)
			if strings.HasPrefix(n.Name, "ChannelTalking") {
				events <- n.Name[len("ChannelTalking"):] + n.Field("Duration")
			}
		})
	})
	close(events)
	var list []string
	for e := range events {
		list = append(list, e)
	}
	if want := "Start Stop700 Start Stop1500"; strings.Join(list, " ") != want || got != "over" {
		t.Errorf("%v, want %s; %s", list, want, got)
	}
	for _, bad := range [][2]string{{"", ""}, {"x", ""}, {"set", "x"}, {"set", "0"}, {"set", ",0"}, {"remove", ""}} {
		desk.Call(t, func(c *pbx.Channel) {
			f := talkDetect()
			if err := f.Write(c, bad[0], bad[1]); err == nil {
				t.Errorf("TALK_DETECT(%s)=%s is taken", bad[0], bad[1])
			}
		}, func(desk.Phone) {})
	}
}

func TestConfig(t *testing.T) {
	f, err := config.Load(
		config.FS{FS: fstest.MapFS{"amd.conf": {Data: []byte(
			"[general]\ngreeting=900\nsilence_threshold=x\ninitial_silense=1\nplayback_file=beep\n[other]\n")}}}, "amd.conf", config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, diags := readSettings(f)
	if s.Greeting != 900 || s.File != "beep" || s.Level != 256 || len(diags) != 3 {
		t.Errorf("%+v %v", s, diags)
	}
}
