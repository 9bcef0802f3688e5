// Package expr is the dialplan's expressions, $[...]: reading, arithmetic, functions of numbers, regular
// expressions of POSIX, and what counts as true.
package expr

import (
	"strconv"
	"strings"
)

// Eval computes the text between "$[" and "]", already substituted.
//
// Arithmetic has 64 bits of mantissa and prints 18 significant digits. A
// syntax error gives "" when it is at the first token, the value so far when a
// complete expression is followed by something unexpected, and "0" in the
// middle of an operator; the problem is returned beside the value.
func Eval(text string, fn func(name, args string) (string, bool)) (value, problem string) {
	p := &parser{toks: lex(text), fn: fn}
	if len(p.toks) == 0 {
		return "", ""
	}
	v, ok := p.conditional()
	switch {
	case !ok && p.pos == 0:
		return "", p.syntax(text)
	case !ok:
		return "0", p.syntax(text)
	case p.pos < len(p.toks):
		return v.String(), p.syntax(text)
	}
	return v.String(), p.problem
}

// parser is a recursive descent over the tokens, one function per level.
type parser struct {
	toks    []token
	pos     int
	fn      func(name, args string) (string, bool)
	problem string
}

func (p *parser) syntax(text string) string {
	return "syntax error in expression; Input: " + text
}

func (p *parser) op(names ...string) (string, bool) {
	if p.pos < len(p.toks) && p.toks[p.pos].operator {
		for _, n := range names {
			if p.toks[p.pos].text == n {
				p.pos++
				return n, true
			}
		}
	}
	return "", false
}

// conditional is "a ? b :: c" or less. One that follows another takes that as its condition.
func (p *parser) conditional() (val, bool) {
	cond, ok := p.binary(0)
	for ok {
		if _, is := p.op("?"); !is {
			return cond, true
		}
		var yes, no val
		if yes, ok = p.conditional(); !ok {
			break
		}
		if _, ok = p.op("::"); !ok {
			break
		}
		if no, ok = p.binary(0); ok && cond.chooses() {
			cond = yes
		} else {
			cond = no
		}
	}
	return val{}, false
}

// levels from loose to tight; unary minus and not stand between the last two.
var levels = [][]string{{"|", "||"}, {"&", "&&"}, {"=", "==", "!=", "<", "<=", ">", ">="}, {"+", "-"}, {"*", "/", "%"}}

func (p *parser) binary(level int) (val, bool) {
	if level == len(levels) {
		return p.unary()
	}
	left, ok := p.binary(level + 1)
	for ok {
		name, is := p.op(levels[level]...)
		if !is {
			return left, true
		}
		var right val
		if right, ok = p.binary(level + 1); ok {
			left = apply(name, left, right)
		}
	}
	return val{}, false
}

func (p *parser) unary() (val, bool) {
	name, is := p.op("-", "!")
	if !is {
		return p.match()
	}
	v, ok := p.unary()
	if !ok {
		return val{}, false
	}
	switch {
	case name == "!":
		return v.denied(), true
	case !v.isNum():
		return numVal(float(0)), true
	}
	return numVal(newFloat().Neg(v.num)), true
}

func (p *parser) match() (val, bool) {
	left, ok := p.primary()
	for ok {
		name, is := p.op(":", "=~", "~~")
		if !is {
			return left, true
		}
		var right val
		if right, ok = p.operand(); ok {
			a, b := stripQuotes(left.String()), stripQuotes(right.String())
			if name == "~~" {
				left = joinedVal(a + b)
			} else {
				left = p.regex(a, b, name == ":")
			}
		}
	}
	return val{}, false
}

// operand is what stands behind an operator that binds tighter than a sign.
func (p *parser) operand() (val, bool) {
	if p.pos < len(p.toks) && (p.toks[p.pos].is("-") || p.toks[p.pos].is("!")) {
		return p.unary()
	}
	return p.primary()
}

func (p *parser) primary() (val, bool) {
	if _, is := p.op("("); is {
		v, ok := p.conditional()
		if !ok {
			return val{}, false
		}
		_, closed := p.op(")")
		return v, closed
	}
	if p.pos >= len(p.toks) || p.toks[p.pos].operator {
		return val{}, false
	}
	v := p.toks[p.pos].val
	if p.pos++; p.pos < len(p.toks) && p.toks[p.pos].is("(") {
		return p.call(v.String())
	}
	return v, true
}

// call reads the arguments, themselves expressions, and runs the function: any word before a
// parenthesis is one. Behind a comma an argument may be missing.
func (p *parser) call(name string) (val, bool) {
	p.op("(")
	v, ok := p.conditional()
	args := []val{v}
	for ok {
		if _, closed := p.op(")"); closed {
			return p.run(name, args), true
		}
		if _, ok = p.op(","); !ok {
			break
		}
		v = textVal("")
		if p.pos < len(p.toks) && !p.toks[p.pos].is(",") && !p.toks[p.pos].is(")") {
			v, ok = p.conditional()
		}
		args = append(args, v)
	}
	return val{}, false
}

// run is a function of expressions, or else one of the dialplan: what that gives is a number
// where it has nothing but digits, dots, signs and blanks, or nothing at all.
func (p *parser) run(name string, args []val) val {
	if v, ok := mathFunc(name, args); ok {
		return v
	}
	text := make([]string, len(args))
	for i, a := range args {
		text[i] = a.String()
	}
	if p.fn != nil && strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") == "" {
		if out, ok := p.fn(name, strings.Join(text, ",")); ok {
			if strings.Trim(out, "-0123456789. \t") != "" {
				return joinedVal(out)
			}
			f := float(0)
			f.Parse(numberAtStart(out), 10)
			return numVal(f)
		}
	}
	p.problem = "function '" + name + "' is not known in expressions"
	return numVal(float(0))
}

// numberAtStart is the number that a text of digits, dots, signs and blanks begins with.
func numberAtStart(s string) string {
	s = strings.TrimLeft(s, " \t")
	end, dots := 0, 0
	for end < len(s) && (s[end] >= '0' && s[end] <= '9' || s[end] == '.' && dots == 0 || s[end] == '-' && end == 0) {
		if s[end] == '.' {
			dots++
		}
		end++
	}
	return s[:end]
}

// regex is ":" (anchored) and "=~": group 1 when it takes part, else the
// number of matched characters.
func (p *parser) regex(text, pattern string, anchored bool) val {
	re, err := CompileRegex(pattern)
	if err != nil {
		p.problem = "bad regular expression '" + pattern + "'"
		return textVal("")
	}
	m := re.Find(text)
	if m != nil && anchored && m[0] != 0 {
		m = nil
	}
	switch {
	case m == nil && re.Groups() > 0:
		return textVal("")
	case m == nil:
		return numVal(float(0))
	case re.Groups() > 0 && m[2] >= 0:
		return joinedVal(text[m[2]:m[3]])
	}
	return numVal(float(int64(m[1] - m[0])))
}

// stripQuotes takes the quotes out of a text that begins and ends with one.
func stripQuotes(s string) string {
	if s != "" && s[0] == '"' && s[len(s)-1] == '"' {
		return strings.ReplaceAll(s, `"`, "")
	}
	return s
}

// Atoi is the integer that a text begins with behind blanks, 0 without one.
func Atoi(s string) int {
	s = strings.TrimSpace(s)
	end := 0
	for end < len(s) && (s[end] >= '0' && s[end] <= '9' || end == 0 && (s[end] == '-' || s[end] == '+')) {
		end++
	}
	n, _ := strconv.Atoi(s[:end])
	return n
}
