//go:build !linux

package rawnet

import "time"

// unacknowledged is of Linux.
func unacknowledged(uintptr, time.Duration) {}
