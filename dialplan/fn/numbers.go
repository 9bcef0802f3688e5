package fn

import (
	"errors"
	"fmt"
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
	x := make([]float64, n)
	for i, s := range list {
		var err error
		if x[i], err = leading(s); err != nil {
			return "", errNumber
		}
	}
	if len(list) < n {
		x = x[:1]
	}
	r := f(x)
	if r == math.Trunc(r) && math.Abs(r) <= math.MaxInt32 {
		return strconv.Itoa(int(r)), nil
	}
	return strconv.FormatFloat(r, 'f', 6, 64), nil
}

// operators of MATH, in the order in which they are looked for behind the first
// character, which may be a sign.
var operators = []string{"<<", ">>", "<=", ">=", "==", "XOR", "AND", "OR", "*", "/", "%", "^", "+", "-", "<", ">"}

// mathematics knows one operation; comparisons give TRUE or FALSE.
func mathematics(_ *pbx.Channel, args string) (string, error) {
	f := raw(args, 2)
	if len(f) == 0 {
		return "", errArguments
	}
	text := strings.TrimSpace(f[0])
	op, at := "", -1
	for _, o := range operators {
		if i := strings.Index(text[min(1, len(text)):], o); i >= 0 {
			op, at = o, i+1
			break
		}
	}
	if at < 0 {
		return "", errors.New("there is no operator in '" + text + "'")
	}
	a, err := leading(text[:at])
	b, err2 := leading(text[at+len(op):])
	if err != nil || err2 != nil {
		return "", errNumber
	}
	kind := "f"
	if len(f) > 1 && strings.TrimSpace(f[1]) != "" {
		kind = strings.ToLower(strings.TrimSpace(f[1]))[:1]
	}
	if word, ok := compare(op, a, b); ok {
		return word, nil
	}
	r := operate(op, a, b)
	switch kind {
	case "i":
		return strconv.FormatInt(int64(r), 10), nil
	case "h":
		return fmt.Sprintf("%x", uint32(int64(r))), nil
	case "c":
		return string([]byte{byte(int64(r))}), nil
	case "f":
		return strconv.FormatFloat(r, 'f', 6, 64), nil
	}
	return "", errors.New("'" + f[1] + "' is no type of number")
}

// leading reads the number that a text begins with.
func leading(s string) (float64, error) {
	s = strings.TrimSpace(s)
	for end := len(s); end > 0; end-- {
		if x, err := strconv.ParseFloat(s[:end], 64); err == nil {
			return x, nil
		}
	}
	return 0, errNumber
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

func operate(op string, a, b float64) float64 {
	x, y := int64(a), int64(b)
	switch op {
	case "+":
		return a + b
	case "-":
		return a - b
	case "*":
		return a * b
	case "/":
		if b == 0 {
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
		return float64(x << (uint64(y) & 63))
	case ">>":
		return float64(x >> (uint64(y) & 63))
	case "AND":
		return float64(x & y)
	case "OR":
		return float64(x | y)
	}
	return float64(x ^ y)
}

func random(_ *pbx.Channel, args string) (string, error) {
	f := append(raw(args, 2), "", "")
	low, high := 0, math.MaxInt32
	if n, err := leading(f[0]); err == nil {
		low = bounded(n)
	}
	if n, err := leading(f[1]); err == nil {
		high = bounded(n)
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

// bounded is a number within 32 bits.
func bounded(x float64) int { return int(max(min(x, math.MaxInt32), math.MinInt32)) }

func step(by int) func(*pbx.Channel, string) (string, error) {
	return func(c *pbx.Channel, name string) (string, error) {
		n, err := strconv.Atoi(strings.TrimSpace(c.Variable(name)))
		if err != nil {
			return "", errors.New("the variable '" + name + "' has no number")
		}
		text := strconv.Itoa(n + by)
		c.SetVar(name, text)
		return text, nil
	}
}
