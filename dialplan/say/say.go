// Package say turns what is to be said into the names of the prompts that say it, by the grammar
// of a language: digits, letters, numbers, money, dates. It is pure: it plays nothing, and has no
// clock.
package say

import (
	"strconv"
	"strings"
)

// Voice speaks a language.
type Voice struct {
	Language string // "en", "de_AT": unknown ones speak English
	// Has says whether there is a prompt of that name: what is spelled leaves out signs without
	// one, as Asterisk does. nil: there are all.
	Has func(name string) bool
}

func (v Voice) has(name string) bool { return v.Has == nil || v.Has(name) }

// speaks says whether the language is one that begins so.
func (v Voice) speaks(language string) bool {
	return len(v.Language) >= len(language) && strings.EqualFold(v.Language[:len(language)], language)
}

// digit is the prompt of a number that is said with one word.
func digit(n int) string { return "digits/" + strconv.Itoa(n) }

// Digits says digits one by one, and "*", "#" and "-"; all else is left out.
func (v Voice) Digits(text string) []string {
	return v.each(text, func(c byte) string {
		switch {
		case c >= '0' && c <= '9':
			return digit(int(c - '0'))
		case c == '-':
			return "digits/minus"
		}
		return keys[c]
	})
}

// keys are the two of a telephone that are no digits.
var keys = map[byte]string{'*': "digits/star", '#': "digits/pound"}

// signs have names among the letters. The word for "!" is spelled as the sound set spells it.
var signs = map[byte]string{' ': "space", '.': "dot", '@': "at", '-': "dash", '/': "slash", '+': "plus", '=': "equals",
	'!': "exclaimation-point", '$': "dollar"}

// Case says of which letters Alpha tells whether they are small or capital.
type Case byte

// The cases are named by the letters of SayAlphaCase's options.
const (
	CaseNone  Case = 'n' // of none
	CaseLower Case = 'l' // of small ones
	CaseUpper Case = 'u' // of capitals
	CaseAll   Case = 'a' // of each
)

// Alpha spells a text.
func (v Voice) Alpha(text string, which Case) (out []string) {
	for _, c := range []byte(text) {
		capital, small := c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z'
		if which == CaseAll || capital && which == CaseUpper || small && which == CaseLower {
			switch {
			case capital && v.has("uppercase"):
				out = append(out, "uppercase")
			case small && v.has("lowercase"):
				out = append(out, "lowercase")
			}
		}
		name := sign(c, "letters/", "")
		if name == "" || !v.has(name) {
			name = "letters/ascii" + strconv.Itoa(int(c))
		}
		if v.has(name) {
			out = append(out, name)
		}
	}
	return out
}

// Phonetic spells a text by the alphabet of radio: alpha, bravo. A nine is said as on the radio
// too where the set has it.
func (v Voice) Phonetic(text string) []string {
	return v.each(text, func(c byte) string {
		if c == '9' {
			return "phonetic/9_p"
		}
		return sign(c, "phonetic/", "_p")
	})
}

// sign is the prompt of a sign, "" for one without a name; letters are between before and after.
func sign(c byte, before, after string) string {
	switch {
	case keys[c] != "":
		return keys[c]
	case c >= '0' && c <= '9':
		return digit(int(c - '0'))
	case signs[c] != "":
		return "letters/" + signs[c]
	case c|0x20 >= 'a' && c|0x20 <= 'z':
		return before + string(rune(c|0x20)) + after
	}
	return ""
}

// each names a prompt for each sign; "" and those that are not there are left out.
func (v Voice) each(text string, name func(byte) string) (out []string) {
	for i := range len(text) {
		if n := name(text[i]); n != "" && v.has(n) {
			out = append(out, n)
		}
	}
	return out
}
