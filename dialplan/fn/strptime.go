package fn

import (
	"strings"
	"time"
)

// parsedTime is what strptime has found of a moment; what it has not found is zero, the day of
// the month too.
type parsedTime struct {
	year, month, day, yday int // year 0 is 1900, month 0 is January
	hour, minute, second   int
	wday, week, weekBegins int // weekBegins: the day that a week of week begins with
	century                int
	pm, hour12             bool
	has                    map[byte]bool // of the conversions read
}

// parseTime reads a text by a format as C's strptime does; what follows does not matter.
func parseTime(text, format string) (p parsedTime, ok bool) {
	p = parsedTime{century: -1, has: map[byte]bool{}}
	if _, ok = p.read(text, format); ok {
		p.complete()
	}
	return p, ok
}

// whole are conversions that stand for others.
var whole = map[byte]string{'c': "%a %b %e %H:%M:%S %Y", 'D': "%m/%d/%y", 'x': "%m/%d/%y", 'r': "%I:%M:%S %p", 'R': "%H:%M",
	'T': "%H:%M:%S", 'X': "%H:%M:%S", 'F': "%Y-%m-%d"}

// bounds of the numbers: least, most, digits.
var bounds = map[byte][3]int{'C': {0, 99, 2}, 'd': {1, 31, 2}, 'g': {0, 99, 2}, 'G': {0, 9999, 4}, 'H': {0, 23, 2}, 'I': {1, 12, 2},
	'j': {1, 366, 3}, 'm': {1, 12, 2}, 'M': {0, 59, 2}, 'S': {0, 61, 2}, 'u': {1, 7, 1}, 'U': {0, 53, 2}, 'V': {0, 53, 2}, 'w': {0, 6, 1},
	'W': {0, 53, 2}, 'y': {0, 99, 2}, 'Y': {0, 9999, 4}}

func (p *parsedTime) read(text, format string) (rest string, ok bool) {
	for format != "" {
		c := format[0]
		format = format[1:]
		switch {
		case strings.IndexByte(blanks, c) >= 0:
			text = strings.TrimLeft(text, blanks)
			continue
		case c != '%':
			if text == "" || text[0] != c {
				return text, false
			}
			text = text[1:]
			continue
		}
		format = strings.TrimLeft(format, "-_0^#")
		if format != "" && (format[0] == 'E' || format[0] == 'O') {
			format = format[1:]
		}
		if format == "" {
			return text, false
		}
		if text, ok = p.conversion(text, format[0]); !ok {
			return text, false
		}
		format = format[1:]
	}
	return text, true
}

var (
	weekdayNames = []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}
	monthNames   = []string{"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
		"december"}
)

// alike are conversions that read the same.
var alike = map[byte]byte{'e': 'd', 'k': 'H', 'l': 'I', 'A': 'a', 'B': 'b', 'h': 'b', 'P': 'p', 't': 'n'}

func (p *parsedTime) conversion(text string, kind byte) (rest string, ok bool) {
	if same, ok := alike[kind]; ok {
		kind = same
	}
	if format, ok := whole[kind]; ok {
		return p.read(text, format)
	}
	switch kind {
	case '%':
		return strings.CutPrefix(text, "%")
	case 'n':
		return strings.TrimLeft(text, blanks), true
	case 'Z':
		return text, true
	case 'z':
		return zoneOffset(text)
	case 's':
		return p.epoch(text)
	case 'a', 'b', 'p':
		return p.name(text, kind)
	}
	b, ok := bounds[kind]
	if !ok {
		return text, false
	}
	n, rest, ok := boundedNumber(text, b[0], b[1], b[2])
	if ok {
		p.take(kind, n)
	}
	return rest, ok
}

// boundedNumber stops where one more digit would be too much.
func boundedNumber(text string, least, most, digits int) (n int, rest string, ok bool) {
	text = strings.TrimLeft(text, blanks)
	i := 0
	for i < len(text) && i < digits && text[i] >= '0' && text[i] <= '9' && (i == 0 || n*10 <= most) {
		n = 10*n + int(text[i]-'0')
		i++
	}
	return n, text[i:], i > 0 && n >= least && n <= most
}

func (p *parsedTime) take(kind byte, n int) {
	p.has[kind] = true
	switch kind {
	case 'C':
		p.century = n
	case 'd':
		p.day = n
	case 'H':
		p.hour, p.hour12 = n, false
	case 'I':
		p.hour, p.hour12 = n%12, true
	case 'j':
		p.yday = n - 1
	case 'm':
		p.month = n - 1
	case 'M':
		p.minute = n
	case 'S':
		p.second = n
	case 'u', 'w':
		p.wday = n % 7
		p.has['w'] = true
	case 'U':
		p.week, p.weekBegins = n, 0
	case 'W':
		p.week, p.weekBegins = n, 1
	case 'y':
		if p.year = n; n < 69 {
			p.year += 100
		}
	case 'Y':
		p.year, p.century = n-1900, -1
	}
}

func (p *parsedTime) name(text string, kind byte) (rest string, ok bool) {
	lower := strings.ToLower(text)
	if kind == 'p' {
		if !strings.HasPrefix(lower, "am") && !strings.HasPrefix(lower, "pm") {
			return text, false
		}
		p.pm = lower[0] == 'p'
		return text[2:], true
	}
	names := weekdayNames
	if kind == 'b' {
		names = monthNames
	}
	for i, n := range names {
		length := 3
		if strings.HasPrefix(lower, n) {
			length = len(n)
		}
		if strings.HasPrefix(lower, n[:length]) {
			if kind == 'b' {
				p.month, p.has['m'] = i, true
			} else {
				p.wday, p.has['w'] = i, true
			}
			return text[length:], true
		}
	}
	return text, false
}

// zoneOffset reads +hh, +hhmm, +hh:mm or Z, which count for nothing.
func zoneOffset(text string) (rest string, ok bool) {
	text = strings.TrimLeft(text, blanks)
	if rest, ok = strings.CutPrefix(text, "Z"); ok {
		return rest, true
	}
	if text == "" || text[0] != '+' && text[0] != '-' {
		return text, false
	}
	text = text[1:]
	digits := 0
	for text != "" && digits < 4 && (text[0] >= '0' && text[0] <= '9' || digits == 2 && text[0] == ':') {
		if text[0] != ':' {
			digits++
		}
		text = text[1:]
	}
	return text, digits == 2 || digits == 4
}

// epoch takes the clock of the machine at so many seconds.
func (p *parsedTime) epoch(text string) (rest string, ok bool) {
	if text == "" || text[0] < '0' || text[0] > '9' {
		return text, false
	}
	n, rest, ok := scanInt(text)
	t := time.Unix(n, 0)
	p.year, p.month, p.day = t.Year()-1900, int(t.Month())-1, t.Day()
	p.hour, p.minute, p.second = t.Hour(), t.Minute(), t.Second()
	p.has['m'], p.has['d'] = true, true
	return rest, ok
}

// complete draws what follows from days of the year and weeks.
func (p *parsedTime) complete() {
	if p.hour12 && p.pm {
		p.hour += 12
	}
	if p.century >= 0 {
		in := 0
		if p.has['y'] {
			in = p.year % 100
		}
		p.year = (p.century-19)*100 + in
	}
	if (p.has['U'] || p.has['W']) && p.has['w'] && !p.has['j'] {
		first := int(time.Date(1900+p.year, 1, 1, 0, 0, 0, 0, time.UTC).Weekday())
		p.yday = (7-(first-p.weekBegins))%7 + (p.week-1)*7 + (p.wday-p.weekBegins+7)%7
		p.has['j'] = true
	}
	if p.has['j'] && (!p.has['m'] || !p.has['d']) {
		t := time.Date(1900+p.year, 1, 1+p.yday, 0, 0, 0, 0, time.UTC)
		if !p.has['m'] {
			p.month = int(t.Month()) - 1
		}
		if !p.has['d'] {
			p.day = t.Day()
		}
	}
}

// in is the moment in a zone, the first of two that look alike in autumn; false where its clock
// leaves that out.
func (p *parsedTime) in(zone *time.Location) (time.Time, bool) {
	t := time.Date(1900+p.year, time.Month(p.month+1), p.day, p.hour, p.minute, p.second, 0, zone)
	if first := t.Add(-time.Hour); first.Hour() == t.Hour() && first.Minute() == t.Minute() {
		t = first
	}
	return t, p.second >= 60 || t.Minute() == p.minute && t.Hour() == p.hour
}
