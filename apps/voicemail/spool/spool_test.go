package spool

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var alice = Ref{"default", "100"}

// world is a store in a folder of its own, at a fixed time.
func world(t *testing.T) *Store {
	t.Helper()
	return New(t.TempDir(), LockFile, func() time.Time { return time.Unix(1795938043, 0) })
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// message puts one there as another program would.
func message(t *testing.T, s *Store, f Folder, n int) {
	t.Helper()
	path := base(s.Path(alice, f), n)
	write(t, path+".txt", fmt.Sprintf(";\n[message]\ncallerchan=Local/%d\ncallerid=\"Bob\" <10%d>\norigtime=%d\nmsg_id=%s-%d\nduration=%d\n",
		n, n, 1795938000+n, f, n, 10+n))
	write(t, path+".wav", fmt.Sprintf("sound %s%d", f, n))
}

// ids are the messages of a folder, each checked to have its own sound.
func ids(t *testing.T, s *Store, f Folder) (out []string) {
	t.Helper()
	for _, m := range s.List(alice, f) {
		data, err := os.ReadFile(m.Path + ".wav")
		name, n, _ := strings.Cut(m.ID(), "-")
		if err != nil || string(data) != "sound "+name+n {
			t.Errorf("message %s has the sound %q (%v)", m.ID(), data, err)
		}
		out = append(out, m.ID())
	}
	return out
}

// The text of a message is Asterisk's, to the byte; the sound is there before it.
func TestDraft(t *testing.T) {
	s := world(t)
	d, err := s.Begin(alice, Header{Box: "100", Context: "default", Exten: "vm", Priority: 1, Channel: "Local/tone@default-0000000a;1",
		CallerID: `"Bob" <100>`, ID: s.NewID(), At: time.Unix(1795938043, 0)})
	if err != nil {
		t.Fatal(err)
	}
	if s.Room(alice, 1) {
		t.Error("a message that is being recorded does not count")
	}
	write(t, d.Path()+".wav", "sound")
	m, err := d.Commit(Inbox, "", 7900*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	const want = ";\n; Message Information file\n;\n[message]\norigmailbox=100\ncontext=default\nmacrocontext=\nexten=vm\nrdnis=unknown\n" +
		"priority=1\n" +
		"callerchan=Local/tone@default-0000000a;1\ncallerid=\"Bob\" <100>\norigdate=Sun Nov 29 07:40:43 AM UTC 2026\norigtime=1795938043\n" +
		"category=\nmsg_id=1795938043-00000000\nflag=\nduration=7\n"
	if data, _ := os.ReadFile(m.Path + ".txt"); string(data) != want {
		t.Errorf("text:\n%s", data)
	}
	if left, _ := os.ReadDir(filepath.Join(s.Dir(alice), "tmp")); len(left) != 0 || m.Number != 0 || m.Seconds != 7 || !s.Room(alice, 2) {
		t.Errorf("number %d, %d s, %d files left", m.Number, m.Seconds, len(left))
	}
	if d, err = s.Begin(alice, Header{}); err != nil {
		t.Fatal(err)
	}
	if _, err = d.Commit(Inbox, "", 0); !errors.Is(err, ErrSilent) || s.Count(alice, Inbox) != 1 {
		t.Errorf("without sound: %v", err)
	}
}

// What other programs write is read: carriage returns, blanks, missing and unknown lines.
func TestTextOfOthers(t *testing.T) {
	s := world(t)
	write(t, base(s.Path(alice, Inbox), 0)+".txt", "[message]\r\ncontext = macro-vm\r\nmacrocontext=in\r\nCallerID=>Bob\r\nstrange=1\r\n")
	m := s.List(alice, Inbox)[0]
	if m.Context() != "in" || m.CallerID() != "Bob" || m.Flag() != "" || !m.Origin.IsZero() || m.Get("strange") != "1" {
		t.Errorf("%q", m.Text.lines)
	}
}

// Folders that other programs have left with gaps are closed up, in order.
func TestOpenClosesUp(t *testing.T) {
	s := world(t)
	for _, n := range []int{2, 5, 11} {
		message(t, s, Inbox, n)
	}
	write(t, base(s.Path(alice, Inbox), 0)+".gsm", "of a message that is no more")
	list, renumbered, err := s.Open(alice, Inbox)
	if err != nil || !renumbered || len(list) != 3 || list[2].Number != 2 || HasSound(base(s.Path(alice, Inbox), 5)) {
		t.Errorf("%v %v %v", list, renumbered, err)
	}
	if got := ids(t, s, Inbox); !slices.Equal(got, []string{"INBOX-2", "INBOX-5", "INBOX-11"}) {
		t.Error(got)
	}
	if len(soundOf(list[0].Path)) != 1 {
		t.Error("the sound of a message that is no more is another one's now")
	}
}

// Changes find their messages although the numbers have changed since, and new ones stay.
func TestApply(t *testing.T) {
	s := world(t)
	for n := range 4 {
		message(t, s, Inbox, n)
	}
	message(t, s, Old, 0)
	list, _, _ := s.Open(alice, Inbox)
	if err := s.Apply(alice, Inbox, []Change{{Message: list[0]}}); err != nil { // another visit
		t.Fatal(err)
	}
	message(t, s, Inbox, 3) // and another message, with a name that was there
	err := s.Apply(alice, Inbox, []Change{{Message: list[0]}, {Message: list[1], Move: true, To: Old, Most: 100}, {Message: list[2]},
		{Message: list[3], Move: true, To: Old, Most: 2}})
	if !errors.Is(err, ErrFull) {
		t.Errorf("a full folder: %v", err)
	}
	if got := ids(t, s, Inbox); !slices.Equal(got, []string{"INBOX-3", "INBOX-3"}) {
		t.Error(got)
	}
	if got := ids(t, s, Old); !slices.Equal(got, []string{"Old-0", "INBOX-1"}) {
		t.Error(got)
	}
}

// The folder of deleted messages keeps the newest.
func TestDeletedKeepsTheNewest(t *testing.T) {
	s := world(t)
	for n := range 4 {
		message(t, s, Inbox, n)
	}
	list, _, _ := s.Open(alice, Inbox)
	for _, m := range list {
		if err := s.Apply(alice, Inbox, []Change{{Message: m, Move: true, To: Deleted, Most: 2}}); err != nil {
			t.Fatal(err)
		}
	}
	if got := ids(t, s, Deleted); !slices.Equal(got, []string{"INBOX-2", "INBOX-3"}) {
		t.Error(got)
	}
}

// crash is what a test's step panics with.
type crash struct{}

// until runs f and crashes it at its nth step; false: it had not so many.
func until(s *Store, n int, f func()) (crashed bool) {
	s.step = func() {
		if n--; n < 0 {
			panic(crash{})
		}
	}
	defer func() {
		s.step = nil
		if r := recover(); r != nil {
			crashed = true
		}
	}()
	f()
	return false
}

// A crash at any step of any change loses no message and shows none twice.
func TestCrash(t *testing.T) {
	for n := 0; ; n++ {
		s := world(t)
		for i := range 3 {
			message(t, s, Inbox, i)
		}
		list, _, _ := s.Open(alice, Inbox)
		crashed := until(s, n, func() {
			s.Apply(alice, Inbox, []Change{{Message: list[0]}, {Message: list[1], Move: true, To: Old, Most: 9}})
		})
		again := New(s.root, LockFile, nil) // the next start
		if _, _, err := again.Open(alice, Inbox); err != nil {
			t.Fatalf("step %d: %v", n, err)
		}
		if _, _, err := again.Open(alice, Old); err != nil {
			t.Fatalf("step %d: %v", n, err)
		}
		all := append(ids(t, again, Inbox), ids(t, again, Old)...)
		slices.Sort(all)
		if lost := !slices.Contains(all, "INBOX-1") || !slices.Contains(all, "INBOX-2"); lost ||
			len(slices.Compact(slices.Clone(all))) != len(all) {
			t.Errorf("step %d: %v", n, all)
		}
		if !crashed {
			if n < 5 {
				t.Errorf("only %d steps", n)
			}
			return
		}
	}
}

// A crash while a message is left leaves it whole, or a draft that is swept.
func TestCrashOfDraft(t *testing.T) {
	for n := 0; ; n++ {
		s := world(t)
		d, err := s.Begin(alice, Header{ID: "INBOX-9"})
		if err != nil {
			t.Fatal(err)
		}
		write(t, d.Path()+".wav", "sound INBOX9")
		crashed := until(s, n, func() { d.Commit(Inbox, "", time.Second) })
		again := New(s.root, LockFile, nil)
		again.Sweep(0)
		if got := ids(t, again, Inbox); len(got) > 1 || !crashed && len(got) != 1 {
			t.Errorf("step %d: %v", n, got)
		}
		if left, _ := os.ReadDir(filepath.Join(s.Dir(alice), "tmp")); len(left) > 0 {
			t.Errorf("step %d: %d files in tmp", n, len(left))
		}
		if !crashed {
			return
		}
	}
}

// A draft that is being recorded is left alone, and so is what others keep in tmp.
func TestSweep(t *testing.T) {
	s := world(t)
	tmp := filepath.Join(s.Dir(alice), "tmp")
	old := time.Now().Add(-time.Hour)
	for _, name := range []string{"abcdef", "abcdef.wav", "notes-of-mine"} {
		write(t, filepath.Join(tmp, name), "x")
		os.Chtimes(filepath.Join(tmp, name), old, old)
	}
	s = New(s.root, LockFile, nil)
	d, _ := s.Begin(alice, Header{})
	if n := s.Sweep(0); n != 2 {
		t.Errorf("%d files are swept", n)
	}
	if left, _ := os.ReadDir(tmp); len(left) != 2 {
		t.Errorf("%v left", left)
	}
	d.Abandon()
}

// A lock of a process that is no more is broken; one of a living one is waited for.
func TestLockLeftByACrash(t *testing.T) {
	s := world(t)
	if err := s.Make(alice, Inbox); err != nil {
		t.Fatal(err)
	}
	lock := filepath.Join(s.Path(alice, Inbox), ".lock")
	write(t, lock, "99999999\n")
	if _, _, err := s.Open(alice, Inbox); err != nil {
		t.Errorf("left by a crash: %v", err)
	}
	if _, err := os.Stat(lock); err == nil {
		t.Error("the lock stays")
	}
	write(t, lock, "1\n") // somebody lives there
	if left(lock) {
		t.Error("a lock of somebody else is broken")
	}
}

// A name must not lead out of the spool.
func TestNames(t *testing.T) {
	s := world(t)
	for _, r := range []Ref{{"default", ".."}, {"..", "x"}, {"a/b", "1"}, {"", "1"}, {"default", ""}} {
		if err := s.Make(r, Inbox); err == nil {
			t.Errorf("%v is made", r)
		}
		if _, err := s.Begin(r, Header{}); err == nil {
			t.Errorf("%v takes a message", r)
		}
	}
}

// What a caller sends stays in its line.
func TestNoLineOfACaller(t *testing.T) {
	h := Header{CallerID: "\"x\nflag=Urgent\" <1>", Category: "a\r\nb"}
	if strings.Contains(h.text(), "\nflag") || strings.Contains(h.text(), "\r") {
		t.Errorf("%q", h.text())
	}
}

// A copy has an id of its own and leaves the message as it was.
func TestCopy(t *testing.T) {
	s := world(t)
	message(t, s, Inbox, 0)
	m := s.List(alice, Inbox)[0]
	bob := Ref{"default", "102"}
	c, err := s.Copy(m, bob, Urgent, 1, Copied{Text: map[string]string{"flag": "Urgent", "duration": "12"}})
	if err != nil || c.ID() == m.ID() || c.Flag() != "Urgent" || c.Seconds != 12 || c.CallerID() != m.CallerID() ||
		s.List(alice, Inbox)[0].Flag() != "" {
		t.Errorf("%v %v", c, err)
	}
	if _, err := s.Copy(m, bob, Urgent, 1, Copied{}); !errors.Is(err, ErrFull) {
		t.Errorf("full: %v", err)
	}
}

// Sound is joined without being coded anew, and headers tell the new length.
func TestJoin(t *testing.T) {
	dir := t.TempDir()
	riff := func(fact, sound string) string {
		head := "RIFF....WAVEfmt \x04\x00\x00\x00abcd"
		if fact != "" {
			head += "fact\x04\x00\x00\x00" + fact
		}
		return head + "data" + string([]byte{byte(len(sound)), 0, 0, 0}) + sound
	}
	write(t, dir+"/a.wav", riff("", "AAAA"))
	write(t, dir+"/b.wav", riff("", "BB"))
	write(t, dir+"/a.WAV", riff("\x02\x00\x00\x00", "CC"))
	write(t, dir+"/b.WAV", riff("\x03\x00\x00\x00", "DDD"))
	write(t, dir+"/a.gsm", "xx")
	write(t, dir+"/b.gsm", "yy")
	if err := JoinSound(dir+"/c", dir+"/a", dir+"/b"); err != nil {
		t.Fatal(err)
	}
	for ext, want := range map[string]string{"wav": "AAAABB", "WAV": "CCDDD\x00", "gsm": "xxyy"} {
		data, _ := os.ReadFile(dir + "/c." + ext)
		if !strings.HasSuffix(string(data), want) {
			t.Errorf("%s: %q", ext, data)
		}
		if ext == "WAV" && (factOf(data) != 5 || data[4] != byte(len(data)-8)) {
			t.Errorf("%s: %q", ext, data)
		}
	}
}

// The password beside the messages is nobody else's to read.
func TestSecret(t *testing.T) {
	s := world(t)
	if _, ok := s.Secret(alice); ok {
		t.Error("there is none")
	}
	if err := s.SetSecret(alice, "4321"); err != nil {
		t.Fatal(err)
	}
	stat, _ := os.Stat(s.Dir(alice) + "/secret.conf")
	if p, ok := s.Secret(alice); p != "4321" || !ok || stat.Mode().Perm() != 0o600 {
		t.Errorf("%q %v %v", p, ok, stat.Mode())
	}
}

// FuzzText reads whatever lies in a mailbox.
func FuzzText(f *testing.F) {
	f.Add("[message]\ncallerid=x\norigtime=1\n")
	f.Fuzz(func(t *testing.T, text string) {
		name := filepath.Join(t.TempDir(), "msg0000")
		write(t, name+".txt", text)
		m, err := read(filepath.Dir(name), 0)
		if err != nil {
			t.Fatal(err)
		}
		m.Text.Set("flag", "Urgent")
		if m.Flag() != "Urgent" {
			t.Errorf("%q", m.Text.lines)
		}
	})
}
