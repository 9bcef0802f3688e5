package fastpath

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"syscall"
	"unsafe"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"
)

// interfaces are those that the program is at: all with Ethernet frames, loopback among them, that are up.
type interfaces struct {
	prog *ebpf.Program
	news *os.File // netlink: what becomes of interfaces

	mu     sync.RWMutex // guards all below
	at     map[uint32]attached
	closed bool
}

type attached struct {
	name string
	link link.Link
}

// attachAll puts the program at all that are there. Where one refuses the program none takes it.
func attachAll(prog *ebpf.Program) (*interfaces, error) {
	i := &interfaces{prog: prog, at: map[uint32]attached{}}
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_ROUTE)
	if err != nil {
		return nil, err
	}
	i.news = os.NewFile(uintptr(fd), "netlink")
	if err = unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: unix.RTMGRP_LINK}); err == nil {
		err = i.attach()
	}
	if err == nil && len(i.at) == 0 {
		err = errors.New("no network interface is up")
	}
	if err != nil {
		i.close()
		return nil, err
	}
	return i, nil
}

// attach puts the program at those that are up and do not have it.
func (i *interfaces) attach() error {
	b, err := syscall.NetlinkRIB(unix.RTM_GETLINK, unix.AF_UNSPEC)
	if err != nil {
		return err
	}
	messages, err := syscall.ParseNetlinkMessage(b)
	if err != nil {
		return err
	}
	for _, m := range messages {
		if e := i.told(&m); e != nil {
			err = e
		}
	}
	return err
}

// told takes what a message says of an interface.
func (i *interfaces) told(m *syscall.NetlinkMessage) error {
	if len(m.Data) < unix.SizeofIfInfomsg {
		return nil
	}
	info := (*unix.IfInfomsg)(unsafe.Pointer(&m.Data[0]))
	index := uint32(info.Index)
	i.mu.Lock()
	defer i.mu.Unlock()
	have, there := i.at[index]
	switch {
	case i.closed || m.Header.Type == unix.RTM_NEWLINK && there:
		return nil
	case m.Header.Type == unix.RTM_DELLINK && info.Family == unix.AF_UNSPEC && there: // a bridge tells of its ports too
		have.link.Close()
		delete(i.at, index)
		return nil
	case m.Header.Type != unix.RTM_NEWLINK || info.Flags&unix.IFF_UP == 0,
		info.Type != unix.ARPHRD_ETHER && info.Type != unix.ARPHRD_LOOPBACK:
		return nil
	}
	name := nameOf(m)
	l, err := link.AttachTCX(link.TCXOptions{Interface: int(index), Program: i.prog, Attach: ebpf.AttachTCXIngress})
	if err != nil {
		return fmt.Errorf("%w: interface %s: %v", ErrUnsupported, name, err)
	}
	i.at[index] = attached{name, l}
	return nil
}

func nameOf(m *syscall.NetlinkMessage) string {
	attrs, _ := syscall.ParseNetlinkRouteAttr(m)
	for _, a := range attrs {
		if a.Attr.Type == unix.IFLA_IFNAME {
			return unix.ByteSliceToString(a.Value)
		}
	}
	return "?"
}

// follow has interfaces that come later take the program, until close. One that refuses it goes without.
func (i *interfaces) follow(in func(func())) {
	b := make([]byte, 1<<16)
	for {
		n, err := i.news.Read(b)
		if errors.Is(err, unix.ENOBUFS) { // some of it is lost
			in(func() { i.attach() })
			continue
		}
		if err != nil {
			return
		}
		messages, err := syscall.ParseNetlinkMessage(b[:n])
		if err != nil {
			continue
		}
		in(func() {
			for _, m := range messages {
				i.told(&m)
			}
		})
	}
}

// has says whether packets come and go by an interface as the program reads them.
func (i *interfaces) has(index uint32) bool {
	i.mu.RLock()
	defer i.mu.RUnlock()
	_, ok := i.at[index]
	return ok
}

// list is their names, sorted.
func (i *interfaces) list() (names []string) {
	i.mu.RLock()
	defer i.mu.RUnlock()
	for _, a := range i.at {
		names = append(names, a.name)
	}
	slices.Sort(names)
	return names
}

func (i *interfaces) close() {
	i.news.Close()
	i.mu.Lock()
	defer i.mu.Unlock()
	i.closed = true
	for _, a := range i.at {
		a.link.Close()
	}
	i.at = nil
}
