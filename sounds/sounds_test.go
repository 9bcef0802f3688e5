package sounds

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func library(dirs ...string) *Library {
	return &Library{Dirs: dirs, Extensions: []string{".sln", ".ulaw", ".wav"}}
}

func TestEveryPromptIsBuiltIn(t *testing.T) {
	f, err := os.Open("prompts.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for sc := bufio.NewScanner(f); sc.Scan(); {
		name, _, ok := strings.Cut(sc.Text(), "|")
		if !ok || strings.HasPrefix(name, "#") {
			continue
		}
		if _, data, err := library().Find(strings.TrimSpace(name), "de_AT"); err != nil || len(data) < 800 {
			t.Errorf("%s: %d bytes, %v", name, len(data), err)
		}
	}
}

func TestInstalledSetIsPreferred(t *testing.T) {
	dir := t.TempDir()
	for _, p := range []string{"de/beep.wav", "beep.sln", "en/only.ulaw"} {
		os.MkdirAll(filepath.Join(dir, filepath.Dir(p)), 0o755)
		os.WriteFile(filepath.Join(dir, p), []byte(p), 0o644)
	}
	for _, c := range []struct{ name, lang, want string }{
		{"beep", "de_AT", "de/beep.wav"}, {"beep", "fr", "beep.sln"}, {"only", "fr", "en/only.ulaw"}, {filepath.Join(dir, "beep"), "en", "beep.sln"},
	} {
		if file, data, err := library(dir).Find(c.name, c.lang); err != nil || string(data) != c.want || !filepath.IsAbs(file) {
			t.Errorf("%v: %s %q %v", c, file, data, err)
		}
	}
	for _, bad := range []string{"nope", "../../etc/passwd", "a\x00b"} {
		if _, _, err := library(dir).Find(bad, "en"); err == nil {
			t.Errorf("%q was found", bad)
		}
	}
}
