package golden

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// Files and questions are what the lines say; answers that are right stay as they are, and are
// written where that is wanted.
func TestTexts(t *testing.T) {
	head, files, asked := parse("About a.\n== a.conf\n[x]\n== b.conf\n-- one\n1\n\n-- two words \n")
	if head != "About a.\n== a.conf\n[x]\n== b.conf\n" || !reflect.DeepEqual(files, map[string]string{"a.conf": "[x]\n", "b.conf": ""}) {
		t.Errorf("%q %q", head, files)
	}
	if !reflect.DeepEqual(asked, []asking{{"one", "1\n\n"}, {"two words", ""}}) {
		t.Errorf("%q", asked)
	}
	path := filepath.Join(t.TempDir(), "t.txt")
	os.WriteFile(path, []byte("== a\nhello\n-- a\nold\n"), 0o644)
	t.Setenv("UPDATE_GOLDEN", "1")
	answers := func(_ *testing.T, files map[string]string) func(string) string {
		return func(q string) string { return files[q] }
	}
	Run(t, path, answers)
	t.Setenv("UPDATE_GOLDEN", "")
	Run(t, path, answers)
	if text, _ := os.ReadFile(path); string(text) != "== a\nhello\n-- a\nhello\n" {
		t.Errorf("%q", text)
	}
}
