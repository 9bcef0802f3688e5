package rawnet

import (
	"time"

	"golang.org/x/sys/unix"
)

// unacknowledged bounds how long what was sent may be without an acknowledgement.
func unacknowledged(fd uintptr, d time.Duration) {
	unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(d.Milliseconds()))
}
