package voicemail

import "strconv"

// polishOrdinal is the number of a message in Polish, which stands in front of it.
func polishOrdinal(n int) (out []string) {
	digit := func(n int) string { return "digits/n-" + strconv.Itoa(n) }
	if n <= 20 {
		return []string{digit(n)}
	}
	out = append(out, digit(n/10*10))
	if n%10 > 0 {
		out = append(out, digit(n%10))
	}
	return out
}

// polishMinutes says minutes in the three forms of Polish.
func (v *visit) polishMinutes(n int) []string {
	tens, ones := n/10, n%10
	switch {
	case n == 1:
		return []string{"digits/1z", "vm-minute-ta"}
	case ones < 2 || ones > 4 || tens == 1:
		return append(v.voice().Number(n, ""), "vm-minute-t")
	case ones == 2 && tens == 0:
		return []string{"digits/2-ie", "vm-minute-ty"}
	case ones == 2:
		return append(v.voice().Number(n-2, ""), "digits/2-ie", "vm-minute-ty")
	}
	return append(v.voice().Number(n, ""), "vm-minute-ty")
}

// introPolish counts in three forms.
func (v *visit) introPolish(n, old int) []string {
	if n == 0 && old == 0 {
		return []string{"vm-no", "vm-messages"}
	}
	out := []string{"vm-youhave"}
	if n > 0 {
		out = append(out, v.polishCount(n, "vm-new")...)
	}
	if n > 0 && old > 0 {
		out = append(out, "vm-and")
	}
	if old > 0 {
		out = append(out, v.polishCount(old, "vm-old")...)
	}
	return out
}

func (v *visit) polishCount(n int, word string) []string {
	tens, ones := n/10, n%10
	switch {
	case n == 1:
		return []string{"digits/1-a", word + "-a", "vm-message"}
	case ones < 2 || ones > 4 || tens == 1:
		return append(v.voice().Number(n, ""), word+"-ych", "vm-messages")
	case ones == 2 && tens == 0:
		return []string{"digits/2-ie", word + "-e", "vm-messages"}
	case ones == 2:
		return append(v.voice().Number(n-2, ""), "digits/2-ie", word+"-e", "vm-messages")
	}
	return append(v.voice().Number(n, ""), word+"-e", "vm-messages")
}
