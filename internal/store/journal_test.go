package store

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// crash copies what a process that is killed leaves behind.
func crash(t *testing.T, dir string) string {
	t.Helper()
	to := t.TempDir()
	list, _ := os.ReadDir(dir)
	for _, e := range list {
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			continue // the transaction is over meanwhile
		}
		if err := os.WriteFile(filepath.Join(to, e.Name()), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// What was put is there after a crash in the same moment, whether the database has it or
// not, and once the next process has written it, nothing is left of the journal.
func TestSurvivesACrash(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir)
	d.Put("f", "old", "1")
	d.Close()
	d = open(t, dir)
	for i := range 100 {
		d.Put("f", fmt.Sprint(i), "x")
	}
	d.Put("f", "7", "changed")
	d.Delete("f", "old")
	left := crash(t, dir)
	d.Close()
	for range 2 { // of a crash right after the start nothing is lost either
		left = crash(t, left)
		d = open(t, left)
		if v, ok := d.Get("f", "old"); ok {
			t.Errorf("a removed row is back: %s", v)
		}
		if v, _ := d.Get("f", "7"); v != "changed" {
			t.Errorf("the last of two changes: %q", v)
		}
		if n := len(d.List("f")); n != 100 {
			t.Errorf("%d rows", n)
		}
		left = crash(t, left)
		d.Close()
	}
	d = open(t, left)
	d.Close()
	if list, _ := filepath.Glob(filepath.Join(left, "astdb.journal-*")); len(list) != 0 {
		t.Errorf("left: %v", list)
	}
}

// A change that was not written whole ends the journal, and no byte of it is believed.
func TestTornJournal(t *testing.T) {
	dir := t.TempDir()
	j := &journal{dir: dir}
	j.use(j.open())
	j.note("/a/1", "one", false)
	j.note("/a/2", "two", false)
	whole, _ := os.ReadFile(j.path(1))
	for cut := range len(whole) {
		os.WriteFile(j.path(1), whole[:cut], 0o644)
		n := 0
		j.replay(1, func(key, value string, gone bool) { n++ })
		if want := cut / (len(whole) / 2); n != want {
			t.Errorf("of %d bytes: %d changes, want %d", cut, n, want)
		}
	}
	for i := range whole {
		b := append([]byte(nil), whole...)
		b[i] ^= 0x40
		os.WriteFile(j.path(1), b, 0o644)
		j.replay(1, func(key, value string, gone bool) {
			if key+value != "/a/1one" && key+value != "/a/2two" {
				t.Errorf("byte %d: %s=%s", i, key, value)
			}
		})
	}
}

func FuzzJournal(f *testing.F) {
	j := &journal{dir: f.TempDir()}
	j.use(j.open())
	j.note("/a/1", "one", false)
	j.note("/a/1", "", true)
	b, _ := os.ReadFile(j.path(1))
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		j := &journal{dir: t.TempDir()}
		os.WriteFile(j.path(1), b, 0o644)
		j.replay(1, func(string, string, bool) {})
	})
}

func BenchmarkPut(b *testing.B) {
	dir := b.TempDir()
	d, err := Open(dir, 0, func(err error) { b.Error(err) })
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		d.Put("SIP/Registry", "1000", fmt.Sprintf("127.0.0.1:5071:%d:x:sip:1000@127.0.0.1:5071", i))
	}
}

// after is what a process finds that starts when this one was killed.
func after(t *testing.T, dir, family, key string) string {
	t.Helper()
	d := open(t, crash(t, dir))
	defer d.Close()
	v, _ := d.Get(family, key)
	return v
}

// What may wait is in the journal soon, or with the next row that may not wait, and in the
// file at the end, or when the journal has grown long.
func TestWhatMayWait(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir)
	d.PutLater("f", "a", "1")
	d.PutLater("f", "a", "2")
	for i := 0; after(t, dir, "f", "a") != "2"; i++ {
		if i == 1000 {
			t.Fatal("what may wait does not outlive a crash")
		}
		time.Sleep(10 * time.Millisecond)
	}
	d.PutLater("f", "a", "3")
	d.Put("f", "b", "1")
	if v := after(t, dir, "f", "a"); v != "3" {
		t.Errorf("beside one that does not wait: %q", v)
	}
	long := strings.Repeat("x", 64<<10)
	for i := range laterRoom/len(long) + 2 {
		d.PutLater("f", strconv.Itoa(i), long)
	}
	for range 1000 {
		if n := inFile(t, dir); n > 0 {
			d.Close()
			if n := inFile(t, dir); n != laterRoom/len(long)+4 {
				t.Errorf("%d rows in the file at the end", n)
			}
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("a long journal was not written into the file")
}

// inFile counts the rows that another program sees.
func inFile(t *testing.T, dir string) (n int) {
	t.Helper()
	s, err := sql.Open("sqlite", filepath.Join(dir, "astdb.sqlite3")+"?_pragma=busy_timeout(2000)")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.QueryRow("SELECT count(*) FROM astdb").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
