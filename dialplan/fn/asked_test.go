package fn

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"obelisk/dialplan"
	"obelisk/internal/testkit"
	"obelisk/pbx"
)

// What a running Asterisk 20.20.1 said of its functions, on the variables of the table:
// testdata/func.tsv.
func TestTableOfAsterisk(t *testing.T) {
	text, err := os.ReadFile("testdata/func.tsv")
	if err != nil {
		t.Fatal(err)
	}
	b := newBoard(t, "")
	lines := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
	_, vars, _ := strings.Cut(strings.TrimSuffix(lines[1], "]"), "at hand: ")
	rows := 0
	for _, l := range lines {
		f := strings.Split(l, "\t")
		if strings.HasPrefix(l, "#") || len(f) < 3 || f[0] == "${CHANNEL(channeltype)}" { // it was a Local one
			continue
		}
		rows++
		b.ch = b.core.Bare(dialplan.Location{Context: "gvars", Exten: "s", Priority: 1})
		b.ch.SetCallerID(pbx.CallerID{Num: "5551234"})
		for _, v := range strings.Split(vars, "] ") {
			name, value, _ := strings.Cut(v, "=[")
			b.ch.SetVar(name, value)
		}
		if f[2] != "" {
			for _, step := range strings.Split(testkit.Unescape(f[2]), " || ") {
				b.set(step)
			}
		}
		if got, want := dialplan.Expand(testkit.Unescape(f[0]), b.ch), testkit.Unescape(f[1]); got != want {
			t.Errorf("%s after %q: %q, want %q", f[0], f[2], got, want)
		}
		b.core.Drop(b.ch)
	}
	if rows < 300 {
		t.Errorf("the table has %d rows", rows)
	}
}

// Scripts that it was given line by line, each beginning anew: a Set, or an expression and its
// value.
func TestScriptsOfAsterisk(t *testing.T) {
	files, _ := filepath.Glob("testdata/asked/*.txt")
	if len(files) == 0 {
		t.Fatal("there are no scripts")
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			b := newBoard(t, "[test]\nexten => s,1,NoOp()\n")
			for _, l := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
				if expression, want, ok := strings.Cut(l, "\t"); ok {
					want = strings.Replace(want, "Local/s", b.ch.Name(), 1) // it was a Local channel
					if got := dialplan.Expand(expression, b.ch); got != want {
						t.Errorf("%s: %q, want %q", expression, got, want)
					}
				} else {
					b.set(strings.TrimSuffix(strings.TrimPrefix(l, "Set("), ")"))
				}
			}
		})
	}
}
