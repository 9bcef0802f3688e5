package agi

import "strings"

// mostWords is how many words of a command count; more are passed over.
const mostWords = 127

// words parts a command at blanks. Quotation marks protect them, a backslash any character.
func words(line string) (out []string) {
	var word strings.Builder
	quoted, escaped, within := false, false, false
	for i := 0; i < len(line); i++ {
		switch ch := line[i]; {
		case escaped:
			escaped, within = false, true
			word.WriteByte(ch)
		case ch == '\\':
			escaped = true
		case ch == '"':
			quoted = !quoted
			within = within || quoted
		case (ch == ' ' || ch == '\t') && !quoted:
			if within {
				out = append(out, word.String())
			}
			within = false
			word.Reset()
		default:
			within = true
			word.WriteByte(ch)
		}
	}
	if within {
		out = append(out, word.String())
	}
	return out[:min(len(out), mostWords)]
}
