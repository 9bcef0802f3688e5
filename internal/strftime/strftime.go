// Package strftime writes moments as C's strftime and Asterisk's ast_strftime do: STRFTIME, the dates of
// logger.conf and cel.conf, and of mails about voice messages.
package strftime

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/itchyny/timefmt-go"
)

// subsecond is %q: digits of a second, three without a number.
var subsecond = regexp.MustCompile(`%([1-6]?)q`)

// Format writes a moment in its zone. Beside the conversions of C there is %q, of 1 to 6 digits of a
// second, three where no number is written (%3q).
func Format(t time.Time, format string) string {
	return Clock{Time: t, Micro: int64(t.Nanosecond() / 1000)}.Format(format)
}

// Clock is a moment as STRFTIME tells it: both parts of one before 1970 count backwards.
type Clock struct {
	time.Time
	Micro int64 // microseconds of the second
}

// Format writes a moment as C's strftime does: flags (-_0^#), a width, and the modifiers E and
// O, which change nothing where they may stand. What is no conversion is written as it stands.
func (c Clock) Format(format string) string {
	format = subsecond.ReplaceAllStringFunc(format, func(m string) string {
		n, _ := strconv.Atoi(strings.Trim(m, "%q"))
		if n == 0 {
			n = 3
		}
		micro := c.Micro
		for range 6 - n {
			micro /= 10
		}
		return padded(strconv.FormatInt(micro, 10), n, '0')
	})
	var b strings.Builder
	for format != "" {
		i := strings.IndexByte(format, '%')
		if i < 0 {
			break
		}
		b.WriteString(format[:i])
		text, rest := c.conversion(format[i:])
		b.WriteString(text)
		format = rest
	}
	b.WriteString(format)
	return b.String()
}

// mostWidth of a conversion.
const mostWidth = 4095

// padded fills up to a width on the left; zeros go behind the sign.
func padded(s string, width int, with byte) string {
	missing := width - len(s)
	if missing <= 0 {
		return s
	}
	if with == '0' && strings.HasPrefix(s, "-") {
		return "-" + strings.Repeat("0", missing) + s[1:]
	}
	return strings.Repeat(string(with), missing) + s
}

// digits of the numbers among the conversions.
var timeDigits = map[byte]int{'C': 2, 'd': 2, 'e': 2, 'g': 2, 'G': 4, 'H': 2, 'I': 2, 'j': 3, 'k': 2, 'l': 2, 'm': 2, 'M': 2, 'S': 2,
	's': 1, 'u': 1, 'U': 2, 'V': 2, 'w': 1, 'W': 2, 'y': 2, 'Y': 4}

const (
	timeConversions = "aAbBcCdDeFgGhHIjklmMnpPrRsStTuUVwWxXyYzZ%"
	notWithE        = "aAbBdDeFgGhHIjklmMSUVwW"
	notWithO        = "aAcDFxXY"
)

// conversion writes the one that a text begins with.
func (c Clock) conversion(s string) (text, rest string) {
	i, pad, upper, swap := 1, byte(0), false, false
	for ; i < len(s) && strings.IndexByte("-_0^#", s[i]) >= 0; i++ {
		switch s[i] {
		case '^':
			upper = true
		case '#':
			swap = true
		default:
			pad = s[i]
		}
	}
	width := 0
	for ; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
		width = min(10*width+int(s[i]-'0'), mostWidth)
	}
	modifier := byte(0)
	if i < len(s) && (s[i] == 'E' || s[i] == 'O') {
		modifier = s[i]
		i++
	}
	kind := byte(0)
	if i < len(s) {
		kind = s[i]
		i++
	}
	fill := byte(' ')
	if pad == '0' {
		fill = '0'
	}
	switch {
	case kind == 0 || strings.IndexByte(timeConversions, kind) < 0, modifier == 'E' && strings.IndexByte(notWithE, kind) >= 0,
		modifier == 'O' && strings.IndexByte(notWithO, kind) >= 0:
		text = s[:i]
	case timeDigits[kind] > 0:
		return c.number(kind, pad, width), s[i:]
	case kind == 'z':
		return c.offset(pad, width), s[i:]
	default:
		text = c.word(kind)
		if swap {
			text = swapped(kind, text)
		}
	}
	if upper {
		text = strings.ToUpper(text)
	}
	return padded(text, width, fill), s[i:]
}

func (c Clock) number(kind, pad byte, width int) string {
	var text string
	switch kind {
	case 's': // as if the clock at hand were the machine's
		t := c.Time
		text = strconv.FormatInt(time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.Local).Unix(), 10)
	case 'Y':
		text = strconv.Itoa(c.Year())
	default:
		text = strings.TrimLeft(timefmt.Format(c.Time, "%"+string(kind)), " 0")
	}
	if text == "" {
		text = "0"
	}
	fill, digits := byte('0'), timeDigits[kind]
	if strings.IndexByte("ekl", kind) >= 0 {
		fill = ' '
	}
	switch pad {
	case '0':
		fill = '0'
	case '_':
		fill = ' '
	case '-':
		fill, digits = ' ', 1
	}
	return padded(text, max(width, digits), fill)
}

// offset of the zone, as -0500. A width counts for the digits, and once more before the sign.
func (c Clock) offset(pad byte, width int) string {
	text := timefmt.Format(c.Time, "%z")
	digits := strings.TrimLeft(text[1:], "0")
	if digits == "" {
		digits = "0"
	}
	least, fill, before := 4, byte('0'), byte(' ')
	switch pad {
	case '-':
		least, fill = 1, ' '
	case '_':
		fill = ' '
	case '0':
		before = '0'
	}
	return padded("", width-1, before) + text[:1] + padded(digits, max(least, width), fill)
}

func (c Clock) word(kind byte) string {
	switch kind {
	case 'Z':
		return c.zoneName()
	case 'n':
		return "\n"
	case 't':
		return "\t"
	case '%':
		return "%"
	}
	return timefmt.Format(c.Time, "%"+string(kind))
}

// zoneName is that of the machine's own zone, as in Asterisk, for summer or winter as it is in
// the zone at hand.
func (c Clock) zoneName() string {
	local := c.Time.In(time.Local)
	for month := time.January; month <= time.December; month++ {
		if t := time.Date(local.Year(), month, 1, 12, 0, 0, 0, time.Local); t.IsDST() == c.IsDST() {
			name, _ := t.Zone()
			return name
		}
	}
	name, _ := local.Zone()
	return name
}

// swapped is what "#" makes of a word.
func swapped(kind byte, text string) string {
	switch kind {
	case 'a', 'A', 'b', 'B', 'h':
		return strings.ToUpper(text)
	case 'p', 'Z':
		return strings.ToLower(text)
	}
	return text
}
