package store

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// On a disk that takes nothing, what was put is known to the next process, with the last
// value of each; and to the one after it, when the disk takes it again.
func TestFullDiskForgetsNothing(t *testing.T) {
	for _, killed := range []bool{false, true} {
		dir := t.TempDir()
		begin := func() *DB {
			d, err := Open(dir, 64<<10, func(error) {})
			if err != nil {
				t.Fatal(err)
			}
			return d
		}
		d := begin()
		d.Put("SIP/Registry", "early", "there")
		d.Put("SIP/Registry", "gone", "there")
		d.flush()
		d.mu.Lock()
		d.journal.file.Close() // from here on nothing is taken
		d.sql.Close()
		d.mu.Unlock()
		for i := range 5000 { // more than the reserve has room for, of the same rows
			d.Put("SIP/Registry", fmt.Sprint("phone", i%50), fmt.Sprint("contact", i))
		}
		d.Delete("SIP/Registry", "gone")
		d.Put("SIP/Registry", "early", "later")
		if !killed {
			if err := d.Close(); err == nil || !strings.Contains(err.Error(), "in the reserve on disk for the next start") {
				t.Errorf("the end: %v", err)
			}
		}
		for range 2 {
			d = begin()
			for i := range 50 {
				if v, _ := d.Get("SIP/Registry", fmt.Sprint("phone", i)); v != fmt.Sprint("contact", 4950+i) {
					t.Fatalf("killed %v: phone%d is %q", killed, i, v)
				}
			}
			if v, _ := d.Get("SIP/Registry", "early"); v != "later" {
				t.Errorf("killed %v: early is %q", killed, v)
			}
			if _, there := d.Get("SIP/Registry", "gone"); there {
				t.Errorf("killed %v: what was removed is back", killed)
			}
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if d = begin(); d.spare.Len() != 0 || len(d.dirty) != 0 {
			t.Errorf("killed %v: %d changes in the reserve, %d to be written", killed, d.spare.Len(), len(d.dirty))
		}
		d.Close()
	}
}

// Where SQLite can make no file beside its own, as on a full disk, the start reads what is
// there, and what comes is written as soon as that is possible.
func TestStartOnADiskThatTakesNothing(t *testing.T) {
	dir := t.TempDir()
	begin := func() *DB {
		d, err := Open(dir, 64<<10, func(error) {})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	d := begin()
	d.Put("a", "b", "c")
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	wal := filepath.Join(dir, "astdb.sqlite3-wal")
	if err := os.Mkdir(wal, 0o755); err != nil { // SQLite cannot use it
		t.Fatal(err)
	}
	d = begin()
	if v, _ := d.Get("a", "b"); v != "c" {
		t.Errorf("what is there: %q", v)
	}
	d.Put("a", "new", "d")
	if err := d.Close(); err == nil {
		t.Error("it was written: the test proves nothing")
	}
	os.Remove(wal)
	d = begin()
	if v, _ := d.Get("a", "new"); v != "d" {
		t.Errorf("what came meanwhile: %q", v)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}
