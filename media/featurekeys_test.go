package media

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"obelisk/media/coder"
)

// gated is two phones in a bridge, of which the first one's keys pass a gate.
type gated struct {
	h     *house
	a, b  *Stream
	far   *tape // what the second phone gets
	v     *talker
	told  string
	codes []int
}

func newGated(t *testing.T, fa, fb Params, codes map[string]int) *gated {
	g := &gated{h: newHouse(t, Config{}), v: &talker{at: here, ssrc: 5}}
	fa.Remote, fb.Remote = here, there
	g.a, _, _ = g.h.phone(fa)
	g.b, g.far, _ = g.h.phone(fb)
	g.h.bridge(g.a, g.b)
	table, err := NewKeyTable(codes, 0)
	if err != nil {
		t.Fatal(err)
	}
	g.h.on(func() {
		g.a.OnDigit(func(k byte) { g.told += string(k) })
		g.a.Gate(table, func(code int) { g.codes = append(g.codes, code) })
	})
	return g
}

// press is a key of 100 ms, with audio before and after it.
func (g *gated) press(keys string, pause time.Duration) {
	for _, k := range keys {
		g.v.ts = g.h.stamp()
		for i := range 5 {
			g.v.key(g.a, byte(strings.IndexRune(EventDigits, k)), uint16(160*(i+1)), i == 4, i == 0)
			g.h.pass(frameTime)
		}
		for d := time.Duration(0); d < pause; d += frameTime {
			g.v.talk(g.h, g.a, 1)
		}
	}
}

// arrived is the keys that the second phone has got, and checks that its stream is whole.
func (g *gated) arrived(t *testing.T) (keys string) {
	t.Helper()
	var last string
	for i, x := range g.far.sent {
		p := x.packet(t)
		if i > 0 {
			before := g.far.sent[i-1].packet(t)
			if p.SequenceNumber != before.SequenceNumber+1 || p.SSRC != before.SSRC {
				t.Errorf("packet %d: %v after %v", i, p.Header, before.Header)
			}
		}
		if p.PayloadType == 101 {
			if at := fmt.Sprint(p.Timestamp); at != last {
				last = at
				keys += string(EventDigits[p.Payload[0]])
			}
		}
	}
	g.far.taken()
	return keys
}

func TestGate(t *testing.T) {
	codes := map[string]int{"*1": 1, "**": 2, "#": 3, "*72": 4}
	for _, c := range []struct {
		name, keys string
		pause      time.Duration
		passed     string
		codes      []int
	}{
		{"a code", "5*16", 100 * time.Millisecond, "56", []int{1}},
		{"one key", "#", 100 * time.Millisecond, "", []int{3}},
		{"one after the other", "*1**#*72", 0, "", []int{1, 2, 3, 4}},
		{"no code", "*55", 100 * time.Millisecond, "*55", nil},
		{"no code, but one in it", "*7*1", 100 * time.Millisecond, "*7", []int{1}},
		{"too slow", "*1", 1200 * time.Millisecond, "*1", nil},
		{"nothing", "123456", 100 * time.Millisecond, "123456", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := newGated(t, Params{Formats: ulawOnly}, Params{Formats: ulawOnly}, codes)
			g.v.talk(g.h, g.a, 10)
			g.press(c.keys, c.pause)
			g.v.talk(g.h, g.a, 150)
			if got := g.arrived(t); got != c.passed || g.told != c.passed || !slices.Equal(g.codes, c.codes) {
				t.Errorf("passed %q, told %q, matched %v; want %q, %v", got, g.told, g.codes, c.passed, c.codes)
			}
		})
	}
}

func TestGateOfOtherWaysOfKeys(t *testing.T) {
	codes := map[string]int{"*1": 1}
	// By signalling.
	g := newGated(t, Params{Formats: ulawOnly}, Params{Formats: ulawOnly}, codes)
	g.h.on(func() {
		for _, k := range "5*1*2" {
			g.a.Press(byte(k))
		}
	})
	g.h.pass(2 * time.Second)
	if got := g.arrived(t); got != "5*2" || g.told != "5*2" || !slices.Equal(g.codes, []int{1}) {
		t.Errorf("by signalling: passed %q, told %q, matched %v", got, g.told, g.codes)
	}
	// As tones, to a phone that wants events and to one that wants tones.
	for _, fb := range [][]Format{ulawOnly, {{ULaw, 0, 0}}} {
		g := newGated(t, Params{Formats: []Format{{ULaw, 0, 0}}, Inband: true}, Params{Formats: fb}, codes)
		for _, k := range "*15" {
			pcm := make([]int16, 1600)
			NewKeyTone(byte(k), 100).Frame(pcm)
			for i := range 10 {
				payload := make([]byte, 160)
				coder.ULaw{}.Encode(payload, pcm[160*i:])
				g.v.ts = g.h.stamp()
				g.v.say(g.a, 0, payload)
				g.h.pass(frameTime)
			}
		}
		g.h.pass(time.Second)
		heard := ""
		ear := newDTMFDetector()
		ear.take(sounds(t, g.far.sent, 0, ULaw), func(k byte) { heard += string(k) })
		got := g.arrived(t)
		if got+heard != "5" || g.told != "5" || !slices.Equal(g.codes, []int{1}) {
			t.Errorf("as tones: passed %q and %q, told %q, matched %v", got, heard, g.told, g.codes)
		}
	}
}

func TestGateIsTakenAway(t *testing.T) {
	g := newGated(t, Params{Formats: ulawOnly}, Params{Formats: ulawOnly}, map[string]int{"*1": 1})
	g.v.talk(g.h, g.a, 10)
	g.press("*", 0)
	if g.told != "" {
		t.Fatal("it was not held")
	}
	g.h.on(func() { g.a.Gate(nil, nil) })
	g.press("1", 0)
	g.v.talk(g.h, g.a, 100)
	if got := g.arrived(t); g.told != "*1" || !strings.Contains(got, "*") || !strings.Contains(got, "1") {
		t.Errorf("passed %q, told %q", got, g.told)
	}
	for _, bad := range []string{"", "x", strings.Repeat("1", 33), "1 2"} {
		if _, err := NewKeyTable(map[string]int{bad: 1}, 0); err == nil {
			t.Errorf("%q is a code", bad)
		}
	}
}

// A flood of keys is not kept.
func TestKeysThatWaitAreFew(t *testing.T) {
	h := newHouse(t, Config{})
	s, _, _ := h.phone(Params{Remote: here, Formats: ulawOnly})
	h.on(func() {
		for range 1000 {
			s.SendDigit('5')
		}
	})
	if n := len(s.digits.event.queue); n > mostKeys {
		t.Errorf("%d keys wait", n)
	}
}
