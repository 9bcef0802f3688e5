package calls

import (
	"os"
	"syscall"
	"testing"
)

// TestMain keeps the files of all worlds in memory where the system has room for it: thousands of
// databases are made, and what these tests prove has nothing to do with a disk. TMPDIR in the environment
// is obeyed.
func TestMain(m *testing.M) {
	const home, room, tmpfs = "/dev/shm", 1 << 30, 0x01021994 // bytes; TMPFS_MAGIC of statfs(2)
	var fs syscall.Statfs_t
	if os.Getenv("TMPDIR") == "" && syscall.Statfs(home, &fs) == nil && fs.Type == tmpfs && fs.Bavail*uint64(fs.Bsize) > room {
		if dir, err := os.MkdirTemp(home, "obelisk-calls-"); err == nil {
			os.Setenv("TMPDIR", dir)
			status := m.Run()
			os.RemoveAll(dir)
			os.Exit(status)
		}
	}
	os.Exit(m.Run())
}
