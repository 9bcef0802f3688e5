package say

import "time"

// germanCalendar says the day before the month, and hours of 24.
var germanCalendar = calendar{format: "A dBY HMS", part: germanPartOf, near: germanNear}

func germanPartOf(v Voice, t time.Time, letter, follows byte) ([]string, bool) {
	switch letter {
	case 'A', 'a', 'B', 'b', 'h', 'P', 'p':
		return englishPart(v, t, letter, follows)
	case 'm':
		return v.Ordinal(int(t.Month()), "m"), true
	case 'd', 'e':
		return v.Ordinal(t.Day(), "m"), true
	case 'Y':
		return germanYear(t.Year()), true
	case 'I', 'l':
		if t.Hour() == 13 { // as in Asterisk: only in the morning it is "ein"
			return []string{"digits/1", "digits/oclock"}, true
		}
		return germanHour(twelve(t)), true
	case 'H', 'k':
		return germanHour(t.Hour()), true
	case 'M':
		return germanMinute(v, t.Minute(), follows), true
	case 'S':
		return germanSecond(v, t.Second()), true
	case 'R':
		return append(germanHour(t.Hour()), germanMinute(v, t.Minute(), 0)...), true
	case 'T':
		out := append(germanHour(t.Hour()), germanMinute(v, t.Minute(), 'S')...)
		return append(out, germanSecond(v, t.Second())...), true
	}
	return nil, false
}

// germanYear says nineteen hundred and so on before 2000, and nothing of years before 1100.
func germanYear(year int) []string {
	switch {
	case year > 1999:
		return german(year, "")
	case year < 1100:
		return nil
	}
	return append([]string{digit(year / 100), "digits/hundred"}, germanPart(year%100, "", true)...)
}

func germanHour(hour int) []string {
	switch hour {
	case 0:
		return []string{"digits/0", "digits/oclock"}
	case 1:
		return []string{"digits/1N", "digits/oclock"}
	}
	return append(german(hour, ""), "digits/oclock")
}

// germanMinute says "minutes" where seconds follow, and none at the full hour else.
func germanMinute(v Voice, n int, follows byte) []string {
	switch {
	case follows != 'S' && n == 0:
		return nil
	case follows != 'S':
		return v.Number(n, "")
	case n == 1:
		return append(v.Number(n, "f"), "minute")
	}
	return append(v.Number(n, "f"), "minutes")
}

func germanSecond(v Voice, n int) []string {
	out := append([]string{"digits/and"}, v.Number(n, "f")...)
	if n == 1 {
		return append(out, "second")
	}
	return append(out, "seconds")
}

// germanNear says the whole date of what is not today or yesterday; q says nothing of today, and
// the weekday within a week.
func germanNear(letter byte, d time.Duration) (format, prompt string) {
	switch {
	case d > 0 && letter == 'q':
		return "", ""
	case d > 0:
		return "", "digits/today"
	case d > -day:
		return "", "digits/yesterday"
	case d > -6*day && letter == 'q':
		return "A", ""
	}
	return "AdBY", ""
}

// germanOrdinal says the last word as an ordinal, with an ending for the gender.
func germanOrdinal(n int, gender string) []string {
	ending := map[string]string{"f": "F", "n": "N"}[gender]
	words := german(n, "")
	last := len(words) - 1
	words[last] = "digits/h-" + words[last][len("digits/"):] + ending
	return words
}
