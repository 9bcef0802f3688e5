package spool

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Draft is a message that is being recorded: a text file and sound in the mailbox's folder tmp.
// Exactly one of Commit and Abandon ends it.
type Draft struct {
	store  *Store
	ref    Ref
	header Header
	path   string // without extension; the text file is this itself
}

// Begin makes a draft, with what is known before the recording.
func (s *Store) Begin(r Ref, h Header) (*Draft, error) {
	if !r.Valid() {
		return nil, fmt.Errorf("'%s' is no name of a mailbox", r)
	}
	dir := filepath.Join(s.Dir(r), "tmp")
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return nil, err
	}
	d := &Draft{store: s, ref: r, header: h}
	for {
		d.path = filepath.Join(dir, randomName())
		s.recording.Store(d.path, true)
		f, err := os.OpenFile(d.path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, fileMode)
		if err != nil {
			s.recording.Delete(d.path)
		}
		if errors.Is(err, os.ErrExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		_, err = f.WriteString(h.text())
		if err = errors.Join(err, f.Close()); err != nil {
			os.Remove(d.path)
			s.recording.Delete(d.path)
			return nil, err
		}
		break
	}
	s.hold(r)
	s.drafts(r, 1)
	return d, nil
}

// drafts counts a mailbox's.
func (s *Store) drafts(r Ref, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.boxes[r].draft += n
}

// Scratch is a path in the mailbox's folder tmp for sound that is not kept; a crash leaves nothing
// there either.
func (s *Store) Scratch(r Ref) string {
	dir := filepath.Join(s.Dir(r), "tmp")
	os.MkdirAll(dir, dirMode)
	return filepath.Join(dir, randomName())
}

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

// randomName is one of six letters, as mkstemp(3) makes them.
func randomName() string {
	b := make([]byte, 6)
	for i := range b {
		b[i] = letters[rand.IntN(len(letters))]
	}
	return string(b)
}

// Path is where the sound belongs, without extension.
func (d *Draft) Path() string { return d.path }

// Header is what the draft was begun with.
func (d *Draft) Header() Header { return d.header }

// ErrSilent is a draft without sound: there is no message.
var ErrSilent = errors.New("nothing was recorded")

// Commit makes the draft the last message of a folder.
func (d *Draft) Commit(f Folder, flag string, length time.Duration) (m *Message, err error) {
	defer d.end()
	if err = d.finish(flag, length); err != nil {
		return nil, err
	}
	err = d.store.with(d.ref, f, func(dir string) error {
		n, err := next(dir)
		if err != nil {
			return err
		}
		to := base(dir, n)
		clearSound(to)
		d.store.between()
		if err := moveSound(d.path, to); err != nil {
			return err
		}
		d.store.between()
		if err := os.Rename(d.path, to+".txt"); err != nil {
			return err
		}
		syncDir(dir)
		if m, err = read(dir, n); err == nil {
			d.store.tell("", to, m.Text)
		}
		return err
	})
	return m, err
}

// finish writes the rest of the text and has the disk hold all of it.
func (d *Draft) finish(flag string, length time.Duration) error {
	sound := soundOf(d.path)
	if len(sound) == 0 {
		return ErrSilent
	}
	f, err := os.OpenFile(d.path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "flag=%s\nduration=%s\n", flag, strconv.Itoa(int(length/time.Second)))
	return errors.Join(err, f.Sync(), f.Close())
}

// end takes away what is left in tmp and gives the mailbox back.
func (d *Draft) end() {
	clearSound(d.path)
	os.Remove(d.path)
	d.store.recording.Delete(d.path)
	d.store.drafts(d.ref, -1)
	d.store.release(d.ref)
}

// Abandon ends a draft without a message.
func (d *Draft) Abandon() { d.end() }

// next is the number that follows the highest one of a folder.
func next(dir string) (int, error) {
	list, err := numbers(dir)
	if err != nil {
		return 0, err
	}
	n := 0
	if len(list) > 0 {
		n = list[len(list)-1] + 1
	}
	if n > MostMessages {
		return 0, fmt.Errorf("%s: there is no number left for another message", dir)
	}
	return n, nil
}

// syncDir has the disk hold the names of a folder. What does not know how to is left alone.
func syncDir(dir string) {
	if f, err := os.Open(dir); err == nil {
		f.Sync()
		f.Close()
	}
}

// Sweep takes away drafts that nobody records any more, of all mailboxes: what a crash has left.
// A draft of before the store's own start is one, unless it has changed within the grace. It
// returns how many files went.
//
// The clock of file systems is up to a tick behind: a draft of this store may look older than the store.
func (s *Store) Sweep(grace time.Duration) (swept int) {
	drafts, _ := filepath.Glob(filepath.Join(s.root, "*", "*", "tmp", "*"))
	for _, name := range drafts {
		short, _, _ := strings.Cut(filepath.Base(name), ".")
		if _, own := s.recording.Load(filepath.Join(filepath.Dir(name), short)); own {
			continue
		}
		stat, err := os.Stat(name)
		if err != nil || len(short) != 6 || !stat.Mode().IsRegular() || !stat.ModTime().Before(s.began) || s.now().Sub(stat.ModTime()) < grace {
			continue
		}
		if os.Remove(name) == nil {
			swept++
		}
	}
	return swept
}
