// Package printable keeps text from outside from being more than text. Names, numbers and
// messages come from strangers; logs, records, events and consoles are read line by line by
// people and programs. A control character in such a text would end a line, begin another
// one, or move a terminal's cursor.
//
// It is used twice: where a text from the wire is decoded, and in each place that writes
// lines. Neither relies on the other.
package printable

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Line is s as a part of one line: a line feed is a blank, a tab stays, every other control
// character is left out. These are C0, DEL, C1 (U+0080 to U+009F) and the separators of
// lines and paragraphs (U+2028, U+2029). A byte of C1 that is no part of UTF-8 is a question mark.
func Line(s string) string {
	if clean(s) {
		return s
	}
	return rewrite(s, func(b *strings.Builder, r rune) {
		switch r {
		case '\n':
			b.WriteByte(' ')
		case '\t':
			b.WriteByte('\t')
		}
	})
}

// Name is s without any control character: a name, a number or a host of a SIP address.
func Name(s string) string {
	if clean(s) {
		return s
	}
	return rewrite(s, func(*strings.Builder, rune) {})
}

// Text is a text of several lines, which end in a line feed: of a message.
func Text(s string) string {
	if clean(s) {
		return s
	}
	return rewrite(s, func(b *strings.Builder, r rune) {
		if r == '\n' || r == '\t' {
			b.WriteByte(byte(r))
		}
	})
}

// Indented is a text of several lines, all but the first of which begin with blanks: none of
// them can be taken for a line of its own.
func Indented(s string) string {
	s = strings.TrimRight(Text(s), "\n")
	if strings.IndexByte(s, '\n') < 0 {
		return s
	}
	return strings.ReplaceAll(s, "\n", "\n      ")
}

// Quoted is s as it may stand between quotes in one line: quotes and control characters are
// underscores, as in the security log.
func Quoted(s string) string {
	if clean(s) && !strings.ContainsAny(s, `"'`) {
		return s
	}
	return Line(quotes.Replace(s))
}

var quotes = strings.NewReplacer("\n", "_", "\r", "_", "\t", "_", `"`, "_", "'", "_")

// clean says whether there is nothing to take out. Almost every text is.
func clean(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c == 0x7f {
			return false
		} else if c < utf8.RuneSelf {
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if n == 1 && s[i] < 0xa0 || control(r) { // a byte of C1 alone is one too where text is not UTF-8
			return false
		}
		i += n - 1
	}
	return true
}

// control says whether a character is no text.
func control(r rune) bool {
	return r < ' ' || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029
}

// rewrite gives what is a control character to put. A byte that is no UTF-8 is a question
// mark, lest it becomes a part of one with what stands behind the character that is gone.
func rewrite(s string, put func(*strings.Builder, rune)) string {
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && n == 1:
			b.WriteByte('?')
		case control(r):
			put(&b, r)
		default:
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
	return b.String()
}

// Fprintf is fmt.Fprintf for a console: texts among its arguments stay in their line, for they
// may be what a stranger calls himself.
func Fprintf(w io.Writer, format string, args ...any) {
	for i, a := range args {
		if s, ok := a.(string); ok {
			args[i] = cell(Line(s))
		}
	}
	fmt.Fprintf(w, format, args...)
}

// cell is a text of a table. Its width counts bytes, as C does and so every column of
// Asterisk; a character that would be cut in two is left out.
type cell string

// Format implements fmt.Formatter.
func (c cell) Format(f fmt.State, verb rune) {
	if verb != 's' && verb != 'v' {
		fmt.Fprintf(f, fmt.FormatString(f, verb), string(c))
		return
	}
	s := string(c)
	if n, ok := f.Precision(); ok && n < len(s) {
		for n > 0 && !utf8.RuneStart(s[n]) {
			n--
		}
		s = s[:n]
	}
	width, _ := f.Width()
	pad := strings.Repeat(" ", max(width-len(s), 0))
	if f.Flag('-') {
		io.WriteString(f, s+pad)
	} else {
		io.WriteString(f, pad+s)
	}
}
