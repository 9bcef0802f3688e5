package say

// CountedNoun is the prompt of what is counted, after its number: "s" is appended to more than
// one in English; in the Slavic languages "x1" for two to four and "x2" for more, by the last
// digits.
func (v Voice) CountedNoun(n int, noun string) string {
	switch form := slavicForm(n); {
	case !v.slavic() && (n == 1 || n == -1), v.slavic() && form == one:
		return noun
	case !v.slavic():
		return noun + "s"
	case form == few:
		return noun + "x1"
	}
	return noun + "x2"
}

// CountedAdjective is the prompt of an adjective to what is counted: in the Slavic languages its
// gender is appended for one, and "x" else.
func (v Voice) CountedAdjective(n int, adjective, gender string) string {
	switch {
	case !v.slavic():
		return adjective
	case slavicForm(n) == one:
		return adjective + gender
	}
	return adjective + "x"
}

func (v Voice) slavic() bool { return v.speaks("ru") || v.speaks("ua") || v.speaks("pl") }

// plural is a form of a noun after a number.
type plural byte

const (
	one plural = iota
	few
	many
)

// slavicForm is the form after a number in Russian and its kin.
func slavicForm(n int) plural {
	if n = max(n, -n) % 100; n >= 20 {
		n %= 10
	}
	switch {
	case n == 1:
		return one
	case n > 1 && n < 5:
		return few
	}
	return many
}
