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
		{"NewCat|three|||||template,inherit=\"two\"", text + "[three](!,two)\n", ""},
		{"NewCat|one", "", "create category did not complete successfully"},
		{"Append|one|c|3", strings.Replace(text, "b => 2\n", "b => 2\nc = 3\n", 1), ""},
		{"Append|one|c|>3", strings.Replace(text, "b => 2\n", "b => 2\nc => 3\n", 1), ""},
		{"Update|one|a|3", strings.Replace(text, "a = 1 ; first", "a = 3", 1), ""},
		{"Update|one|b|3", strings.Replace(text, "b => 2", "b => 3", 1), ""},
		{"Update|two|x|9|2||catfilter=\"TEMPLATES=restrict\"", strings.Replace(text, "x=2", "x = 9", 1), ""},
		{"Update|one|z|9", "", "update did not complete successfully"},
		{"Update|nope|a|3", "", "given category does not exist"},
		{"Delete|one|zz", "", "update did not complete successfully"},
		{"Delete|two|x||1||catfilter=\"TEMPLATES=restrict\"", strings.Replace(text, "x=1\n", "", 1), ""},
		{"Delete|two|x||||catfilter=\"TEMPLATES=restrict\"", strings.Replace(text, "x=1\nx=2\n", "", 1), ""},
		{"Insert|one|c|9||0", strings.Replace(text, "[one]\n", "[one]\nc = 9\n", 1), ""},
		{"Insert|one|c|9||1", strings.Replace(text, "b =>", "c = 9\nb =>", 1), ""},
		{"RenameCat|two||three|||catfilter=\"TEMPLATES=restrict\"", strings.Replace(text, "[two](!)", "[three](!)", 1), ""},
		{"EmptyCat|two|||||catfilter=\"TEMPLATES=restrict\"", strings.Replace(text, "x=1\nx=2\n", "", 1), ""},
		{"DelCat|two|||||catfilter=\"TEMPLATES=restrict\"", strings.Replace(text, "[two](!)\nx=1\nx=2\n", "", 1), ""},
		{"Boo|one", "", "unknown action command"},
		{"Append||zz", "", "category not specified"},
		{"Append|one", "", "problem with category, value, or line (if required)"},
		{"Append|one|[evil]|3", "", "problem with category, value, or line (if required)"},
		{"Append|one| #exec rm|3", "", "problem with category, value, or line (if required)"},
		{"Append|one|a;--|3", "", "problem with category, value, or line (if required)"},
		{"NewCat|x;--", "", "create category did not complete successfully"},
		{"Insert|one|c|9", "", "problem with category, value, or line (if required)"},
		{"Delete|one", "", "problem with category, value, or line (if required)"},
		{"Delete|one||||0", strings.Replace(text, "a = 1 ; first\n", "", 1), ""},
		{"Delete|one||||7|ignoreerror", text, ""},
		{"DelCat|nope|||||ignoreerror", text, ""},
		{"NewCat|one|||||ignoreerror", text, ""},
		{"NewCat|three|||||inherit=\"one\"", "", "template category not found"},
		{"NewCat|three|||one", strings.Replace(text, "[one]", "[three]\n[one]", 1), ""},
		{"NewCat|three|||nope", "", "create category did not complete successfully"},
		{"NewCat|ONE|||||allowdups, whatever", text + "[ONE]\n", ""},
		{"Append|one|c|3\n[evil]", "", "a value with a line break"},
		{"NewCat|three && Append|three|k|v && Update|one|zz|1", "", "update did not complete successfully"},
	} {
		var list []Edit
		for _, s := range strings.Split(row.edits, " && ") {
			list = append(list, edit(s))
		}
		got, err := ApplyEdits(text, list, nil, true)
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

// What a change of a template does to who goes on from it, as Asterisk 20 has it.
func TestApplyEditsOfTemplates(t *testing.T) {
	const base = "[t](!)\nvar = on\n; note\n[one](t)\nvar = off\nother = x\n[two](t)\n[three](out)\n"
	known := []*Section{{Name: "out", Template: true, Vars: []Var{{Name: "far", Value: "1"}}}}
	of := func(action, name, value, match string) Edit {
		return Edit{Action: action, Category: "t", Name: name, Value: value, Match: match, Options: `catfilter="TEMPLATES=restrict"`}
	}
	for name, row := range map[string]struct {
		edits []Edit
		keep  bool
		want  string
	}{
		"the effect stays": {[]Edit{of("Update", "var", "new", "")}, true,
			"[t](!)\nvar = new\n; note\n[one](t)\nvar = on\nvar = off\nother = x\n[two](t)\nvar = on\n[three](out)\n"},
		"the effect follows": {[]Edit{of("Update", "VAR", "new", "on")}, false,
			"[t](!)\nVAR = new\n; note\n[one](t)\nvar = off\nother = x\n[two](t)\n[three](out)\n"},
		"what the template now gives": {[]Edit{of("Update", "var", "off", "")}, false,
			"[t](!)\nvar = off\n; note\n[one](t)\nother = x\n[two](t)\n[three](out)\n"},
		"emptied and filled": {[]Edit{of("EmptyCat", "", "", ""), of("Append", "var", "off", "")}, true,
			"[t](!)\nvar = off\n; note\n[one](t)\nvar = on\nother = x\n[two](t)\nvar = on\n[three](out)\n"},
		"an inherited line is replaced": {[]Edit{{Action: "Update", Category: "two", Name: "var", Value: "mine"}}, true,
			"[t](!)\nvar = on\n; note\n[one](t)\nvar = off\nother = x\n[two](t)\nvar = mine\n[three](out)\n"},
		"lines count what is inherited": {[]Edit{{Action: "Insert", Category: "one", Name: "a", Value: "1", Line: "2"}}, true,
			"[t](!)\nvar = on\n; note\n[one](t)\nvar = off\na = 1\nother = x\n[two](t)\n[three](out)\n"},
		"the template goes": {[]Edit{of("DelCat", "", "", "")}, true,
			"; note\n[one]\nvar = on\nvar = off\nother = x\n[two]\nvar = on\n[three](out)\n"},
		"the template has another name": {[]Edit{of("RenameCat", "", "u", "")}, true,
			"[u](!)\nvar = on\n; note\n[one](u)\nvar = off\nother = x\n[two](u)\n[three](out)\n"},
		"without a filter no template": {[]Edit{{Action: "Append", Category: "t", Name: "a", Value: "1"}}, true, ""},
		"the one with a certain line": {[]Edit{{Action: "NewCat", Category: "two", Options: "allowdups"},
			{Action: "Append", Category: "two", Name: "a", Value: "1", Options: `catfilter="var=^on$"`}}, true,
			base[:len(base)-13] + "a = 1\n[three](out)\n[two]\n"},
		"a template of another file": {[]Edit{{Action: "NewCat", Category: "four", Options: "inherit=out"},
			{Action: "Append", Category: "four", Name: "far", Value: "1"}}, true, base + "[four](out)\n"},
		"what another file has stays its": {[]Edit{{Action: "Append", Category: "out", Name: "a", Value: "1",
			Options: `catfilter="TEMPLATES=include"`}}, true, ""},
	} {
		got, err := ApplyEdits(base, row.edits, known, row.keep)
		if (err != nil) != (row.want == "") || err == nil && got != row.want {
			t.Errorf("%s: %v\n%s", name, err, got)
		}
	}
	// What nobody edits stays, though a template gives it too.
	const twice = "[t](!)\ndisallow=all\nallow=alaw\n[one](t)\ndisallow=all\nallow=ulaw\n[one](+)\nx=1 ; why\n;--\ny=2\n--;\n"
	if got, err := ApplyEdits(twice, []Edit{{Action: "Append", Category: "one", Name: "z", Value: "1"}}, nil, true); err != nil ||
		got != strings.Replace(twice, "; why\n", "; why\nz = 1\n", 1) {
		t.Errorf("%v\n%s", err, got)
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
		out, err := ApplyEdits(text, []Edit{{Action: action, Category: category, Name: name, Value: value}}, nil, true)
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
