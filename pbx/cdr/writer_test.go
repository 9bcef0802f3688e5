package cdr

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/store/spare"
)

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	w := NewWriter(dir, "", DefaultConfig(), func(err error) { t.Error(err) })
	w.Start()
	w.Submit(Record{AccountCode: "a", DstChannel: "x"})
	w.Submit(Record{AccountCode: "../b", DstChannel: "y"})
	w.Submit(Record{Src: "unanswered, no destination"})
	w.Close()
	m, _ := os.ReadFile(filepath.Join(dir, "Master.csv"))
	a, _ := os.ReadFile(filepath.Join(dir, "a.csv"))
	if strings.Count(string(m), "\n") != 2 || strings.Count(string(a), "\n") != 1 {
		t.Errorf("%s\n%s", m, a)
	}
}

type file struct{ b *strings.Builder }

func (f file) Write(p []byte) (int, error) { return f.b.Write(p) }
func (f file) Close() error                { return nil }

func TestFullDiskLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var full atomic.Bool
		full.Store(true)
		var out strings.Builder
		var reports []string
		w := NewWriter("/log", "", DefaultConfig(), func(err error) { reports = append(reports, err.Error()) })
		w.open = func(string) (io.WriteCloser, error) {
			if full.Load() {
				return nil, &os.PathError{Op: "write", Path: "Master.csv", Err: syscall.ENOSPC}
			}
			return file{&out}, nil
		}
		for range 3 {
			w.Submit(Record{DstChannel: "x"})
		}
		w.Start() // after them: the report counts what waits at the first failure
		time.Sleep(time.Minute)
		full.Store(false)
		time.Sleep(time.Minute)
		w.Close()
		if strings.Count(out.String(), "\n") != 3 {
			t.Errorf("written: %q", out.String())
		}
		if len(reports) != 2 ||
			!strings.Contains(reports[0], "call records cannot be written to /log/Master.csv, 3 kept in memory: write Master.csv: no space left "+
				"on device") || !strings.Contains(reports[1], "written again; 0 were lost") {
			t.Errorf("reports: %q", reports)
		}
	})
}

func TestCloseReportsWhatIsLost(t *testing.T) {
	var last string
	w := NewWriter("/log", "", DefaultConfig(), func(err error) { last = err.Error() })
	w.open = func(string) (io.WriteCloser, error) { return nil, errors.New("no") }
	w.retry = time.Millisecond
	w.Start()
	w.Submit(Record{DstChannel: "x"})
	w.Close()
	if last != "1 call records are lost: there is no spool" {
		t.Errorf("%q", last)
	}
}

// What the disk refuses to the end is written by the next process.
func TestUnwrittenOverARestart(t *testing.T) {
	dir := t.TempDir()
	spool := filepath.Join(dir, "spool")
	var mu sync.Mutex
	var last string
	report := func(err error) { mu.Lock(); last = err.Error(); mu.Unlock() }
	w := NewWriter(filepath.Join(dir, "log"), spool, DefaultConfig(), report)
	w.open = func(string) (io.WriteCloser, error) { return nil, errors.New("no") }
	w.retry = time.Millisecond
	w.Start()
	w.Submit(Record{DstChannel: "x", AccountCode: "acc"})
	w.Submit(Record{DstChannel: "y"})
	w.Close()
	if last != "3 call records wait for the next start in "+spool+"/unwritten.json" {
		t.Errorf("%q", last)
	}
	w = NewWriter(filepath.Join(dir, "log"), spool, DefaultConfig(), report)
	w.Start()
	read := func(name string) string {
		b, _ := os.ReadFile(filepath.Join(dir, "log", name))
		return string(b)
	}
	for range 200 {
		if _, err := os.Stat(spool + "/unwritten.json"); err != nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	w.Close()
	if _, err := os.Stat(spool + "/unwritten.json"); err == nil || strings.Count(read("Master.csv"), "\n") != 2 ||
		strings.Count(read("acc.csv"), "\n") != 1 {
		t.Errorf("%v: %q %q", err, read("Master.csv"), read("acc.csv"))
	}
}

// A disk that takes a part of what it is given gets the rest later, and no more.
func TestHalfALine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		w := NewWriter("/log", "", Config{Enable: true}, func(error) {})
		room := 20
		w.open = func(string) (io.WriteCloser, error) { return narrow{file{&out}, &room}, nil }
		w.Start()
		w.Submit(Record{DstChannel: "x", Src: "1"})
		w.Submit(Record{DstChannel: "x", Src: "2"})
		time.Sleep(time.Second)
		w.Submit(Record{DstChannel: "x", Src: "3"})
		time.Sleep(time.Minute)
		w.Close()
		c := w.Config()
		want := ""
		for _, src := range []string{"1", "2", "3"} {
			want += c.Line(&Record{DstChannel: "x", Src: src})
		}
		if out.String() != want || w.Waiting() != 0 {
			t.Errorf("%d wait; written:\n%swant:\n%s", w.Waiting(), out.String(), want)
		}
	})
}

// narrow takes so many bytes, fails once, and takes all from then on.
type narrow struct {
	file
	room *int
}

func (n narrow) Write(p []byte) (int, error) {
	if *n.room == 0 || len(p) <= *n.room {
		return n.file.Write(p)
	}
	defer func() { *n.room = 0 }()
	k, _ := n.file.Write(p[:*n.room])
	return k, syscall.ENOSPC
}

// Who waits for the disk waits until his line is there, but not for a disk that refuses.
func TestSync(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		var full atomic.Bool
		w := NewWriter("/log", "", DefaultConfig(), func(error) {})
		w.open = func(string) (io.WriteCloser, error) {
			if full.Load() {
				return nil, syscall.ENOSPC
			}
			time.Sleep(100 * time.Millisecond)
			return file{&out}, nil
		}
		w.Start()
		w.Submit(Record{DstChannel: "x"})
		if w.Sync(time.Second); out.Len() == 0 {
			t.Error("it is not written")
		}
		begun := time.Now()
		w.Submit(Record{DstChannel: "x"})
		if w.Sync(30 * time.Millisecond); time.Since(begun) != 30*time.Millisecond {
			t.Errorf("a slow disk was waited for %v", time.Since(begun))
		}
		full.Store(true)
		time.Sleep(time.Second)
		w.Submit(Record{DstChannel: "x"})
		time.Sleep(time.Second)
		begun = time.Now()
		if w.Sync(time.Second); time.Since(begun) != 0 {
			t.Errorf("a disk that refuses was waited for %v", time.Since(begun))
		}
		full.Store(false)
		w.Close()
	})
}

// What neither the disk nor the spool takes is in the spare room: at the end, and when the
// process is killed while the disk is full.
func TestSpareRoomOverARestart(t *testing.T) {
	for _, killed := range []bool{false, true} {
		dir := t.TempDir()
		spool := filepath.Join(dir, "spool")
		var mu sync.Mutex
		var reports []string
		report := func(err error) { mu.Lock(); reports = append(reports, err.Error()); mu.Unlock() }
		begin := func(full bool) *Writer {
			room, err := spare.Open(filepath.Join(dir, "reserve"), 64<<10)
			if err != nil {
				t.Fatal(err)
			}
			w := NewWriter(filepath.Join(dir, "log"), spool, DefaultConfig(), report)
			w.retry = time.Millisecond
			if full {
				w.spool = "/dev/null/there is none"
				w.open = func(string) (io.WriteCloser, error) { return nil, syscall.ENOSPC }
			}
			w.SetSpare(room)
			w.Start()
			return w
		}
		w := begin(true)
		for range 200 {
			w.Submit(Record{DstChannel: "x", AccountCode: "acc"})
		}
		if killed {
			eventually(t, "all of it saved", func() bool { _, n := w.unsaved(); return n == 0 })
		} else {
			w.Close()
		}
		if w = begin(true); w.Waiting() != 400 { // a second start on the full disk
			t.Errorf("killed %v: %d lines are recalled", killed, w.Waiting())
		}
		w.Submit(Record{DstChannel: "y", AccountCode: "acc"})
		w.Close()
		w = begin(false)
		eventually(t, "all of it written", func() bool { return w.Waiting() == 0 })
		w.Close()
		for _, name := range []string{"Master.csv", "acc.csv"} {
			if b, _ := os.ReadFile(filepath.Join(dir, "log", name)); strings.Count(string(b), "\n") != 201 {
				t.Errorf("killed %v: %s has %d records", killed, name, strings.Count(string(b), "\n"))
			}
		}
		if w = begin(false); w.Waiting() != 0 {
			t.Error("what is written comes again")
		}
		w.Close()
		mu.Lock()
		for _, r := range reports {
			if strings.Contains(r, "are lost") || strings.Contains(r, "memory only") {
				t.Error(r)
			}
		}
		mu.Unlock()
	}
}
