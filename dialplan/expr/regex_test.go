package expr

import (
	"slices"
	"testing"
)

// What glibc says of these (REG_EXTENDED); "!" is an expression that is refused.
func TestRegex(t *testing.T) {
	for _, c := range []struct {
		expression, text string
		want             []int
	}{
		{`\w+`, " abc ", []int{1, 4}}, {`\W`, "a b", []int{1, 2}}, {`^\s*$`, " \t", []int{0, 2}}, {`\S\b`, "ab c", []int{1, 2}},
		{`o\B`, "foo foob", []int{1, 2}}, {`\<b`, "ab b", []int{3, 4}}, {`b\>`, "ba b", []int{3, 4}}, {"\\`a", "ba", nil},
		{`a\'`, "aba", []int{2, 3}}, {`(a|b)*c\1`, "abcb", []int{0, 4, 1, 2}}, {`(a*)\1`, "aaaa", []int{0, 4, 0, 2}},
		{`^(.)(.)\2\1$`, "abba", []int{0, 4, 0, 1, 1, 2}}, {`(a)\1`, "ab", nil}, {`a|ab|abc`, "abcd", []int{0, 3}}, {`a||b`, "", []int{0, 0}},
		{`()`, "x", []int{0, 0, 0, 0}}, {`a**`, "aa", []int{0, 2}}, {`a)`, "a)", []int{0, 2}}, {`a{2,}`, "aaa", []int{0, 3}},
		{`a{,2}$`, "aaa", []int{1, 3}}, {`a{1}{2}`, "aa", []int{0, 2}}, {`[]a]`, "]", []int{0, 1}}, {`[^]a]`, "a]b", []int{2, 3}},
		{`[[.a.]-c]`, "b", []int{0, 1}}, {`[[=a=]]`, "a", []int{0, 1}}, {`[--/]`, ".", []int{0, 1}}, {`[a-]`, "-", []int{0, 1}},
		{`[\w]`, `\`, []int{0, 1}}, {`[[:alpha:][:digit:]]`, "-5", []int{1, 2}}, {`\d`, "5d", []int{1, 2}}, {`.`, "\n", []int{0, 1}},
		{`^b`, "a\nb", nil}, {`a^`, "a^", nil}, {`ü+`, "xüü", []int{1, 5}},
	} {
		r, err := CompileRegex(c.expression)
		if err != nil {
			t.Errorf("%s: %v", c.expression, err)
		} else if got := r.Find(c.text); !slices.Equal(got, c.want) || r.Match(c.text) != (c.want != nil) {
			t.Errorf("%s in %q: %v, want %v", c.expression, c.text, got, c.want)
		}
	}
	for _, bad := range []string{`*a`, `+`, `a|*b`, `(+a)`, `^*`, `{1}`, `a{2`, `a{x}`, `a{1,0}`, `a{99999}`, `[a`, `[b-a]`, `[[:foo:]]`,
		`[[.ab.]]`, `[[:alpha`, `(a`, `a\`, `\1`, `(a\1)`} {
		if _, err := CompileRegex(bad); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
}

// A search that would take for ever ends without a match.
func TestRegexHasALimit(t *testing.T) {
	r, err := CompileRegex(`(x*)*(x*)*(x*)*y\1`)
	if err != nil {
		t.Fatal(err)
	}
	if r.Match("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx") {
		t.Error("it matches")
	}
}

// Any expression is compiled or refused; both ways of matching agree where both can.
func FuzzRegex(f *testing.F) {
	f.Add(`^(a|b)*c\1[[:alpha:]]\b{1}`, "abcb")
	f.Add(`a{1,3}|\<x`, "aaax")
	f.Fuzz(func(t *testing.T, expression, text string) {
		if len(expression) > 40 || len(text) > 20 {
			return
		}
		r, err := CompileRegex(expression)
		if err != nil {
			return
		}
		fast := r.Find(text)
		if r.fast == nil {
			return
		}
		if slow := r.search(text); slow != nil && (fast == nil || !slices.Equal(fast[:2], slow[:2])) {
			t.Errorf("%q in %q: %v and %v", expression, text, fast, slow)
		}
	})
}
