package cli

import (
	"net"
	"os/user"
	"strconv"

	"golang.org/x/sys/unix"
)

// peerOf is who the other end of a socket is to the system.
func peerOf(conn net.Conn) (name string, groups []string) {
	c, ok := conn.(*net.UnixConn)
	if !ok {
		return "", nil
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return "", nil
	}
	var cred *unix.Ucred
	raw.Control(func(fd uintptr) { cred, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) })
	if err != nil || cred == nil {
		return "", nil
	}
	u, err := user.LookupId(strconv.Itoa(int(cred.Uid)))
	if err != nil {
		return strconv.Itoa(int(cred.Uid)), nil
	}
	ids, _ := u.GroupIds()
	for _, id := range ids {
		if g, err := user.LookupGroupId(id); err == nil {
			groups = append(groups, g.Name)
		}
	}
	return u.Username, groups
}
