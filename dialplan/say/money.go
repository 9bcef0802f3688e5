package say

import "strings"

// Money says an amount of US dollars, "12.50": in English, whatever the language is. What is no
// amount is zero cents. Of less than nothing only the cents are said, without the sign; that is how Asterisk says it.
func (v Voice) Money(text string) []string {
	dollars, cents := amount(text)
	voice := Voice{Language: "en"}
	var out []string
	switch {
	case dollars > 1:
		out = append(voice.Number(dollars, ""), "dollars")
	case dollars == 1 && cents > 0: // the voice stays up
		out = append(voice.Number(1, ""), "letters/dollar_")
	case dollars == 1:
		out = append(voice.Number(1, ""), "letters/dollar")
	case dollars == 0 && cents == 0:
		return []string{"digits/0", "cents"}
	}
	if cents == 0 {
		return out
	}
	if dollars > 0 {
		out = append(out, "and")
	}
	if cents == 1 {
		return append(out, "digits/1", "cent")
	}
	return append(append(out, voice.Number(cents, "")...), "cents")
}

// amount reads dollars and at most two places of cents, of which one alone counts as it is: ".5"
// is five cents, as in Asterisk.
func amount(text string) (dollars, cents int) {
	whole, part, _ := strings.Cut(strings.TrimLeft(text, " "), ".")
	if whole != "" {
		bare, less := strings.CutPrefix(whole, "-")
		n, digits := leading(bare, 9)
		if less {
			n = -n
		}
		if digits < len(bare) {
			return n, 0
		}
		dollars = n
	}
	cents, _ = leading(part, 2)
	return dollars, cents
}

// leading reads the digits with which a text begins, so many of them at most.
func leading(text string, most int) (n, digits int) {
	for digits < min(len(text), most) && text[digits] >= '0' && text[digits] <= '9' {
		n = n*10 + int(text[digits]-'0')
		digits++
	}
	return n, digits
}
