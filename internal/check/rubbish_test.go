package check

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// Files that are broken anywhere cost nothing but findings.
func TestCheckOfRubbish(t *testing.T) {
	files, _ := filepath.Glob("testdata/office/*.conf")
	r := rand.New(rand.NewPCG(3, 5))
	const signs = "[]{}()=>,;|&$\"\\/@:!#*.- \n\tXx0"
	for range 40 {
		dir := t.TempDir()
		for _, path := range files {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for range 1 + r.IntN(12) {
				at := r.IntN(len(text))
				switch r.IntN(3) {
				case 0:
					text[at] = signs[r.IntN(len(signs))]
				case 1:
					text = append(text[:at], text[min(len(text), at+1+r.IntN(20)):]...)
				case 2:
					text = append(text[:at:at], append([]byte{signs[r.IntN(len(signs))]}, text[at:]...)...)
				}
				if len(text) == 0 {
					text = []byte("=")
				}
			}
			if err := os.WriteFile(filepath.Join(dir, filepath.Base(path)), text, 0o640); err != nil {
				t.Fatal(err)
			}
		}
		list, err := Run(dir, dir)
		if err != nil {
			continue // asterisk.conf itself
		}
		if err := Fix(discard{}, list); err != nil {
			t.Fatal(err)
		}
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
