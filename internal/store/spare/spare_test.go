package spare

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

func open(t *testing.T, path string) *File {
	t.Helper()
	f, err := Open(path, 4096)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func all(f *File) (out []string) {
	f.Each(func(b []byte) { out = append(out, string(b)) })
	return out
}

// Records outlive the process; the file does not grow; another list takes the place of one.
func TestRecords(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sub", "reserve")
	f := open(t, path)
	n := 0
	for ; ; n++ {
		if err := f.Append([]byte(fmt.Sprintf("record %03d", n))); err != nil {
			if !errors.Is(err, ErrFull) || n < 100 {
				t.Fatalf("after %d: %v", n, err)
			}
			break
		}
	}
	g := open(t, path) // as after a kill
	if list := all(g); len(list) != n || list[n-1] != fmt.Sprintf("record %03d", n-1) || g.Len() != n {
		t.Errorf("%d of %d records", len(list), n)
	}
	if err := g.Rewrite([][]byte{[]byte("one"), []byte("two")}); err != nil {
		t.Fatal(err)
	}
	if err := g.Append([]byte("three")); err != nil {
		t.Fatal(err)
	}
	if list := all(open(t, path)); fmt.Sprint(list) != "[one two three]" {
		t.Errorf("%q", list)
	}
	if err := g.Rewrite(make([][]byte, 1000)); !errors.Is(err, ErrFull) || fmt.Sprint(all(open(t, path))) != "[one two three]" {
		t.Errorf("a list that does not fit: %v, then %q", err, all(open(t, path)))
	}
	for range 3 { // what older generations left is no record
		if err := g.Rewrite(nil); err != nil || len(all(open(t, path))) != 0 {
			t.Errorf("empty: %v, %q", err, all(open(t, path)))
		}
		g.Append([]byte("x"))
	}
	if info, _ := os.Stat(path); info.Size() != 4096 {
		t.Errorf("%d bytes", info.Size())
	}
}

// A list that was begun and not ended leaves the old one.
func TestHalfARewrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "reserve")
	f := open(t, path)
	f.Append([]byte("old"))
	f.put(1, headSize, f.generation+1, []byte("new"))
	if list := all(open(t, path)); fmt.Sprint(list) != "[old]" {
		t.Errorf("%q", list)
	}
}

// Whatever is in the file, it can be opened and written.
func FuzzOpen(f *testing.F) {
	good := filepath.Join(f.TempDir(), "good")
	s, _ := Open(good, 256)
	s.Append([]byte("record"))
	b, _ := os.ReadFile(good)
	f.Add(b)
	f.Add([]byte("SPAR"))
	f.Fuzz(func(t *testing.T, b []byte) {
		path := filepath.Join(t.TempDir(), "reserve")
		os.WriteFile(path, b, 0o644)
		s, err := Open(path, 256)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if err := s.Rewrite([][]byte{[]byte("a")}); err != nil && !errors.Is(err, ErrFull) {
			t.Fatal(err)
		}
	})
}
