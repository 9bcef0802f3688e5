package rawnet

import (
	"net"
	"time"
)

// Impatient has a connection of TCP break when what was sent is not acknowledged for so long (Linux: TCP_USER_TIMEOUT of tcp(7)),
// or the far end is silent for as long when nothing is sent; what is no such connection is left alone.
func Impatient(c net.Conn, d time.Duration) {
	t, ok := c.(*net.TCPConn)
	if !ok {
		return
	}
	t.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true, Idle: d / 4, Interval: d / 4, Count: 3})
	if raw, err := t.SyscallConn(); err == nil {
		raw.Control(func(fd uintptr) { unacknowledged(fd, d) })
	}
}
