package cli

import (
	"io"
	"unicode/utf8"

	"obelisk/internal/printable"
)

// printf writes a part of an answer. Texts among its arguments stay in their line: they may
// be what a stranger calls himself.
func printf(w io.Writer, format string, args ...any) {
	printable.Fprintf(w, format, args...)
}

// tame is what a command writes to: control characters do not get to the terminal, however
// the command came by them.
type tame struct {
	io.Writer
	rest   []byte // the beginning of a character whose end has not come yet
	misuse func(w io.Writer, told string)
}

// Write implements io.Writer.
func (t *tame) Write(b []byte) (int, error) {
	all := append(t.rest, b...)
	whole := len(all) - partial(all)
	t.rest = append([]byte(nil), all[whole:]...)
	_, err := io.WriteString(t.Writer, printable.Text(string(all[:whole])))
	return len(b), err
}

// partial is how many bytes at the end begin a character that is not whole.
func partial(b []byte) int {
	for n := 1; n <= min(len(b), utf8.UTFMax-1); n++ {
		if c := b[len(b)-n]; utf8.RuneStart(c) {
			if c >= utf8.RuneSelf && !utf8.FullRune(b[len(b)-n:]) {
				return n
			}
			break
		}
	}
	return 0
}
