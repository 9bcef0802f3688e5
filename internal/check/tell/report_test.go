package tell

import (
	"fmt"
	"strings"
	"testing"
)

func written(t *testing.T, r Report, list []Finding) []string {
	t.Helper()
	var b strings.Builder
	if err := r.Write(&b, list); err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
}

// What is the same in many places is one line, and says where else: other lines, other files, or
// the same line for several endpoints.
func TestWhatRepeatsIsOneLine(t *testing.T) {
	list := []Finding{
		{File: "a.conf", Line: 1, Severity: "note", Code: "x", Message: "the secrets of 'a'"},
		{File: "a.conf", Line: 4, Severity: "note", Code: "x", Message: "the secrets of 'b'"},
		{File: "b.conf", Line: 3, Severity: "note", Code: "x", Message: "the secrets of 'c'"},
		{File: "a.conf", Line: 9, Severity: "warning", Code: "y", Message: "nat of '1'"},
		{File: "a.conf", Line: 9, Severity: "warning", Code: "y", Message: "nat of '2'"},
		{File: "c.conf", Line: 1, Severity: "note", Code: "z", Message: "everybody may read"},
		{File: "d.conf", Line: 1, Severity: "note", Code: "z", Message: "everybody may read"},
	}
	want := []string{
		"a.conf:1: note: the secrets of 'a' [x]; the same in 2 more places: 4, b.conf:3",
		"a.conf:9: warning: nat of '1' [y]; the same 1 more times there",
		"c.conf:1: note: everybody may read [z]; the same in 1 more files: d.conf",
	}
	if got := written(t, Report{}, list); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
	if got := written(t, Report{All: true}, list); len(got) != len(list) {
		t.Errorf("--all: %q", got)
	}
}

// However much there is to say, a reader is shown about a page: notes give way, then warnings of
// one kind are one line; errors never.
func TestNeverAFlood(t *testing.T) {
	var list []Finding
	for i := range 400 {
		list = append(list,
			Finding{File: "a.conf", Line: i, Severity: "note", Code: fmt.Sprint("note-", i%60),
				Message: fmt.Sprint("this ", strings.Repeat("x", i))},
			Finding{File: "a.conf", Line: i, Severity: "warning", Code: fmt.Sprint("warning-", i%20),
				Message: fmt.Sprint("that ", strings.Repeat("x", i))})
	}
	list = append(list, Finding{File: "a.conf", Severity: "error", Code: "e", Message: "one"}, Finding{File: "a.conf", Severity: "error",
		Code: "e", Message: "two"})
	got := written(t, Report{}, list)
	if len(got) != 20+2+1 {
		t.Errorf("%d lines\n%s", len(got), strings.Join(got, "\n"))
	}
	if last := got[len(got)-1]; !strings.HasPrefix(last, "400 notes of 60 kinds, each with --all: note-0 (7), ") {
		t.Errorf("%s", last)
	}
}

// What stands in another place of another file is said in the same words.
func TestTextWithoutNames(t *testing.T) {
	for text, want := range map[string]string{
		"'201' is in [office] (sip.conf:17), 3 times": "* is in * *, * times",
		"it's 5": "it's *", "[open": "[open", "": "", "(or not) at x.conf:9": "(or not) at x.conf:*",
	} {
		if got := unnamed(text); got != want {
			t.Errorf("%q: %q, not %q", text, got, want)
		}
	}
}
