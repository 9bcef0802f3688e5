package fastpath

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// router asks the kernel how it reaches an address.
type router struct {
	mu     sync.Mutex // one question at a time
	fd     int
	query  []byte
	answer [4096]byte
}

// route is the interface that packets to an address leave by, and the address
// they are sent from.
type route struct {
	index  uint32
	source netip.Addr
	local  bool // it is one of this machine's
}

func newRouter() (*router, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	return &router{fd: fd}, err
}

func (r *router) close() { unix.Close(r.fd) }

// to asks for the route to an address from another, which may be unspecified (rtnetlink, RTM_GETROUTE).
func (r *router) to(a, from netip.Addr) (route, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	family, bits := byte(unix.AF_INET), byte(a.BitLen())
	if a.Is6() {
		family = unix.AF_INET6
	}
	ne := binary.NativeEndian
	q := append(r.query[:0], make([]byte, unix.SizeofNlMsghdr+unix.SizeofRtMsg)...)
	ne.PutUint16(q[4:], unix.RTM_GETROUTE)
	ne.PutUint16(q[6:], unix.NLM_F_REQUEST)
	q[16], q[17] = family, bits
	q = attribute(q, unix.RTA_DST, a)
	if !from.IsUnspecified() {
		q[18] = bits
		q = attribute(q, unix.RTA_SRC, from)
	}
	ne.PutUint32(q, uint32(len(q)))
	r.query = q
	if err := unix.Sendto(r.fd, q, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return route{}, err
	}
	n, _, err := unix.Recvfrom(r.fd, r.answer[:], 0)
	if err != nil {
		return route{}, err
	}
	return parseRoute(r.answer[:n], a, from)
}

// attribute adds one that holds an address.
func attribute(q []byte, kind uint16, a netip.Addr) []byte {
	ip := a.AsSlice()
	q = binary.NativeEndian.AppendUint16(q, uint16(unix.SizeofRtAttr+len(ip)))
	return append(binary.NativeEndian.AppendUint16(q, kind), ip...)
}

// parseRoute reads the answer, which names no source where the question had one.
func parseRoute(b []byte, a, from netip.Addr) (out route, err error) {
	if !from.IsUnspecified() {
		out.source = from
	}
	messages, err := syscall.ParseNetlinkMessage(b)
	if err != nil {
		return out, err
	}
	for _, m := range messages {
		if m.Header.Type != unix.RTM_NEWROUTE || len(m.Data) < unix.SizeofRtMsg {
			continue
		}
		kind := m.Data[7]
		if kind != unix.RTN_UNICAST && kind != unix.RTN_LOCAL {
			return out, fmt.Errorf("%s is not reached by an interface", a)
		}
		out.local = kind == unix.RTN_LOCAL
		attrs, err := syscall.ParseNetlinkRouteAttr(&m)
		if err != nil {
			return out, err
		}
		for _, at := range attrs {
			switch at.Attr.Type {
			case unix.RTA_OIF:
				if len(at.Value) == 4 {
					out.index = binary.NativeEndian.Uint32(at.Value)
				}
			case unix.RTA_PREFSRC:
				out.source, _ = netip.AddrFromSlice(at.Value)
			}
		}
	}
	if out.index == 0 || !out.source.IsValid() {
		return out, fmt.Errorf("no route to %s", a)
	}
	return out, nil
}
