package boot

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"strconv"
	"syscall"

	"obelisk/internal/config"
)

// runAs becomes another user and group for good: -U and -G, or runuser and rungroup of
// asterisk.conf. Directories that are not there yet are made beforehand and are his. Ports
// below 1024 need the capability CAP_NET_BIND_SERVICE, which is lost: use the service
// manager for these.
func runAs(name, group string, dirs config.Directories) error {
	if name == "" && group == "" {
		return nil
	}
	uid, gid := os.Getuid(), os.Getgid()
	groups := []int{}
	if name != "" {
		u, err := user.Lookup(name)
		if err != nil {
			return err
		}
		uid, _ = strconv.Atoi(u.Uid)
		gid, _ = strconv.Atoi(u.Gid)
		ids, _ := u.GroupIds()
		for _, id := range ids {
			n, _ := strconv.Atoi(id)
			groups = append(groups, n)
		}
	}
	if group != "" {
		g, err := user.LookupGroup(group)
		if err != nil {
			return err
		}
		gid, _ = strconv.Atoi(g.Gid)
	}
	if uid == os.Getuid() && gid == os.Getgid() {
		return nil
	}
	if os.Getuid() != 0 {
		return fmt.Errorf("only root can become user '%s' and group '%s'", name, group)
	}
	for _, d := range []string{dirs.Run, dirs.Log, dirs.Spool, dirs.DB} {
		if _, err := os.Stat(d); !errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err := os.MkdirAll(d, 0o750); err != nil {
			return err
		}
		if err := os.Chown(d, uid, gid); err != nil {
			return err
		}
	}
	if err := syscall.Setgroups(groups); err != nil {
		return err
	}
	if err := syscall.Setgid(gid); err != nil {
		return err
	}
	return syscall.Setuid(uid)
}
