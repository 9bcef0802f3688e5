package check

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"obelisk/internal/testkit/golden"
)

// What check says of small configurations, one kind of mistake each: the text or JSON of the
// findings.
func TestFindings(t *testing.T) {
	golden.Run(t, "testdata/*.txt", func(t *testing.T, files map[string]string) func(string) string {
		dir := t.TempDir()
		for name, text := range files {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o640); err != nil {
				t.Fatal(err)
			}
		}
		return func(form string) string {
			list, err := Run(dir, dir)
			if err != nil {
				return err.Error()
			}
			var b bytes.Buffer
			Write(&b, list, form == "json")
			return b.String()
		}
	})
}
