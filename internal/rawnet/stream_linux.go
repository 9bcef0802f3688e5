package rawnet

import (
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Dup is a second descriptor of a connection, which the runtime's poller does not know; it is the
// caller's to close. false: there is none.
func Dup(c syscall.Conn) (fd int, ok bool) {
	raw, err := c.SyscallConn()
	if err != nil {
		return -1, false
	}
	fd = -1
	if err := raw.Control(func(of uintptr) { fd, err = unix.FcntlInt(of, unix.F_DUPFD_CLOEXEC, 0) }); err != nil {
		return -1, false
	}
	return fd, err == nil && fd >= 0
}

// Read reads from a connection and never waits: -1 says that nothing is there, 0 that it has ended.
func Read(fd int, b []byte) (n int, err error) {
	r, _, errno := unix.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)),
		unix.MSG_DONTWAIT, 0, 0)
	switch errno {
	case 0:
		return int(r), nil
	case unix.EAGAIN, unix.EINTR:
		return -1, nil
	}
	return -1, os.NewSyscallError("read", errno)
}

// Write writes to a connection what there is room for, and never waits.
func Write(fd int, b []byte) (n int, err error) {
	r, _, errno := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)),
		unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, 0, 0)
	switch errno {
	case 0:
		return int(r), nil
	case unix.EAGAIN, unix.EINTR:
		return 0, nil
	}
	return 0, os.NewSyscallError("write", errno)
}

// Close gives a descriptor back.
func Close(fd int) { unix.Close(fd) }
