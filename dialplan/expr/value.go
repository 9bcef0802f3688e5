package expr

import (
	"math/big"
	"strconv"
	"strings"
)

// val is a value of an expression: a number that was computed, one still in its written form,
// or text. Which of the last two a written one is decides how it is compared.
type val struct {
	num  *big.Float // nil for text, and for what is not a number
	text string     // written form; "" for computed numbers
	nan  bool       // what is not a number; its text is how it is printed
}

func textVal(s string) val     { return val{text: s} }
func numVal(f *big.Float) val  { return val{num: f} }
func float(i int64) *big.Float { return newFloat().SetInt64(i) }
func newFloat() *big.Float     { return new(big.Float).SetPrec(64) }
func (v val) isNum() bool      { return v.num != nil }
func (v val) isText() bool     { return v.num == nil && !v.nan }
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

// computed is a number without its written form.
func (v val) computed() val {
	if v.isNum() {
		v.text = ""
	}
	return v
}

// plainDigits of an integer are at most this many: it is read and written as one.
const plainDigits = 18

// digitsVal is a word of an expression: digits, perhaps with a fraction, are a number.
func digitsVal(s string) val {
	if s == "" || s[0] == '.' || s[len(s)-1] == '.' || strings.Count(s, ".") > 1 {
		return textVal(s)
	}
	return joinedVal(s)
}

// joinedVal is what an operator has made of texts: a number as soon as it has nothing but
// digits and dots. Of several dots the first one counts.
func joinedVal(s string) val {
	if s == "" || strings.Trim(s, "0123456789.") != "" {
		return textVal(s)
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && len(s) <= plainDigits {
		return val{num: float(n), text: s}
	}
	number := s
	if dot := strings.IndexByte(s, '.'); dot >= 0 {
		fraction, _, _ := strings.Cut(s[dot+1:], ".")
		number = s[:dot] + "." + fraction
	}
	f, _, err := newFloat().Parse(strings.TrimSuffix(number, "."), 10)
	if err != nil { // a dot alone
		f = float(0)
	}
	return val{num: f, text: s}
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

// denied is what "!" makes of a value: a written one counts by the integer it begins with, of
// 32 bits as C reads it.
func (v val) denied() val {
	if v.isNum() && v.text == "" {
		return boolVal(v.num.Sign() == 0)
	}
	return boolVal(!v.nan && int32(Atoi(v.text)) == 0)
}

// chooses says whether a value before "?" takes the first branch. The text "0" in quotes does.
func (v val) chooses() bool {
	if v.isNum() {
		return v.num.Sign() != 0
	}
	return v.text != "" && v.text != `""` && v.text != "0"
}
