package fn

import (
	"crypto/md5"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"

	"obelisk/dialplan"
	"obelisk/pbx"
)

// texts: functions of their argument alone.
var texts = []pbx.Func{
	{Name: "TRIM", Synopsis: "Without blanks at both ends", Usage: "TRIM(text)", Read: plain(func(s string) string { return strings.Trim(s, blanks) })},
	{Name: "LTRIM", Synopsis: "Without blanks at the beginning", Usage: "LTRIM(text)", Read: plain(func(s string) string { return strings.TrimLeft(s, blanks) })},
	{Name: "RTRIM", Synopsis: "Without blanks at the end", Usage: "RTRIM(text)", Read: plain(func(s string) string { return strings.TrimRight(s, blanks) })},
	{Name: "PASSTHRU", Synopsis: "The text itself, for functions that take a name", Usage: "PASSTHRU(text)", Read: plain(func(s string) string { return s })},
	{Name: "QUOTE", Synopsis: "In quotes", Usage: "QUOTE(text)", Read: plain(func(s string) string { return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"` })},
	{Name: "CSV_QUOTE", Synopsis: "In quotes, for comma separated values", Usage: "CSV_QUOTE(text)", Read: plain(func(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` })},
	{Name: "KEYPADHASH", Synopsis: "The keys of a telephone that spell a text", Usage: "KEYPADHASH(text)", Read: plain(keypad)},
	{Name: "MD5", Synopsis: "MD5 sum", Usage: "MD5(text)", Read: plain(func(s string) string { x := md5.Sum([]byte(s)); return sum(s, x[:]) })},
	{Name: "SHA1", Synopsis: "SHA-1 sum", Usage: "SHA1(text)", Read: plain(func(s string) string { x := sha1.Sum([]byte(s)); return sum(s, x[:]) })},
	{Name: "BASE64_ENCODE", Synopsis: "In base 64", Usage: "BASE64_ENCODE(text)", Read: plain(func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) })},
	{Name: "BASE64_DECODE", Synopsis: "Out of base 64", Usage: "BASE64_DECODE(text)", Read: plain(base64Decode)},
	{Name: "URIENCODE", Synopsis: "As it may stand in a URI", Usage: "URIENCODE(text)", Read: plain(uriEncode)},
	{Name: "URIDECODE", Synopsis: "Out of a URI", Usage: "URIDECODE(text)", Read: plain(uriDecode)},
	{Name: "STRBETWEEN", Synopsis: "A text between all characters of a variable", Usage: "STRBETWEEN(variable,text)", Read: strBetween},
	{Name: "UUID", Synopsis: "A new universally unique identifier", Usage: "UUID()", Read: plain(func(string) string { return uuid() })},
	{Name: "FILTER", Synopsis: "Only the characters that are allowed", Usage: "FILTER(allowed,text); ranges such as 0-9, and \\xHH", Read: filter},
	{Name: "REGEX", Synopsis: "Whether a regular expression matches", Usage: "REGEX(\"expression\" text)", Read: regex},
	{Name: "SPRINTF", Synopsis: "A text by a format", Usage: "SPRINTF(format,argument...)", Read: sprintf},
	{Name: "BASENAME", Synopsis: "The last part of a path", Usage: "BASENAME(path)", Read: plain(path.Base)},
	{Name: "DIRNAME", Synopsis: "The rest of it", Usage: "DIRNAME(path)", Read: plain(path.Dir)},
	{Name: "EVAL", Dangerous: true, Synopsis: "The text, with what it names put in once more", Usage: "EVAL(text)", Read: func(c *pbx.Channel, args string) (string, error) { return dialplan.Expand(args, c), nil }},
}

const blanks = " \t\r\n\v\f"

func sum(of string, b []byte) string {
	if of == "" {
		return ""
	}
	return hex.EncodeToString(b)
}

func keypad(s string) string {
	const keys = "22233344455566677778889999"
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			b.WriteByte(c)
		case c|0x20 >= 'a' && c|0x20 <= 'z':
			b.WriteByte(keys[c|0x20-'a'])
		}
	}
	return b.String()
}

// base64Decode takes what is no digit of base 64 for all ones, as Asterisk does.
func base64Decode(s string) string {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	var out []byte
	bits, n := uint32(0), 0
	for i := 0; i < len(s) && s[i] != '='; i++ {
		bits = bits<<6 | uint32(strings.IndexByte(digits, s[i]))&0x3f
		if n += 6; n >= 8 {
			n -= 8
			out = append(out, byte(bits>>n))
		}
	}
	return string(out)
}

func uriEncode(s string) string {
	const plain = "-_.!~*'()"
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || strings.IndexByte(plain, c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func uriDecode(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if c, err := hex.DecodeString(s[i+1 : i+3]); err == nil {
				b.WriteByte(c[0])
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func uuid() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// filter reads the allowed characters: ranges, a dash that is none, escapes.
func filter(_ *pbx.Channel, args string) (string, error) {
	allowed, text, ok := cutRaw(args)
	if !ok {
		return "", errArguments
	}
	var set [256]bool
	next := func(i int) (c byte, after int) {
		if allowed[i] != '\\' || i+1 == len(allowed) {
			return allowed[i], i + 1
		}
		n := 2
		if allowed[i+1] == 'x' {
			n = 4
		}
		n = min(n, len(allowed)-i)
		if s := unescape(allowed[i : i+n]); s != "" {
			return s[0], i + n
		}
		return '\\', i + 1
	}
	for i := 0; i < len(allowed); {
		from, after := next(i)
		to := from
		if from != '-' || allowed[i] == '\\' {
			if after+1 < len(allowed) && allowed[after] == '-' {
				to, after = next(after + 1)
			}
		}
		for c := int(from); c <= int(to); c++ {
			set[c] = true
		}
		i = after
	}
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		if set[text[i]] {
			out = append(out, text[i])
		}
	}
	return string(out), nil
}

// cutRaw cuts at the first comma that no backslash protects.
func cutRaw(s string) (before, after string, ok bool) {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case ',':
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}

var errQuoted = errors.New("the regular expression must be in quotes")

func regex(_ *pbx.Channel, args string) (string, error) {
	f := dialplan.SplitAt(args, '"', 3)
	if len(f) < 3 {
		return "", errQuoted
	}
	re, err := dialplan.CompileRegex(f[1])
	if err != nil {
		return "", err
	}
	text := f[2]
	if text != "" && (text[0] == ' ' || text[0] == '\t') {
		text = text[1:]
	}
	return digit(re.Match(text)), nil
}

// sprintf knows the conversions of C for integers, floats, characters and texts.
func sprintf(_ *pbx.Channel, args string) (string, error) {
	f := raw(args, 0)
	if len(f) == 0 {
		return "", errArguments
	}
	format, rest := f[0], f[1:]
	var b strings.Builder
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			b.WriteByte(format[i])
			continue
		}
		end := i + 1
		for end < len(format) && strings.IndexByte("+-# 0123456789.hlqjzt", format[end]) >= 0 {
			end++
		}
		if end == len(format) {
			return "", errors.New("'" + format[i:] + "' is no conversion")
		}
		kind := format[end]
		if kind == '%' {
			b.WriteByte('%')
			i = end
			continue
		}
		if len(rest) == 0 {
			return "", errArguments
		}
		text, err := convert(strings.Trim(format[i+1:end], "hlqjzt"), kind, rest[0])
		if err != nil {
			return "", err
		}
		b.WriteString(text)
		rest, i = rest[1:], end
	}
	return b.String(), nil
}

func convert(flags string, kind byte, arg string) (string, error) {
	switch kind {
	case 'd', 'i', 'o', 'u', 'x', 'X':
		n, err := strconv.ParseInt(strings.TrimSpace(arg), 10, 64)
		if err != nil {
			return "", errors.New("'" + arg + "' is no number")
		}
		if kind == 'i' {
			kind = 'd'
		} else if kind != 'd' {
			flags = strings.NewReplacer("+", "", " ", "").Replace(flags)
			if kind == 'u' {
				kind = 'd'
			}
		}
		return fmt.Sprintf("%"+flags+string(kind), n), nil
	case 'e', 'E', 'f', 'F', 'g', 'G', 'a', 'A':
		x, err := strconv.ParseFloat(strings.TrimSpace(arg), 64)
		if err != nil {
			return "", errors.New("'" + arg + "' is no number")
		}
		return fmt.Sprintf("%"+flags+string(kind), x), nil
	case 's':
		return fmt.Sprintf("%"+flags+"s", arg), nil
	case 'c':
		n, err := strconv.Atoi(strings.TrimSpace(arg))
		if err != nil {
			return "", errors.New("'" + arg + "' is no number")
		}
		return fmt.Sprintf("%"+flags+"s", string([]byte{byte(n)})), nil
	}
	return "", errors.New("'%" + string(kind) + "' is no conversion")
}

// strBetween puts a text between the characters of a variable.
func strBetween(c *pbx.Channel, args string) (string, error) {
	f := raw(args, 0)
	if len(f) != 2 || f[0] == "" {
		return "", errArguments
	}
	value := valueOf(c, f[0])
	var b strings.Builder
	for i := 0; i < len(value); i++ {
		if i > 0 {
			b.WriteString(f[1])
		}
		b.WriteByte(value[i])
	}
	return b.String(), nil
}
