package fn

import (
	"strconv"
	"strings"
)

// Numbers and escapes as C reads them: what follows a number does not matter.

// scanInt reads the integer that a text begins with, behind blanks; one that is too large is
// the largest there is.
func scanInt(s string) (n int64, rest string, ok bool) {
	s = strings.TrimLeft(s, blanks)
	end := 0
	for end < len(s) && (s[end] >= '0' && s[end] <= '9' || end == 0 && (s[end] == '-' || s[end] == '+')) {
		end++
	}
	n, err := strconv.ParseInt(s[:end], 10, 64)
	if err != nil && n == 0 {
		return 0, s, false
	}
	return n, s[end:], true
}

// integer is scanInt of 32 bits, 0 for what is none.
func integer(s string) int {
	n, _, _ := scanInt(s)
	return int(int32(n))
}

// scanFloat reads the number that a text begins with, perhaps hexadecimal.
func scanFloat(s string) (x float64, rest string, ok bool) {
	s = strings.TrimLeft(s, blanks)
	most := 0
	for most < len(s) && strings.IndexByte("0123456789abcdefABCDEF.xXpPinftyINFTY+-", s[most]) >= 0 {
		most++
	}
	for end := most; end > 0; end-- {
		text := s[:end]
		if strings.ContainsAny(text, "xX") && !strings.ContainsAny(text, "pP") {
			text += "p0"
		}
		if x, err := strconv.ParseFloat(text, 64); err == nil || isRange(err) {
			return x, s[end:], true
		}
	}
	return 0, s, false
}

func isRange(err error) bool {
	e, ok := err.(*strconv.NumError)
	return ok && e.Err == strconv.ErrRange
}

// truncated is C's conversion to an int: what does not fit is the least one.
func truncated(x float64) int {
	if !(x > -1<<31-1 && x < 1<<31) {
		return -1 << 31
	}
	return int(x)
}

// encoded reads one character that may be escaped: \n, \r, \t, \xHH, \0OOO; any other stands
// for itself. Not ok at the end, and where \x has no digit.
func encoded(s string) (c byte, rest string, ok bool) {
	switch {
	case s == "":
		return 0, s, false
	case s[0] != '\\':
		return s[0], s[1:], true
	case len(s) == 1:
		return 0, "", true
	}
	digits := func(from, most, base int) {
		end := from
		for end < len(s) && end-from < most && strings.ContainsAny(strings.ToLower(s[end:end+1]), "0123456789abcdef"[:base]) {
			n, _ := strconv.ParseUint(s[end:end+1], base, 8)
			c = c*byte(base) + byte(n)
			end++
		}
		ok, rest = end > from, s[end:]
	}
	switch rest = s[2:]; s[1] {
	case 'n':
		return '\n', rest, true
	case 'r':
		return '\r', rest, true
	case 't':
		return '\t', rest, true
	case 'x':
		digits(2, 2, 16)
		return c, rest, ok
	case '0':
		digits(2, len(s), 8)
		return c, rest, true
	}
	return s[1], rest, true
}

// encodedText undoes the escapes of a text, up to one that cannot be read.
func encodedText(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var out []byte
	for c, rest, ok := encoded(s); ok && c != 0; c, rest, ok = encoded(rest) {
		out = append(out, c)
	}
	return string(out)
}

// cString is a text up to its first zero byte, as a variable of Asterisk holds it.
func cString(s string) string {
	s, _, _ = strings.Cut(s, "\x00")
	return s
}
