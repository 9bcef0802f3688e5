package fn

import (
	"slices"
	"strings"

	"obelisk/pbx"
)

// Values that have a name and a number: digits are the number, and one that nobody has given a
// name is "not-known".
var (
	sources = []string{"unknown", "answer", "diversion", "transfer_active", "transfer_alerting"} // of news of the connected line
	reasons = []string{"unknown", "cfb", "cfnr", "unavailable", "cfu", "time_of_day", "dnd", "deflection", "follow_me", "out_of_order",
		"away", "cf_dte", "send_to_vm"}
	// characterSets of names, as Q.931's dialects number them.
	characterSets = []string{"unknown", "iso8859-1", "withdrawn", "iso8859-2", "iso8859-3", "iso8859-4", "iso8859-5", "iso8859-7", "bmp",
		"utf8"}
)

// valueNamed finds the name of a value; not ok for a word that is none.
func valueNamed(list []string, value string) (string, bool) {
	if value != "" && value[0] >= '0' && value[0] <= '9' {
		if n := integer(value); n < len(list) {
			return list[n], true
		}
		return "not-known", true
	}
	word := strings.ToLower(value)
	return word, slices.Contains(list, word)
}

// reasonOf is the dialplan's word for a reason, or the one with that number; a word that it
// does not know stays as it is.
func reasonOf(value string) string {
	value = strings.Trim(value, blanks)
	if word, known := pbx.RedirectingReason(value); known {
		return word
	}
	if value != "" && value[0] >= '0' && value[0] <= '9' {
		word, _ := valueNamed(reasons, value)
		return word
	}
	return value
}

// presentations are the words, in the order of their numbers: 0 to 3, 32 to 35, 67.
var presentations = []string{"allowed_not_screened", "allowed_passed_screen", "allowed_failed_screen", "allowed", "prohib_not_screened",
	"prohib_passed_screen", "prohib_failed_screen", "prohib", "unavailable"}

var presentationNumbers = []int{0, 1, 2, 3, 32, 33, 34, 35, 67}

// presentationNumber of a word; a number without one stands for itself.
func presentationNumber(said string) int {
	if i := slices.Index(presentations, said); i >= 0 {
		return presentationNumbers[i]
	}
	return integer(said)
}
