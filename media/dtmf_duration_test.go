package media

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"obelisk/media/coder"
)

// keyed is a phone whose keys are told of, begin and end, in the order in which they come.
func keyed(t *testing.T, p Params, codes map[string]int) (g *gated, told *[]string) {
	g = newGated(t, p, Params{Formats: eventsToo}, codes)
	told = &[]string{}
	g.h.on(func() {
		g.a.OnDigit(func(k byte) { *told = append(*told, string(k)) })
		g.a.OnKey(func(k Key) {
			switch ms := k.Length.Milliseconds(); {
			case k.Begins && k.Ends:
				*told = append(*told, fmt.Sprint("whole ", ms))
			case k.Ends:
				*told = append(*told, fmt.Sprint("end ", string(k.Digit), " ", ms))
			}
		})
	})
	return g, told
}

// A key ends once, with the length that its events have, whichever of them are lost.
func TestEndOfKeys(t *testing.T) {
	for name, c := range map[string]struct {
		keys func(g *gated)
		want string
	}{
		"by its last event":   {func(g *gated) { g.press("5", 0) }, "5, end 5 100"},
		"one after the other": {func(g *gated) { g.press("5#", 200*time.Millisecond) }, "5, end 5 100, #, end # 100"},
		"the end three times": {func(g *gated) {
			g.v.ts = g.h.stamp()
			g.v.key(g.a, 7, 320, false, true)
			for range 3 {
				g.v.key(g.a, 7, 1280, true, false)
			}
		}, "7, end 7 160"},
		"nothing but the end": {func(g *gated) {
			g.v.ts = g.h.stamp()
			g.v.key(g.a, 7, 1280, true, false)
		}, "7, end 7 160"},
		"the end is lost": {func(g *gated) {
			g.v.ts = g.h.stamp()
			g.v.key(g.a, 7, 320, false, true)
			g.v.key(g.a, 7, 640, false, false)
			g.h.pass(2 * keyLost)
		}, "7, end 7 80"},
		"the end is lost before another key": {func(g *gated) {
			g.v.ts = g.h.stamp()
			g.v.key(g.a, 7, 320, false, true)
			g.h.pass(100 * time.Millisecond)
			g.press("8", 0)
		}, "7, end 7 40, 8, end 8 100"},
		"longer than a duration": {func(g *gated) {
			g.v.ts = g.h.stamp()
			g.v.key(g.a, 7, 0xff00, false, true)
			g.v.ts += 0xff00
			g.v.key(g.a, 7, 800, true, false)
		}, "7, end 7 8260"},
		"held and let go":       {func(g *gated) { g.press("*", 5*time.Second) }, "*, whole 100"},
		"held, and no code":     {func(g *gated) { g.press("*2", 0) }, "*, whole 100, 2, whole 100"},
		"a code is no key":      {func(g *gated) { g.press("*15", 0) }, "5, end 5 100"},
		"by signalling":         {func(g *gated) { g.h.on(func() { g.a.pressed('4', false, keyTime*time.Millisecond) }) }, "4, whole 100"},
		"by signalling, longer": {func(g *gated) { g.h.on(func() { g.a.pressed('4', false, 250*time.Millisecond) }) }, "4, whole 250"},
	} {
		g, told := keyed(t, Params{Formats: eventsToo}, map[string]int{"*1": 1})
		c.keys(g)
		if got := strings.Join(*told, ", "); got != c.want {
			t.Errorf("%s: %s, not %s", name, got, c.want)
		}
	}
}

// A tone in the audio ends where it is no longer heard.
func TestEndOfTones(t *testing.T) {
	g, told := keyed(t, Params{Formats: []Format{{ULaw, 0, 0}}, Inband: true}, nil)
	pcm := append(dial("4", 1600, 800, 6000, 6000, 0), dial("9", 800, 800, 6000, 6000, 0)...)
	for at := 0; at < len(pcm); at += 160 {
		payload := make([]byte, 160)
		coder.ULaw{}.Encode(payload, pcm[at:at+160])
		g.v.ts = g.h.stamp()
		g.v.say(g.a, 0, payload)
		g.h.pass(frameTime)
	}
	var long, short int
	got := strings.Join(*told, ", ")
	if _, err := fmt.Sscanf(got, "4, end 4 %d, 9, end 9 %d", &long, &short); err != nil {
		t.Fatalf("%s: %v", got, err)
	}
	if long < 170 || long > 230 || short < 70 || short > 130 {
		t.Errorf("200 and 100 ms are %d and %d", long, short)
	}
}
