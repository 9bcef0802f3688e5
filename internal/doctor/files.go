package doctor

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// What lies on the disk: whose it is, and how much room there is.

const (
	mayRead    = 4
	mayWrite   = 2
	mayExecute = 1
)

// may says whether the user of the switchboard may do that with a path; blocked is the one on
// the way that refuses.
func (e *examination) may(path string, want uint32) (ok bool, blocked string) {
	if e.user.uid == 0 {
		return true, ""
	}
	parts := []string{path}
	for p := filepath.Dir(path); ; p = filepath.Dir(p) {
		parts = append(parts, p)
		if p == "/" || p == "." {
			break
		}
	}
	slices.Reverse(parts)
	for i, p := range parts {
		need := uint32(mayExecute)
		if i == len(parts)-1 {
			need = want
		}
		st, err := os.Stat(e.path(p))
		if err != nil || !e.allowed(st, need) {
			return false, p
		}
	}
	return true, ""
}

func (e *examination) allowed(st fs.FileInfo, need uint32) bool {
	mode := uint32(st.Mode().Perm())
	s, ok := st.Sys().(*syscall.Stat_t)
	switch {
	case !ok:
		return true
	case int(s.Uid) == e.user.uid:
		mode >>= 6
	case slices.Contains(e.user.groups, int(s.Gid)):
		mode >>= 3
	}
	return mode&need == need
}

// permissions tells what the switchboard cannot read or write.
func (e *examination) permissions() {
	fine := e.readable()
	for _, f := range e.in.Folders {
		fine = e.writable(f) && fine
	}
	if fine {
		e.say("permissions", OK, "", "user '%s' may read the configuration and write its folders", e.user.name)
	}
}

// readable looks at the files of the configuration, and names the first that cannot be read.
func (e *examination) readable() bool {
	var shut []string
	first := ""
	for _, f := range e.in.Files {
		if ok, blocked := e.may(f, mayRead); !ok && e.exists(f) {
			if shut = append(shut, f); first == "" {
				first = blocked
			}
		}
	}
	if len(shut) == 0 {
		return true
	}
	more := ""
	if len(shut) > 1 {
		more = fmt.Sprintf(" and %d more files", len(shut)-1)
	}
	e.say("permissions", Fail, e.asOwner(first), "user '%s' cannot read %s%s: %s", e.user.name, shut[0], more, e.whose(first))
	return false
}

// writable looks at a folder, or where it is not there yet at the one it would be made in.
func (e *examination) writable(f Folder) bool {
	path := f.Path
	for !e.exists(path) && path != "/" && path != "." {
		path = filepath.Dir(path)
	}
	st, err := os.Stat(e.path(path))
	switch {
	case err == nil && !st.IsDir():
		e.say("permissions", Fail, "", "%s (%s) is no folder", path, f.Option)
		return false
	}
	ok, blocked := e.may(path, mayWrite|mayExecute)
	if ok {
		return true
	}
	if path != f.Path {
		if f.Option == "astrundir" && e.unit("RuntimeDirectory") != "" {
			return true // systemd makes it
		}
		e.say("permissions", Fail, "mkdir "+f.Path+" && chown "+e.user.name+": "+f.Path,
			"%s (%s) is not there, and user '%s' cannot make it in %s", f.Path, f.Option, e.user.name, path)
		return false
	}
	e.say("permissions", Fail, e.asOwner(blocked), "user '%s' cannot write in %s (%s): %s", e.user.name, f.Path, f.Option, e.whose(blocked))
	return false
}

// whose is "/var/spool/asterisk belongs to root (drwxr-xr-x)".
func (e *examination) whose(path string) string {
	st, err := os.Stat(e.path(path))
	if err != nil {
		return path + " cannot be looked at"
	}
	return path + " belongs to " + owner(st) + " (" + st.Mode().String() + ")"
}

func owner(st fs.FileInfo) string {
	s, ok := st.Sys().(*syscall.Stat_t)
	if !ok {
		return "somebody"
	}
	return userName(int(s.Uid))
}

// asOwner is what helps with a path of somebody else.
func (e *examination) asOwner(path string) string {
	st, err := os.Stat(e.path(path))
	if err != nil {
		return ""
	}
	who := owner(st)
	if who == "asterisk" || strings.Contains(path, "asterisk") && who != "root" {
		return "run as that user, so that Asterisk finds all as it was: systemctl edit obelisk, with the lines\n[Service]\nUser=" + who +
			"\nGroup=" + who
	}
	return "chown -R " + e.user.name + ": " + path
}

// Little room: warned about below the first, fatal below the second.
const (
	littleRoom = 500 << 20
	noRoom     = 20 << 20
)

// disk looks at each file system that is written.
func (e *examination) disk() {
	seen := map[uint64]bool{}
	fine := true
	for _, f := range e.in.Folders {
		path := f.Path
		for !e.exists(path) && path != "/" && path != "." {
			path = filepath.Dir(path)
		}
		st, err := os.Stat(e.path(path))
		if err != nil {
			continue
		}
		if s, ok := st.Sys().(*syscall.Stat_t); ok {
			if seen[uint64(s.Dev)] {
				continue
			}
			seen[uint64(s.Dev)] = true
		}
		bytes, share, files, err := e.m.Free(e.path(path))
		switch {
		case err != nil:
			fine = false
			e.say("disk", Warn, "", "%s: %v", path, err)
		case bytes < noRoom || files < 0.001:
			fine = false
			e.say("disk", Fail, "", "the disk of %s (%s) is full: %d MB are free, and %.1f %% of its files", path, f.Option, bytes>>20, files*100)
		case bytes < littleRoom || share < 0.03 || files < 0.03:
			fine = false
			e.say("disk", Warn, "", "the disk of %s (%s) is nearly full: %d MB are free, and %.1f %% of its files", path, f.Option, bytes>>20,
				files*100)
		}
	}
	if fine {
		e.say("disk", OK, "", "there is room for recordings, messages and call records")
	}
}
