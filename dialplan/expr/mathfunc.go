package expr

import (
	"math"
	"math/big"
)

// The functions of expressions. As in Asterisk their results have the 64 bits of a long double
// and are right to the last digit that is printed, which package math's 53 bits are not.

// oneArgument are those of one number; nil is not a number, which C's library signs or not.
var oneArgument = map[string]func(x *big.Float) *big.Float{
	"ABS":   func(x *big.Float) *big.Float { return signed(new(big.Float).Abs(x), x.Sign() == 0 && x.Signbit()) },
	"FLOOR": floor, "CEIL": func(x *big.Float) *big.Float { return new(big.Float).Neg(floor(new(big.Float).Neg(x))) },
	"TRUNC": func(x *big.Float) *big.Float { return signed(floor(new(big.Float).Abs(x)), x.Signbit()) },
	"ROUND": func(x *big.Float) *big.Float {
		return signed(floor(new(big.Float).Add(new(big.Float).Abs(x), big.NewFloat(0.5))), x.Signbit())
	},
	"RINT": func(x *big.Float) *big.Float { return signed(nearest(new(big.Float).Abs(x)), x.Signbit()) },
	"SQRT": func(x *big.Float) *big.Float {
		if x.Sign() < 0 {
			return nil
		}
		return new(big.Float).SetPrec(workBits).Sqrt(x)
	},
	"EXP": exponential, "EXP2": func(x *big.Float) *big.Float { return power(wide(2), x) },
	"EXP10": func(x *big.Float) *big.Float { return power(wide(10), x) }, "LOG": logarithm,
	"LOG2": func(x *big.Float) *big.Float { return logTo(x, 2) }, "LOG10": func(x *big.Float) *big.Float { return logTo(x, 10) },
	"SIN": func(x *big.Float) *big.Float { s, _ := sineCosine(x); return s },
	"COS": func(x *big.Float) *big.Float { _, c := sineCosine(x); return c },
	"TAN": func(x *big.Float) *big.Float {
		s, c := sineCosine(x)
		return new(big.Float).Quo(s, c)
	},
	"ASIN": arcSine, "ATAN": arcTangent,
	"ACOS": func(x *big.Float) *big.Float {
		s := arcSine(x)
		if s == nil {
			return nil
		}
		return new(big.Float).Sub(half(pi(workBits)), s)
	},
}

var twoArguments = map[string]func(x, y *big.Float) *big.Float{"POW": power, "REMAINDER": remainder, "ATAN2": arcTangent2}

// unsignedNaN are functions whose error C's library tells with a positive sign.
var unsignedNaN = map[string]bool{"LOG": true, "LOG2": true, "LOG10": true, "ASIN": true, "ACOS": true}

// mathFunc runs a function; text counts as 0, and with another number of arguments it gives 0.
func mathFunc(name string, args []val) (val, bool) {
	one, two := oneArgument[name], twoArguments[name]
	if one == nil && two == nil {
		return val{}, false
	}
	x := make([]*big.Float, len(args))
	for i, a := range args {
		if x[i] = a.num; x[i] == nil {
			x[i] = float(0)
		}
		if a.nan {
			return a, true
		}
	}
	var r *big.Float
	switch {
	case one != nil && len(x) == 1:
		r = one(x[0])
	case two != nil && len(x) == 2:
		r = two(x[0], x[1])
	default:
		return numVal(float(0)), true
	}
	if r != nil {
		return numVal(newFloat().Set(r)), true
	}
	if unsignedNaN[name] {
		return val{nan: true, text: "nan"}, true
	}
	return val{nan: true, text: "-nan"}, true
}

// workBits of precision leave the 64 of the result right.
const workBits = 192

// mostExponent of 2 is where a long double ends.
const mostExponent = 16384

func wide(n int64) *big.Float { return new(big.Float).SetPrec(workBits).SetInt64(n) }

func half(x *big.Float) *big.Float { return new(big.Float).SetMantExp(x, -1) }

func signed(x *big.Float, negative bool) *big.Float {
	if negative {
		x.Neg(x)
	}
	return x
}

func floor(f *big.Float) *big.Float {
	if f.IsInf() {
		return f
	}
	i, acc := f.Int(nil)
	r := newFloat().SetInt(i)
	if acc == big.Above { // truncation went up: the number is negative
		r.Sub(r, float(1))
	}
	if i.Sign() == 0 && f.Sign() == 0 && f.Signbit() {
		r.Neg(r)
	}
	return r
}

// nearest integer of what is not negative, the even one of two.
func nearest(x *big.Float) *big.Float {
	down := floor(x)
	if down.IsInf() {
		return down
	}
	switch new(big.Float).Sub(x, down).Cmp(big.NewFloat(0.5)) {
	case 0:
		if i, _ := down.Int(nil); i.Bit(0) == 0 {
			return down
		}
	case -1:
		return down
	}
	return new(big.Float).Add(down, float(1))
}

// series sums first, first*ratio(1), first*ratio(1)*ratio(2) and so on, until what comes does
// not count any more.
func series(first *big.Float, ratio func(term *big.Float, n int64)) *big.Float {
	sum, term := new(big.Float).Set(first), new(big.Float).Set(first)
	for n := int64(1); ; n++ {
		ratio(term, n)
		if term.Sign() == 0 || sum.Sign() != 0 && term.MantExp(nil) < sum.MantExp(nil)-int(sum.Prec()) {
			return sum
		}
		sum.Add(sum, term)
	}
}

// oddSeries sums x + s*x^3/3 + x^5/5 + s*x^7/7 ...: the arc tangent for s -1, its hyperbolic
// one for s 1.
func oddSeries(x *big.Float, s int64) *big.Float {
	square := new(big.Float).Mul(x, x)
	square.Mul(square, wide(s))
	power := new(big.Float).Set(x)
	return series(x, func(term *big.Float, n int64) {
		power.Mul(power, square)
		term.Quo(power, wide(2*n+1))
	})
}

// pi by Machin's formula.
func pi(bits uint) *big.Float {
	at := func(n int64) *big.Float {
		return oddSeries(new(big.Float).SetPrec(bits+16).Quo(wide(1), wide(n)), -1)
	}
	one := new(big.Float).SetPrec(bits + 16).SetInt64(16)
	one.Mul(one, at(5))
	return one.Sub(one, new(big.Float).Mul(wide(4), at(239)))
}

// ln2 is the natural logarithm of 2.
var ln2 = func() *big.Float {
	return new(big.Float).Mul(wide(2), oddSeries(new(big.Float).Quo(wide(1), wide(3)), 1))
}()

func exponential(x *big.Float) *big.Float {
	if x.Sign() == 0 {
		return wide(1)
	}
	if x.IsInf() || x.MantExp(nil) > 20 {
		return overflow(!x.Signbit())
	}
	k, _ := new(big.Float).Quo(x, ln2).Int64()
	r := new(big.Float).SetPrec(workBits).Sub(x, new(big.Float).Mul(wide(k), ln2))
	sum := series(wide(1), func(term *big.Float, n int64) { term.Mul(term, r).Quo(term, wide(n)) })
	if k > mostExponent || k < -mostExponent-64 {
		return overflow(k > 0)
	}
	return sum.SetMantExp(sum, int(k))
}

func overflow(up bool) *big.Float {
	if up {
		return new(big.Float).SetInf(false)
	}
	return wide(0)
}

func logarithm(x *big.Float) *big.Float {
	switch {
	case x.Sign() < 0:
		return nil
	case x.Sign() == 0:
		return new(big.Float).SetInf(true)
	case x.IsInf():
		return x
	}
	m := new(big.Float).SetPrec(workBits)
	e := x.MantExp(m)
	m.SetPrec(workBits)
	if m.Cmp(big.NewFloat(math.Sqrt2/2)) < 0 {
		m.SetMantExp(m, 1)
		e--
	}
	z := new(big.Float).Quo(new(big.Float).Sub(m, wide(1)), new(big.Float).Add(m, wide(1)))
	r := new(big.Float).Mul(wide(int64(e)), ln2)
	if z.Sign() == 0 {
		return r
	}
	return r.Add(r, new(big.Float).Mul(wide(2), oddSeries(z, 1)))
}

func logTo(x *big.Float, base int64) *big.Float {
	l := logarithm(x)
	if l == nil || l.IsInf() {
		return l
	}
	return l.Quo(l, logarithm(wide(base)))
}

// power is exact, before it is rounded, for small integers.
func power(x, y *big.Float) *big.Float {
	n, acc := y.Int64()
	whole := y.IsInt()
	switch {
	case y.Sign() == 0 || x.Cmp(wide(1)) == 0:
		return wide(1)
	case x.IsInf() || y.IsInf():
		a, _ := x.Float64()
		b, _ := y.Float64()
		return new(big.Float).SetFloat64(math.Pow(a, b))
	case x.Sign() < 0 && !whole:
		return nil
	case x.Sign() == 0:
		if odd := whole && acc == big.Exact && n&1 == 1; y.Sign() < 0 {
			return new(big.Float).SetInf(odd && x.Signbit())
		}
		return wide(0)
	}
	l := logarithm(new(big.Float).Abs(x))
	r := exponential(l.Mul(l, y))
	if whole && acc == big.Exact && n >= -256 && n <= 256 && !r.IsInf() {
		r = wide(1).SetPrec(1024)
		for range max(n, -n) {
			r.Mul(r, new(big.Float).Abs(x))
		}
		if n < 0 {
			r.Quo(wide(1), r)
		}
	}
	return signed(r, x.Sign() < 0 && acc == big.Exact && n&1 != 0)
}

// sineCosine takes off as many right angles as there are.
func sineCosine(x *big.Float) (sin, cos *big.Float) {
	if x.Sign() == 0 || x.IsInf() {
		return x, wide(1)
	}
	bits := uint(workBits + max(x.MantExp(nil), 0))
	right := half(pi(bits))
	turns := new(big.Float).SetPrec(bits).Quo(x, right)
	turns.Add(turns, signed(big.NewFloat(0.5), x.Signbit()))
	n, _ := turns.Int(nil)
	r := new(big.Float).SetPrec(bits).SetInt(n)
	r.Sub(new(big.Float).SetPrec(bits).Set(x), r.Mul(r, right))
	square := new(big.Float).Mul(r, r)
	sum := func(first *big.Float, from int64) *big.Float {
		return series(first, func(term *big.Float, i int64) {
			k := 2*i + from
			term.Neg(term.Mul(term, square)).Quo(term, wide(k*(k-1)))
		})
	}
	sin, cos = sum(r, 1), sum(wide(1).SetPrec(bits), 0)
	switch new(big.Int).And(n, big.NewInt(3)).Int64() {
	case 1:
		return cos, sin.Neg(sin)
	case 2:
		return sin.Neg(sin), cos.Neg(cos)
	case 3:
		return cos.Neg(cos), sin
	}
	return sin, cos
}

func arcTangent(x *big.Float) *big.Float {
	switch {
	case x.Sign() == 0:
		return x
	case x.IsInf():
		return signed(half(pi(workBits)), x.Signbit())
	}
	t := new(big.Float).SetPrec(workBits).Set(x)
	over := new(big.Float).Abs(t).Cmp(wide(1)) > 0
	if over {
		t.Quo(wide(1), t)
	}
	const halvings = 3
	for range halvings {
		root := new(big.Float).Mul(t, t)
		root.Sqrt(root.Add(root, wide(1)))
		t.Quo(t, root.Add(root, wide(1)))
	}
	r := oddSeries(t, -1)
	r.SetMantExp(r, halvings)
	if over {
		r.Sub(signed(half(pi(workBits)), x.Signbit()), r)
	}
	return r
}

func arcSine(x *big.Float) *big.Float {
	rest := new(big.Float).SetPrec(2*workBits).Mul(x, x)
	rest.Sub(wide(1).SetPrec(2*workBits), rest)
	switch rest.Sign() {
	case -1:
		return nil
	case 0:
		return signed(half(pi(workBits)), x.Signbit())
	}
	return arcTangent(new(big.Float).SetPrec(workBits).Quo(x, rest.Sqrt(rest)))
}

// arcTangent2 is the angle of the point (x, y).
func arcTangent2(y, x *big.Float) *big.Float {
	switch {
	case y.Sign() == 0 && !x.Signbit():
		return y
	case y.Sign() == 0:
		return signed(pi(workBits), y.Signbit())
	case x.Sign() == 0:
		return signed(half(pi(workBits)), y.Signbit())
	}
	r := arcTangent(new(big.Float).SetPrec(workBits).Quo(y, x))
	if x.Signbit() {
		r.Add(r, signed(pi(workBits), y.Signbit()))
	}
	return r
}

// remainder is what is left of x after the nearest multiple of y (IEEE 754).
func remainder(x, y *big.Float) *big.Float {
	if y.Sign() == 0 || x.IsInf() || tooWide(x) || tooWide(y) {
		return nil
	}
	if y.IsInf() {
		return x
	}
	a, _ := x.Rat(nil)
	b, _ := new(big.Float).Abs(y).Rat(nil)
	twice := new(big.Rat).Mul(new(big.Rat).Quo(a, b), big.NewRat(2, 1))
	twice.Add(twice, big.NewRat(1, 1)) // 2q+1: the nearest is the floor of half of it
	n := new(big.Int).Div(twice.Num(), new(big.Int).Mul(twice.Denom(), big.NewInt(2)))
	if new(big.Int).Mod(twice.Num(), new(big.Int).Mul(twice.Denom(), big.NewInt(2))).Sign() == 0 && n.Bit(0) == 1 {
		n.Sub(n, big.NewInt(1)) // half way: the even one
	}
	r := newFloat().SetRat(a.Sub(a, b.Mul(b, new(big.Rat).SetInt(n))))
	return signed(r, r.Sign() == 0 && x.Signbit())
}
