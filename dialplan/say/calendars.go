package say

import (
	"time"
)

// said is how a language says one part of a moment.
type said func(v Voice, t time.Time) []string

// parts are the letters of a format in a language. One without a function means nothing in it.
type parts struct {
	day, month, year said
	hour, plainHour  said // H, k
	face, plainFace  said // I, l: the hour of twelve
	minute, military said // M, N
	second, half     said // S, P
	joins            string
}

// part is the function of a calendar: R is an hour, what joins it to its minute, and that; T has
// no word between them.
func (p parts) part(v Voice, t time.Time, letter, _ byte) (out []string, ok bool) {
	var says said
	switch letter {
	case 'A', 'a':
		return []string{weekday(t)}, true
	case 'B', 'b', 'h':
		return []string{monthName(t)}, true
	case 'd', 'e':
		says = p.day
	case 'm':
		says = p.month
	case 'Y':
		says = p.year
	case 'H':
		says = p.hour
	case 'k':
		says = p.plainHour
	case 'I':
		says = p.face
	case 'l':
		says = p.plainFace
	case 'M':
		says = p.minute
	case 'N':
		says = p.military
	case 'S':
		says = p.second
	case 'P', 'p':
		says = p.half
	case 'R':
		if out = p.hour(v, t); p.joins != "" {
			out = append(out, p.joins)
		}
		return append(out, p.minute(v, t)...), true
	case 'T':
		return append(append(p.hour(v, t), p.minute(v, t)...), p.second(v, t)...), true
	}
	if says == nil {
		return nil, false
	}
	return says(v, t), true
}

// nearBy says the date by one format, except of today and yesterday; q says nothing of today,
// unless both do, and the weekday within a week.
func nearBy(whole string, both bool) func(byte, time.Duration) (string, string) {
	return func(letter byte, d time.Duration) (format, prompt string) {
		switch {
		case d > 0 && letter == 'q' && !both:
			return "", ""
		case d > 0:
			return "", "digits/today"
		case d > -day:
			return "", "digits/yesterday"
		case d > -6*day && letter == 'q':
			return "A", ""
		}
		return whole, ""
	}
}

// What several languages say alike.

func cardinalDay(v Voice, t time.Time) []string { return v.Number(t.Day(), "") }

// firstDay says the first of a month as an ordinal.
func firstDay(v Voice, t time.Time) []string {
	if t.Day() == 1 {
		return []string{"digits/h-1"}
	}
	return v.Number(t.Day(), "")
}

func ordinalMonth(v Voice, t time.Time) []string { return v.Ordinal(int(t.Month()), "") }
func cardinalYear(v Voice, t time.Time) []string { return v.Number(t.Year(), "") }
func plainMinute(v Voice, t time.Time) []string  { return v.Number(t.Minute(), "") }
func clockFace(_ Voice, t time.Time) []string    { return []string{digit(twelve(t))} }
func twoHalves(_ Voice, t time.Time) []string    { return []string{half(t)} }

// plainSecond says seconds as English does.
func plainSecond(v Voice, t time.Time) []string {
	if n := t.Second(); n > 9 {
		return tens(n)
	}
	return v.sixtieth(t.Second(), "digits/0")
}

// sinceThe20th says nothing of years before 1901.
func sinceThe20th(says said) said {
	return func(v Voice, t time.Time) []string {
		if t.Year() < 1901 {
			return nil
		}
		return says(v, t)
	}
}

// with says a number and the prompt of what it counts.
func with(names []string, word string) []string { return append(names, word) }

// French.

var frenchCalendar = calendar{format: "AdBY 'digits/at' IMp", near: nearBy("AdBY", false), part: parts{
	day: firstDay, month: ordinalMonth, year: sinceThe20th(cardinalYear), half: twoHalves,
	hour: frenchHour, plainHour: frenchHour, face: frenchFace, plainFace: frenchFace,
	minute: func(v Voice, t time.Time) []string {
		if t.Minute() == 0 {
			return nil
		}
		return v.Number(t.Minute(), "")
	},
	second: func(v Voice, t time.Time) []string { return with(v.Number(t.Second(), ""), "second") },
}.part}

func frenchHour(v Voice, t time.Time) []string { return with(v.Number(t.Hour(), ""), "digits/oclock") }
func frenchFace(_ Voice, t time.Time) []string { return []string{digit(twelve(t)), "digits/oclock"} }

// Spanish.

const spanishDate = "'digits/es-el' Ad 'digits/es-de' B 'digits/es-de' Y"

var spanishCalendar = calendar{format: spanishDate + " 'digits/at' IMp", near: nearBy(spanishDate, true), part: parts{
	day: cardinalDay, month: ordinalMonth, year: cardinalYear, half: spanishHalf, joins: "digits/y",
	hour: spanishHour, plainHour: spanishHour, face: spanishFace, plainFace: spanishFace, minute: plainMinute, second: plainSecond,
}.part}

func spanishHour(v Voice, t time.Time) []string { return v.Number(t.Hour(), "") }

func spanishFace(_ Voice, t time.Time) []string {
	if twelve(t) == 1 {
		return []string{"digits/1F"}
	}
	return []string{digit(twelve(t))}
}

// spanishHalf tells the afternoon from the evening, and nothing of the hour of midnight.
func spanishHalf(_ Voice, t time.Time) []string {
	switch h := t.Hour(); {
	case h > 18:
		return []string{"digits/p-m"}
	case h > 12:
		return []string{"digits/afternoon"}
	case h > 0:
		return []string{"digits/a-m"}
	}
	return nil
}

// Italian.

var italianCalendar = calendar{format: "AdB 'digits/at' IMp", near: nearBy("AdB", false), part: parts{
	day: firstDay, month: ordinalMonth, year: sinceThe20th(italianYear), half: twoHalves,
	hour: italianHour, plainHour: italianHour, face: clockFace, plainFace: clockFace, minute: plainMinute, second: plainSecond,
}.part}

func italianHour(v Voice, t time.Time) []string {
	switch t.Hour() {
	case 0:
		return []string{"digits/ore-mezzanotte"}
	case 1:
		return []string{"digits/ore-una"}
	}
	return v.Number(t.Hour(), "")
}

func italianYear(v Voice, t time.Time) []string {
	rest := t.Year() - 2000
	switch {
	case rest < 0:
		return append([]string{"digits/ore-1900"}, v.Number(rest+100, "")...)
	case rest == 0:
		return []string{"digits/ore-2000"}
	case v.has(digit(rest)): // one word, where there is one
		return []string{"digits/ore-2000", digit(rest)}
	}
	return append([]string{"digits/ore-2000"}, v.Number(rest, "")...)
}

// Dutch.

var dutchCalendar = calendar{format: "AdBY 'digits/at' IMp", near: nearBy("AdBY", false), part: parts{
	day: cardinalDay, month: ordinalMonth, year: sinceThe20th(dutchYear), half: twoHalves,
	hour: dutchHour, plainHour: dutchHour, face: clockFace, plainFace: clockFace, minute: plainMinute,
	second: func(v Voice, t time.Time) []string { return v.Number(t.Second(), "") },
}.part}

func dutchHour(v Voice, t time.Time) []string { return with(v.Number(t.Hour(), ""), "digits/nl-uur") }

func dutchYear(v Voice, t time.Time) []string {
	switch y := t.Year() - 1900; {
	case y == 100:
		return []string{"digits/2", "digits/thousand"}
	case y > 100:
		return append([]string{"digits/2", "digits/thousand"}, v.Number(y-100, "")...)
	case y < 10:
		return []string{"digits/19", "digits/oh", digit(y)}
	default:
		return append([]string{"digits/19"}, tens(y)...)
	}
}

// Portuguese, of Portugal and of Brazil.
// Differs: Asterisk says a minus before the hours of 24 in Portugal's, and them twice.

const portugueseDate = "Ad 'digits/pt-de' B 'digits/pt-de' Y"

var portugueseCalendar = calendar{format: portugueseDate + " I 'digits/pt-e' Mp", near: nearBy(portugueseDate, false), part: parts{
	day: cardinalDay, month: ordinalMonth, year: cardinalYear, joins: "digits/pt-e",
	hour: feminineHour, plainHour: feminineHour, plainFace: portugueseFace, second: plainSecond,
	face: func(v Voice, t time.Time) []string {
		face := portugueseFace(v, t)
		switch t.Hour() {
		case 12:
			return append([]string{"digits/pt-ao"}, face...)
		case 0, 1, 13:
			return append([]string{"digits/pt-ah"}, face...)
		}
		return append([]string{"digits/pt-ah", "digits/pt-sss"}, face...)
	},
	minute: func(v Voice, t time.Time) []string {
		switch {
		case t.Minute() > 0:
			return v.Number(t.Minute(), "")
		case t.Hour() == 1:
			return []string{"digits/pt-hora"}
		}
		return []string{"digits/pt-hora", "digits/pt-sss"}
	},
	half: func(_ Voice, t time.Time) []string {
		if t.Hour()%12 == 0 {
			return nil
		}
		return []string{half(t)}
	},
}.part}

func feminineHour(v Voice, t time.Time) []string { return v.Number(t.Hour(), "f") }

// portugueseFace has words for noon and midnight.
func portugueseFace(v Voice, t time.Time) []string {
	switch t.Hour() {
	case 0:
		return []string{"digits/pt-meianoite"}
	case 12:
		return []string{"digits/pt-meiodia"}
	}
	return v.Number(twelve(t), "f")
}

var brazilianCalendar = calendar{format: portugueseDate + " I 'digits/pt-e' Mp", near: nearBy(portugueseDate, false), part: parts{
	day: cardinalDay, year: cardinalYear, joins: "digits/pt-e", plainHour: feminineHour, plainFace: portugueseFace, half: brazilianHalf,
	month:  func(v Voice, t time.Time) []string { return v.Number(int(t.Month()), "") },
	hour:   func(v Voice, t time.Time) []string { return counted(v.Number(t.Hour(), "f"), t.Hour(), "digits/hour") },
	minute: func(v Voice, t time.Time) []string { return counted(v.Number(t.Minute(), ""), t.Minute(), "minute") },
	second: func(v Voice, t time.Time) []string { return counted(v.Number(t.Second(), ""), t.Second(), "second") },
	face: func(v Voice, t time.Time) []string {
		article := "digits/pt-as"
		switch t.Hour() {
		case 12:
			article = "digits/pt-ao"
		case 0, 1, 13:
			article = "digits/pt-a"
		}
		return append([]string{article}, portugueseFace(v, t)...)
	},
}.part}

// counted has a word in its plural from two on.
func counted(names []string, n int, word string) []string {
	if n > 1 {
		word += "s"
	}
	return with(names, word)
}

// brazilianHalf tells morning, afternoon and night, and nothing of the hours of midnight and noon.
func brazilianHalf(_ Voice, t time.Time) []string {
	switch h := t.Hour(); {
	case h%12 == 0:
		return nil
	case h > 17:
		return []string{"digits/pt-da", "digits/night"}
	case h > 12:
		return []string{"digits/pt-da", "digits/afternoon"}
	}
	return []string{"digits/pt-da", "digits/morning"}
}
