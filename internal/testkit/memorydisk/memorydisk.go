// Package memorydisk keeps what tests write in memory, where a room's tests make thousands of folders or
// databases and what they prove has nothing to do with a disk.
package memorydisk

import (
	"os"
	"testing"
)

// room is how much there must be, in bytes: a container's own is 64 MB.
const room = 1 << 30

// Run runs the tests of a package, for its TestMain, with a TMPDIR in memory where the system has one with
// room enough. TMPDIR in the environment is obeyed. It is the status to exit with.
func Run(m *testing.M) int {
	if home := home(); home != "" && os.Getenv("TMPDIR") == "" {
		if dir, err := os.MkdirTemp(home, "obelisk-test-"); err == nil {
			defer os.RemoveAll(dir)
			os.Setenv("TMPDIR", dir)
		}
	}
	return m.Run()
}
