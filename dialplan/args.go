package dialplan

import "strings"

// SplitArgs splits an argument text as applications see it: at commas outside
// (), [] and quotes, quotes and single backslashes removed. The last of max
// arguments takes the rest as it stands; max <= 0 means no limit.
func SplitArgs(text string, max int) []string { return split(text, max, false) }

// SplitRaw is SplitArgs that leaves quotes and backslashes where they are.
func SplitRaw(text string) []string { return split(text, 0, true) }

// SplitRawTo is SplitRaw of which the last of max arguments takes the rest.
func SplitRawTo(text string, max int) []string { return split(text, max, true) }

// SplitAt is SplitArgs with another separator, which no quotes protect.
func SplitAt(text string, separator byte, max int) []string {
	return splitAt(text, separator, max, false)
}

func split(text string, max int, asItIs bool) []string { return splitAt(text, ',', max, asItIs) }

func splitAt(text string, separator byte, max int, asItIs bool) []string {
	if text == "" {
		return nil
	}
	var out []string
	var b strings.Builder
	parens, brackets, start, quoted := 0, 0, 0, false
	for i := 0; i < len(text); i++ {
		if b.Len() == 0 && max > 0 && len(out) == max-1 && i == start {
			return append(out, text[i:])
		}
		switch c := text[i]; {
		case c == '"' && separator != '"':
			if quoted = !quoted; !asItIs {
				continue
			}
		case c == '\\':
			if asItIs {
				b.WriteByte(c)
			}
			if i++; i < len(text) {
				b.WriteByte(text[i])
			}
			continue
		case quoted:
		case c == '(':
			parens++
		case c == ')':
			if parens > 0 {
				parens--
			}
		case c == '[':
			brackets++
		case c == ']':
			if brackets > 0 {
				brackets--
			}
		case c == separator && parens == 0 && brackets == 0:
			out = append(out, b.String())
			b.Reset()
			start = i + 1
			continue
		}
		b.WriteByte(text[i])
	}
	return append(out, b.String())
}

// Options is a parsed option string such as "tTm(class)".
type Options struct {
	set  [128]bool
	args map[byte]string
	// Problems lists what could not be read; the options are usable all the same.
	Problems []string
	// Unclosed says that a parenthesis is not closed: what stands from there on was not read.
	Unclosed bool
}

// Has says whether the letter was given.
func (o *Options) Has(c byte) bool { return c < 128 && o.set[c] }

// Arg returns the text in parentheses after the letter.
func (o *Options) Arg(c byte) string { return o.args[c] }

// ParseOptions reads an option string; known lists the accepted letters.
// Unknown letters are reported and ignored, as Asterisk does.
func ParseOptions(text, known string) Options {
	o := Options{args: map[byte]string{}}
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c == ' ' {
			continue
		}
		arg := ""
		if i+1 < len(text) && text[i+1] == '(' {
			end := Closing(text, i+1)
			if end < 0 {
				o.Unclosed = true
				o.Problems = append(o.Problems, "Missing closing parenthesis for argument '"+string(c)+"' in string '"+text+"'")
				return o
			}
			arg = strings.Trim(text[i+2:end], `"`)
			i = end
		}
		if strings.IndexByte(known, c) < 0 || c >= 128 {
			o.Problems = append(o.Problems, "Unrecognized option: '"+string(c)+"'")
			continue
		}
		o.set[c], o.args[c] = true, arg
	}
	return o
}

// Closing finds the parenthesis that closes the one at open, by its index; -1 without.
func Closing(s string, open int) int {
	depth := 0
	for i := open; i < len(s); i++ {
		switch s[i] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// CutCall cuts "target(arg,arg)" into the target and its arguments; without
// parentheses there are none. Quotes stay.
func CutCall(text string) (target string, args []string) {
	text = strings.TrimSpace(text)
	open := strings.IndexByte(text, '(')
	if open < 0 {
		return text, nil
	}
	inside := text[open+1:]
	if end := strings.LastIndexByte(inside, ')'); end >= 0 {
		inside = inside[:end]
	}
	return strings.TrimSpace(text[:open]), SplitRaw(inside)
}

// CutBranches cuts "yes:no" at the first colon outside brackets and quotes.
func CutBranches(text string) (yes, no string) {
	f := append(SplitOutside(text, ':', 2), "")
	return f[0], f[1]
}

// SplitOutside cuts a text at a separator outside brackets of any kind and quotes, into n
// parts at most (0: all); everything stays as it is written.
func SplitOutside(text string, sep byte, n int) []string {
	var out []string
	depth, start, quoted := 0, 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '(' || c == '[' || c == '{':
			depth++
		case c == ')' || c == ']' || c == '}':
			depth--
		case c == sep && depth <= 0 && len(out)+1 != n:
			out, start = append(out, text[start:i]), i+1
		}
	}
	return append(out, text[start:])
}
