package fn

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
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
		return numeric(args, 2, func(x []float64) float64 { return math.Min(x[0], x[1]) })
	}},
	{Name: "MAX", Synopsis: "The greater of two", Usage: "MAX(number,number)", Read: func(_ *pbx.Channel, args string) (string, error) {
		return numeric(args, 2, func(x []float64) float64 { return math.Max(x[0], x[1]) })
	}},
}

var errNumber = errors.New("that is no number")

// numeric applies f to numbers; the result is whole when all of them are.
func numeric(args string, n int, f func([]float64) float64) (string, error) {
	list := raw(args, n)
	if len(list) < n {
		return "", errArguments
	}
	var x []float64
	whole := true
	for _, s := range list {
		v, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
		if err != nil {
			return "", errNumber
		}
		x, whole = append(x, v), whole && v == math.Trunc(v) && !strings.Contains(s, ".")
	}
	if r := f(x); whole {
		return strconv.FormatInt(int64(r), 10), nil
	} else {
		return strconv.FormatFloat(r, 'f', 6, 64), nil
	}
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
	}
	return strconv.FormatFloat(r, 'f', 6, 64), nil
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
	if n, err := strconv.Atoi(strings.TrimSpace(f[0])); err == nil {
		low = n
	}
	if n, err := strconv.Atoi(strings.TrimSpace(f[1])); err == nil {
		high = n
	}
	if low > high {
		low, high = high, low
	}
	return strconv.Itoa(low + rand.IntN(high-low+1)), nil
}

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
