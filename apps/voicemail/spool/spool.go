// Package spool is the mailboxes on disk, as Asterisk's voicemail keeps them and as other
// programs read them: <root>/<context>/<box>/<folder>/msgNNNN.txt, beside it the sound in each
// format that is recorded.
//
// A message is there from the moment when its text file is, and gone with it. Each change is a
// few steps in an order in which a crash between any two of them loses no message and shows none
// twice: sound first and the text last where one appears, the text first where one goes.
package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Modes of what is made, less the umask.
const (
	fileMode   = 0o666
	dirMode    = 0o777
	secretMode = 0o600
)

// MostMessages is how many a folder can hold: their numbers have four digits.
const MostMessages = 9999

// Folder is one of a mailbox, by its number.
type Folder int

// Folders, in the order of the keys that choose the first five.
const (
	Inbox Folder = iota
	Old
	Work
	Family
	Friends
	Cust1
	Cust2
	Cust3
	Cust4
	Cust5
	Deleted
	Urgent
	folders
)

var folderNames = [folders]string{"INBOX", "Old", "Work", "Family", "Friends", "Cust1", "Cust2", "Cust3", "Cust4", "Cust5", "Deleted",
	"Urgent"}

// String is the name of the folder on disk.
func (f Folder) String() string { return folderNames[f] }

// FolderNamed finds a folder by its name, without case.
func FolderNamed(name string) (Folder, bool) {
	i := slices.IndexFunc(folderNames[:], func(n string) bool { return strings.EqualFold(n, name) })
	return Folder(max(i, 0)), i >= 0
}

// Folders are all of them, in order.
func Folders() (out []Folder) {
	for f := Inbox; f < folders; f++ {
		out = append(out, f)
	}
	return out
}

// Ref names a mailbox.
type Ref struct{ Context, Box string }

// String is box@context.
func (r Ref) String() string { return r.Box + "@" + r.Context }

// Valid says whether a mailbox of that name can lie in the spool: a name must not lead out of it.
func (r Ref) Valid() bool { return plain(r.Context) && plain(r.Box) }

func plain(name string) bool {
	return name != "" && name != "." && name != ".." && !strings.ContainsAny(name, "/\x00")
}

// Store is the mailboxes of one switchboard.
type Store struct {
	root  string
	now   func() time.Time
	mode  Locking
	began time.Time

	recording sync.Map      // paths of drafts that were begun here
	ids       atomic.Uint32 // messages that have got an id
	step      func()        // called between the steps of a change, for tests; nil: nobody is
	told      atomic.Pointer[func(from, to string, text *Text)]

	mu    sync.Mutex
	boxes map[Ref]*box // those that somebody works at
}

// box is a mailbox that somebody works at.
type box struct {
	mu    sync.Mutex // held for a change of its folders
	users int        // who has it, guarded by Store.mu
	draft int        // messages that are being recorded, guarded by Store.mu
}

// New is the store in a folder, <astspooldir>/voicemail. now may be nil.
func New(root string, mode Locking, now func() time.Time) *Store {
	if now == nil {
		now = time.Now
	}
	return &Store{root: root, now: now, mode: mode, began: now(), boxes: map[Ref]*box{}}
}

// Watch has f told of each message that comes (from is ""), gets another path, or goes (to is ""):
// paths without extension. text is that of one that comes. f must not wait: the folder is locked.
func (s *Store) Watch(f func(from, to string, text *Text)) { s.told.Store(&f) }

func (s *Store) tell(from, to string, text *Text) {
	if f := s.told.Load(); f != nil {
		(*f)(from, to, text)
	}
}

// Root is the folder of the store.
func (s *Store) Root() string { return s.root }

// Dir is the folder of a mailbox; its greetings lie there.
func (s *Store) Dir(r Ref) string { return filepath.Join(s.root, r.Context, r.Box) }

// Path is a folder of it.
func (s *Store) Path(r Ref, f Folder) string { return filepath.Join(s.Dir(r), f.String()) }

// Known says whether a mailbox has been used: its folder is there.
func (s *Store) Known(r Ref) bool {
	if !r.Valid() {
		return false
	}
	_, err := os.Stat(s.Dir(r))
	return err == nil
}

// Make makes a mailbox's folder.
func (s *Store) Make(r Ref, f Folder) error {
	if !r.Valid() {
		return fmt.Errorf("'%s' is no name of a mailbox", r)
	}
	return os.MkdirAll(s.Path(r, f), dirMode)
}

// NewID makes an id for a message: the time in seconds, and a count.
func (s *Store) NewID() string {
	return fmt.Sprintf("%d-%08x", s.now().Unix(), s.ids.Add(1)-1)
}

// hold gives the box of a mailbox; release when done.
func (s *Store) hold(r Ref) *box {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.boxes[r]
	if b == nil {
		b = &box{}
		s.boxes[r] = b
	}
	b.users++
	return b
}

func (s *Store) release(r Ref) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if b := s.boxes[r]; b != nil {
		if b.users--; b.users == 0 {
			delete(s.boxes, r)
		}
	}
}

// with runs f while nobody else changes the folder, in this switchboard or another program.
func (s *Store) with(r Ref, f Folder, do func(dir string) error) error {
	if err := s.Make(r, f); err != nil {
		return err
	}
	b := s.hold(r)
	defer s.release(r)
	b.mu.Lock()
	defer b.mu.Unlock()
	dir := s.Path(r, f)
	unlock, err := s.lock(dir)
	if err != nil {
		return err
	}
	defer unlock()
	return do(dir)
}

// between is called where a crash would leave a change half done.
func (s *Store) between() {
	if s.step != nil {
		s.step()
	}
}

// base is the path of a message without extension.
func base(dir string, n int) string { return filepath.Join(dir, fmt.Sprintf("msg%04d", n)) }

// numbers are the messages of a folder, by the numbers of their text files, sorted. A folder that
// is not there has none.
func numbers(dir string) (out []int, err error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, e := range entries {
		if n, ok := numberOf(e.Name()); ok {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out, err
}

// numberOf reads msgNNNN.txt.
func numberOf(name string) (int, bool) {
	digits, ok := strings.CutSuffix(name, ".txt")
	if !ok || len(digits) != 7 || !strings.HasPrefix(digits, "msg") || strings.Trim(digits[3:], "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(digits[3:])
	return n, err == nil
}

// Count is how many messages a folder has.
func (s *Store) Count(r Ref, f Folder) int {
	if !r.Valid() {
		return 0
	}
	list, _ := numbers(s.Path(r, f))
	return len(list)
}

// Counts of a mailbox, as lamps show them.
type Counts struct{ Urgent, New, Old int }

// Counts reads them.
func (s *Store) Counts(r Ref) Counts {
	return Counts{Urgent: s.Count(r, Urgent), New: s.Count(r, Inbox), Old: s.Count(r, Old)}
}

// Room says whether a folder of most messages takes another one, those counted that are being
// recorded.
func (s *Store) Room(r Ref, most int) bool {
	s.mu.Lock()
	drafts := 0
	if b := s.boxes[r]; b != nil {
		drafts = b.draft
	}
	s.mu.Unlock()
	return s.Count(r, Inbox)+drafts < most
}
