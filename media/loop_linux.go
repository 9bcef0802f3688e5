package media

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"runtime"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// rawAddr is a sockaddr_in or sockaddr_in6.
type rawAddr struct {
	b   [unix.SizeofSockaddrInet6]byte
	len uint32
}

func (r *rawAddr) fill(a netip.AddrPort) {
	*r = rawAddr{}
	binary.BigEndian.PutUint16(r.b[2:], a.Port())
	if a.Addr().Unmap().Is4() {
		binary.NativeEndian.PutUint16(r.b[0:], unix.AF_INET)
		ip := a.Addr().Unmap().As4()
		copy(r.b[4:], ip[:])
		r.len = unix.SizeofSockaddrInet4
		return
	}
	binary.NativeEndian.PutUint16(r.b[0:], unix.AF_INET6)
	ip := a.Addr().As16()
	copy(r.b[8:], ip[:])
	r.len = unix.SizeofSockaddrInet6
}

func (r *rawAddr) addrPort() netip.AddrPort {
	port := binary.BigEndian.Uint16(r.b[2:])
	if binary.NativeEndian.Uint16(r.b[0:]) == unix.AF_INET {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(r.b[4:8])), port)
	}
	return netip.AddrPortFrom(netip.AddrFrom16([16]byte(r.b[8:24])).Unmap(), port)
}

// maxWait bounds a raw wait: the thread keeps its scheduler slot meanwhile.
const maxWait = 100 * time.Millisecond

// epoll is the backend of design: one locked thread, one epoll instance, raw
// system calls that do not go through the scheduler, one buffer.
type epoll struct {
	fd, event int
	socks     []*rawSocket // index is the epoll user data
	free      []int32
}

type rawSocket struct {
	back  *epoll
	fd    int
	index int32
	s     *Stream
	rtcp  bool
}

func newEpoll() (*epoll, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("epoll: %w", err)
	}
	ev, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("eventfd: %w", err)
	}
	e := &epoll{fd: fd, event: ev}
	if err := unix.EpollCtl(fd, unix.EPOLL_CTL_ADD, ev, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: -1}); err != nil {
		unix.Close(fd)
		unix.Close(ev)
		return nil, fmt.Errorf("epoll: %w", err)
	}
	return e, nil
}

func (e *epoll) wake() {
	one := [8]byte{1}
	unix.Write(e.event, one[:])
}

func (e *epoll) bind(addr netip.AddrPort, s *Stream, rtcp bool) (socket, error) {
	family := unix.AF_INET6
	if addr.Addr().Is4() {
		family = unix.AF_INET
	}
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	var sa unix.Sockaddr
	if family == unix.AF_INET {
		sa = &unix.SockaddrInet4{Port: int(addr.Port()), Addr: addr.Addr().As4()}
	} else {
		sa = &unix.SockaddrInet6{Port: int(addr.Port()), Addr: addr.Addr().As16()}
	}
	if err := unix.Bind(fd, sa); err != nil {
		unix.Close(fd)
		return nil, os.NewSyscallError("bind", err)
	}
	return &rawSocket{back: e, fd: fd, index: -1, s: s, rtcp: rtcp}, nil
}

func (k *rawSocket) attach() {
	e := k.back
	if n := len(e.free); n > 0 {
		k.index, e.free = e.free[n-1], e.free[:n-1]
		e.socks[k.index] = k
	} else {
		k.index = int32(len(e.socks))
		e.socks = append(e.socks, k)
	}
	if err := unix.EpollCtl(e.fd, unix.EPOLL_CTL_ADD, k.fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: k.index}); err != nil {
		k.s.stats.sendErrors.Add(1)
	}
}

func (k *rawSocket) close() {
	unix.Close(k.fd)
	if k.index < 0 {
		return
	}
	k.back.socks[k.index] = nil
	k.back.free = append(k.back.free, k.index)
}

func (k *rawSocket) send(b []byte, to *target) {
	_, _, errno := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(k.fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)),
		unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, uintptr(unsafe.Pointer(&to.raw.b)), uintptr(to.raw.len))
	if errno != 0 {
		k.s.stats.sendErrors.Add(1)
	}
}

func (e *epoll) run(l *loop) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer unix.Close(e.event)
	defer unix.Close(e.fd)
	var events [64]unix.EpollEvent
	buf := make([]byte, maxPacket)
	var from rawAddr
	for !l.done {
		l.now = time.Now()
		wait := l.runTimers()
		n := e.wait(events[:], wait, l.live > 0)
		l.now = time.Now()
		for i := range n {
			at := events[i].Fd
			if at < 0 {
				var drain [8]byte
				unix.Read(e.event, drain[:])
				l.runQueue()
				continue
			}
			if k := e.socks[at]; k != nil {
				k.receive(buf, &from)
			}
		}
	}
}

// wait uses a raw call while streams are open, and parks through the scheduler
// when there is nothing to relay, so that an idle engine costs nothing.
func (e *epoll) wait(events []unix.EpollEvent, wait time.Duration, busy bool) int {
	if !busy {
		ms := -1
		if wait >= 0 {
			ms = int((wait + time.Millisecond - 1) / time.Millisecond)
		}
		n, _ := unix.EpollWait(e.fd, events, ms)
		return max(n, 0)
	}
	if wait < 0 || wait > maxWait {
		wait = maxWait
	}
	n, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(e.fd), uintptr(unsafe.Pointer(&events[0])), uintptr(len(events)),
		uintptr((wait+time.Millisecond-1)/time.Millisecond), 0, 0)
	if errno != 0 {
		return 0
	}
	return int(n)
}

// receive reads one packet; epoll reports the socket again if more wait.
func (k *rawSocket) receive(buf []byte, from *rawAddr) {
	size := uint32(len(from.b))
	n, _, errno := unix.RawSyscall6(unix.SYS_RECVFROM, uintptr(k.fd), uintptr(unsafe.Pointer(unsafe.SliceData(buf))), uintptr(len(buf)),
		unix.MSG_DONTWAIT, uintptr(unsafe.Pointer(&from.b)), uintptr(unsafe.Pointer(&size)))
	if errno != 0 {
		return
	}
	k.s.receive(k.rtcp, buf[:n], from.addrPort())
}

func systemBackend() (backend, error) {
	// A raw wait keeps its scheduler slot, so the loop brings one along.
	runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + 1)
	return newEpoll()
}
