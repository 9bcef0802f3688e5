package say

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Numbers in other languages: language, number, gender or "-", and the prompts without digits/.
func TestLanguages(t *testing.T) {
	text, err := os.ReadFile("testdata/numbers.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		f := strings.SplitN(strings.TrimSpace(line), " ", 4)
		if len(f) < 4 || strings.HasPrefix(line, "#") {
			continue
		}
		n, err := strconv.Atoi(f[1])
		if err != nil {
			t.Fatal(err)
		}
		if got := joined(Voice{Language: f[0]}.Number(n, strings.Trim(f[2], "-"))); got != f[3] {
			t.Errorf("%s %s %s: %q, want %q", f[0], f[1], f[2], got, f[3])
		}
	}
}

// Moments in other languages: language, seconds since 1970 in UTC, format or "-", and the prompts
// without digits/.
func TestDatesOfLanguages(t *testing.T) {
	text, err := os.ReadFile("testdata/dates.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		f := append(strings.SplitN(strings.TrimSpace(line), " ", 4), "")
		n, err := strconv.ParseInt(f[1], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Voice{Language: f[0]}.Date(time.Unix(n, 0).UTC(), time.Unix(n, 0).UTC(), strings.Trim(f[2], "-"))
		if joined(got) != f[3] || err != nil {
			t.Errorf("%s %s %s: %q %v, want %q", f[0], f[1], f[2], joined(got), err, f[3])
		}
	}
}
