package sipshow

import "strings"

func yes(on bool) string {
	if on {
		return "Yes"
	}
	return "No"
}

// or is a text, or what is shown without one.
func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// title is a word with a capital letter.
func title(word string) string {
	if word == "" {
		return ""
	}
	return strings.ToUpper(word[:1]) + word[1:]
}

// quoteMarks are escaped within a quoted name.
var quoteMarks = strings.NewReplacer(`"`, `\"`, `\`, `\\`)

// overlap is allowoverlap as chan_sip shows it.
func overlap(word string) string {
	if word == "dtmf" {
		return "DTMF"
	}
	return title(word)
}
