package config

import (
	"strings"
	"testing"
)

// Results are those of a running Asterisk 16.28, but for the head that it writes over a
// file and the comments that it drops.
func TestApplyEdits(t *testing.T) {
	const text = "; a file of mine\n[one]\na = 1 ; first\nb => 2\n\n[two](!)\nx=1\nx=2\n"
	edit := func(s string) (e Edit) {
		f := append(strings.Split(s, "|"), "", "", "", "", "", "", "")
		return Edit{f[0], f[1], f[2], f[3], f[4], f[5], f[6]}
	}
	for _, row := range []struct{ edits, want, err string }{
		{"NewCat|three", text + "[three]\n", ""},
		{"NewCat|three||||| template", text + "[three](!)\n", ""},
		{"NewCat|three|||||template,inherit=\"one,two\"", text + "[three](!,one,two)\n", ""},
		{"NewCat|one", "", "create category did not complete successfully"},
		{"Append|one|c|3", strings.Replace(text, "b => 2\n", "b => 2\nc = 3\n", 1), ""},
		{"Append|one|c|>3", strings.Replace(text, "b => 2\n", "b => 2\nc => 3\n", 1), ""},
		{"Update|one|a|3", strings.Replace(text, "a = 1 ; first", "a = 3", 1), ""},
		{"Update|one|b|3", strings.Replace(text, "b => 2", "b => 3", 1), ""},
		{"Update|two|x|9|2", strings.Replace(text, "x=2", "x = 9", 1), ""},
		{"Update|one|z|9", "", "update did not complete successfully"},
		{"Update|nope|a|3", "", "given category does not exist"},
		{"Delete|one|zz", "", "update did not complete successfully"},
		{"Delete|two|x||1", strings.Replace(text, "x=1\n", "", 1), ""},
		{"Delete|two|x", strings.Replace(text, "x=1\nx=2\n", "", 1), ""},
		{"Insert|one|c|9||0", strings.Replace(text, "[one]\n", "[one]\nc = 9\n", 1), ""},
		{"Insert|one|c|9||1", strings.Replace(text, "b =>", "c = 9\nb =>", 1), ""},
		{"RenameCat|two||three", strings.Replace(text, "[two](!)", "[three](!)", 1), ""},
		{"EmptyCat|two", strings.Replace(text, "x=1\nx=2\n", "", 1), ""},
		{"DelCat|two", strings.Replace(text, "[two](!)\nx=1\nx=2\n", "", 1), ""},
		{"Boo|one", "", "unknown action command"},
		{"Append||zz", "", "category not specified"},
		{"Append|one", "", "variable not specified"},
		{"Append|one|[evil]|3", "", "variable not specified"},
		{"Append|one| #exec rm|3", "", "variable not specified"},
		{"Append|one|c|3\n[evil]", "", "a value with a line break"},
		{"NewCat|three;Append|three|k|v;Update|one|zz|1", "", "update did not complete successfully"},
	} {
		var list []Edit
		for _, s := range strings.Split(row.edits, ";") {
			list = append(list, edit(s))
		}
		got, err := ApplyEdits(text, list)
		if row.err != "" {
			if err == nil || err.Error() != row.err || got != text {
				t.Errorf("%s: %v\n%s", row.edits, err, got)
			}
			continue
		}
		if err != nil || got != row.want {
			t.Errorf("%s: %v\n%s", row.edits, err, got)
		}
	}
}

// Whatever is edited stays a file that can be read, and one edit makes no other section.
func FuzzApplyEdits(f *testing.F) {
	f.Add("[a]\nb=1\n", "Append", "a", "c", "2")
	f.Add(";x\n[a](!)\n", "NewCat", "q", "", "")
	f.Fuzz(func(t *testing.T, text, action, category, name, value string) {
		if strings.ContainsAny(text, "\r\x00#") || strings.Contains(text, ";--") {
			return
		}
		out, err := ApplyEdits(text, []Edit{{Action: action, Category: category, Name: name, Value: value}})
		if err != nil {
			return
		}
		heads := func(s string) int {
			n := 0
			for _, l := range strings.Split(s, "\n") {
				if strings.HasPrefix(strings.TrimSpace(l), "[") {
					n++
				}
			}
			return n
		}
		most := heads(text)
		if strings.EqualFold(action, "newcat") {
			most++
		}
		if heads(out) > most {
			t.Errorf("%q makes %q of %q", action, out, text)
		}
	})
}
