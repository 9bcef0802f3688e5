package say

import (
	"fmt"
	"strings"
	"time"
)

// A calendar says the parts of a date in a language.
type calendar struct {
	format string // the usual one
	// part says a letter of a format. False: there is none.
	part func(v Voice, t time.Time, letter byte) ([]string, bool)
	// near are the formats of Q and q by how far a day is away, from the far future on; nil:
	// those of English.
	near *[4]string
}

// calendars are those of languages, the more special one first.
var calendars = []struct {
	language string
	calendar
}{
	{"en", englishCalendar},
}

var englishCalendar = calendar{format: "ABdY 'digits/at' IMp", part: englishPart}

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
			out = append(out, v.near(t, now.In(t.Location()), c)...)
			continue
		}
		said, ok := c.part(v, t, letter)
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

// near says a day by how far away it is: the farther, the more.
func (v Voice) near(t, now time.Time, c calendar) (out []string) {
	today := now.Add(-time.Duration(now.Hour())*time.Hour - time.Duration(now.Minute())*time.Minute - time.Duration(now.Second())*time.Second).Truncate(time.Second)
	forms := englishNear
	if c.near != nil {
		forms = *c.near
	}
	d := t.Truncate(time.Second).Sub(today)
	form := forms[0]
	switch {
	case d > halfYear || d <= -halfYear:
	case d > month || d <= -month:
		form = forms[1]
	case d > 6*day || d <= -6*day:
		form = forms[2]
	case d > 2*day || d <= -day:
		form = forms[3]
	case d > day:
		return []string{"digits/tomorrow"}
	case d > 0:
		return []string{"digits/today"}
	default:
		return []string{"digits/yesterday"}
	}
	out, _ = v.Date(t, now, form)
	return out
}

// englishNear are: another year, another month, another week, this week.
var englishNear = [4]string{"BdY", "Bd", "ABd", "A"}

func englishPart(v Voice, t time.Time, letter byte) ([]string, bool) {
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
