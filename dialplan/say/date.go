package say

import (
	"fmt"
	"strings"
	"time"
)

// A calendar says the parts of a date in a language.
type calendar struct {
	format string // the usual one
	// part says a letter of a format; follows is the one after it, 0 for none. False: there is none.
	part func(v Voice, t time.Time, letter, follows byte) ([]string, bool)
	// near is the format of Q and q, or a prompt, for a day so far from the beginning of this one.
	near func(letter byte, away time.Duration) (format, prompt string)
}

// calendars are those of languages, the more special one first.
var calendars = []struct {
	language string
	calendar
}{
	{"en", englishCalendar},
	{"de", germanCalendar},
	{"es", spanishCalendar},
	{"fr", frenchCalendar},
	{"it", italianCalendar},
	{"nl", dutchCalendar},
	{"pl", polishCalendar},
	{"pt_BR", brazilianCalendar},
	{"pt", portugueseCalendar},
}

var englishCalendar = calendar{format: "ABdY 'digits/at' IMp", part: englishPart, near: englishNear}

func (v Voice) calendar() calendar {
	for _, c := range calendars {
		if v.speaks(c.language) {
			return c.calendar
		}
	}
	return englishCalendar
}

// Format is the language's usual one, that of SayUnixTime.
func (v Voice) Format() string { return v.calendar().format }

// Date says a moment by a format in the letters of SayUnixTime and voicemail.conf's zones: A, a
// weekday; B, b, h month; m month as a number; d, e day; Y year; I, l hour of twelve; H, k hour of
// 24; M, N minute; P, p morning or afternoon; Q, q today, yesterday or the date, as seen from now;
// R is HM, S second, T is HMS; 'a prompt'. "" is the usual format. An error tells of letters that
// mean nothing; they are left out.
func (v Voice) Date(t, now time.Time, format string) ([]string, error) {
	c := v.calendar()
	if format == "" {
		format = c.format
	}
	var out []string
	var unknown []string
	for at := 0; at < len(format); at++ {
		letter := format[at]
		switch letter {
		case ' ', '\t':
			continue
		case '\'':
			name, rest, _ := strings.Cut(format[at+1:], "'")
			out = append(out, name)
			at = len(format) - len(rest) - 1
			continue
		case 'Q', 'q':
			out = append(out, v.near(letter, t, now.In(t.Location()), c)...)
			continue
		}
		said, ok := c.part(v, t, letter, following(format[at+1:]))
		if !ok {
			unknown = append(unknown, fmt.Sprintf("Unknown character in datetime format %s: %c at pos %d", format, letter, at))
		}
		out = append(out, said...)
	}
	if unknown != nil {
		return out, fmt.Errorf("%s", strings.Join(unknown, "; "))
	}
	return out, nil
}

// Distances of a day, counted from the beginning of this one: half a year, a month, a week.
const (
	day      = 24 * time.Hour
	month    = 2628000 * time.Second
	halfYear = 6 * month
)

// following is the next letter of a format, 0 for none.
func following(format string) byte {
	if format = strings.TrimLeft(format, " \t"); format == "" {
		return 0
	}
	return format[0]
}

// near says a day by how far away it is.
func (v Voice) near(letter byte, t, now time.Time, c calendar) []string {
	today := now.Add(-time.Duration(now.Hour())*time.Hour - time.Duration(now.Minute())*time.Minute - time.Duration(
		now.Second())*time.Second).Truncate(time.Second)
	format, prompt := c.near(letter, t.Truncate(time.Second).Sub(today))
	switch {
	case prompt != "":
		return []string{prompt}
	case format == "":
		return nil
	}
	out, _ := v.Date(t, now, format)
	return out
}

// englishNear says the more of a day the farther away it is.
func englishNear(_ byte, d time.Duration) (format, prompt string) {
	switch {
	case d > halfYear || d <= -halfYear:
		return "BdY", ""
	case d > month || d <= -month:
		return "Bd", ""
	case d > 6*day || d <= -6*day:
		return "ABd", ""
	case d > 2*day || d <= -day:
		return "A", ""
	case d > day:
		return "", "digits/tomorrow"
	case d > 0:
		return "", "digits/today"
	}
	return "", "digits/yesterday"
}

func englishPart(v Voice, t time.Time, letter, _ byte) ([]string, bool) {
	switch letter {
	case 'A', 'a':
		return []string{weekday(t)}, true
	case 'B', 'b', 'h':
		return []string{monthName(t)}, true
	case 'm':
		return v.Ordinal(int(t.Month()), ""), true
	case 'd', 'e':
		return v.Ordinal(t.Day(), ""), true
	case 'Y':
		return v.englishYear(t.Year()), true
	case 'I', 'l':
		return []string{digit(twelve(t))}, true
	case 'H', 'k':
		return englishHour(t.Hour(), letter == 'H'), true
	case 'M':
		return v.sixtieth(t.Minute(), "digits/oclock"), true
	case 'N':
		return v.sixtieth(t.Minute(), "digits/hundred"), true
	case 'P', 'p':
		return []string{half(t)}, true
	case 'R':
		return append(englishHour(t.Hour(), true), v.sixtieth(t.Minute(), "digits/oclock")...), true
	case 'S':
		return v.sixtieth(t.Second(), "digits/0"), true
	case 'T':
		out := append(englishHour(t.Hour(), true), v.sixtieth(t.Minute(), "digits/oclock")...)
		return append(out, v.sixtieth(t.Second(), "digits/0")...), true
	}
	return nil, false
}

func weekday(t time.Time) string   { return fmt.Sprintf("digits/day-%d", t.Weekday()) }
func monthName(t time.Time) string { return fmt.Sprintf("digits/mon-%d", t.Month()-1) }

// twelve is the hour on a clock's face.
func twelve(t time.Time) int { return (t.Hour()+11)%12 + 1 }

func half(t time.Time) string {
	if t.Hour() > 11 {
		return "digits/p-m"
	}
	return "digits/a-m"
}

// englishYear says 19 and two digits in the last century, and nothing of those before.
func (v Voice) englishYear(year int) []string {
	switch {
	case year > 1999:
		return v.Number(year, "")
	case year < 1901:
		return nil
	case year < 1910:
		return append([]string{"digits/19", "digits/oh"}, v.Number(year-1900, "")...)
	}
	return append([]string{"digits/19"}, v.Number(year-1900, "")...)
}

// englishHour says an hour of 24; padded has "oh" before all below ten.
func englishHour(hour int, padded bool) (out []string) {
	if padded && hour < 10 || hour == 0 {
		out = append(out, "digits/oh")
	}
	return append(out, tens(hour)...)
}

// sixtieth says a minute or a second: one word for none, "oh" before those below ten.
func (v Voice) sixtieth(n int, none string) []string {
	switch {
	case n == 0:
		return []string{none}
	case n < 10:
		return []string{"digits/oh", digit(n)}
	}
	return v.Number(n, "")
}

// Day says a date as AGI's SAY DATE does: weekday, month, day and year as numbers.
func (v Voice) Day(t time.Time) []string {
	out := append([]string{weekday(t), monthName(t)}, v.Number(t.Day(), "")...)
	return append(out, v.Number(t.Year(), "")...)
}

// Clock says the time of a day as AGI's SAY TIME does.
func (v Voice) Clock(t time.Time) []string {
	out := append(v.Number(twelve(t), ""), v.sixtieth(t.Minute(), "digits/oclock")...)
	return append(out, half(t))
}
