package sipconf

import (
	"testing"

	"obelisk/internal/store/realtime"
)

// FuzzRow reads what a table may hold: nothing crashes, and what is written is read back.
func FuzzRow(f *testing.F) {
	for _, s := range []string{"a;b^3Bc^", "^5E^^3b;"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got := decodeValue(encodeValue(s)); got != s {
			t.Errorf("%q came back as %q", s, got)
		}
		SectionOf("n", realtime.Row{{Name: "secret", Value: s}, {Name: s, Value: "x"}})
	})
}
