package pbx

import (
	"fmt"
	"testing"

	"github.com/rs/zerolog"
)

// Tones are added to a country and taken away while calls go on.
func TestTonesAreChanged(t *testing.T) {
	c := NewCore(Config{Log: zerolog.Nop()})
	written := func(country string) string {
		list, _ := c.Countries()
		for _, w := range list {
			if w.Name == country {
				return fmt.Sprint(w.Tones)
			}
		}
		return "none"
	}
	if err := c.AddTone("AT", "Waiting", "420/40,0/1960"); err != nil {
		t.Fatal(err)
	}
	if c.ToneOf("at", "waiting") == nil || c.ToneOf("de", "waiting") != nil || c.ToneOf("at", "dial") == nil {
		t.Error("the tone is not there, or another is gone")
	}
	const at = "[[dial 420] [ring 420/1000,0/5000] [busy 420/400,0/400] [congestion 420/200,0/200] [waiting 420/40,0/1960]]"
	if got := written("at"); got != at {
		t.Errorf("written: %s", got)
	}
	if err := c.AddTone("xx", "dial", "nothing"); err == nil || c.HasToneZone("xx") {
		t.Error("a tone that is none was taken")
	}
	if err := c.AddTone("xx", "dial", "400"); err != nil || written("xx") != "[[dial 400]]" || !c.HasToneZone("xx") {
		t.Errorf("a new country: %s", written("xx"))
	}
	for _, r := range []struct {
		country, tone string
		found         bool
	}{{"at", "nope", false}, {"zz", "", false}, {"zz", "dial", false}, {"at", "waiting", true}, {"at", "waiting", false}, {"xx", "", true},
		{"xx", "", false}} {
		if c.RemoveTone(r.country, r.tone) != r.found {
			t.Errorf("remove %s %s: not %v", r.country, r.tone, r.found)
		}
	}
	if c.HasToneZone("xx") || written("xx") != "none" || c.ToneOf("at", "waiting") != nil || c.ToneOf("at", "busy") == nil {
		t.Error("what was removed is there, or more is gone")
	}
}
