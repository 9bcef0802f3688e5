package say

import (
	"strings"
	"testing"
	"time"
)

func joined(names []string) string {
	return strings.ReplaceAll(strings.Join(names, " "), "digits/", "")
}

func TestEnglish(t *testing.T) {
	v := Voice{Language: "en"}
	has := func(name string) bool { return name != "letters/dollar" && name != "letters/%" }
	for _, c := range []struct {
		what string
		got  []string
		want string
	}{
		{"digits", v.Digits("12*#-x 3"), "1 2 star pound minus 3"},
		{"alpha", v.Alpha("aB-9*", CaseNone), "letters/a letters/b letters/dash 9 star"},
		{"capitals", v.Alpha("aB", CaseUpper), "letters/a uppercase letters/b"},
		{"small ones", v.Alpha("aB1", CaseLower), "lowercase letters/a letters/b 1"},
		{"each", v.Alpha("aB1", CaseAll), "lowercase letters/a uppercase letters/b 1"},
		{"signs without a name", Voice{Has: has}.Alpha("$%", CaseNone), "letters/ascii36 letters/ascii37"},
		{"phonetic", v.Phonetic("Ab9 8%"), "phonetic/a_p phonetic/b_p phonetic/9_p letters/space 8"},
		{"0", v.Number(0, ""), "0"},
		{"20", v.Number(20, ""), "20"},
		{"-21", v.Number(-21, ""), "minus 20 1"},
		{"1234567", v.Number(1234567, ""), "1 million 2 hundred 30 4 thousand 5 hundred 60 7"},
		{"2000000001", v.Number(2000000001, ""), "2 billion 1"},
		{"more than 32 bits", v.Number(1<<31, ""), ""},
		{"British 1101", Voice{Language: "en_GB"}.Number(1101, ""), "1 thousand 1 hundred vm-and 1"},
		{"British 5020", Voice{Language: "en_GB"}.Number(5020, ""), "5 thousand vm-and 20"},
		{"1st", v.Ordinal(1, ""), "h-1"},
		{"31st", v.Ordinal(31, ""), "30 h-1"},
		{"40th", v.Ordinal(40, ""), "h-40"},
		{"100th", v.Ordinal(100, ""), "h-hundred"},
		{"1100th", v.Ordinal(1100, ""), "thousand 1 h-hundred"},
		{"1000000th", v.Ordinal(1000000, ""), "1 h-million"},
		{"rank 100", v.Rank(100), "1 h-hundred"},
		{"rank 123", v.Rank(123), "1 hundred 20 h-3"},
		{"$0", v.Money("0"), "0 cents"},
		{"$.01", v.Money(".01"), "1 cent"},
		{"$1", v.Money("1"), "1 letters/dollar"},
		{"$1.5", v.Money("1.5"), "1 letters/dollar_ and 5 cents"},
		{"$21.20", v.Money("21.20"), "20 1 dollars and 20 cents"},
		{"$3x.20", v.Money("3x.20"), "3 dollars"},
		{"$12.345", v.Money("12.345"), "12 dollars and 30 4 cents"},
		{"$-1", v.Money("-1"), ""},
		{"$-1.5", v.Money("-1.5"), "5 cents"},
		{"$-0.01", v.Money("-0.01"), "1 cent"},
		{"$0.00", v.Money("0.00"), "0 cents"},
		{"$x", v.Money("x"), "0 cents"},
	} {
		if got := joined(c.got); got != c.want {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}
}

func TestEnglishDates(t *testing.T) {
	v := Voice{Language: "en_US"}
	at := func(text string) time.Time {
		x, err := time.Parse(time.DateTime, text)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	now := at("2026-11-29 15:04:05")
	for _, c := range []struct{ when, format, want string }{
		{"2026-11-29 15:04:05", "", "day-0 mon-10 20 h-9 2 thousand 20 6 at 3 oh 4 p-m"},
		{"2026-11-30 00:00:00", "IMp HM kN RST", "12 oclock a-m oh oclock oh hundred oh oclock 0 oh oclock 0"},
		{"2026-11-30 20:10:09", "H'vm-and'kMS m", "20 vm-and 20 10 oh 9 h-11"},
		{"1905-01-01 12:00:00", "Y lp", "19 oh 5 12 p-m"},
		{"1999-01-01 08:00:00", "YH", "19 90 9 oh 8"},
		{"2026-11-29 00:00:00", "Q", "yesterday"}, // as Asterisk has it
		{"2026-11-29 00:00:01", "Q", "today"},
		{"2026-11-28 10:00:00", "q", "yesterday"},
		{"2026-11-30 10:00:00", "Q", "tomorrow"},
		{"2026-12-02 10:00:00", "Q", "day-3"},
		{"2026-11-25 10:00:00", "Q", "day-3"},
		{"2026-12-20 10:00:00", "Q", "day-0 mon-11 h-20"},
		{"2026-09-02 10:00:00", "Q", "mon-8 h-2"},
		{"2025-09-02 10:00:00", "Q", "mon-8 h-2 2 thousand 20 5"},
		{"2026-11-29 00:00:00", "'unclosed", "unclosed"},
	} {
		got, err := v.Date(at(c.when), now, c.format)
		if joined(got) != c.want || err != nil {
			t.Errorf("%s by %q: %q %v, want %q", c.when, c.format, joined(got), err, c.want)
		}
	}
	if got, err := v.Date(now, now, "A%B"); joined(got) != "day-0 mon-10" || err == nil ||
		err.Error() != "Unknown character in datetime format A%B: % at pos 1" {
		t.Errorf("%q %v", got, err)
	}
	if got := joined(v.Day(now)) + ", " + joined(v.Clock(now)); got != "day-0 mon-10 20 9 2 thousand 20 6, 3 oh 4 p-m" {
		t.Errorf("%q", got)
	}
}
