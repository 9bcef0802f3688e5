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
		{"beep", "de_AT", "de/beep.wav"}, {"beep", "fr", "beep.sln"}, {"only", "fr", "en/only.ulaw"},
		{filepath.Join(dir, "beep"), "en", "beep.sln"},
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

// Debian's packages put a language into a folder that is named by its speaker.
func TestVoicesOfPackages(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"en_US_f_Allison/beep.ulaw", "fr_CA_f_June/beep.ulaw", "fr_CA_f_June/digits/1.ulaw", "de/beep.ulaw",
		"custom_x/beep.ulaw", "en_US_f_Allison/vm-intro.ulaw", "en/vm-intro.ulaw"} {
		os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	l := library(dir)
	for ask, want := range map[[2]string]string{
		{"beep", "en"}: "en_US_f_Allison/beep.ulaw", {"beep", "en_US"}: "en_US_f_Allison/beep.ulaw",
		{"beep", "en_GB"}: "en_US_f_Allison/beep.ulaw", {"beep", ""}: "en_US_f_Allison/beep.ulaw", {"beep", "fr"}: "fr_CA_f_June/beep.ulaw",
		{"digits/1", "fr_CA"}: "fr_CA_f_June/digits/1.ulaw", {"beep", "de"}: "de/beep.ulaw", {"vm-intro", "en"}: "en/vm-intro.ulaw",
	} {
		file, _, err := l.Find(ask[0], ask[1])
		if err != nil || file != filepath.Join(dir, want) {
			t.Errorf("%v: %s, %v; want %s", ask, file, err, want)
		}
	}
}
