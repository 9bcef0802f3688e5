package fn

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"obelisk/pbx"
)

var numbers = []pbx.Func{
	{Name: "MATH", Synopsis: "Arithmetic of two numbers", Usage: "MATH(number operator number[,float|int|hex|char])", Read: mathematics},
	{Name: "RAND", Synopsis: "A random number", Usage: "RAND([least][,most])", Read: random},
	{Name: "INC", Synopsis: "Adds one to a variable", Usage: "INC(variable)", Read: step(1)},
	{Name: "DEC", Synopsis: "Takes one off a variable", Usage: "DEC(variable)", Read: step(-1)},
	{Name: "DIGIT_SUM", Synopsis: "The sum of the digits of a text", Usage: "DIGIT_SUM(text)", Read: digitSum},
	{Name: "ABS", Synopsis: "Without sign", Usage: "ABS(number)", Read: func(_ *pbx.Channel, args string) (string, error) {
		return numeric(args, 1, func(x []float64) float64 { return math.Abs(x[0]) })
	}},
	{Name: "MIN", Synopsis: "The lesser of two", Usage: "MIN(number,number)", Read: func(_ *pbx.Channel, args string) (string, error) {
		return numeric(args, 2, func(x []float64) float64 { return slices.Min(x) })
	}},
	{Name: "MAX", Synopsis: "The greater of two", Usage: "MAX(number,number)", Read: func(_ *pbx.Channel, args string) (string, error) {
		return numeric(args, 2, func(x []float64) float64 { return slices.Max(x) })
	}},
}

var errNumber = errors.New("that is no number")

// numeric applies f to numbers, 0 for those that are missing or none. A result that is whole
// and has 32 bits is written without a fraction.
func numeric(args string, n int, f func([]float64) float64) (string, error) {
	list := raw(args, n)
	if len(list) == 0 {
		return "", errArguments
	}
	var x []float64
	for _, s := range list {
		if s == "" {
			continue
		}
		v, _, ok := scanFloat(s)
		if !ok {
			return "", errNumber
		}
		x = append(x, v)
	}
	if len(x) == 0 {
		return "", errArguments
	}
	r := f(x)
	if r == math.Trunc(r) && math.Abs(r) <= math.MaxInt32 {
		return strconv.Itoa(int(r)), nil
	}
	return cFloat(r), nil
}

// cFloat is C's %f.
func cFloat(x float64) string { return conversion{precision: -1}.float(x, 'f') }

// operators of MATH, in the order in which they are looked for; a sign before the first number
// is none.
var operators = []string{"*", "/", "%", "^", "AND", "XOR", "OR", ">", "<", "=", "+", "-"}

// operator finds it, and what stands on both sides.
func operator(text string) (op, left, right string) {
	sign := ""
	if strings.HasPrefix(text, "-") {
		sign, text = "-", text[1:]
	}
	for _, o := range operators {
		i := strings.Index(text, o)
		if i < 0 {
			continue
		}
		if i+1 < len(text) && slices.Contains([]string{">=", ">>", "<=", "<<", "=="}, o+text[i+1:i+2]) {
			o += text[i+1 : i+2]
		}
		if o == "=" {
			return "", "", ""
		}
		return o, sign + text[:i], text[i+len(o):]
	}
	return "", "", ""
}

// mathematics knows one operation; comparisons give TRUE or FALSE.
func mathematics(_ *pbx.Channel, args string) (string, error) {
	f := raw(args, 2)
	if len(f) == 0 {
		return "", errArguments
	}
	kind := byte('f')
	if len(f) > 1 {
		word := strings.ToLower(f[1])
		if !slices.Contains([]string{"float", "f", "int", "i", "hex", "h", "char", "c"}, word) {
			return "", errors.New("'" + f[1] + "' is no type of number")
		}
		kind = word[0]
	}
	op, left, right := operator(f[0])
	if op == "" {
		return "", errors.New("there is no operator in '" + f[0] + "'")
	}
	a, _, ok := scanFloat(strings.TrimPrefix(left, "-"))
	b, _, ok2 := scanFloat(right)
	if !ok || !ok2 {
		return "", errNumber
	}
	if strings.HasPrefix(left, "-") {
		a = 0 - a
	}
	if word, ok := compare(op, a, b); ok {
		return word, nil
	}
	r := operate(op, a, b)
	switch kind {
	case 'i':
		return strconv.Itoa(truncated(r)), nil
	case 'h':
		return strconv.FormatUint(uint64(uint32(int64(r))), 16), nil
	case 'c':
		return cString(string([]byte{byte(truncated(r))})), nil
	}
	return cFloat(r), nil
}

func compare(op string, a, b float64) (word string, ok bool) {
	var r bool
	switch op {
	case "<":
		r = a < b
	case ">":
		r = a > b
	case "<=":
		r = a <= b
	case ">=":
		r = a >= b
	case "==":
		r = a == b
	default:
		return "", false
	}
	return strings.ToUpper(strconv.FormatBool(r)), true
}

// operate: a divisor that is not above 0 gives 0, as in Asterisk; what works on bits has 32.
func operate(op string, a, b float64) float64 {
	x, y := int32(truncated(a)), int32(truncated(b))
	switch op {
	case "+":
		return a + b
	case "-":
		return a - b
	case "*":
		return a * b
	case "/":
		if b <= 0 {
			return 0
		}
		return a / b
	case "%":
		if y == 0 {
			return 0
		}
		return float64(x % y)
	case "^":
		return math.Pow(a, b)
	case "<<":
		return float64(x << (uint32(y) & 31))
	case ">>":
		return float64(x >> (uint32(y) & 31))
	case "AND":
		return float64(x & y)
	case "OR":
		return float64(x | y)
	}
	return float64(x ^ y)
}

// digitSum adds the digits of a text.
func digitSum(_ *pbx.Channel, args string) (string, error) {
	if args == "" {
		return "", errArguments
	}
	n := 0
	for i := 0; i < len(args); i++ {
		if args[i] >= '0' && args[i] <= '9' {
			n += int(args[i] - '0')
		}
	}
	return strconv.Itoa(n), nil
}

func random(_ *pbx.Channel, args string) (string, error) {
	f := append(raw(args, 2), "", "")
	low, high := 0, math.MaxInt32
	if _, _, ok := scanInt(f[0]); ok {
		low = integer(f[0])
	}
	if _, _, ok := scanInt(f[1]); ok {
		high = integer(f[1])
	}
	if low > high {
		low, high = high, low
	}
	n := uint64(high) - uint64(low) // of numbers, less one
	if n < math.MaxUint64 {
		n = rand.Uint64N(n + 1)
	} else {
		n = rand.Uint64()
	}
	return strconv.Itoa(int(uint64(low) + n)), nil
}

// step changes a variable that has an integer of 32 bits, and nothing but that.
func step(by int32) func(*pbx.Channel, string) (string, error) {
	return func(c *pbx.Channel, name string) (string, error) {
		n, rest, ok := scanInt(c.Variable(name))
		if !ok || rest != "" {
			return "", errors.New("the variable '" + name + "' has no number")
		}
		text := strconv.Itoa(int(int32(n) + by))
		c.SetVar(name, text)
		return text, nil
	}
}
