package history

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func opened(t *testing.T) (*DB, string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "sub", "console.sqlite3")
	d, err := Open(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d, file
}

// Versions come back whole, by file, and outlive the process; nobody else may read them.
func TestVersions(t *testing.T) {
	d, file := opened(t)
	at := time.UnixMilli(1_700_000_000_123)
	id, err := d.Add(Version{File: "sip.conf", At: at, User: "boss", Note: "first", Text: []byte("[a]\n\xff")})
	if err != nil {
		t.Fatal(err)
	}
	d.Add(Version{File: "extensions.conf", At: at, Text: []byte("other")})
	d.Close()
	if d, err = Open(file); err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	list, err := d.Versions("sip.conf")
	if err != nil || len(list) != 1 || list[0].User != "boss" || list[0].Size != 5 || !list[0].At.Equal(at) {
		t.Errorf("%v %v", list, err)
	}
	if v, err := d.Version("sip.conf", id); err != nil || string(v.Text) != "[a]\n\xff" {
		t.Errorf("%q %v", v.Text, err)
	}
	for _, x := range []struct {
		file string
		id   int64
	}{{"extensions.conf", id}, {"sip.conf", id + 100}} {
		if _, err := d.Version(x.file, x.id); !errors.Is(err, ErrNone) {
			t.Errorf("%v: %v", x, err)
		}
	}
	if s, err := os.Stat(file); err != nil || s.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", s.Mode(), err)
	}
	if _, err := d.Add(Version{File: "x", Text: make([]byte, mostSize+1)}); err == nil {
		t.Error("one that is too long")
	}
}

// The oldest version of a file goes, and that of no other file.
func TestVersionsAreBounded(t *testing.T) {
	d, _ := opened(t)
	d.Add(Version{File: "a.conf", Text: []byte("a")})
	for i := range mostVersions + 3 {
		if _, err := d.Add(Version{File: "b.conf", Text: fmt.Append(nil, i)}); err != nil {
			t.Fatal(err)
		}
	}
	a, _ := d.Versions("a.conf")
	b, _ := d.Versions("b.conf")
	if len(a) != 1 || len(b) != mostVersions {
		t.Errorf("%d and %d", len(a), len(b))
	}
	if v, err := d.Version("b.conf", b[len(b)-1].ID); err != nil || string(v.Text) != "3" {
		t.Errorf("%q %v", v.Text, err)
	}
}

// Hours are those of 30 days, each name once an hour.
func TestHours(t *testing.T) {
	d, _ := opened(t)
	begin := time.Unix(3600*500_000, 0)
	for h := range span + 10 {
		at := begin.Add(time.Duration(h) * time.Hour)
		if err := d.Put([]Hour{{At: at, Figures: []byte("{}")}, {At: at, Name: "6001", Figures: []byte("1")}}); err != nil {
			t.Fatal(err)
		}
	}
	last := begin.Add((span + 9) * time.Hour)
	d.Put([]Hour{{At: last, Name: "6001", Figures: []byte("2")}})
	list, err := d.Hours(time.Time{})
	if err != nil || len(list) != 2*span || !list[0].At.Equal(begin.Add(10*time.Hour)) || string(list[len(list)-1].Figures) != "2" {
		t.Errorf("%d, %v %v", len(list), list[0], err)
	}
	if list, _ = d.Hours(last); len(list) != 2 {
		t.Errorf("%v", list)
	}
	var crowd []Hour
	for i := range mostNames + 5 {
		crowd = append(crowd, Hour{At: last.Add(time.Hour), Name: fmt.Sprint("p", i), Figures: []byte("1")})
	}
	d.Put(crowd)
	if list, _ = d.Hours(last.Add(time.Hour)); len(list) != mostNames {
		t.Errorf("%d names in an hour", len(list))
	}
}

func TestDeeds(t *testing.T) {
	d, _ := opened(t)
	for i := range 3 {
		d.Note(Deed{At: time.UnixMilli(int64(i)), User: "boss", Source: "127.0.0.1", What: fmt.Sprint("did ", i)})
	}
	list, err := d.Deeds(2)
	if err != nil || len(list) != 2 || list[0].What != "did 2" || list[1].User != "boss" {
		t.Errorf("%v %v", list, err)
	}
}
