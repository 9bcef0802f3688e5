//go:build !linux

package fn

import (
	"io/fs"
	"time"
)

func modeOf(s fs.FileInfo) uint32 { return uint32(s.Mode().Perm()) }

func timeOf(s fs.FileInfo, _ byte) time.Time { return s.ModTime() }
