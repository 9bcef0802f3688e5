//go:build !linux

package wsock

import (
	"errors"
	"net"
)

// Elsewhere each connection has its goroutines.
func takeDescriptor(*net.TCPConn) (fd int, ok bool) { return -1, false }

func readNow(int, []byte) (int, error)  { return 0, errors.ErrUnsupported }
func writeNow(int, []byte) (int, error) { return 0, errors.ErrUnsupported }
func closeNow(int)                      {}
