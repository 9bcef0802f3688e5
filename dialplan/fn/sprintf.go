package fn

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"obelisk/pbx"
)

// sprintf knows the conversions of C for integers, floats, characters and texts. Integers have
// 32 bits; a missing text is "(null)".
func sprintf(_ *pbx.Channel, args string) (string, error) {
	f := raw(args, 101)
	if len(f) == 0 {
		return "", nil
	}
	format, rest := f[0], f[1:]
	next := func() (s string, ok bool) {
		if len(rest) == 0 {
			return "", false
		}
		s, rest = rest[0], rest[1:]
		return s, true
	}
	var b strings.Builder
	for format != "" {
		i := strings.IndexByte(format, '%')
		if i < 0 {
			i = len(format)
		}
		b.WriteString(format[:i])
		if format = format[i:]; format == "" {
			break
		}
		end, spec := conversionEnd(format)
		if end == len(format) { // it does not end
			break
		}
		kind := format[end]
		format = format[end+1:]
		text, err := convert(spec, kind, next)
		if err != nil {
			return "", err
		}
		b.WriteString(text)
	}
	return b.String(), nil
}

// conversion is what stands between "%" and its letter.
type conversion struct {
	flags     string
	width     int
	precision int // -1 for none
}

// conversionEnd finds the letter.
func conversionEnd(s string) (end int, c conversion) {
	i, c := 1, conversion{precision: -1}
	for i < len(s) && strings.IndexByte("#0- +'I", s[i]) >= 0 {
		i++
	}
	c.flags = s[1:i]
	number := func() (n int) {
		for i < len(s) && s[i] >= '0' && s[i] <= '9' {
			n = min(10*n+int(s[i]-'0'), 4000)
			i++
		}
		return n
	}
	c.width = number()
	if i < len(s) && s[i] == '.' {
		i++
		c.precision = number()
	}
	if i < len(s) && strings.IndexByte("hlLqjzt", s[i]) >= 0 {
		if i+1 < len(s) && s[i+1] == s[i] && (s[i] == 'h' || s[i] == 'l') {
			i++
		}
		i++
	}
	return i, c
}

var errConversion = errors.New("that is no conversion")

func convert(c conversion, kind byte, next func() (string, bool)) (string, error) {
	switch {
	case kind == '%':
		return "%", nil
	case kind == 's':
		arg, ok := next()
		if !ok {
			if arg = "(null)"; c.precision >= 0 && c.precision < len(arg) {
				arg = ""
			}
		}
		if c.precision >= 0 {
			arg = arg[:min(c.precision, len(arg))]
		}
		return c.pad(arg, false), nil
	case strings.IndexByte("diouxXc", kind) >= 0:
		arg, ok := next()
		n, _, scanned := scanInt(arg)
		if !ok || !scanned {
			return "", fmt.Errorf("'%s' is no integer", arg)
		}
		return c.integer(int32(n), kind), nil
	case strings.IndexByte("eEfFgGaA", kind) >= 0:
		arg, ok := next()
		x, _, scanned := scanFloat(arg)
		if !ok || !scanned {
			return "", fmt.Errorf("'%s' is no number", arg)
		}
		return c.float(x, kind), nil
	}
	return "", errConversion
}

func (c conversion) has(flag string) bool { return strings.Contains(c.flags, flag) }

// pad fills up to the width; zeros go behind a sign or 0x.
func (c conversion) pad(s string, zeros bool) string {
	missing := c.width - len(s)
	switch {
	case missing <= 0:
		return s
	case c.has("-"):
		return s + strings.Repeat(" ", missing)
	case !zeros || !c.has("0"):
		return strings.Repeat(" ", missing) + s
	}
	sign := len(s) - len(strings.TrimLeft(s, "+- "))
	if strings.HasPrefix(strings.ToLower(s[sign:]), "0x") {
		sign += 2
	}
	return s[:sign] + strings.Repeat("0", missing) + s[sign:]
}

func (c conversion) sign(negative bool) string {
	switch {
	case negative:
		return "-"
	case c.has("+"):
		return "+"
	case c.has(" "):
		return " "
	}
	return ""
}

func (c conversion) integer(n int32, kind byte) string {
	if kind == 'c' {
		return strings.TrimRight(c.pad(string([]byte{byte(n)}), false), "\x00")
	}
	digits, prefix := "", ""
	switch kind {
	case 'd', 'i':
		digits, prefix = fmt.Sprint(int64(math.Abs(float64(n)))), c.sign(n < 0)
	case 'u':
		digits = fmt.Sprint(uint32(n))
	case 'o':
		if digits = fmt.Sprintf("%o", uint32(n)); c.has("#") && digits[0] != '0' {
			digits = "0" + digits
		}
	default:
		if digits = fmt.Sprintf("%"+string(kind), uint32(n)); c.has("#") && n != 0 {
			prefix = "0" + string(kind)
		}
	}
	if c.precision == 0 && n == 0 {
		digits = strings.TrimLeft(digits, "0")
	}
	if missing := c.precision - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	return c.pad(prefix+digits, c.precision < 0)
}

func (c conversion) float(x float64, kind byte) string {
	precision := c.precision
	if precision < 0 && kind != 'a' && kind != 'A' {
		precision = 6
	}
	text := ""
	switch abs := math.Abs(x); {
	case math.IsInf(x, 0):
		text = "inf"
	case math.IsNaN(x):
		text = "nan"
	case kind == 'a' || kind == 'A':
		text = hexFloat(abs, precision)
	case (kind == 'g' || kind == 'G') && precision == 0:
		text = fmt.Sprintf("%.1g", abs)
	case c.has("#"):
		text = fmt.Sprintf("%#.*"+strings.ToLower(string(kind)), precision, abs)
	default:
		text = fmt.Sprintf("%.*"+strings.ToLower(string(kind)), precision, abs)
	}
	finite := text != "inf" && text != "nan"
	if kind < 'a' {
		text = strings.ToUpper(text)
	}
	return c.pad(c.sign(math.Signbit(x))+text, finite)
}

// hexFloat is C's form: the exponent has no leading zero.
func hexFloat(x float64, precision int) string {
	text := fmt.Sprintf("%x", x)
	if precision >= 0 {
		text = fmt.Sprintf("%.*x", precision, x)
	}
	mantissa, exponent, _ := strings.Cut(text, "p")
	return mantissa + "p" + exponent[:1] + strings.TrimLeft(exponent[1:len(exponent)-1], "0") + exponent[len(exponent)-1:]
}
