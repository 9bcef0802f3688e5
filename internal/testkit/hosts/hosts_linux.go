// Package hosts makes several hosts of one machine, for tests of what crosses a
// network.
package hosts

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Hosts are three hosts of one machine, each in a network namespace: a caller and
// a callee, each joined to the switchboard by a link of its own.
type Hosts struct {
	t                            testing.TB
	Caller, Switchboard, Callee  string     // names of the namespaces
	CallerAddr, CalleeAddr       netip.Addr // of the phones
	TowardsCaller, TowardsCallee netip.Addr // of the switchboard
}

// New makes them, and skips the test where that is not permitted.
func New(t testing.TB) *Hosts {
	t.Helper()
	h := &Hosts{t: t, CallerAddr: netip.MustParseAddr("10.201.1.2"), TowardsCaller: netip.MustParseAddr("10.201.1.1"),
		CalleeAddr: netip.MustParseAddr("10.201.2.2"), TowardsCallee: netip.MustParseAddr("10.201.2.1")}
	names := [3]string{}
	for i, n := range []string{"caller", "switch", "callee"} {
		names[i] = fmt.Sprintf("ob-%s-%d", n, os.Getpid())
	}
	h.Caller, h.Switchboard, h.Callee = names[0], names[1], names[2]
	if out, err := exec.Command("ip", "netns", "add", h.Switchboard).CombinedOutput(); err != nil {
		t.Skipf("network namespaces cannot be made here: %v %s", err, out)
	}
	t.Cleanup(func() {
		for _, n := range names {
			exec.Command("ip", "netns", "del", n).Run()
		}
	})
	for _, c := range []string{
		"ip netns add " + h.Caller, "ip netns add " + h.Callee,
		"ip -n " + h.Switchboard + " link add sa type veth peer name a0 netns " + h.Caller,
		"ip -n " + h.Switchboard + " link add sb type veth peer name b0 netns " + h.Callee,
		"ip -n " + h.Switchboard + " addr add 10.201.1.1/24 dev sa", "ip -n " + h.Switchboard + " addr add 10.201.2.1/24 dev sb",
		"ip -n " + h.Caller + " addr add 10.201.1.2/24 dev a0", "ip -n " + h.Callee + " addr add 10.201.2.2/24 dev b0",
		"ip -n " + h.Switchboard + " addr add fd00:201:1::1/64 dev sa nodad",
		"ip -n " + h.Switchboard + " addr add fd00:201:2::1/64 dev sb nodad",
		"ip -n " + h.Caller + " addr add fd00:201:1::2/64 dev a0 nodad", "ip -n " + h.Callee + " addr add fd00:201:2::2/64 dev b0 nodad",
		"ip -n " + h.Switchboard + " link set sa up", "ip -n " + h.Switchboard + " link set sb up", "ip -n " + h.Switchboard + " link set lo up",
		"ip -n " + h.Caller + " link set a0 up", "ip -n " + h.Callee + " link set b0 up",
	} {
		f := strings.Fields(c)
		if out, err := exec.Command(f[0], f[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v %s", c, err, out)
		}
	}
	return h
}

// Six is the IPv6 address of whom an address belongs to.
func (h *Hosts) Six(a netip.Addr) netip.Addr {
	b := a.As4()
	return netip.MustParseAddr(fmt.Sprintf("fd00:201:%d::%d", b[2], b[3]))
}

// On runs f in a namespace; the sockets that it opens stay there.
func (h *Hosts) On(namespace string, f func()) {
	h.t.Helper()
	done := make(chan error)
	go func() { done <- on(namespace, f) }()
	if err := <-done; err != nil {
		h.t.Fatal(err)
	}
}

func on(namespace string, f func()) error {
	runtime.LockOSThread() // never unlocked: the thread ends with the goroutine, if it cannot go back
	back, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		return err
	}
	defer back.Close()
	ns, err := os.Open("/var/run/netns/" + namespace)
	if err != nil {
		return err
	}
	defer ns.Close()
	if err := unix.Setns(int(ns.Fd()), unix.CLONE_NEWNET); err != nil {
		return err
	}
	f()
	if err := unix.Setns(int(back.Fd()), unix.CLONE_NEWNET); err != nil {
		return err
	}
	runtime.UnlockOSThread()
	return nil
}

// Checksums makes the caller's interface compute UDP checksums, as a real network
// carries them; else veth leaves them out.
func (h *Hosts) Checksums() {
	h.t.Helper()
	var errno unix.Errno
	h.On(h.Caller, func() {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
		if err != nil {
			errno = err.(unix.Errno)
			return
		}
		defer unix.Close(fd)
		value := struct{ cmd, data uint32 }{unix.ETHTOOL_STXCSUM, 0}
		request := struct {
			name [unix.IFNAMSIZ]byte
			data unsafe.Pointer
			_    [16]byte
		}{data: unsafe.Pointer(&value)}
		copy(request.name[:], "a0")
		_, _, errno = unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SIOCETHTOOL, uintptr(unsafe.Pointer(&request)))
	})
	if errno != 0 {
		h.t.Fatal(errno)
	}
}

// Listen opens a UDP socket on a namespace.
func (h *Hosts) Listen(namespace string, a netip.Addr) *net.UDPConn {
	h.t.Helper()
	var c *net.UDPConn
	var err error
	h.On(namespace, func() { c, err = net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(a, 0))) })
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { c.Close() })
	return c
}
