package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Locking is how a folder is locked against other programs (lockmode of asterisk.conf).
type Locking uint8

// Ways to lock.
const (
	LockFile Locking = iota // a file ".lock" that is made by a hard link
	Flock                   // flock(2) on a file "lock"
)

// Times of locking: how long one waits, how often it looks, and after what time a lock without a
// living owner is taken for one that a crash has left.
const (
	lockWait  = 5 * time.Second
	lockPause = 10 * time.Millisecond
	lockStale = time.Minute
)

// ErrLocked is a folder that another program has had for too long.
var ErrLocked = errors.New("another program has locked the folder")

// lock locks a folder; unlock gives it back.
func (s *Store) lock(dir string) (unlock func(), err error) {
	end := time.Now().Add(lockWait)
	for {
		if s.mode == Flock {
			unlock, err = tryFlock(dir)
		} else {
			unlock, err = tryLink(dir)
		}
		if err == nil {
			return unlock, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
		if time.Now().After(end) {
			return nil, fmt.Errorf("%s: %w", dir, ErrLocked)
		}
		time.Sleep(lockPause)
	}
}

// tryFlock locks the file "lock"; the kernel unlocks it when we die.
func tryFlock(dir string) (func(), error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_WRONLY, fileMode)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fs.ErrExist
		}
		return nil, err
	}
	return func() { f.Close() }, nil
}

// tryLink makes ".lock", which is ours if the link could be made. It holds our process id, so
// that who comes after a crash sees that nobody has it.
func tryLink(dir string) (func(), error) {
	name := filepath.Join(dir, ".lock")
	f, err := os.CreateTemp(dir, ".lock-")
	if err != nil {
		return nil, err
	}
	defer os.Remove(f.Name())
	_, err = fmt.Fprintf(f, "%d\n", os.Getpid())
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	if err = os.Link(f.Name(), name); errors.Is(err, fs.ErrExist) && left(name) {
		os.Remove(name)
		err = os.Link(f.Name(), name)
	}
	if err != nil {
		return nil, err
	}
	return func() { os.Remove(name) }, nil
}

// left says whether a lock is one that a crash has left: its owner is no more, or is ourselves,
// who hold no other lock of that folder; one without a name is left after a while.
func left(name string) bool {
	data, err := os.ReadFile(name)
	if err != nil {
		return false
	}
	if pid, err := strconv.Atoi(strings.TrimSpace(string(data))); err == nil && pid > 0 {
		return pid == os.Getpid() || errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
	}
	stat, err := os.Stat(name)
	return err == nil && time.Since(stat.ModTime()) > lockStale
}
