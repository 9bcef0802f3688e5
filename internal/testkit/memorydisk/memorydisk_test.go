package memorydisk

import (
	"os"
	"strings"
	"testing"
)

// given is TMPDIR as the tests were begun with it.
var given = os.Getenv("TMPDIR")

func TestMain(m *testing.M) { os.Exit(Run(m)) }

func TestFoldersAreWhereThereIsRoom(t *testing.T) {
	want := given
	if want == "" {
		want = home()
	}
	if dir := t.TempDir(); !strings.HasPrefix(dir, want) {
		t.Errorf("a folder is %s, not in %s", dir, want)
	}
}
