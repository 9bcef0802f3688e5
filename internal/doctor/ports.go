package doctor

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// socket is one of /proc/net that listens.
type socket struct {
	proto string
	addr  netip.AddrPort
	inode string
}

// sockets lists those of UDP, and those of TCP that listen.
func (e *examination) sockets() (out []socket) {
	for _, file := range []string{"udp", "udp6", "tcp", "tcp6"} {
		for line := range strings.Lines(e.read("/proc/net/" + file)) {
			f := strings.Fields(line)
			if len(f) < 10 || strings.HasPrefix(file, "tcp") && f[3] != "0A" || strings.HasPrefix(file, "udp") && f[3] != "07" {
				continue
			}
			if a, ok := procAddress(f[1]); ok {
				out = append(out, socket{strings.TrimSuffix(file, "6"), a, f[9]})
			}
		}
	}
	return out
}

// procAddress reads "0100007F:13C4": words of four bytes in the machine's order, which here is
// little-endian, and a port.
func procAddress(text string) (netip.AddrPort, bool) {
	host, port, _ := strings.Cut(text, ":")
	b, err := hex.DecodeString(host)
	n, err2 := strconv.ParseUint(port, 16, 16)
	if err != nil || err2 != nil || len(b)%4 != 0 {
		return netip.AddrPort{}, false
	}
	for i := 0; i < len(b); i += 4 {
		slices.Reverse(b[i : i+4])
	}
	a, ok := netip.AddrFromSlice(b)
	return netip.AddrPortFrom(a.Unmap(), uint16(n)), ok
}

// process finds who has a socket open: its number and name; 0 where that cannot be seen.
func (e *examination) process(inode string) (pid int, name string) {
	want := "socket:[" + inode + "]"
	fds, _ := filepath.Glob(e.path("/proc/[0-9]*/fd/*"))
	for _, fd := range fds {
		if link, err := os.Readlink(fd); err == nil && link == want {
			dir := filepath.Dir(filepath.Dir(fd))
			pid, _ = strconv.Atoi(filepath.Base(dir))
			return pid, e.nameOf(pid)
		}
	}
	return 0, ""
}

// nameOf is the name of a process's program.
func (e *examination) nameOf(pid int) string {
	if exe, err := os.Readlink(e.path(fmt.Sprintf("/proc/%d/exe", pid))); err == nil {
		return filepath.Base(strings.TrimSuffix(exe, " (deleted)"))
	}
	return strings.TrimSpace(e.read(fmt.Sprintf("/proc/%d/comm", pid)))
}

// collides says whether somebody at a and somebody at b cannot both listen.
func collides(a, b netip.AddrPort) bool {
	return a.Port() == b.Port() && (a.Addr() == b.Addr() || a.Addr().IsUnspecified() && (a.Addr().Is6() || b.Addr().Is4()) ||
		b.Addr().IsUnspecified() && (b.Addr().Is6() || a.Addr().Is4()))
}

// ports tells who has those that the configuration wants.
func (e *examination) ports() {
	open, own, taken := e.sockets(), 0, 0
	for _, p := range e.in.Ports {
		for _, s := range open {
			if s.proto != p.Proto || !collides(s.addr, p.Addr) {
				continue
			}
			pid, name := e.process(s.inode)
			if strings.HasPrefix(name, "obelisk") {
				own++
				e.running = pid
				break
			}
			taken++
			who := "somebody whom only root can see"
			if pid != 0 {
				who = fmt.Sprintf("%s (process %d)", name, pid)
			}
			e.say("ports", Fail, "stop it, or give one of the two another port", "%s wants %s/%s%s, which is taken by %s", p.What, p.Addr, p.Proto,
				at(p.Pos), who)
			break
		}
		if !e.has(p.Addr.Addr()) {
			taken++
			e.say("ports", Fail, "ip -br addr shows those that it has; 0.0.0.0 means all",
				"%s wants %s/%s%s: this machine does not have that address",
				p.What, p.Addr, p.Proto, at(p.Pos))
		}
		if p.Addr.Port() < 1024 && !e.binds() {
			taken++
			e.say("ports", Fail, "the unit of the packages has AmbientCapabilities=CAP_NET_BIND_SERVICE",
				"%s wants %s/%s%s: user '%s' may not have ports below 1024", p.What, p.Addr, p.Proto, at(p.Pos), e.user.name)
		}
	}
	switch {
	case taken > 0:
	case own > 0:
		e.say("ports", OK, "", "obelisk (process %d) listens on its ports: %s", e.running, e.list())
	case e.list() == "":
		e.say("ports", Warn, "obelisk check tells why; without sip.conf no phone can come", "no port is wanted: nothing would listen")
	default:
		e.say("ports", OK, "", "nobody has the ports that are wanted: %s", e.list())
	}
}

// has says whether somebody may listen at an address: one of this machine, or any where
// the kernel is told so (ip_nonlocal_bind), as it is for addresses that move between machines.
func (e *examination) has(a netip.Addr) bool {
	family := "ipv4"
	if a.Is6() {
		family = "ipv6"
	}
	return !a.IsValid() || a.IsUnspecified() || a.IsLoopback() || a.IsLinkLocalUnicast() || a.IsMulticast() ||
		slices.Contains(e.m.Addresses(), a) ||
		strings.TrimSpace(e.read("/proc/sys/net/"+family+"/ip_nonlocal_bind")) == "1"
}

// binds says whether the user may have low ports.
func (e *examination) binds() bool {
	first, err := strconv.Atoi(strings.TrimSpace(e.read("/proc/sys/net/ipv4/ip_unprivileged_port_start")))
	return e.user.uid == 0 || strings.Contains(e.unit("AmbientCapabilities"), "CAP_NET_BIND_SERVICE") || err == nil && first < 1
}

func (e *examination) list() string {
	var out []string
	for _, p := range e.in.Ports {
		out = append(out, fmt.Sprintf("%s %s/%s", p.What, p.Addr, p.Proto))
	}
	return strings.Join(out, ", ")
}

// rtp looks at the ports of audio: a call has four.
func (e *examination) rtp() {
	first, last := e.in.RTP[0], e.in.RTP[1]
	if n := (last - first + 1) / 4; n < 25 {
		e.say("rtp", Warn, "widen rtpstart and rtpend of rtp.conf", "ports %d to %d are enough for no more calls than %d", first, last, n)
		return
	}
	taken := map[string]int{}
	for _, s := range e.sockets() {
		if s.proto == "udp" && int(s.addr.Port()) >= first && int(s.addr.Port()) <= last && !s.addr.Addr().IsLoopback() {
			if _, name := e.process(s.inode); name != "" && !strings.HasPrefix(name, "obelisk") {
				taken[name]++
			}
		}
	}
	for name, n := range taken {
		if n > (last-first)/10 {
			e.say("rtp", Warn, "another range in rtp.conf", "%s has %d of the ports %d to %d", name, n, first, last)
			return
		}
	}
	e.say("rtp", OK, "", "audio has the ports %d to %d, enough for %d calls", first, last, (last-first+1)/4)
}
