package media

import (
	"slices"
	"testing"
	"time"

	"obelisk/media/coder"
)

// Who is at the other end of a Local channel that stays in the call has its keys pass the gate of the half that is in
// the bridge: a member of a queue, Local/1001@agents/n, transfers by them.
func TestGateBehindAPipe(t *testing.T) {
	for _, pipes := range []int{1, 2} {
		for _, way := range []string{"events", "signalling", "tones"} {
			h := newHouse(t, Config{})
			agent := Params{Remote: here, Formats: ulawOnly}
			if way == "tones" {
				agent.Formats, agent.Inband = []Format{{ULaw, 0, 0}}, true
			}
			a, _, _ := h.phone(agent)
			b, far, _ := h.phone(Params{Remote: there, Formats: ulawOnly})
			g := &gated{h: h, a: a, b: b, far: far, v: &talker{at: here, ssrc: 5}}
			last := a
			var half *Stream
			for range pipes {
				near, outer := h.e.Pipe(a)
				h.bridge(last, near)
				last, half = outer, outer
			}
			h.bridge(last, b)
			table, err := NewKeyTable(map[string]int{"*1": 1}, 0)
			if err != nil {
				t.Fatal(err)
			}
			h.on(func() { half.Gate(table, func(code int) { g.codes = append(g.codes, code) }) })
			switch way {
			case "events":
				g.press("5*1*2", 100*time.Millisecond)
			case "signalling":
				h.on(func() {
					for _, k := range "5*1*2" {
						a.Press(byte(k))
					}
				})
			default:
				g.sing("5*1*2")
			}
			h.pass(2 * time.Second)
			if got := g.arrived(t); got != "5*2" || !slices.Equal(g.codes, []int{1}) {
				t.Errorf("%s through %d: passed %q, matched %v", way, pipes, got, g.codes)
			}
		}
	}
}

// sing is keys as tones of 100 ms, with 60 ms of silence after each.
func (g *gated) sing(keys string) {
	for _, k := range keys {
		pcm := make([]int16, 1600)
		NewKeyTone(byte(k), 100).Frame(pcm[:800])
		for i := range 8 {
			payload := make([]byte, 160)
			coder.ULaw{}.Encode(payload, pcm[160*i:])
			g.v.ts = g.h.stamp()
			g.v.say(g.a, 0, payload)
			g.h.pass(frameTime)
		}
	}
}

// In a ring of pipes that all have gates a key goes nowhere, and not round for ever.
func TestGatesInARing(t *testing.T) {
	h := newHouse(t, Config{})
	a, b := h.e.Pipe(nil)
	c, d := h.e.Pipe(a)
	h.bridge(a, c)
	h.bridge(b, d)
	table, err := NewKeyTable(map[string]int{"*1": 1}, 0)
	if err != nil {
		t.Fatal(err)
	}
	h.on(func() {
		for _, s := range []*Stream{a, b, c, d} {
			s.Gate(table, func(int) { t.Error("a key has come from nowhere") })
		}
		for _, k := range "5*1" {
			a.SendDigit(byte(k))
		}
	})
}
