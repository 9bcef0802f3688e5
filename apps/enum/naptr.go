package enum

import (
	"strings"

	"obelisk/dialplan/expr"

	"github.com/miekg/dns"
)

// shortestRule is how long the rule of a record is at least, in bytes.
const shortestRule = 7

const (
	errFlag  = problem("NAPTR Flag must be 'U' or 'u'.")
	errShort = problem("Regex too short to be meaningful.")
)

// address is what a NAPTR record says of a number: the rule rewrites it (RFC 3402 3.2). An error says why the
// record cannot be used, in Asterisk's words.
func address(r *dns.NAPTR, number string) (string, error) {
	rule := bytesOf(r.Regexp)
	if !strings.HasPrefix(strings.ToLower(r.Flags), "u") {
		return "", errFlag
	}
	if len(rule) < shortestRule {
		return "", errShort
	}
	second, ok := parts(rule)
	if !ok {
		return "", problem("Regex delimiter error (on \"" + rule + "\").")
	}
	pattern, becomes := rule[1:second], rule[second+1:len(rule)-1]
	re, err := expr.CompileRegex(pattern)
	if err != nil {
		return "", problem("NAPTR Regex compilation error (regex = \"" + pattern + "\").")
	}
	match := re.Find(number)
	if match == nil {
		return "", problem("NAPTR Regex match failed. Reason: No match")
	}
	return rewritten(becomes, number, match)
}

// parts is where the second of three delimiters stands; a backslash before one makes it a letter.
func parts(rule string) (second int, ok bool) {
	n := 1
	for i := 1; i < len(rule); i++ {
		if rule[i] != rule[0] || rule[i-1] == '\\' {
			continue
		}
		if n++; n == 2 {
			second = i
		}
	}
	return second, n == 3
}

// rewritten puts what groups have matched into the places \1 to \9.
func rewritten(becomes, number string, match []int) (string, error) {
	var b strings.Builder
	for i := 0; i < len(becomes); i++ {
		if becomes[i] != '\\' || i+1 == len(becomes) || becomes[i+1] < '0' || becomes[i+1] > '9' {
			b.WriteByte(becomes[i])
			continue
		}
		i++
		g := 2 * int(becomes[i]-'0')
		if g+1 >= len(match) || match[g] < 0 {
			return "", problem("Error during regex substitution. Invalid backreference index.")
		}
		b.WriteString(number[match[g]:match[g+1]])
	}
	return printableText(b.String()), nil
}

// service is what a record is for: sip of E2U+sip, of sip+E2U (RFC 2916) and of E2U+voice:sip. "" for what is no ENUM.
func service(field string) string {
	const enum = "e2u"
	lower := strings.ToLower(field)
	rest, ok := strings.CutPrefix(lower, enum+"+")
	if !ok {
		if rest, ok = strings.CutSuffix(lower, "+"+enum); !ok {
			return ""
		}
	}
	if _, sub, ok := strings.Cut(rest, ":"); ok {
		return sub
	}
	return rest
}

// bytesOf is a text of a record as it is on the wire: the library escapes quotes, backslashes and what cannot be
// printed (RFC 1035 5.1).
func bytesOf(text string) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] != '\\' || i+1 == len(text):
			b.WriteByte(text[i])
		case i+3 < len(text) && isNumber(text[i+1:i+4]):
			b.WriteByte(byte(int(text[i+1]-'0')*100 + int(text[i+2]-'0')*10 + int(text[i+3]-'0')))
			i += 3
		default:
			i++
			b.WriteByte(text[i])
		}
	}
	return b.String()
}

func isNumber(text string) bool { return digits(text) == text }

// printableText is a text of a stranger without control characters.
func printableText(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, text)
}

// problem is what is wrong, in Asterisk's words.
type problem string

// Error implements error.
func (p problem) Error() string { return string(p) }
