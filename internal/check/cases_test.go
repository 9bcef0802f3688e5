package check

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// seeded is one mistake in the office of testdata/office.
type seeded struct {
	name  string
	edits []edit
	wants []wanted
}

// edit changes a file: the lines of old, wherever each stands first, go, and the new ones come
// where the first of them was, or at the end.
type edit struct {
	file     string
	old, new []string
}

// wanted is a finding: "! code line-as-written##n" of the edit's file; * is any code.
type wanted struct{ file, code, line string }

// cases reads testdata/cases: "= name", "@ file", "- old line", "+ new line", "! finding".
func cases(t *testing.T) (out []seeded) {
	t.Helper()
	list, err := filepath.Glob("testdata/cases/*.txt")
	if err != nil || len(list) == 0 {
		t.Fatal("no cases")
	}
	for _, path := range list {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for n, line := range strings.Split(string(text), "\n") {
			if line == "" {
				continue
			}
			c := &seeded{}
			if line[0] != '=' {
				c = &out[len(out)-1]
			}
			rest := strings.TrimPrefix(line[1:], " ")
			switch line[0] {
			case '=':
				out = append(out, seeded{name: rest})
			case '@':
				c.edits = append(c.edits, edit{file: rest})
			case '-':
				e := &c.edits[len(c.edits)-1]
				e.old = append(e.old, rest)
			case '+':
				e := &c.edits[len(c.edits)-1]
				e.new = append(e.new, rest)
			case '!':
				e := c.edits[len(c.edits)-1]
				code, at, _ := strings.Cut(rest, " ")
				if at == "" && len(e.new) > 0 {
					at = e.new[0]
				}
				c.wants = append(c.wants, wanted{e.file, code, at})
			default:
				t.Fatalf("%s:%d: %q", path, n+1, line)
			}
		}
	}
	return out
}

// folder is the office with the edits of a case.
func (c seeded) folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	files, _ := filepath.Glob("testdata/office/*.conf")
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(f)), text, 0o640); err != nil {
			t.Fatal(err)
		}
	}
	for _, e := range c.edits {
		e.apply(t, dir)
	}
	return dir
}

func (e edit) apply(t *testing.T, dir string) {
	t.Helper()
	path := filepath.Join(dir, e.file)
	text, _ := os.ReadFile(path)
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	if len(text) == 0 {
		lines = nil
	}
	at := len(lines)
	for i, old := range e.old {
		k := indexOf(lines, old, 1)
		if k < 0 {
			t.Fatalf("%s has no line %q", e.file, old)
		}
		lines = append(lines[:k], lines[k+1:]...)
		if i == 0 {
			at = k
		}
	}
	at = min(at, len(lines))
	lines = append(lines[:at], append(append([]string{}, e.new...), lines[at:]...)...)
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o640); err != nil {
		t.Fatal(err)
	}
}

// indexOf is where a line stands for the nth time; -1 nowhere.
func indexOf(lines []string, line string, n int) int {
	for i, l := range lines {
		if l == line {
			if n--; n == 0 {
				return i
			}
		}
	}
	return -1
}

// at is the number of the line that is wanted.
func (w wanted) at(t *testing.T, dir string) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, w.file))
	if err != nil {
		t.Fatal(err)
	}
	line, nth := w.line, 1
	if before, after, ok := strings.Cut(line, "##"); ok {
		if n, err := strconv.Atoi(after); err == nil {
			line, nth = before, n
		}
	}
	i := indexOf(strings.Split(string(text), "\n"), line, nth)
	if i < 0 {
		t.Fatalf("%s has no line %q", w.file, w.line)
	}
	return i + 1
}

// The office itself has nothing above a note, but for what is not here yet.
func TestOfficeIsClean(t *testing.T) {
	list, err := Run(seeded{}.folder(t), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		if f.Severity != "note" && f.Severity != "missing" {
			t.Errorf("%+v", f)
		}
	}
}

// Each mistake has a finding of its kind, at its line. What a running Asterisk 20.20.1 says or does
// of those that were given to it is in testdata/cases/SEEN.md.
func TestSeededMistakes(t *testing.T) {
	for _, c := range cases(t) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := c.folder(t)
			list, err := Run(dir, dir)
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range c.wants {
				line := w.at(t, dir)
				if !w.found(list, line) {
					var b strings.Builder
					Write(&b, list, false)
					t.Errorf("no %s at %s:%d\n%s", w.code, w.file, line, b.String())
				}
			}
		})
	}
}

func (w wanted) found(list []Finding, line int) bool {
	for _, f := range list {
		if f.File == w.file && f.Line == line && (f.Code == w.code || w.code == "*" && f.Severity != "note" && !strings.HasPrefix(f.Code,
			"sip-endpoint")) {
			return true
		}
	}
	return false
}
