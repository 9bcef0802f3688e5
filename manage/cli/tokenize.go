package cli

import (
	"slices"
	"strings"
)

// split takes a line apart as Asterisk's console does: blanks part words but within "..", and the
// character after a backslash stands for itself. "" is a word too.
func split(line string) (words []string) {
	var word strings.Builder
	within, quoted, escaped := false, false, false
	for _, r := range line {
		blank := r == ' ' || r == '\t' || r == '\r' || r == '\n'
		switch {
		case escaped:
			word.WriteRune(r)
			escaped = false
		case r == '\\':
			escaped, within = true, true
		case r == '"':
			quoted, within = !quoted, true
		case blank && !quoted:
			if within {
				words = append(words, word.String())
				word.Reset()
			}
			within = false
		default:
			word.WriteRune(r)
			within = true
		}
	}
	if within {
		words = append(words, word.String())
	}
	return words
}

// words is split with the command in place of its alias, the longest that begins the line.
func (c *Console) words(line string) []string {
	words := split(line)
	var name, command []string
	for _, a := range c.aliases {
		if n := strings.Fields(a[0]); len(n) > len(name) && len(n) <= len(words) && slices.Equal(n, words[:len(n)]) {
			name, command = n, split(a[1])
		}
	}
	return slices.Concat(command, words[len(name):])
}
