package say

import (
	"strconv"
	"time"
)

// polishCalendar says the hour, the day and the last word of the year as ordinals.
// Differs: Asterisk has no usual format in Polish, and ends at once when it is asked for it.
var polishCalendar = calendar{format: "AdBY HM", near: nearBy("AdBY", false), part: parts{
	day: polishDay, month: ordinalMonth, year: sinceThe20th(polishYear), half: twoHalves,
	hour: polishHour, plainHour: polishHour, face: polishFace, plainFace: polishFace,
	minute: polishMinute, military: polishMilitary, second: polishSecond,
}.part}

// ordinal is the prompt of an ordinal number that is said with one word.
func ordinal(n int) string { return "digits/h-" + strconv.Itoa(n) }

func polishDay(_ Voice, t time.Time) []string {
	if d := t.Day(); d > 20 && d%10 > 0 {
		return []string{ordinal(d / 10 * 10), ordinal(d % 10)}
	}
	return []string{ordinal(t.Day())}
}

func polishYear(v Voice, t time.Time) (out []string) {
	rest := t.Year() - 2000
	switch {
	case rest == 0:
		return []string{"digits/h-2000", "digits/year"}
	case rest < 0:
		out, rest = []string{"digits/1000", "digits/900"}, rest+100
	default:
		out = []string{"digits/2", "digits/1000.2"}
	}
	switch {
	case rest > 100:
		return with(v.Number(t.Year(), ""), "digits/year")
	case rest == 100:
		out = append(out, "digits/h-hundred")
	case rest > 20 && rest%10 > 0:
		out = append(out, digit(rest/10*10), ordinal(rest%10))
	default:
		out = append(out, ordinal(rest))
	}
	return with(out, "digits/year")
}

func polishHour(_ Voice, t time.Time) []string {
	if t.Hour() == 0 {
		return []string{"digits/t-24"}
	}
	return []string{"digits/t-" + strconv.Itoa(t.Hour())}
}

func polishFace(_ Voice, t time.Time) []string {
	return []string{"digits/t-" + strconv.Itoa(twelve(t))}
}

func polishMinute(_ Voice, t time.Time) []string {
	if t.Minute() == 0 {
		return []string{"digits/oclock"}
	}
	return polishFeminine(t.Minute())
}

// polishMilitary says an hour without minutes as hundred.
func polishMilitary(v Voice, t time.Time) []string {
	if t.Minute() == 0 {
		return []string{"digits/100"}
	}
	return polishMinute(v, t)
}

// polishFeminine says minutes and seconds.
func polishFeminine(n int) []string {
	out := tens(n)
	if last := len(out) - 1; out[last] == "digits/2" {
		out[last] = "digits/2z"
	}
	return out
}

func polishSecond(_ Voice, t time.Time) []string {
	out := []string{"digits/and"}
	switch n := t.Second(); {
	case n == 0:
		return append(out, "digits/0", "second")
	case n == 1:
		return append(out, "digits/1z", "digits/second-a")
	case slavicForm(n) == few:
		return with(append(out, polishFeminine(n)...), "seconds")
	default:
		return with(append(out, polishFeminine(n)...), "second")
	}
}
