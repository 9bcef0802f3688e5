package dialplan

import (
	"math"
	"math/big"
	"strings"
)

// divisionByZero is what Asterisk gives for "/" without a usable divisor.
const divisionByZero = 2147483647

// apply computes one binary operator.
func apply(op string, a, b val) val {
	switch op {
	case "|", "||":
		if a.truth() {
			return a
		}
		return b
	case "&", "&&":
		if a.truth() && b.truth() {
			return a
		}
		return numVal(float(0))
	case "+", "-", "*", "/", "%":
		return arith(op, a, b)
	}
	var c int
	if a.isNum() && b.isNum() {
		c = a.num.Cmp(b.num)
	} else {
		c = strings.Compare(a.String(), b.String())
	}
	switch op {
	case "=", "==":
		return boolVal(c == 0)
	case "!=":
		return boolVal(c != 0)
	case "<":
		return boolVal(c < 0)
	case "<=":
		return boolVal(c <= 0)
	case ">":
		return boolVal(c > 0)
	}
	return boolVal(c >= 0)
}

// arith: an operand that is no number is dropped by + and -, makes a product
// 0, and a quotient 0 or divisionByZero.
func arith(op string, a, b val) val {
	zero := numVal(float(0))
	if a.isNum() && b.isNum() {
		return numVal(compute(op, a.num, b.num))
	}
	switch op {
	case "+", "-":
		switch {
		case a.isNum():
			return numVal(a.num)
		case b.isNum() && op == "-":
			return numVal(newFloat().Sub(float(0), b.num))
		case b.isNum():
			return numVal(b.num)
		}
	case "/":
		if a.isNum() {
			return numVal(float(divisionByZero))
		}
	}
	return zero
}

func compute(op string, a, b *big.Float) *big.Float {
	switch op {
	case "+":
		return newFloat().Add(a, b)
	case "-":
		return newFloat().Sub(a, b)
	case "*":
		return newFloat().Mul(a, b)
	case "/":
		if b.Sign() == 0 {
			return float(divisionByZero)
		}
		return newFloat().Quo(a, b)
	}
	return fmod(a, b)
}

// fmod has the sign of the dividend and is exact; modulo zero gives 0.
func fmod(a, b *big.Float) *big.Float {
	if b.Sign() == 0 || a.IsInf() || b.IsInf() || tooWide(a) || tooWide(b) {
		zero := float(0)
		if a.Signbit() {
			zero.Neg(zero)
		}
		return zero
	}
	x, _ := new(big.Float).Abs(a).Rat(nil)
	y, _ := new(big.Float).Abs(b).Rat(nil)
	q := new(big.Rat).Quo(x, y)
	n := new(big.Int).Quo(q.Num(), q.Denom())
	r := newFloat().SetRat(x.Sub(x, y.Mul(y, new(big.Rat).SetInt(n))))
	if a.Signbit() {
		r.Neg(r)
	}
	return r
}

// tooWide keeps fmod from making integers of millions of digits.
func tooWide(f *big.Float) bool { return f.MantExp(nil) > 20000 || f.MantExp(nil) < -20000 }

// mathFunc runs the built-in functions of expressions.
func mathFunc(name string, args []val) (val, bool) {
	var x [2]*big.Float
	for i := range x {
		x[i] = float(0)
		if i < len(args) && args[i].isNum() {
			x[i] = args[i].num
		}
	}
	if f, ok := exactFunc(name, x[0]); ok {
		return numVal(f), true
	}
	f, ok := floatFuncs[name]
	if !ok {
		return val{}, false
	}
	a, _ := x[0].Float64()
	b, _ := x[1].Float64()
	r := f(a, b)
	if math.IsNaN(r) {
		return textVal("nan"), true
	}
	return numVal(newFloat().SetFloat64(r)), true
}

var floatFuncs = map[string]func(a, b float64) float64{
	"COS": func(a, _ float64) float64 { return math.Cos(a) }, "SIN": func(a, _ float64) float64 { return math.Sin(a) },
	"TAN": func(a, _ float64) float64 { return math.Tan(a) }, "ACOS": func(a, _ float64) float64 { return math.Acos(a) },
	"ASIN": func(a, _ float64) float64 { return math.Asin(a) }, "ATAN": func(a, _ float64) float64 { return math.Atan(a) },
	"ATAN2": math.Atan2, "POW": math.Pow, "REMAINDER": math.Remainder,
	"EXP": func(a, _ float64) float64 { return math.Exp(a) }, "EXP2": func(a, _ float64) float64 { return math.Exp2(a) },
	"EXP10": func(a, _ float64) float64 { return math.Pow(10, a) }, "LOG": func(a, _ float64) float64 { return math.Log(a) },
	"LOG2": func(a, _ float64) float64 { return math.Log2(a) }, "LOG10": func(a, _ float64) float64 { return math.Log10(a) },
}

// exactFunc are those that need no float64 detour.
func exactFunc(name string, x *big.Float) (*big.Float, bool) {
	floor := func(f *big.Float) *big.Float {
		i, acc := f.Int(nil)
		r := newFloat().SetInt(i)
		if acc == big.Above { // truncation went up: the number is negative
			r.Sub(r, float(1))
		}
		return r
	}
	half := newFloat().SetFloat64(0.5)
	switch name {
	case "FLOOR":
		return floor(x), true
	case "CEIL":
		return newFloat().Neg(floor(newFloat().Neg(x))), true
	case "TRUNC":
		i, _ := x.Int(nil)
		return newFloat().SetInt(i), true
	case "ROUND":
		r := floor(newFloat().Add(newFloat().Abs(x), half))
		if x.Signbit() {
			r.Neg(r)
		}
		return r, true
	case "RINT":
		f, _ := x.Float64()
		return newFloat().SetFloat64(math.RoundToEven(f)), true
	case "ABS":
		return newFloat().Abs(x), true
	case "SQRT":
		if x.Sign() < 0 {
			return float(0), true
		}
		return newFloat().Sqrt(x), true
	}
	return nil, false
}

// Condition is the truth of GotoIf, ExecIf and the like: empty is false, a
// leading integer counts by its value, any other text is true.
func Condition(s string) bool {
	s = strings.TrimSpace(s)
	if s == "" {
		return false
	}
	if c := s[0]; c >= '0' && c <= '9' || (c == '-' || c == '+') && len(s) > 1 && s[1] >= '0' && s[1] <= '9' {
		return atoi(s) != 0
	}
	return true
}
