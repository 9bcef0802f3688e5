package dialplan

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// FuzzReads holds the two scanners to what they are said to find, as expressions.
func FuzzReads(f *testing.F) {
	reads := regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z_0-9]*)[}:]`)
	anyWord := regexp.MustCompile(`\b([A-Za-z][A-Za-z_0-9]*)\b`)
	for _, s := range []string{"${A}", "${A:1}${B_2}", "${A${B}}", "${", "${1}", "${A", "x${_A}y", "_X 1a a1 ä", "$${A}", "${A}-${Ä}", "a_b,c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var want []string
		for _, m := range reads.FindAllStringSubmatch(text, -1) {
			want = append(want, m[1])
		}
		if got := slices.Collect(Reads(text)); !slices.Equal(got, want) {
			t.Errorf("%q reads %q, not %q", text, got, want)
		}
		want = nil
		var got []string
		for start, word := range words(text) {
			got = append(got, word)
			if !strings.HasPrefix(text[start:], word) {
				t.Errorf("%q: %q is not at %d", text, word, start)
			}
		}
		for _, m := range anyWord.FindAllStringSubmatch(text, -1) {
			want = append(want, m[1])
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q has the words %q, not %q", text, got, want)
		}
	})
}
