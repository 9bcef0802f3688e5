package expr

import (
	"math/big"
	"slices"
	"strings"
)

// divisionByZero is what Asterisk gives for "/" without a usable divisor.
const divisionByZero = 2147483647

// apply computes one binary operator.
func apply(op string, a, b val) val {
	switch op {
	case "|", "||":
		if a.truth() {
			return a.computed()
		}
		return b
	case "&", "&&":
		if a.truth() && b.truth() {
			return a.computed()
		}
		return numVal(float(0))
	case "+", "-", "*", "/", "%":
		return arith(op, a, b)
	}
	var c int
	switch {
	case a.isNum() && b.isNum():
		c = a.num.Cmp(b.num)
	case !a.isText() && !b.isText(): // what is not a number is like no other
		return boolVal(op == "!=")
	default:
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
	if !a.isText() && !b.isText() {
		if a.nan {
			return a
		}
		return b
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

// fmod has the sign of the dividend and is exact; modulo zero gives that zero.
func fmod(a, b *big.Float) *big.Float {
	if b.Sign() == 0 {
		return b
	}
	if a.IsInf() || b.IsInf() || tooWide(a) || tooWide(b) {
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

// Condition is the truth of GotoIf, ExecIf and the like: empty is false, a
// leading integer counts by its value, any other text is true.
func Condition(s string) bool {
	s = strings.TrimSpace(s)
	if s == "" {
		return false
	}
	if c := s[0]; c >= '0' && c <= '9' || (c == '-' || c == '+') && len(s) > 1 && s[1] >= '0' && s[1] <= '9' {
		return Atoi(s) != 0
	}
	return true
}

// True says whether a text is one of the words for yes.
func True(text string) bool {
	return slices.Contains([]string{"yes", "true", "y", "t", "1", "on"}, strings.ToLower(strings.TrimSpace(text)))
}
