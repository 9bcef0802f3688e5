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
	"obelisk/dialplan/expr"
	"obelisk/pbx"
)

// texts: functions of their argument alone.
var texts = []pbx.Func{
	{Name: "TRIM", Synopsis: "Without blanks at both ends", Usage: "TRIM(text)",
		Read: plain(func(s string) string { return strings.Trim(s, blanks) })},
	{Name: "LTRIM", Synopsis: "Without blanks at the beginning", Usage: "LTRIM(text)",
		Read: plain(func(s string) string { return strings.TrimLeft(s, blanks) })},
	{Name: "RTRIM", Synopsis: "Without blanks at the end", Usage: "RTRIM(text)",
		Read: plain(func(s string) string { return strings.TrimRight(s, blanks) })},
	{Name: "PASSTHRU", Synopsis: "The text itself, for functions that take a name", Usage: "PASSTHRU(text)",
		Read: plain(func(s string) string { return s })},
	{Name: "QUOTE", Synopsis: "In quotes", Usage: "QUOTE(text)", Read: plain(func(s string) string {
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
	})},
	{Name: "CSV_QUOTE", Synopsis: "In quotes, for comma separated values", Usage: "CSV_QUOTE(text)",
		Read: plain(func(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` })},
	{Name: "KEYPADHASH", Synopsis: "The keys of a telephone that spell a text", Usage: "KEYPADHASH(text)", Read: plain(keypad)},
	{Name: "MD5", Synopsis: "MD5 sum", Usage: "MD5(text)", Read: plain(func(s string) string {
		x := md5.Sum([]byte(s))
		return sum(s, x[:])
	})},
	{Name: "SHA1", Synopsis: "SHA-1 sum", Usage: "SHA1(text)", Read: plain(func(s string) string {
		x := sha1.Sum([]byte(s))
		return sum(s, x[:])
	})},
	{Name: "BASE64_ENCODE", Synopsis: "In base 64", Usage: "BASE64_ENCODE(text)",
		Read: plain(func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) })},
	{Name: "BASE64_DECODE", Synopsis: "Out of base 64", Usage: "BASE64_DECODE(text)", Read: plain(base64Decode)},
	{Name: "URIENCODE", Synopsis: "As it may stand in a URI", Usage: "URIENCODE(text)", Read: plain(uriEncode)},
	{Name: "URIDECODE", Synopsis: "Out of a URI", Usage: "URIDECODE(text)", Read: plain(uriDecode)},
	{Name: "STRBETWEEN", Synopsis: "A text between all characters of a variable", Usage: "STRBETWEEN(variable,text)", Read: strBetween},
	{Name: "UUID", Synopsis: "A new universally unique identifier", Usage: "UUID()", Read: plain(func(string) string { return uuid() })},
	{Name: "FILTER", Synopsis: "Only the characters that are allowed", Usage: "FILTER(allowed,text); ranges such as 0-9, and \\xHH",
		Read: filter},
	{Name: "REGEX", Synopsis: "Whether a regular expression matches", Usage: "REGEX(\"expression\" text)", Read: regex},
	{Name: "SPRINTF", Synopsis: "A text by a format", Usage: "SPRINTF(format,argument...)", Read: sprintf},
	{Name: "BASENAME", Synopsis: "The last part of a path", Usage: "BASENAME(path)", Read: plain(baseName)},
	{Name: "DIRNAME", Synopsis: "The rest of it", Usage: "DIRNAME(path)", Read: plain(dirName)},
	{Name: "EVAL", Dangerous: true, Synopsis: "The text, with what it names put in once more", Usage: "EVAL(text)",
		Read: func(c *pbx.Channel, args string) (string, error) { return dialplan.Expand(args, c), nil }},
}

const blanks = " \t\r\n\v\f"

func sum(of string, b []byte) string {
	if of == "" {
		return ""
	}
	return hex.EncodeToString(b)
}

// baseName and dirName are those of POSIX: a slash at the end belongs to no part.
func baseName(s string) string {
	return path.Base(s)
}

func dirName(s string) string {
	if s == "//" {
		return s // POSIX leaves open what that is
	}
	if strings.Trim(s, "/") != "" {
		s = strings.TrimRight(s, "/")
	}
	i := strings.LastIndexByte(s, '/')
	if s = strings.TrimRight(s[:max(i, 0)], "/"); s != "" {
		return s
	}
	return map[bool]string{true: "/", false: "."}[i >= 0]
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
func base64Decode(s string) string { return cString(base64Bytes(s)) }

func base64Bytes(s string) string {
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

// uriDecode takes two characters behind a "%" if they begin with a number of base 16.
func uriDecode(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if c, ok := twoHex(s[i+1:]); ok {
				b.WriteByte(c)
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return cString(b.String())
}

// twoHex reads a number of two characters at most behind blanks, perhaps with a sign.
func twoHex(s string) (byte, bool) {
	s = strings.TrimLeft(s, blanks)
	s = s[:min(2, len(s))]
	for end := len(s); end > 0; end-- {
		if n, err := strconv.ParseInt(s[:end], 16, 16); err == nil {
			return byte(n), true
		}
	}
	return 0, false
}

func uuid() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// filter reads the allowed characters: ranges, which may wrap around, and escapes.
func filter(_ *pbx.Channel, args string) (string, error) {
	f := dialplan.SplitRawTo(args, 2)
	if len(f) < 2 {
		return "", errArguments
	}
	var set [256]bool
	for allowed := f[0]; allowed != ""; {
		from, rest, ok := encoded(allowed)
		if !ok {
			return "", errArguments
		}
		to := from
		if rest != "" && rest[0] == '-' {
			rest = rest[1:]
			if c, after, ok := encoded(rest); ok {
				to, rest = c, after
			} else {
				rest = rest[min(2, len(rest)):]
			}
		}
		for allowed = rest; ; from++ {
			if set[from] = true; from == to {
				break
			}
		}
	}
	out := make([]byte, 0, len(f[1]))
	for i := 0; i < len(f[1]); i++ {
		if set[f[1][i]] {
			out = append(out, f[1][i])
		}
	}
	return string(out), nil
}

var errQuoted = errors.New("the regular expression must be in quotes")

func regex(_ *pbx.Channel, args string) (string, error) {
	f := dialplan.SplitAt(args, '"', 3)
	if len(f) < 3 {
		return "", errQuoted
	}
	re, err := expr.CompileRegex(f[1])
	if err != nil {
		return "", err
	}
	text := f[2]
	if text != "" && (text[0] == ' ' || text[0] == '\t') {
		text = text[1:]
	}
	return digit(re.Match(text)), nil
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
