package wsock

import (
	"net"

	"obelisk/internal/rawnet"
)

// takeDescriptor is a second descriptor of a connection, which the runtime's poller does not know.
func takeDescriptor(c *net.TCPConn) (fd int, ok bool) { return rawnet.Dup(c) }

func readNow(fd int, b []byte) (int, error)  { return rawnet.Read(fd, b) }
func writeNow(fd int, b []byte) (int, error) { return rawnet.Write(fd, b) }
func closeNow(fd int)                        { rawnet.Close(fd) }
