package listen

import (
	"testing"

	"obelisk/internal/testkit/desk"
	"obelisk/pbx"
)

// Arguments and what is said of them are those of Asterisk 20.20.1, which was observed.
func TestStoreDTMFArguments(t *testing.T) {
	desk.Call(t, func(c *pbx.Channel) {
		var l stores
		for _, x := range [][2]string{
			{"", "StoreDTMF requires an argument"},
			{"remove", "Cannot remove StoreDTMF from " + c.Name() + ": StoreDTMF not currently enabled"},
			{"RX,V,-1", "Invalid natural number: -1"}, {"RX,V,abc", "Invalid integer: abc"},
			{"XX,V", "StoreDTMF: the direction is RX or TX, not 'XX'"},
			{"rX,V,3", "ok"}, {"TX,W", "is set"}, {"Remove", "ok"}, {"tx,W", "ok"}, {"remove", "ok"}, {"RX", "ok"}, {"remove", "ok"},
		} {
			got := "is set"
			ok, err := l.run(c, x[0])
			if ok {
				got = "ok"
			}
			if err != nil {
				got = err.Error()
			}
			if got != x[1] {
				t.Errorf("%q: %q, want %q", x[0], got, x[1])
			}
		}
		if l.deaf != nil {
			t.Error("somebody listens still")
		}
	}, func(desk.Phone) {})
}
