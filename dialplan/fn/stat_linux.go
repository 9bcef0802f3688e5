package fn

import (
	"io/fs"
	"syscall"
	"time"
)

// modeOf is a file's mode with its kind, as the system has it.
func modeOf(s fs.FileInfo) uint32 {
	if st, ok := s.Sys().(*syscall.Stat_t); ok {
		return st.Mode
	}
	return uint32(s.Mode().Perm())
}

// timeOf is the time of access 'A', change 'C' or modification 'M'.
func timeOf(s fs.FileInfo, which byte) time.Time {
	st, ok := s.Sys().(*syscall.Stat_t)
	switch {
	case ok && which == 'A':
		return time.Unix(st.Atim.Unix())
	case ok && which == 'C':
		return time.Unix(st.Ctim.Unix())
	}
	return s.ModTime()
}
