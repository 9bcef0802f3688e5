// Package rawnet is UDP by raw system calls on descriptors of its own, for
// loops that carry many packets: nothing allocates and the scheduler is not
// told of a call. A raw call that waits keeps its scheduler slot meanwhile, so a
// loop raises GOMAXPROCS by one and parks through the scheduler when it has
// had nothing to do for a while.
package rawnet

import (
	"encoding/binary"
	"net/netip"
	"os"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Addr is a sockaddr_in or sockaddr_in6.
type Addr struct {
	b   [unix.SizeofSockaddrInet6]byte
	len uint32
}

// Set fills the address in, with its zone; an IPv4 address in IPv6 form counts as IPv4.
func (r *Addr) Set(a netip.AddrPort) {
	*r = Addr{}
	binary.BigEndian.PutUint16(r.b[2:], a.Port())
	if ip := a.Addr().Unmap(); ip.Is4() {
		binary.NativeEndian.PutUint16(r.b[0:], unix.AF_INET)
		*(*[4]byte)(r.b[4:]) = ip.As4()
		r.len = unix.SizeofSockaddrInet4
		return
	}
	binary.NativeEndian.PutUint16(r.b[0:], unix.AF_INET6)
	*(*[16]byte)(r.b[8:]) = a.Addr().As16()
	if zone := a.Addr().Zone(); zone != "" {
		binary.NativeEndian.PutUint32(r.b[24:], zones.index(zone))
	}
	r.len = unix.SizeofSockaddrInet6
}

// AddrPort reads it; an IPv4 address in IPv6 form is given as IPv4.
func (r *Addr) AddrPort() netip.AddrPort {
	port := binary.BigEndian.Uint16(r.b[2:])
	if binary.NativeEndian.Uint16(r.b[0:]) == unix.AF_INET {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(r.b[4:8])), port)
	}
	ip := netip.AddrFrom16([16]byte(r.b[8:24])).Unmap()
	if scope := binary.NativeEndian.Uint32(r.b[24:]); scope != 0 && ip.Is6() {
		ip = ip.WithZone(zones.name(scope))
	}
	return netip.AddrPortFrom(ip, port)
}

// Bind opens a non-blocking socket. The IPv6 wildcard takes IPv4 too.
func Bind(a netip.AddrPort) (fd int, err error) {
	family := unix.AF_INET6
	if a.Addr().Unmap().Is4() {
		family = unix.AF_INET
	}
	fd, err = unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return -1, os.NewSyscallError("socket", err)
	}
	if a.Addr() == netip.IPv6Unspecified() {
		err = unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 0)
	}
	var raw Addr
	raw.Set(a)
	if err == nil {
		if _, _, errno := unix.RawSyscall(unix.SYS_BIND, uintptr(fd), uintptr(unsafe.Pointer(&raw.b)), uintptr(raw.len)); errno != 0 {
			err = errno
		}
	}
	if err != nil {
		unix.Close(fd)
		return -1, os.NewSyscallError("bind", err)
	}
	return fd, nil
}

// Put marks a socket's packets. What the system does not allow is left as it is.
func (m Marks) Put(fd int) {
	if m.TOS != 0 {
		unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_TOS, m.TOS)
		unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_TCLASS, m.TOS)
	}
	if m.Priority != 0 { // after TOS, which sets it too
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PRIORITY, m.Priority)
	}
}

// Multicast says how what a socket sends to groups goes: through how many hops, 0 leaves that as it is,
// and whether this host gets it too.
func Multicast(fd, hops int, loop bool) {
	own := 0
	if loop {
		own = 1
	}
	unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_MULTICAST_LOOP, own)
	unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_LOOP, own)
	if hops > 0 {
		unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_MULTICAST_TTL, hops)
		unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_HOPS, hops)
	}
}

// Local is the address a socket is bound to.
func Local(fd int) netip.AddrPort {
	var raw Addr
	size := uint32(len(raw.b))
	unix.RawSyscall(unix.SYS_GETSOCKNAME, uintptr(fd), uintptr(unsafe.Pointer(&raw.b)), uintptr(unsafe.Pointer(&size)))
	return raw.AddrPort()
}

// Connect has a socket receive from that address only, and Send without one go there. ICMP errors of
// what it sends are then told by the next call, once each.
func Connect(fd int, to *Addr) error {
	_, _, errno := unix.RawSyscall(unix.SYS_CONNECT, uintptr(fd), uintptr(unsafe.Pointer(&to.b)), uintptr(to.len))
	if errno != 0 {
		return os.NewSyscallError("connect", errno)
	}
	return nil
}

// Disconnect takes Connect back; the socket stays bound where Bind has bound it.
func Disconnect(fd int) {
	var none Addr // AF_UNSPEC
	unix.RawSyscall(unix.SYS_CONNECT, uintptr(fd), uintptr(unsafe.Pointer(&none.b)), unix.SizeofSockaddrInet4)
}

// Send writes one datagram, nil: to where the socket is connected to, and never waits. On a socket of
// the other family it fails with EAFNOSUPPORT or EINVAL.
func Send(fd int, b []byte, to *Addr) syscall.Errno {
	if to == nil {
		_, _, errno := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)),
			unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, 0, 0)
		return errno
	}
	_, _, errno := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)),
		unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, uintptr(unsafe.Pointer(&to.b)), uintptr(to.len))
	return errno
}

// Recv reads one datagram and never waits; false when there is none.
func Recv(fd int, buf []byte, from *Addr) (n int, ok bool) {
	size := uint32(len(from.b))
	r, _, errno := unix.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(buf))), uintptr(len(buf)),
		unix.MSG_DONTWAIT, uintptr(unsafe.Pointer(&from.b)), uintptr(unsafe.Pointer(&size)))
	return int(r), errno == 0
}

func milliseconds(d time.Duration) int { return int((d + time.Millisecond - 1) / time.Millisecond) }

// Poller is an epoll instance with an eventfd that wakes it.
type Poller struct {
	fd, event int

	// Of Park: the instance as a file of Go's own poller, nil before the first, and what it tries.
	file   *os.File
	parked syscall.RawConn
	try    func(uintptr) bool
	events []unix.EpollEvent
	got    int
}

// Woken is the user data of the event that Wake makes.
const Woken = -1

// NewPoller makes one.
func NewPoller() (*Poller, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create", err)
	}
	event, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		unix.Close(fd)
		return nil, os.NewSyscallError("eventfd", err)
	}
	p := &Poller{fd: fd, event: event}
	if err := p.Add(event, Woken); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

// Add makes a descriptor known; its events carry data.
func (p *Poller) Add(fd int, data int32) error {
	return os.NewSyscallError("epoll_ctl", unix.EpollCtl(p.fd, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: data}))
}

// Remove ends watching a descriptor.
func (p *Poller) Remove(fd int) { unix.EpollCtl(p.fd, unix.EPOLL_CTL_DEL, fd, nil) }

// Wait waits for events. When busy it does so by a raw call, up to a time that
// should be short, and returns 0 when interrupted; else through the scheduler,
// which may use the slot meanwhile, and a negative wait has no end.
func (p *Poller) Wait(events []unix.EpollEvent, wait time.Duration, busy bool) int {
	if !busy {
		ms := -1
		if wait >= 0 {
			ms = milliseconds(wait)
		}
		n, _ := unix.EpollWait(p.fd, events, ms)
		return max(n, 0)
	}
	n, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(p.fd), uintptr(unsafe.Pointer(unsafe.SliceData(events))),
		uintptr(len(events)), uintptr(milliseconds(wait)), 0, 0)
	if errno != 0 {
		return 0
	}
	return int(n)
}

// Park waits for events as long as it takes, by Go's own poller: the goroutine gives its slot up,
// and nothing wakes the thread but an event, or what others wait for. It may be called by one
// goroutine at a time.
func (p *Poller) Park(events []unix.EpollEvent) int {
	if p.file == nil && !p.share() {
		return p.Wait(events, -1, false)
	}
	p.events, p.got = events, 0
	if err := p.parked.Read(p.try); err != nil && p.got == 0 {
		return p.Wait(events, -1, false)
	}
	return p.got
}

// share makes the instance known to Go's poller: an epoll instance can be waited for itself.
func (p *Poller) share() bool {
	fd, err := unix.FcntlInt(uintptr(p.fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return false
	}
	if unix.SetNonblock(fd, true) != nil {
		unix.Close(fd)
		return false
	}
	p.file = os.NewFile(uintptr(fd), "epoll")
	if p.parked, err = p.file.SyscallConn(); err != nil {
		p.file.Close()
		p.file = nil
		return false
	}
	p.try = func(uintptr) bool {
		p.got = p.Wait(p.events, 0, true)
		return p.got > 0
	}
	return true
}

// Wake ends a Wait or a Park. It may be called from anywhere.
func (p *Poller) Wake() {
	one := [8]byte{1}
	unix.Write(p.event, one[:])
}

// Drain takes the wake-up away, once Wait has told of it.
func (p *Poller) Drain() {
	var b [8]byte
	unix.Read(p.event, b[:])
}

// Close frees its descriptors.
func (p *Poller) Close() {
	if p.file != nil {
		p.file.Close()
	}
	unix.Close(p.event)
	unix.Close(p.fd)
}
