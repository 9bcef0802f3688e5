package rawnet

import (
	"errors"
	"net"
	"sync/atomic"
	"syscall"
	"time"
)

// A process that has no file descriptor left cannot be helped: no console can be opened, no
// record written. So the last ones are a reserve, which calls and connections of phones do
// not get. The system gives the lowest free number, so a number tells how many are in use.
var reserve struct {
	from    atomic.Int64 // the lowest number of the reserve; 0: there is none
	size    atomic.Int64
	refused atomic.Uint64 // sockets that would have been of it
	last    atomic.Int64  // when one was, Unix nanoseconds
	tell    atomic.Pointer[func()]
}

// shortFor is how long the process counts as short of descriptors after a refusal; there is
// one word of it in that time.
const shortFor = 10 * time.Second

// ErrReserved says that only the reserve of file descriptors is left.
var ErrReserved = errors.New("no file descriptor is left but the reserve")

// SetReserve keeps n descriptors of limit for who looks after the switchboard, but no more
// than a quarter of them; 0 keeps none. It returns how many there are for all others.
func SetReserve(n, limit int) (others int) {
	reserve.last.Store(0)
	n = min(n, limit/4)
	if n <= 0 {
		reserve.from.Store(0)
		return limit
	}
	reserve.size.Store(int64(n))
	reserve.from.Store(int64(limit - n))
	return limit - n
}

// Share is how many descriptors of the reserve one kind of client may have: an eighth. There are
// four kinds, programs and browsers that have shown who they are and those that have not, so
// that half of it is left for the console and for files.
func Share() int { return max(int(reserve.size.Load())/8, 1) }

// Spare says whether a descriptor is one of those for all.
func Spare(fd int) bool {
	from := reserve.from.Load()
	if from == 0 || int64(fd) < from {
		return true
	}
	reserve.refused.Add(1)
	now := time.Now().UnixNano()
	if f := reserve.tell.Load(); now-reserve.last.Swap(now) > int64(shortFor) && f != nil {
		go (*f)()
	}
	return false
}

// Plenty says whether a descriptor is one of the lower three quarters: what is only kept for a
// later use must not be what is wanted now.
func Plenty(fd int) bool {
	from := reserve.from.Load()
	return from == 0 || int64(fd) < from-from/4
}

// Short says whether sockets were refused just now.
func Short() bool {
	at := reserve.last.Load()
	return at != 0 && time.Now().UnixNano()-at < int64(shortFor)
}

// OnShort has f called when the reserve begins to be all that is left.
func OnShort(f func()) { reserve.tell.Store(&f) }

// SpareConn says it of a connection.
func SpareConn(c any) bool { return Spare(descriptor(c)) }

// Reserved says whether a connection has a descriptor of the reserve, as one of the console
// or of a program may.
func Reserved(c any) bool {
	from := reserve.from.Load()
	return from != 0 && int64(descriptor(c)) >= from
}

// descriptor is that of a connection; -1 of one that has none.
func descriptor(c any) (fd int) {
	if t, ok := c.(interface{ NetConn() net.Conn }); ok { // TLS
		return descriptor(t.NetConn())
	}
	s, ok := c.(syscall.Conn)
	if !ok {
		return -1
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return -1
	}
	fd = -1
	raw.Control(func(n uintptr) { fd = int(n) })
	return fd
}

// Refused counts the sockets that were refused because of the reserve.
func Refused() uint64 { return reserve.refused.Load() }
