package dialplan

import (
	"math/big"
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
	p := &exprParser{toks: lexExpr(text), fn: fn}
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

// val is a value: a number, a number still in its written form, or text.
type val struct {
	num  *big.Float // nil for text
	text string     // written form; "" for computed numbers
}

func textVal(s string) val     { return val{text: s} }
func numVal(f *big.Float) val  { return val{num: f} }
func float(i int64) *big.Float { return newFloat().SetInt64(i) }
func newFloat() *big.Float     { return new(big.Float).SetPrec(64) }
func (v val) isNum() bool      { return v.num != nil }
func (v val) String() string {
	if v.num == nil || v.text != "" {
		return v.text
	}
	return formatNumber(v.num)
}

func boolVal(b bool) val {
	if b {
		return numVal(float(1))
	}
	return numVal(float(0))
}

// plainDigits of an integer are at most this many: it is read and written as one.
const plainDigits = 18

// digits makes a written number or, failing that, text.
func digitsVal(s string) val {
	if s != "" && strings.Trim(s, "0123456789.") == "" && strings.Count(s, ".") <= 1 && s[0] != '.' && s[len(s)-1] != '.' {
		if n, err := strconv.ParseInt(s, 10, 64); err == nil && len(s) <= plainDigits {
			return val{num: float(n), text: s}
		}
		f, _, err := newFloat().Parse(s, 10)
		if err == nil {
			return val{num: f, text: s}
		}
	}
	return textVal(s)
}

// formatNumber prints as C's %.18Lg.
func formatNumber(f *big.Float) string {
	if f.IsInf() {
		return map[bool]string{false: "inf", true: "-inf"}[f.Signbit()]
	}
	if n, exact := f.Int64(); exact == big.Exact && n < 1e18 && n > -1e18 && (n != 0 || !f.Signbit()) {
		return strconv.FormatInt(n, 10)
	}
	return f.Text('g', 18)
}

// truth: empty text and numeric zero are false, everything else is true.
func (v val) truth() bool {
	if v.isNum() {
		return v.num.Sign() != 0
	}
	return v.text != ""
}

type token struct {
	kind byte // 'v' value, 'f' function name, 'o' operator
	text string
	val  val
}

const wordBytes = ".';\\_^#@"

func isWord(s string, i int) bool {
	c := s[i]
	return c >= 0x80 || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || strings.IndexByte(wordBytes, c) >= 0 ||
		c == '$' && (i+1 >= len(s) || s[i+1] != '{')
}

var operators = []string{"||", "&&", "==", "=~", "~~", ">=", "<=", "!=", "::", "|", "&", "=", ">", "<", "+", ",", "-", "*", "/", "%", "?", "!", ":", "(", ")"}

func lexExpr(s string) []token {
	out := make([]token, 0, 1+len(s)/2)
next:
	for i := 0; i < len(s); {
		if s[i] == '"' {
			if end := strings.IndexByte(s[i+1:], '"'); end >= 0 {
				out = append(out, token{kind: 'v', val: textVal(s[i : i+end+2])})
				i += end + 2
				continue
			}
		}
		if isWord(s, i) {
			start := i
			for i < len(s) && isWord(s, i) {
				i++
			}
			w := s[start:i]
			if i < len(s) && s[i] == '(' && strings.Trim(w, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == "" && (w[0] < '0' || w[0] > '9') {
				out = append(out, token{kind: 'f', text: w})
				continue
			}
			out = append(out, token{kind: 'v', val: digitsVal(w)})
			continue
		}
		for _, op := range operators {
			if strings.HasPrefix(s[i:], op) {
				out = append(out, token{kind: 'o', text: op})
				i += len(op)
				continue next
			}
		}
		i++ // blanks, and bytes that mean nothing here
	}
	return out
}

// exprParser is a recursive descent over the tokens, one function per level.
type exprParser struct {
	toks    []token
	pos     int
	fn      func(name, args string) (string, bool)
	problem string
}

func (p *exprParser) syntax(text string) string {
	return "syntax error in expression; Input: " + text
}

func (p *exprParser) op(names ...string) (string, bool) {
	if p.pos < len(p.toks) && p.toks[p.pos].kind == 'o' {
		for _, n := range names {
			if p.toks[p.pos].text == n {
				p.pos++
				return n, true
			}
		}
	}
	return "", false
}

func (p *exprParser) conditional() (val, bool) {
	cond, ok := p.binary(0)
	if !ok {
		return val{}, false
	}
	if _, is := p.op("?"); !is {
		return cond, true
	}
	yes, ok := p.conditional()
	if !ok {
		return val{}, false
	}
	if _, is := p.op("::"); !is {
		return val{}, false
	}
	no, ok := p.conditional()
	if !ok {
		return val{}, false
	}
	if cond.isNum() && cond.num.Sign() != 0 || !cond.isNum() && cond.text != "" && strings.Trim(cond.text, `"`) != "" && strings.Trim(cond.text, `"`) != "0" {
		return yes, true
	}
	return no, true
}

// levels from loose to tight; unary minus and not stand between the last two.
var levels = [][]string{{"|", "||"}, {"&", "&&"}, {"=", "==", "!=", "<", "<=", ">", ">="}, {"+", "-"}, {"*", "/", "%"}}

func (p *exprParser) binary(level int) (val, bool) {
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

func (p *exprParser) unary() (val, bool) {
	name, is := p.op("-", "!")
	if !is {
		return p.match()
	}
	v, ok := p.unary()
	if !ok {
		return val{}, false
	}
	if name == "!" {
		if v.isNum() {
			return boolVal(v.num.Sign() == 0), true
		}
		return boolVal(atoi(v.text) == 0), true
	}
	if !v.isNum() {
		return numVal(float(0)), true
	}
	return numVal(newFloat().Neg(v.num)), true
}

func (p *exprParser) match() (val, bool) {
	left, ok := p.primary()
	for ok {
		name, is := p.op(":", "=~", "~~")
		if !is {
			return left, true
		}
		var right val
		if right, ok = p.primary(); ok {
			a, b := stripQuotes(left.String()), stripQuotes(right.String())
			if name == "~~" {
				left = digitsVal(a + b)
			} else {
				left = p.regex(a, b, name == ":")
			}
		}
	}
	return val{}, false
}

func (p *exprParser) primary() (val, bool) {
	if _, is := p.op("("); is {
		v, ok := p.conditional()
		if !ok {
			return val{}, false
		}
		_, closed := p.op(")")
		return v, closed
	}
	if p.pos >= len(p.toks) {
		return val{}, false
	}
	switch t := p.toks[p.pos]; t.kind {
	case 'v':
		p.pos++
		return t.val, true
	case 'f':
		p.pos++
		return p.call(t.text)
	}
	return val{}, false
}

// call reads the arguments, themselves expressions, and runs the function.
func (p *exprParser) call(name string) (val, bool) {
	p.op("(")
	var args []val
	if _, empty := p.op(")"); !empty {
		for {
			v, ok := p.conditional()
			if !ok {
				return val{}, false
			}
			args = append(args, v)
			if _, more := p.op(","); more {
				continue
			}
			if _, closed := p.op(")"); !closed {
				return val{}, false
			}
			break
		}
	}
	if v, ok := mathFunc(name, args); ok {
		return v, true
	}
	text := make([]string, len(args))
	for i, a := range args {
		text[i] = a.String()
	}
	if p.fn != nil && strings.ToUpper(name) == name {
		if out, ok := p.fn(name, strings.Join(text, ",")); ok {
			if n := digitsVal(strings.TrimPrefix(strings.TrimSpace(out), "-")); n.isNum() {
				f, _, _ := newFloat().Parse(strings.TrimSpace(out), 10)
				return numVal(f), true
			}
			return textVal(out), true
		}
	}
	p.problem = "function '" + name + "' is not known in expressions"
	return numVal(float(0)), true
}

// regex is ":" (anchored) and "=~": group 1 when there is a group, else the
// number of matched characters.
func (p *exprParser) regex(text, pattern string, anchored bool) val {
	re, err := CompileRegex(pattern)
	if err != nil {
		p.problem = "bad regular expression '" + pattern + "'"
		return textVal("")
	}
	m := re.Find(text)
	if m != nil && anchored && m[0] != 0 {
		m = nil
	}
	if re.Groups() > 0 {
		if m == nil || m[2] < 0 {
			return textVal("")
		}
		return digitsVal(text[m[2]:m[3]])
	}
	if m == nil {
		return numVal(float(0))
	}
	return numVal(float(int64(m[1] - m[0])))
}

func stripQuotes(s string) string {
	if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
		return s[1 : len(s)-1]
	}
	return s
}

func atoi(s string) int {
	s = strings.TrimSpace(s)
	end := 0
	for end < len(s) && (s[end] >= '0' && s[end] <= '9' || end == 0 && (s[end] == '-' || s[end] == '+')) {
		end++
	}
	n, _ := strconv.Atoi(s[:end])
	return n
}
