package sipconf

import (
	"strings"

	"obelisk/internal/sipstack"
)

// DialMeaning are the characters that a dial string gives meaning to.
const DialMeaning = "@/&,!^|"

// Undialled takes from a name, decoded, what a dial string gives meaning to, and
// control characters.
func Undialled(name string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || strings.ContainsRune(DialMeaning, r) {
			return -1
		}
		return r
	}, name)
}

// DialsMore says whether a called name would dial more than one thing (safenames).
func (g *General) DialsMore(name string) bool {
	return g.SafeNames && strings.ContainsAny(name, DialMeaning)
}

// NumberOf is the user of an address as a number. With safenames nothing in it has a
// meaning in a dial string.
//
// Differs: chan_sip takes it as it is.
func (g *General) NumberOf(u sipstack.URI) string {
	if g.SafeNames {
		return Undialled(sipstack.NumberOf(u))
	}
	return sipstack.NumberOf(u)
}
