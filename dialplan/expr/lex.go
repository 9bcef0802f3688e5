package expr

import "strings"

// token is a value, or an operator by its text.
type token struct {
	val
	operator bool
}

func (t token) is(op string) bool { return t.operator && t.text == op }

// wordBytes are what words consist of.
var wordBytes = func() (t [256]bool) {
	for c := range t {
		t[c] = c >= 0x80 || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || strings.IndexByte(".';\\_^#@", byte(c)) >= 0
	}
	return t
}()

var operators = []string{"||", "&&", "==", "=~", "~~", ">=", "<=", "!=", "::", "|", "&", "=", ">", "<", "+", ",", "-", "*", "/", "%", "?",
	"!", ":", "(", ")"}

// lex finds the words and operators of an expression. What is neither is left out.
func lex(s string) []token {
	out := make([]token, 0, 1+len(s)/2)
next:
	for i := 0; i < len(s); {
		if s[i] == '"' {
			if end := strings.IndexByte(s[i+1:], '"'); end >= 0 {
				out = append(out, token{val: textVal(s[i : i+end+2])})
				i += end + 2
				continue
			}
		}
		if end := wordEnd(s, i); end > i {
			out = append(out, token{val: digitsVal(s[i:end])})
			i = end
			continue
		}
		for _, op := range operators {
			if strings.HasPrefix(s[i:], op) {
				out = append(out, token{val: textVal(op), operator: true})
				i += len(op)
				continue next
			}
		}
		i++ // blanks, and bytes that mean nothing here
	}
	return out
}

// wordEnd is where the word ends that begins at i. A "$" takes the character behind it along,
// whatever that is; one at the end means nothing. "${" that no substitution has taken away goes
// up to its brace, and what follows it there.
func wordEnd(s string, i int) int {
	for i < len(s) {
		switch {
		case wordBytes[s[i]]:
			i++
		case s[i] != '$' || i+1 == len(s):
			return i
		case s[i+1] == '{':
			end := Closing(s, i+1)
			if end < 0 {
				return i
			}
			for i = end + 1; i < len(s) && strings.IndexByte("-\t\r \n$():?%/+=*<>!|&", s[i]) < 0; {
				i++
			}
			if !strings.HasPrefix(s[i:], "${") {
				return i
			}
		default:
			i += 2
		}
	}
	return i
}

// Closing finds the bracket that closes the one at open, [ or {, counting every bracket of that kind; -1 without one.
func Closing(s string, open int) int {
	left, right, depth := s[open], byte('}'), 0
	if left == '[' {
		right = ']'
	}
	for i := open; i < len(s); i++ {
		switch s[i] {
		case left:
			depth++
		case right:
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}
