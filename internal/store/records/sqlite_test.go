package records

import (
	"errors"
	"path/filepath"
	"testing"

	"obelisk/pbx/cdr"
)

// A file can tell whether a transaction took effect, also to the next process.
func TestSQLiteKnowsItsTransactions(t *testing.T) {
	file := filepath.Join(t.TempDir(), "master.db")
	open := func() *SQLite {
		s, err := NewSQLite(file, "cdr", []string{"src"})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := open()
	var names []string
	note := func(tx string) error { names = append(names, tx); return nil }
	one := []cdr.Entry{{Values: []string{"1001"}}}
	stops := errors.New("no room for the note")
	for i, stop := range []error{nil, stops, nil} {
		err := s.Write(one, func(tx string) error { note(tx); return stop })
		if (err == nil) != (stop == nil) {
			t.Fatalf("%d: %v", i, err)
		}
		s.Close()
		s = open()
		if taken, err := s.Taken(names[i]); err != nil || taken != (stop == nil) {
			t.Errorf("%d: %q is taken: %v, %v", i, names[i], taken, err)
		}
	}
	n := 0
	if err := s.db.QueryRow("SELECT count(*) FROM cdr").Scan(&n); err != nil || n != 2 {
		t.Errorf("%d rows, %v", n, err)
	}
	s.Close()
}
