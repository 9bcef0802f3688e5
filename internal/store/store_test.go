package store

import (
	"database/sql"
	"path/filepath"
	"testing"
)

func open(t *testing.T, dir string) *DB {
	t.Helper()
	d, err := Open(dir, 0, func(err error) { t.Error(err) })
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestSurvivesARestart(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir)
	d.Put("SIP/Registry", "1000", "127.0.0.1:5071:300:x:sip:1000@127.0.0.1:5071")
	d.Put("a", "b", "1")
	d.Put("a", "b", "2")
	d.Put("a", "gone", "x")
	if !d.Delete("a", "gone") || d.Delete("a", "never") {
		t.Error("Delete")
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	d = open(t, dir)
	defer d.Close()
	if v, ok := d.Get("SIP/Registry", "1000"); !ok || v != "127.0.0.1:5071:300:x:sip:1000@127.0.0.1:5071" {
		t.Errorf("%q %v", v, ok)
	}
	if l := d.List("a"); len(l) != 1 || l[0] != (Entry{"/a/b", "2"}) {
		t.Errorf("%v", l)
	}
	if n := d.DeleteTree("SIP", ""); n != 1 {
		t.Errorf("%d rows deleted", n)
	}
}

func TestOpensAsterisksFile(t *testing.T) {
	dir := t.TempDir()
	s, err := sql.Open("sqlite", filepath.Join(dir, "astdb.sqlite3"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Exec("CREATE TABLE astdb (key VARCHAR(256), value VARCHAR(256), PRIMARY KEY (key)); INSERT INTO astdb " +
		"VALUES('/cidname/100','Bob')"); err != nil {
		t.Fatal(err)
	}
	s.Close()
	d := open(t, dir)
	defer d.Close()
	if v, _ := d.Get("cidname", "100"); v != "Bob" {
		t.Errorf("%q", v)
	}
}

func TestUnusableDirectoryIsNamed(t *testing.T) {
	if _, err := Open("/proc/nope", 0, nil); err == nil {
		t.Error("no error")
	}
}
