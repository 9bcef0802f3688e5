package memorydisk

import "syscall"

// tmpfs is TMPFS_MAGIC of statfs(2).
const tmpfs = 0x01021994

// home is a folder in memory; "" for none.
func home() string {
	const shm = "/dev/shm"
	var fs syscall.Statfs_t
	if syscall.Statfs(shm, &fs) != nil || fs.Type != tmpfs || fs.Bavail*uint64(fs.Bsize) < room {
		return ""
	}
	return shm
}
