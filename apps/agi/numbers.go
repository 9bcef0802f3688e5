package agi

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// number reads the whole number that a text begins with, as C does it: what follows is passed
// over, and one of more than 32 bits is cut to its last ones. So a time that a library has made
// far too long is -1, which is for ever. ok is false where there is none.
func number(text string) (n int, ok bool) {
	long, ok := number64(text)
	return int(int32(long)), ok
}

// mostNumber is how many characters of a number count.
const mostNumber = 30

// number64 is that with 64 bits; a larger one is the largest.
func number64(text string) (n int64, ok bool) {
	text = strings.TrimLeft(text, " \t")
	end := 0
	for end < min(len(text), mostNumber) && (text[end] >= '0' && text[end] <= '9' || end == 0 && (text[0] == '-' || text[0] == '+')) {
		end++
	}
	n, err := strconv.ParseInt(text[:end], 10, 64)
	return n, err == nil || errors.Is(err, strconv.ErrRange)
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
