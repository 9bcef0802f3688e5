package dialplan

import (
	"strings"

	"obelisk/dialplan/expr"
)

// Env is what substitution can see.
type Env interface {
	// Variable returns the value of a plain name, "" when it is unset.
	Variable(name string) string
	// Function reads NAME(args); it reports an unknown name itself.
	Function(name, args string) (value string, known bool)
	// Warn reports a problem in the text, such as a missing bracket.
	Warn(text string)
}

// maxDepth of nested ${} and $[], as in Asterisk.
const maxDepth = 15

// Texts have a bound, as in Asterisk: so that a dialplan that doubles one again and again
// does not take all memory. What is longer is cut.
const (
	MostText  = 8191 // of what a step or a variable gets
	MostValue = 4095 // of what a variable or function gives, and of what is inside ${} and $[]
)

// Cutter is an Env that wants to know when something was cut.
type Cutter interface{ Cut(most int) }

// Bound cuts a text that is too long.
func Bound(env Env, s string, most int) string {
	if len(s) <= most {
		return s
	}
	if c, ok := env.(Cutter); ok {
		c.Cut(most)
	}
	return s[:most]
}

// Text is a compiled text with ${...} and $[...] parts. It never changes.
type Text struct {
	raw   string
	parts []part
}

type part struct {
	kind    byte   // 0 literal, '{' variable, '[' expression
	literal string // for literals, and for inner texts without any "$" part
	inner   *Text  // nil when literal says it all
	unended bool
}

// known computes an expression that asks for nothing, once and for all; ok is false where
// there is something to ask or to complain about at each use.
func (p *part) known() (value string, ok bool) {
	if p.kind != '[' || p.inner != nil || p.unended {
		return "", false
	}
	asked := false
	value, problem := expr.Eval(p.literal, func(string, string) (string, bool) {
		asked = true
		return "", false
	})
	return value, problem == "" && !asked
}

// Raw returns the text as written.
func (t *Text) Raw() string {
	if t == nil {
		return ""
	}
	return t.raw
}

// Literal says whether there is nothing to substitute.
func (t *Text) Literal() bool { return t == nil || len(t.parts) == 0 }

// CompileText reads a text once, for use at any number of calls.
func CompileText(s string) *Text { return compileText(s, 0) }

func compileText(s string, depth int) *Text {
	t := &Text{raw: s}
	start := 0
	for i := 0; i+1 < len(s); {
		if s[i] != '$' || s[i+1] != '{' && s[i+1] != '[' {
			i++
			continue
		}
		if start < i {
			t.parts = append(t.parts, part{literal: s[start:i]})
		}
		p := part{kind: s[i+1]}
		end := expr.Closing(s, i+1)
		if end < 0 {
			p.unended, end = true, len(s)
		}
		inside := s[i+2 : end]
		switch {
		case depth >= maxDepth:
			p = part{}
		case strings.Contains(inside, "${") || strings.Contains(inside, "$["):
			p.inner = compileText(inside, depth+1)
		default:
			p.literal = inside
			if value, ok := p.known(); ok {
				p = part{literal: value}
			}
		}
		t.parts = append(t.parts, p)
		i = min(end+1, len(s))
		start = i
	}
	if len(t.parts) > 0 && start < len(s) {
		t.parts = append(t.parts, part{literal: s[start:]})
	}
	return t
}

// Expand substitutes; the result is not looked at again.
func (t *Text) Expand(env Env) string {
	if t.Literal() {
		return t.Raw()
	}
	return Bound(env, t.expand(env), MostText)
}

func (t *Text) expand(env Env) string {
	var b strings.Builder
	for i := range t.parts {
		p := &t.parts[i]
		if p.kind == 0 {
			b.WriteString(p.literal)
			continue
		}
		inside := p.literal
		if p.inner != nil {
			inside = Bound(env, p.inner.expand(env), MostValue)
		}
		if p.kind == '{' {
			if p.unended {
				env.Warn("Error in extension logic (missing '}')")
			}
			b.WriteString(Lookup(env, inside))
			continue
		}
		if p.unended {
			env.Warn("Error in extension logic (missing ']')")
		}
		v, problem := expr.Eval(inside, env.Function)
		if problem != "" {
			env.Warn(problem)
		}
		b.WriteString(v)
	}
	return b.String()
}

// Expand substitutes a text once.
func Expand(s string, env Env) string {
	if !strings.Contains(s, "${") && !strings.Contains(s, "$[") {
		return s
	}
	return CompileText(s).Expand(env)
}

// Lookup reads "NAME", "NAME(args)" and either with ":offset:length".
func Lookup(env Env, text string) string {
	name, offset, length, cut := parseName(text)
	value := ""
	if i := strings.IndexByte(name, '('); i >= 0 {
		args := name[i+1:]
		if end := strings.LastIndexByte(args, ')'); end >= 0 {
			args = args[:end]
		} else {
			env.Warn("Can't find trailing parenthesis for function '" + name + "'?")
		}
		value, _ = env.Function(name[:i], args)
	} else {
		value = env.Variable(name)
	}
	value = Bound(env, value, MostValue)
	if !cut {
		return value
	}
	return substring(value, offset, length)
}

const wholeLength = int(^uint(0) >> 1)

// parseName cuts ":offset[:length]" off, colons inside parentheses left alone.
func parseName(text string) (name string, offset, length int, cut bool) {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '(':
			depth++
		case ')':
			depth--
		case ':':
			if depth == 0 {
				offset, length = parseRange(text[i+1:])
				return text[:i], offset, length, true
			}
		}
	}
	return text, 0, 0, false
}

// parseRange reads as sscanf("%d:%d") would.
func parseRange(s string) (offset, length int) {
	offset, rest, ok := leadingInt(s)
	if !ok || !strings.HasPrefix(rest, ":") {
		return offset, wholeLength
	}
	if length, _, ok = leadingInt(rest[1:]); !ok {
		return offset, wholeLength
	}
	return offset, length
}

func leadingInt(s string) (n int, rest string, ok bool) {
	t := strings.TrimLeft(s, " \t\n\r\v\f")
	end := 0
	for end < len(t) && (t[end] >= '0' && t[end] <= '9' || end == 0 && (t[end] == '-' || t[end] == '+')) {
		end++
	}
	if end == 0 || end == 1 && (t[0] == '-' || t[0] == '+') {
		return 0, s, false
	}
	return int(int32(expr.Atoi(t[:end]))), t[end:], true // of 32 bits, as C has it
}

// substring: a negative offset counts from the end, a negative length leaves
// that many off the end.
func substring(s string, offset, length int) string {
	if offset < 0 {
		offset = max(len(s)+offset, 0)
	}
	if offset >= len(s) {
		return ""
	}
	end := len(s)
	switch {
	case length < 0:
		end += length
	case length < len(s)-offset:
		end = offset + length
	}
	if end <= offset {
		return ""
	}
	return s[offset:end]
}
