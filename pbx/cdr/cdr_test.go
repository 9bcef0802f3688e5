package cdr

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func at(s string) time.Time {
	t, _ := time.ParseInLocation(time.DateTime, s, time.Local)
	return t
}

// The line of the reference, taken from a running Asterisk.
func TestLineAsAsterisk(t *testing.T) {
	c := Config{LogUniqueID: true, LogUserField: true}
	r := Record{AccountCode: "acc1", Src: "100", Dst: "201", DContext: "internal", CLID: `"Alice A" <100>`, Channel: "SIP/alice-00000004", DstChannel: "SIP/bob-00000005",
		LastApp: "Dial", LastData: "SIP/bob&SIP/carol,2", Start: at("2026-11-20 21:08:10"), End: at("2026-11-20 21:08:12"), Disposition: NoAnswer, AMAFlags: "DOCUMENTATION", UniqueID: "1795208890.116"}
	want := `"acc1","100","201","internal","""Alice A"" <100>","SIP/alice-00000004","SIP/bob-00000005","Dial","SIP/bob&SIP/carol,2","2026-11-20 21:08:10",,"2026-11-20 21:08:12",2,0,"NO ANSWER","DOCUMENTATION","1795208890.116",""` + "\n"
	if got := c.Line(&r); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	w := NewWriter(dir, DefaultConfig(), func(err error) { t.Error(err) })
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
		w := NewWriter("/log", DefaultConfig(), func(err error) { reports = append(reports, err.Error()) })
		w.open = func(string) (io.WriteCloser, error) {
			if full.Load() {
				return nil, &os.PathError{Op: "write", Path: "Master.csv", Err: syscall.ENOSPC}
			}
			return file{&out}, nil
		}
		w.Start()
		for range 3 {
			w.Submit(Record{DstChannel: "x"})
		}
		time.Sleep(time.Minute)
		full.Store(false)
		time.Sleep(time.Minute)
		w.Close()
		if strings.Count(out.String(), "\n") != 3 {
			t.Errorf("written: %q", out.String())
		}
		if len(reports) != 2 || !strings.Contains(reports[0], "call records cannot be written to /log/Master.csv, 3 kept in memory: write Master.csv: no space left on device") || !strings.Contains(reports[1], "written again; 0 were lost") {
			t.Errorf("reports: %q", reports)
		}
	})
}

func TestCloseReportsWhatIsLost(t *testing.T) {
	var last string
	w := NewWriter("/log", DefaultConfig(), func(err error) { last = err.Error() })
	w.open = func(string) (io.WriteCloser, error) { return nil, errors.New("no") }
	w.retry = time.Millisecond
	w.Start()
	w.Submit(Record{DstChannel: "x"})
	w.Close()
	if last != "1 call records are lost" {
		t.Errorf("%q", last)
	}
}
