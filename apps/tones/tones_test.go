package tones

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"obelisk/dialplan/app"
	"obelisk/dialplan/fn"
	"obelisk/internal/testkit/asked"
	"obelisk/internal/testkit/desk"
	"obelisk/internal/testkit/script"
	"obelisk/media"
	"obelisk/pbx"
	"obelisk/sounds"
)

// What is sent is heard, digit by digit.
func TestMF(t *testing.T) {
	const digits = "*1234567890ABC*99#"
	list, bad := mfOf(digits+"!wfh", 50, 55, 120, 65)
	if bad != "!" {
		t.Errorf("%q", bad)
	}
	got := heardIn(list, 0)
	if got != digits {
		t.Errorf("%q, want %q", got, digits)
	}
	if got = heardIn(list, 400); got != digits {
		t.Errorf("with noise %q, want %q", got, digits)
	}
	if got = heardIn(media.Tone{{Hz: []float64{697, 1209}, MS: 200}, {Hz: []float64{1000}, MS: 200},
		{Hz: []float64{700, 900, 1100}, MS: 200}}, 0); got != "" {
		t.Errorf("%q in what is no MF", got)
	}
}

// heardIn is what an ear hears in tones with noise of a level.
func heardIn(list media.Tone, noise int) string {
	for i := range list {
		list[i].Once = true
	}
	var out strings.Builder
	ear, src := newMFEar(), list.Source()
	r := rand.New(rand.NewPCG(1, 2))
	for range 400 {
		pcm := make([]int16, 160)
		src.Frame(pcm)
		for i := range pcm {
			if noise > 0 {
				pcm[i] += int16(r.IntN(2*noise) - noise)
			}
		}
		out.Write(ear.take(pcm))
	}
	return out.String()
}

func TestReader(t *testing.T) {
	for _, c := range []struct {
		r            mfReader
		came, digits string
		status       string
	}{
		{mfReader{most: 255}, "12*34#", "*34#", "START"}, {mfReader{most: 255, lax: true}, "12A", "12A", "START"},
		{mfReader{most: 255, noKP: true, noST: true}, "*987#", "987", "START"}, {mfReader{most: 255, again: true}, "*12*3#", "*3#", "START"},
		{mfReader{most: 255}, "*12*3#", "*12*3#", "START"}, {mfReader{most: 3}, "*1234", "*12", "MAXDIGITS"},
		{mfReader{most: 255}, "*12", "*12", ""},
	} {
		status := ""
		for _, d := range []byte(c.came) {
			if status = c.r.take(d); status != "" {
				break
			}
		}
		if c.r.digits != c.digits || status != c.status {
			t.Errorf("%s: %q %s, want %q %s", c.came, c.r.digits, status, c.digits, c.status)
		}
	}
}

func TestMorse(t *testing.T) {
	var b strings.Builder
	for _, s := range morseOf("eT a!", 10, 800, 0) {
		sign := "_"
		if len(s.Hz) > 0 {
			sign = "X"
		}
		b.WriteString(strings.Repeat(sign, s.MS/10))
	}
	if got := b.String(); got != "X___XXX_______X_XXX___" {
		t.Error(got)
	}
}

// Scripts have a dialplan, calls into it and what is expected of each.
func TestScripts(t *testing.T) {
	script.Run(t, "testdata/*.txt", func(core *pbx.Core, lib *sounds.Library) {
		app.Register(core, lib)
		fn.Register(core)
		New().Furnish(core)
	})
}

// Pulses are counted in noise, and neither another tone nor a long one is a digit.
func TestSF(t *testing.T) {
	heard := func(list media.Tone, extra bool, noise int) string {
		for i := range list {
			list[i].Once = true
		}
		r := &sfReader{ear: sfEar{hz: sfHz}, extra: extra, most: mostMF}
		src, dice := list.Source(), rand.New(rand.NewPCG(1, 2))
		for range 800 {
			pcm := make([]int16, 160)
			src.Frame(pcm)
			for i := range pcm {
				if noise > 0 {
					pcm[i] += int16(dice.IntN(2*noise) - noise)
				}
			}
			r.take(pcm)
		}
		return r.digits
	}
	list, bad := sfOf("1234567890wx", sfHz)
	if bad != "x" {
		t.Errorf("%q", bad)
	}
	for _, noise := range []int{0, 400} {
		if got := heard(list, false, noise); got != "1234567890" {
			t.Errorf("with noise of %d: %q", noise, got)
		}
	}
	pulses := func(n int) (out media.Tone) {
		for range n {
			out = append(out, media.ToneStep{Hz: []float64{sfHz}, MS: sfTone}, pause(sfPause))
		}
		return append(out, pause(sfAfter))
	}
	for n, want := range map[int]string{10: "0", 11: "*", 16: "C", 17: ""} {
		if got := heard(pulses(n), true, 0); got != want {
			t.Errorf("%d pulses: %q, want %q", n, got, want)
		}
	}
	if got := heard(pulses(11), false, 0); got != "" {
		t.Errorf("11 pulses without option e: %q", got)
	}
	if got := heard(media.Tone{{Hz: []float64{2600}, MS: 900}, pause(600), {Hz: []float64{2000}, MS: 67}, pause(600),
		{Hz: []float64{2600, 700}, MS: 67}, pause(600)}, false, 0); got != "" {
		t.Errorf("%q in what is no digit", got)
	}
}

// The manager plays digits on a channel.
func TestPlayMF(t *testing.T) {
	module := make(chan *Module, 1)
	desk.Call(t, func(c *pbx.Channel) {
		m := New()
		m.Furnish(c.Core())
		module <- m
		c.Sleep(3 * time.Second)
	}, func(p desk.Phone) {
		m, name := <-module, p.Channel().Name()
		for _, row := range []struct {
			q    *asked.Request
			want string
		}{
			{asked.For(), "Error: Channel not found"}, {asked.For("Channel", "x", "Digit", "5"), "Error: Channel not found"},
			{asked.For("Channel", name), "Error: No digit specified"},
			{asked.For("Channel", name, "Digit", "5", "Duration", "x"), "Error: Could not convert Duration parameter"},
			{asked.For("Channel", name, "Digit", "5", "Duration", "-1"), "Error: Could not convert Duration parameter"},
			{asked.For("Channel", name, "Digit", "x"), "Success: MF successfully queued"},
			{asked.For("Channel", name, "Digit", "*5x7#"), "Success: MF successfully queued"},
		} {
			if m.playMF(row.q); row.q.Reply != row.want {
				t.Errorf("%v: %q, want %q", row.q.Headers, row.q.Reply, row.want)
			}
		}
	})
}
