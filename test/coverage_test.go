package test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"obelisk/channels/chansip/sipconf"
)

// TestEveryOptionHasATest: an option that docs/compat calls in effect is written, as a
// line of a configuration, in some test.
func TestEveryOptionHasATest(t *testing.T) {
	list := exec.Command("git", "ls-files", "--cached", "--others", "--exclude-standard")
	list.Dir = ".."
	out, err := list.Output()
	if err != nil {
		t.Skip(err)
	}
	var all strings.Builder
	for _, f := range strings.Fields(string(out)) {
		if strings.HasSuffix(f, "_test.go") || strings.Contains(f, "/testdata/") && strings.HasSuffix(f, ".conf") {
			text, err := os.ReadFile(filepath.Join("..", f))
			if err != nil {
				continue // deleted, and not yet committed
			}
			all.Write(text)
		}
	}
	// All that stands before a "=", once; behind a \n of Go it begins with the next letter.
	written := map[string]bool{}
	for _, m := range regexp.MustCompile(`(\\n)?([A-Za-z0-9_-]+)\s*=`).FindAllStringSubmatch(all.String(), -1) {
		written[m[2]] = true
	}
	for _, o := range sipconf.Options() {
		if o.Status() == "in effect" && !slices.ContainsFunc(append(o.Aliases, o.Name), func(name string) bool { return written[name] }) {
			t.Errorf("%s is in effect, and no test has a line with it", o.Name)
		}
	}
}
