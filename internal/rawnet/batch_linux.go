package rawnet

import (
	"encoding/binary"
	"net/netip"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Batch reads several datagrams with one call, each with the address it was
// sent to and the time it came in, where the socket was asked for them.
type Batch struct {
	heads   []mmsghdr
	iovs    []unix.Iovec
	names   []Addr
	control [][controlSize]byte
	bufs    [][]byte
}

// mmsghdr is struct mmsghdr of recvmmsg(2).
type mmsghdr struct {
	hdr unix.Msghdr
	n   uint32
}

const controlSize = 128

// NewBatch makes room for count datagrams of up to size bytes.
func NewBatch(count, size int) *Batch {
	b := &Batch{heads: make([]mmsghdr, count), iovs: make([]unix.Iovec, count), names: make([]Addr, count),
		control: make([][controlSize]byte, count)}
	for i := range b.heads {
		buf := make([]byte, size)
		b.bufs = append(b.bufs, buf)
		b.iovs[i].Base = &buf[0]
		b.iovs[i].SetLen(size)
		h := &b.heads[i].hdr
		h.Name, h.Iov, h.Control = &b.names[i].b[0], &b.iovs[i], &b.control[i][0]
		h.SetIovlen(1)
	}
	return b
}

// AskInfo makes a socket tell the time of arrival of each datagram and, when
// local is set, the address it was sent to.
func AskInfo(fd int, local bool) {
	Stamp(fd, true)
	if local {
		unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_PKTINFO, 1)
		unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_RECVPKTINFO, 1)
	}
}

// Stamp has a socket tell the time of arrival of each datagram, or not any more.
func Stamp(fd int, on bool) {
	v := 0
	if on {
		v = 1
	}
	unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, v)
}

// Recv reads what waits, without waiting itself.
func (b *Batch) Recv(fd int) int {
	for i := range b.heads {
		h := &b.heads[i].hdr
		h.Namelen = uint32(len(b.names[i].b))
		h.SetControllen(controlSize)
	}
	n, _, errno := unix.RawSyscall6(unix.SYS_RECVMMSG, uintptr(fd), uintptr(unsafe.Pointer(&b.heads[0])), uintptr(len(b.heads)),
		unix.MSG_DONTWAIT, 0, 0)
	if errno != 0 {
		return 0
	}
	return int(n)
}

// Datagram is one of those that Recv read; Data is valid until the next Recv.
type Datagram struct {
	Data    []byte
	From    netip.AddrPort
	To      netip.Addr // the zero value when the socket does not tell
	Arrived time.Time  // likewise
}

// Datagram returns the i-th.
func (b *Batch) Datagram(i int) Datagram {
	h := &b.heads[i]
	d := Datagram{Data: b.bufs[i][:h.n], From: b.names[i].AddrPort()}
	for c := b.control[i][:h.hdr.Controllen]; len(c) >= unix.CmsgLen(0); {
		head := (*unix.Cmsghdr)(unsafe.Pointer(&c[0]))
		size := int(head.Len)
		if size < unix.CmsgLen(0) || size > len(c) {
			break
		}
		d.take(head.Level, head.Type, c[unix.CmsgLen(0):size])
		c = c[min(unix.CmsgSpace(size-unix.CmsgLen(0)), len(c)):]
	}
	return d
}

func (d *Datagram) take(level, kind int32, v []byte) {
	switch {
	case level == unix.SOL_SOCKET && kind == unix.SCM_TIMESTAMPNS && len(v) >= 16:
		d.Arrived = time.Unix(int64(binary.NativeEndian.Uint64(v)), int64(binary.NativeEndian.Uint64(v[8:])))
	case level == unix.IPPROTO_IP && kind == unix.IP_PKTINFO && len(v) >= 12:
		d.To = netip.AddrFrom4([4]byte(v[8:12]))
	case level == unix.IPPROTO_IPV6 && kind == unix.IPV6_PKTINFO && len(v) >= 16:
		d.To = netip.AddrFrom16([16]byte(v[:16])).Unmap()
		if d.To.Is6() && d.To.IsLinkLocalUnicast() && len(v) >= 20 {
			d.To = d.To.WithZone(zones.name(binary.NativeEndian.Uint32(v[16:])))
		}
	}
}

// SendFrom writes one datagram that leaves from the given local address of a
// socket bound to the wildcard.
func SendFrom(fd int, b []byte, to *Addr, local netip.Addr) syscall.Errno {
	var oob struct { // of one size for both, and aligned
		head unix.Cmsghdr
		info [unix.SizeofInet6Pktinfo + 4]byte
	}
	size := unix.SizeofInet6Pktinfo
	if local.Is4() && to.len == unix.SizeofSockaddrInet4 {
		size = unix.SizeofInet4Pktinfo
		oob.head.Level, oob.head.Type = unix.IPPROTO_IP, unix.IP_PKTINFO
		*(*[4]byte)(oob.info[4:]) = local.As4() // behind the number of an interface
	} else {
		oob.head.Level, oob.head.Type = unix.IPPROTO_IPV6, unix.IPV6_PKTINFO
		*(*[16]byte)(oob.info[:]) = local.As16()
	}
	oob.head.SetLen(unix.CmsgLen(size))
	iov := unix.Iovec{Base: unsafe.SliceData(b)}
	iov.SetLen(len(b))
	h := unix.Msghdr{Name: &to.b[0], Namelen: to.len, Iov: &iov, Control: (*byte)(unsafe.Pointer(&oob))}
	h.SetIovlen(1)
	h.SetControllen(unix.CmsgSpace(size))
	_, _, errno := unix.RawSyscall(unix.SYS_SENDMSG, uintptr(fd), uintptr(unsafe.Pointer(&h)), unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL)
	return errno
}
