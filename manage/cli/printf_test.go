package cli

import (
	"bufio"
	"bytes"
	"io"
	"strings"
	"testing"
	"unicode/utf8"
)

// Whatever a command is told, a row of its table stays one, and nothing moves the cursor.
func FuzzAnswer(f *testing.F) {
	f.Add("x\nSIP/boss-1 Up", "\x1b[2J\u009b")
	f.Fuzz(func(t *testing.T, row, raw string) {
		c := New(nil)
		c.Add(Command{Name: "show", Usage: "", Run: func(w io.Writer, _ []string) bool {
			printf(w, "%s|%v\n", row, row)
			io.WriteString(w, raw)
			return true
		}})
		var plain, socket bytes.Buffer
		c.Run(&plain, "show")
		out := &terminal{Writer: bufio.NewWriterSize(&socket, 16)}
		c.Run(out, "show")
		out.Flush()
		for _, text := range []string{plain.String(), socket.String()} {
			first, _, _ := strings.Cut(text, "\n")
			if strings.Count(first, "|") < 1 || strings.ContainsAny(text, "\r\x00\x1b\x7f") {
				t.Fatalf("%q", text)
			}
		}
	})
}

// Columns are counted in bytes, and no character is cut.
func TestColumnsOfBytes(t *testing.T) {
	for _, c := range []struct{ form, text, want string }{
		{"%-6s|", "né", "né   |"}, {"%6s|", "né", "   né|"}, {"%-4.4s|", "abcdef", "abcd|"}, {"%-3.3s|", "abé", "ab |"}, {"%.2s|", "é€", "é|"},
		{"%s|", "é", "é|"}, {"%q", "é", `"é"`},
	} {
		var b strings.Builder
		printf(&b, c.form, c.text)
		if b.String() != c.want {
			t.Errorf("%s of %q: %q, want %q", c.form, c.text, b.String(), c.want)
		}
	}
}

// A character that comes in pieces is whole in the end.
func TestTameKeepsCharacters(t *testing.T) {
	var b bytes.Buffer
	w := &tame{Writer: &b}
	for _, c := range []byte("Müller € 5\x1b\u0085\n") {
		w.Write([]byte{c})
	}
	if b.String() != "Müller € 5\n" || !utf8.Valid(b.Bytes()) {
		t.Errorf("%q", b.String())
	}
}
