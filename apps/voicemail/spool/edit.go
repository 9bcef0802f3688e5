package spool

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// Open reads the messages of a folder, oldest number first. Numbers that are missing are closed
// up before; renumbered says that some were.
func (s *Store) Open(r Ref, f Folder) (list []*Message, renumbered bool, err error) {
	err = s.with(r, f, func(dir string) error {
		renumbered, err = s.closeUp(dir)
		if err != nil {
			return err
		}
		list, err = readAll(dir)
		return err
	})
	return list, renumbered, err
}

// List reads the messages of a folder as they are, without a lock.
func (s *Store) List(r Ref, f Folder) (list []*Message) {
	if r.Valid() {
		list, _ = readAll(s.Path(r, f))
	}
	return list
}

// readAll reads a folder; a message that goes meanwhile is passed over.
func readAll(dir string) (list []*Message, err error) {
	all, err := numbers(dir)
	for _, n := range all {
		if m, err := read(dir, n); err == nil {
			list = append(list, m)
		}
	}
	return list, err
}

// Find looks for a message by its id, in all folders.
func (s *Store) Find(r Ref, id string) (*Message, Folder, bool) {
	for _, f := range Folders() {
		for _, m := range s.List(r, f) {
			if m.ID() == id && id != "" {
				return m, f, true
			}
		}
	}
	return nil, 0, false
}

// closeUp gives the messages of a folder the numbers from 0 on, in order.
func (s *Store) closeUp(dir string) (changed bool, err error) {
	list, err := numbers(dir)
	if err != nil {
		return false, err
	}
	for to, from := range list {
		if from != to {
			changed = true
			if err := s.renumber(base(dir, from), base(dir, to)); err != nil {
				return changed, err
			}
		}
	}
	return changed, nil
}

// renumber gives a message another path, on the same disk: the sound is there under both until
// the text has moved.
func (s *Store) renumber(from, to string) error {
	clearSound(to)
	s.between()
	if err := linkSound(from, to); err != nil {
		return err
	}
	s.between()
	if err := os.Rename(from+".txt", to+".txt"); err != nil {
		return err
	}
	s.between()
	clearSound(from)
	s.tell(from, to, nil)
	return nil
}

// remove takes a message away.
func (s *Store) remove(path string) error {
	if err := os.Remove(path + ".txt"); err != nil {
		return err
	}
	s.between()
	clearSound(path)
	s.tell(path, "", nil)
	return nil
}

// Change is what becomes of a message when its folder is closed.
type Change struct {
	Message *Message
	Move    bool   // to another folder; else it goes
	To      Folder // where to
	Most    int    // messages that this may hold
}

// ErrFull is a folder that holds as many messages as it may.
var ErrFull = errors.New("the folder is full")

// Apply makes changes to the messages of a folder, which are found by what they are and not by
// their numbers: those may have changed since it was opened. A message that cannot be moved
// stays. Afterwards the numbers are closed up.
func (s *Store) Apply(r Ref, f Folder, changes []Change) error {
	if len(changes) == 0 {
		return nil
	}
	var failed error
	err := s.with(r, f, func(dir string) error {
		now, err := readAll(dir)
		if err != nil {
			return err
		}
		for _, c := range changes {
			i := same(now, c.Message)
			if i < 0 {
				continue // somebody else has taken it away
			}
			if c.Move {
				err = s.moveTo(r, now[i], c)
			} else {
				err = s.remove(now[i].Path)
			}
			failed = errors.Join(failed, err)
			now = slices.Delete(now, i, i+1)
		}
		_, err = s.closeUp(dir)
		syncDir(dir)
		return err
	})
	return errors.Join(failed, err)
}

// same finds a message again: by its id, that of the same number first.
func same(list []*Message, m *Message) int {
	is := func(o *Message) bool {
		return o.ID() == m.ID() && o.Origin.Equal(m.Origin) && o.Get("callerchan") == m.Get("callerchan")
	}
	if i := slices.IndexFunc(list, func(o *Message) bool { return o.Number == m.Number && is(o) }); i >= 0 {
		return i
	}
	return slices.IndexFunc(list, is)
}

// moveTo moves a message whose mailbox is held to another folder of it.
func (s *Store) moveTo(r Ref, m *Message, c Change) error {
	if err := s.Make(r, c.To); err != nil {
		return err
	}
	dir := s.Path(r, c.To)
	unlock, err := s.lock(dir)
	if err != nil {
		return err
	}
	defer unlock()
	n, err := s.placeIn(dir, c.To, c.Most)
	if err != nil {
		return err
	}
	err = s.renumber(m.Path, base(dir, n))
	syncDir(dir)
	return err
}

// placeIn is the number for one more message of a folder. In that of deleted ones the oldest
// makes room.
func (s *Store) placeIn(dir string, f Folder, most int) (int, error) {
	list, err := numbers(dir)
	if err != nil {
		return 0, err
	}
	if f == Deleted && len(list) >= most && len(list) > 0 {
		for _, n := range list[:min(len(list)-most+1, len(list))] {
			if err := s.remove(base(dir, n)); err != nil {
				return 0, err
			}
		}
		if _, err := s.closeUp(dir); err != nil {
			return 0, err
		}
		list, err = numbers(dir)
	}
	if len(list) >= most {
		return 0, fmt.Errorf("%s: %w", dir, ErrFull)
	}
	if err != nil || len(list) == 0 {
		return 0, err
	}
	return list[len(list)-1] + 1, nil
}

// Copied is how a copy differs from its message.
type Copied struct {
	Sound   string            // path of other sound than the message's; "": its own
	Text    map[string]string // values to change
	SameBox bool              // it keeps its id
}

// Copy puts a copy of a message into a folder, of another mailbox or the same.
func (s *Store) Copy(m *Message, to Ref, f Folder, most int, c Copied) (out *Message, err error) {
	sound := c.Sound
	if sound == "" {
		sound = m.Path
	}
	text := &Text{slices.Clone(m.Text.lines)}
	if !c.SameBox {
		text.Set("msg_id", s.NewID())
	}
	for _, key := range []string{"flag", "duration"} {
		if v, ok := c.Text[key]; ok {
			text.Set(key, v)
		}
	}
	if c.Sound != "" {
		text.space()
	}
	err = s.with(to, f, func(dir string) error {
		n, err := s.placeIn(dir, f, most)
		if err != nil {
			return err
		}
		if err := CopySound(sound, base(dir, n)); err != nil {
			clearSound(base(dir, n))
			return err
		}
		s.between()
		if err := writeFile(base(dir, n)+".txt", text.Bytes(), fileMode); err != nil {
			clearSound(base(dir, n))
			return err
		}
		syncDir(dir)
		s.tell("", base(dir, n), text)
		out, err = read(dir, n)
		return err
	})
	return out, err
}

// Greetings of a mailbox.
const (
	Unavailable = "unavail"
	Busy        = "busy"
	Name        = "greet"
	Temporary   = "temp"
)

// Greeting is the path of one, without extension.
func (s *Store) Greeting(r Ref, name string) string { return s.Dir(r) + "/" + name }

// HasGreeting says whether it is recorded.
func (s *Store) HasGreeting(r Ref, name string) bool {
	return r.Valid() && HasSound(s.Greeting(r, name))
}

// Secret is the password that a mailbox keeps beside its messages, secret.conf; false without.
func (s *Store) Secret(r Ref) (string, bool) {
	if !r.Valid() {
		return "", false
	}
	data, err := os.ReadFile(s.Dir(r) + "/secret.conf")
	if err != nil {
		return "", false
	}
	for _, l := range strings.Split(string(data), "\n") {
		if name, value, ok := strings.Cut(l, "="); ok && strings.EqualFold(strings.TrimSpace(name), "password") {
			return strings.TrimSpace(value), true
		}
	}
	return "", false
}

// SetSecret writes it.
func (s *Store) SetSecret(r Ref, password string) error {
	if err := s.Make(r, Inbox); err != nil {
		return err
	}
	return writeFile(s.Dir(r)+"/secret.conf", []byte("[general]\npassword = "+oneLine(password)+"\n"), secretMode)
}

// Snapshot are the messages of all folders, in order. A message without an id gets one, so that
// it can be asked for.
func (s *Store) Snapshot(r Ref) (out [folders][]*Message) {
	for _, f := range Folders() {
		out[f] = s.List(r, f)
		for _, m := range out[f] {
			if m.ID() == "" {
				m.Text.Set("msg_id", s.NewID())
				if writeFile(m.Path+".txt", m.Text.Bytes(), fileMode) != nil {
					m.Text.Set("msg_id", "")
				}
			}
		}
	}
	return out
}
