package printable

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestForms(t *testing.T) {
	for _, c := range []struct{ in, line, name, text, indented, quoted string }{
		{"Anna Müller", "Anna Müller", "Anna Müller", "Anna Müller", "Anna Müller", "Anna Müller"},
		{"£ 5 – 6", "£ 5 – 6", "£ 5 – 6", "£ 5 – 6", "£ 5 – 6", "£ 5 – 6"},
		{"a\r\nb\tc", "a b\tc", "abc", "a\nb\tc", "a\n      b\tc", "a__b_c"},
		{"a\x00\x1b[2Jb\x7f", "a[2Jb", "a[2Jb", "a[2Jb", "a[2Jb", "a[2Jb"},
		{"a\u0085b\u009bc\u2028d\u2029e", "abcde", "abcde", "abcde", "abcde", "abcde"},
		{"latin\xe9\xc2", "latin\xe9\xc2", "latin\xe9\xc2", "latin\xe9\xc2", "latin\xe9\xc2", "latin\xe9\xc2"},
		{"a\x9b2J\x85b\xe9", "a?2J?b?", "a?2J?b?", "a?2J?b?", "a?2J?b?", "a?2J?b?"},
		{"\u00db\u0161 \u4e16", "\u00db\u0161 \u4e16", "\u00db\u0161 \u4e16", "\u00db\u0161 \u4e16", "\u00db\u0161 \u4e16",
			"\u00db\u0161 \u4e16"},
		{`say "x" 'y'`, `say "x" 'y'`, `say "x" 'y'`, `say "x" 'y'`, `say "x" 'y'`, `say _x_ _y_`},
		{"", "", "", "", "", ""},
	} {
		for form, got := range map[string][2]string{"Line": {Line(c.in), c.line}, "Name": {Name(c.in), c.name}, "Text": {Text(c.in), c.text},
			"Indented": {Indented(c.in), c.indented}, "Quoted": {Quoted(c.in), c.quoted}} {
			if got[0] != got[1] {
				t.Errorf("%s(%q) is %q, not %q", form, c.in, got[0], got[1])
			}
		}
	}
}

func FuzzForms(f *testing.F) {
	f.Add("1,x\r\n\r\nEvent: Hangup")
	f.Add("a\u009b2J\u2028\x00")
	f.Add("\xc2\u0093\x80")
	f.Fuzz(func(t *testing.T, s string) {
		controls := func(s, but string) {
			t.Helper()
			for i, r := range s {
				if _, n := utf8.DecodeRuneInString(s[i:]); r == utf8.RuneError && n == 1 {
					if s[i] < 0xa0 {
						t.Fatalf("%q holds a byte of C1", s)
					}
					continue
				}
				if (r < ' ' || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029) && !strings.ContainsRune(but, r) {
					t.Fatalf("%q holds %U", s, r)
				}
			}
		}
		controls(Line(s), "\t")
		controls(Name(s), "")
		controls(Text(s), "\n\t")
		controls(Quoted(s), "")
		if strings.ContainsAny(Quoted(s), `"'`) {
			t.Fatal("quotes are left")
		}
		for i, l := range strings.Split(Indented(s), "\n") {
			if i > 0 && !strings.HasPrefix(l, "      ") {
				t.Fatalf("a line of its own: %q", l)
			}
		}
	})
}
