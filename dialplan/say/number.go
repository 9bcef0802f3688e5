package say

import (
	"math"
	"slices"
)

// A grammar says numbers from 1 up.
type grammar struct {
	// cardinal says a number of things of a gender: "m", "f", "n", "c" for common, or "".
	cardinal func(n int, gender string) []string
	// ordinal says which one in a row; nil: as in English.
	ordinal func(n int, gender string) []string
	zero    string // "" for digits/0
	minus   string // "" for digits/minus
}

// grammars are those of languages, the more special one first.
var grammars = []struct {
	language string
	grammar
}{
	{"en_GB", grammar{cardinal: british}},
	{"en", english},
	{"de", grammar{cardinal: german, ordinal: germanOrdinal}},
	{"es", grammar{cardinal: spanish}},
	{"fr", grammar{cardinal: french}},
	{"it", grammar{cardinal: italian}},
	{"nl", grammar{cardinal: dutch}},
	{"pl", grammar{cardinal: polish}},
	{"pt", grammar{cardinal: portuguese}},
	{"ru", grammar{cardinal: russian}},
}

var english = grammar{cardinal: func(n int, _ string) []string { return american(n) }}

// grammar is that of the voice's language.
func (v Voice) grammar() grammar {
	for _, g := range grammars {
		if v.speaks(g.language) {
			return g.grammar
		}
	}
	return english
}

// Number says a number of things. The gender is that of what is counted, where the language
// knows any: "m", "f", "n", or "c" for the common one. A number that is too large for the
// language, or for 32 bits, is not said.
func (v Voice) Number(n int, gender string) []string {
	g := v.grammar()
	if n == 0 {
		return []string{or(g.zero, "digits/0")}
	}
	return signed(n, g.minus, func(n int) []string { return g.cardinal(n, gender) })
}

// signed says a minus where there is one, and nothing of what 32 bits do not hold.
func signed(n int, minus string, say func(int) []string) []string {
	switch {
	case n >= math.MaxInt32 || n < math.MinInt32:
		return nil
	case n == math.MinInt32:
		return []string{or(minus, "digits/minus")}
	case n < 0:
		return append([]string{or(minus, "digits/minus")}, say(-n)...)
	}
	return say(n)
}

func or(text, otherwise string) string {
	if text != "" {
		return text
	}
	return otherwise
}

// unit is a word for a power of a thousand, or for a hundred.
type unit struct {
	size int
	name string
}

var thousands = []unit{{1_000_000_000, "billion"}, {1_000_000, "million"}, {1000, "thousand"}}

// american is English without "and".
func american(n int) (out []string) {
	for _, u := range append(thousands[:3:3], unit{100, "hundred"}) {
		if n >= u.size {
			out = append(append(out, american(n/u.size)...), "digits/"+u.name)
			n %= u.size
		}
	}
	return append(out, tens(n)...)
}

// tens says 1 to 99 as English does: twenty, one.
func tens(n int) (out []string) {
	if n >= 20 {
		out = append(out, digit(n/10*10))
		n %= 10
	}
	if n > 0 {
		out = append(out, digit(n))
	}
	return out
}

// british has "and" before what is below a hundred.
func british(n int, _ string) (out []string) {
	if n >= 1_000_000_000 {
		return nil // as in Asterisk
	}
	and := false
	for _, u := range append(thousands[1:3:3], unit{100, "hundred"}) {
		if n >= u.size {
			out, and = append(append(out, british(n/u.size, "")...), "digits/"+u.name), true
			n %= u.size
		}
	}
	if and && n > 0 {
		out = append(out, "vm-and")
	}
	return append(out, tens(n)...)
}

// Ordinal says which one in a row a thing is, as dates do: 100 is "hundredth". Nothing says 0.
func (v Voice) Ordinal(n int, gender string) []string {
	g := v.grammar()
	if g.ordinal == nil {
		g.ordinal = func(n int, _ string) []string { return englishOrdinal(n, false) }
	}
	switch n {
	case 0:
		return nil
	case math.MaxInt32:
		return []string{"digits/h-last"}
	}
	return signed(n, g.minus, func(n int) []string { return g.ordinal(n, gender) })
}

// Rank is Ordinal as SayOrdinal says it, in English whatever the language is: 100 is "one
// hundredth", and 1000 is "one thousandth".
func (v Voice) Rank(n int) []string {
	if n == 0 {
		return nil
	}
	return signed(n, "", func(n int) []string { return englishOrdinal(n, true) })
}

// englishOrdinal says the last word as an ordinal; one says the one of a hundred or thousand
// with which it begins.
func englishOrdinal(n int, one bool) []string {
	words := american(n)
	last := len(words) - 1
	words[last] = "digits/h-" + words[last][len("digits/"):]
	if !one && len(words) > 1 && words[0] == "digits/1" && (n < 200 || n >= 1000 && n < 2000) {
		words = slices.Delete(words, 0, 1)
	}
	return words
}
