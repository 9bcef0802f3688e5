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

// What Q and q say of days near and far, seen from an afternoon.
func TestNearOfLanguages(t *testing.T) {
	now := time.Date(2026, 11, 30, 16, 0, 0, 0, time.UTC)
	for _, row := range []struct {
		language, format string
		days             int
		want             string
	}{
		{"fr", "Q", 0, "today"}, {"fr", "q", 0, ""}, {"fr", "Q", 1, "yesterday"}, {"fr", "Q", 4, "day-4 20 6 mon-10 2 thousand 20 6"},
		{"fr", "q", 4, "day-4"}, {"fr", "q", 6, "day-2"}, {"fr", "q", 8, "day-0 20 2 mon-10 2 thousand 20 6"}, {"es", "q", 0, "today"},
		{"es", "q", 2, "day-6"}, {"es", "Q", 2, "es-el day-6 28 es-de mon-10 es-de 2 thousand 26"}, {"it", "Q", 4, "day-4 20 6 mon-10"},
		{"nl", "q", 40, "day-3 1 nl-en 20 mon-9 2 thousand 6 nl-en 20"}, {"pt_BR", "Q", 20, "day-2 10 pt-de mon-10 pt-de 2 1000 pt-e 20 pt-e 6"},
		{"pl", "Q", 300, "day-2 h-3 mon-1 2 1000.2 20 h-6 year"}, {"ru", "q", 0, "today"}, {"ru", "Q", 40, "mon-9 20 h-1"},
		{"ru", "Q", -1, "tomorrow"},
	} {
		got, err := Voice{Language: row.language}.Date(now.AddDate(0, 0, -row.days), now, row.format)
		if joined(got) != row.want || err != nil {
			t.Errorf("%s %s %d: %q %v, want %q", row.language, row.format, row.days, joined(got), err, row.want)
		}
	}
}
