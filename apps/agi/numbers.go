package agi

import (
	"strconv"
	"strings"
	"time"
)

// number reads the whole number that a text begins with, as C does it; what follows is passed
// over. ok is false where there is none.
func number(text string) (n int, ok bool) {
	text = strings.TrimLeft(text, " \t")
	end := 0
	for end < len(text) && (text[end] >= '0' && text[end] <= '9' || end == 0 && (text[0] == '-' || text[0] == '+')) {
		end++
	}
	n, err := strconv.Atoi(text[:end])
	return n, err == nil
}

// arg is a word of a command, "" beyond its end.
func arg(argv []string, i int) string {
	if i < len(argv) {
		return argv[i]
	}
	return ""
}

// millis is a number of milliseconds as a duration; below 0 it is for ever.
func millis(n int) time.Duration { return time.Duration(n) * time.Millisecond }
