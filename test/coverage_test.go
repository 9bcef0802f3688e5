package test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
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
	for _, o := range sipconf.Options() {
		if o.Status() != "in effect" {
			continue
		}
		names := regexp.QuoteMeta(o.Name)
		for _, a := range o.Aliases {
			names += "|" + regexp.QuoteMeta(a)
		}
		if !regexp.MustCompile(`(\\n|[^a-z_-])(` + names + `)\s*=`).MatchString(all.String()) {
			t.Errorf("%s is in effect, and no test has a line with it", o.Name)
		}
	}
}
