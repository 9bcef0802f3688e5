package check

import (
	"os"
	"path/filepath"
	"testing"
)

// The samples for providers pass check without a word.
func TestITSPSamplesPassCheck(t *testing.T) {
	folders, err := filepath.Glob("../../etc/itsp/*/sip.conf")
	if err != nil || len(folders) == 0 {
		t.Fatal("no samples")
	}
	for _, at := range folders {
		files := map[string]string{}
		for _, name := range []string{"sip.conf", "extensions.conf"} {
			text, err := os.ReadFile(filepath.Join(filepath.Dir(at), name))
			if err != nil {
				t.Fatal(err)
			}
			files[name] = string(text)
		}
		for _, f := range checked(t, files) {
			if f.Severity != "note" {
				t.Errorf("%s: %+v", at, f)
			}
		}
	}
}
