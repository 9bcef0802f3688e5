package doctor

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os/exec"
	"os/user"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Machine is the world that is looked at; tests have their own.
type Machine struct {
	Root    string // before /proc, /etc and others; "" in earnest
	Offline bool   // no question leaves the machine
	Built   time.Time
	Now     func() time.Time
	// Resolve looks a name up; "." asks for the root servers.
	Resolve func(ctx context.Context, name string) error
	// Command runs one that only reads, and returns what it prints.
	Command func(name string, args ...string) (string, error)
	// Identity is a user of the machine, by name; "" is who runs this.
	Identity func(name string) (identity, error)
	// Addresses are those of the interfaces that are up, but for loopback.
	Addresses func() []netip.Addr
	// Synchronised says whether the kernel follows a time server; false with an error: not known.
	Synchronised func() (bool, error)
	// Free is what is free of a disk, of its bytes and of its files, from 0 to 1.
	Free func(path string) (bytes uint64, share, files float64, err error)
}

// identity is a user and the groups that it is in.
type identity struct {
	name   string
	uid    int
	groups []int
}

// Here is the machine that this runs on.
func Here(built time.Time, offline bool) Machine {
	return Machine{Built: built, Offline: offline, Now: time.Now, Resolve: resolve, Command: command, Identity: lookup, Addresses: addresses,
		Synchronised: synchronised, Free: free}
}

// patience is how long a name server, or a command, may take.
const patience = 4 * time.Second

func resolve(ctx context.Context, name string) error {
	r := net.Resolver{PreferGo: true}
	if name == "." {
		_, err := r.LookupNS(ctx, name)
		if not := (*net.DNSError)(nil); errors.As(err, &not) && not.IsNotFound {
			return nil // it answers, and that is what was asked
		}
		return err
	}
	_, err := r.LookupHost(ctx, name)
	for _, service := range [][2]string{{"sip", "udp"}, {"sip", "tcp"}, {"sips", "tcp"}} { // a provider may have SRV records alone
		if err == nil || ctx.Err() != nil {
			break
		}
		if _, _, e := r.LookupSRV(ctx, service[0], service[1], name); e == nil {
			err = nil
		}
	}
	return err
}

func command(name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	out, err := exec.CommandContext(ctx, name, args...).Output()
	return string(out), err
}

func lookup(name string) (identity, error) {
	u, err := user.Current()
	if name != "" {
		u, err = user.Lookup(name)
	}
	if err != nil {
		return identity{}, err
	}
	id := identity{name: u.Username}
	id.uid, _ = strconv.Atoi(u.Uid)
	ids, _ := u.GroupIds()
	for _, g := range append(ids, u.Gid) {
		n, _ := strconv.Atoi(g)
		id.groups = append(id.groups, n)
	}
	return id, nil
}

func addresses() (out []netip.Addr) {
	all, _ := net.InterfaceAddrs()
	for _, a := range all {
		if p, err := netip.ParsePrefix(a.String()); err == nil && !p.Addr().IsLoopback() && !p.Addr().IsLinkLocalUnicast() {
			out = append(out, p.Addr())
		}
	}
	return out
}

func synchronised() (bool, error) {
	state, err := unix.Adjtimex(&unix.Timex{}) // no mode: it only reads
	return state != unix.TIME_ERROR, err
}

func free(path string) (bytes uint64, share, files float64, err error) {
	var s unix.Statfs_t
	if err = unix.Statfs(path, &s); err != nil || s.Blocks == 0 {
		return 0, 1, 1, err
	}
	files = 1
	if s.Files > 0 {
		files = float64(s.Ffree) / float64(s.Files)
	}
	return s.Bavail * uint64(s.Bsize), float64(s.Bavail) / float64(s.Blocks), files, nil
}

// identify finds who runs the switchboard: the user of the service, of asterisk.conf, or this one.
func (e *examination) identify() {
	self, _ := e.m.Identity("")
	e.user = self
	if self.uid != 0 {
		return
	}
	name := e.in.RunUser
	if u := e.unit("User"); u != "" {
		name = u
	}
	if name == "" {
		return
	}
	id, err := e.m.Identity(name)
	if err != nil {
		e.say("permissions", Fail, "", "there is no user '%s', as whom the switchboard is to run", name)
		return
	}
	e.user = id
}

// unit is a setting of obelisk.service with its drop-ins; "" where it has none.
func (e *examination) unit(key string) (value string) {
	for _, path := range e.unitFiles() {
		for line := range strings.Lines(e.read(path)) {
			if k, v, ok := strings.Cut(strings.TrimSpace(line), "="); ok && k == key {
				value = v
			}
		}
	}
	return value
}
