package boot

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// rehearsesWell writes files into a folder and runs the tests among them, which are all to go well.
func rehearsesWell(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if status := (Rehearsal{Where: dir, SoundHomes: []string{}, Out: &out}).run(t); status != rehearsedWell {
		t.Errorf("status %d\n%s", status, out.String())
	}
}
