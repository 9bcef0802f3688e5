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
	mu sync.Mutex // one question at a time
	fd int
}

// route is the interface that packets to an address leave by, and the address
// they are sent from.
type route struct {
	index  uint32
	source netip.Addr
}

func newRouter() (*router, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	return &router{fd: fd}, err
}

func (r *router) close() { unix.Close(r.fd) }

// to asks for the route to an IPv4 address (rtnetlink, RTM_GETROUTE).
func (r *router) to(a netip.Addr) (route, error) {
	const length = unix.SizeofNlMsghdr + unix.SizeofRtMsg + unix.SizeofRtAttr + 4
	q := make([]byte, length)
	ne := binary.NativeEndian
	ne.PutUint32(q[0:], length)
	ne.PutUint16(q[4:], unix.RTM_GETROUTE)
	ne.PutUint16(q[6:], unix.NLM_F_REQUEST)
	q[16], q[17] = unix.AF_INET, 32
	ne.PutUint16(q[28:], unix.SizeofRtAttr+4)
	ne.PutUint16(q[30:], unix.RTA_DST)
	ip := a.As4()
	copy(q[32:], ip[:])
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := unix.Sendto(r.fd, q, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return route{}, err
	}
	buf := make([]byte, 4096)
	n, _, err := unix.Recvfrom(r.fd, buf, 0)
	if err != nil {
		return route{}, err
	}
	return parseRoute(buf[:n], a)
}

func parseRoute(b []byte, a netip.Addr) (out route, err error) {
	messages, err := syscall.ParseNetlinkMessage(b)
	if err != nil {
		return out, err
	}
	for _, m := range messages {
		if m.Header.Type != unix.RTM_NEWROUTE {
			continue
		}
		if len(m.Data) > 7 && m.Data[7] != unix.RTN_UNICAST {
			return out, fmt.Errorf("%s is not reached by an interface", a)
		}
		attrs, err := syscall.ParseNetlinkRouteAttr(&m)
		if err != nil {
			return out, err
		}
		for _, at := range attrs {
			switch {
			case at.Attr.Type == unix.RTA_OIF && len(at.Value) == 4:
				out.index = binary.NativeEndian.Uint32(at.Value)
			case at.Attr.Type == unix.RTA_PREFSRC && len(at.Value) == 4:
				out.source = netip.AddrFrom4([4]byte(at.Value))
			}
		}
	}
	if out.index == 0 || !out.source.IsValid() {
		return out, fmt.Errorf("no route to %s", a)
	}
	return out, nil
}
