package cdr

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// base is a database that can be away, and refuses what has an "x" for its number.
type base struct {
	mu   sync.Mutex
	away bool
	got  []string
}

func (b *base) Name() string               { return "base" }
func (b *base) Close() error               { return nil }
func (b *base) Taken(string) (bool, error) { return false, nil }
func (b *base) Write(list []Entry, _ func(string) error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.away {
		return fmt.Errorf("%w: gone", ErrAway)
	}
	for _, e := range list {
		if e.Src == "x" {
			return errors.New("no such number")
		}
	}
	for _, e := range list {
		b.got = append(b.got, e.Src)
	}
	return nil
}

func (b *base) has(n int) func() bool {
	return func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		return len(b.got) == n
	}
}

func (b *base) setAway(away bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.away = away
}

func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	for range 500 {
		if f() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("never: " + what)
}

func put(o *Outbox, from, to int) {
	for i := from; i < to; i++ {
		o.Put(Entry{Record: Record{Src: fmt.Sprint(i), Start: at("2026-11-20 21:08:10")}})
	}
}

// A database that is away, a process that ends meanwhile and another one: each record
// arrives once, in order.
func TestOutboxLosesNothing(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "spool", "base")
	db := &base{}
	var reports []string
	report := func(err error) { reports = append(reports, err.Error()) }
	w := NewWriter(dir, "", DefaultConfig(), func(err error) { t.Error(err) })
	w.Start()
	o := NewOutbox(w, path, db, report)
	o.retry = 10 * time.Millisecond
	o.Start()
	put(o, 0, 1200)
	eventually(t, "1200 written", db.has(1200))
	eventually(t, "an empty spool", func() bool { l, _ := os.ReadDir(filepath.Dir(path)); return len(l) == 0 })
	db.setAway(true)
	put(o, 1200, 1300)
	eventually(t, "known to be away", o.Away)
	put(o, 1300, 1400)
	w.Close()
	o.Close()
	if len(reports) != 1 || !strings.Contains(reports[0], "wait in "+path+": the database cannot be reached: gone") {
		t.Errorf("reports: %q", reports)
	}

	w = NewWriter(dir, "", DefaultConfig(), func(err error) { t.Error(err) })
	w.Start()
	o = NewOutbox(w, path, db, func(error) {})
	o.retry = 10 * time.Millisecond
	o.Start()
	put(o, 1400, 1500)
	db.setAway(false)
	eventually(t, "all written", db.has(1500))
	w.Close()
	o.Close()
	for i, src := range db.got {
		if src != fmt.Sprint(i) {
			t.Fatalf("record %d is %s", i, src)
		}
	}
}

// What a database refuses takes nothing with it and is kept.
func TestOutboxRefused(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "base")
	db := &base{}
	if err := os.WriteFile(path, []byte(`{"Src":"1"}`+"\n"+`{"Src":"x"}`+"\nnot a record\n"+`{"Src":"2"}`+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	w := NewWriter(dir, "", DefaultConfig(), func(err error) { t.Error(err) })
	w.Start()
	var mu sync.Mutex
	reports := 0
	o := NewOutbox(w, path, db, func(error) { mu.Lock(); reports++; mu.Unlock() })
	o.Start()
	eventually(t, "the good ones written", db.has(2))
	eventually(t, "the others kept", func() bool {
		b, _ := os.ReadFile(path + ".refused")
		return string(b) == "{\"Src\":\"x\"}\nnot a record\n"
	})
	w.Close()
	o.Close()
	if reports != 2 {
		t.Errorf("%d reports", reports)
	}
}

// A process that was killed after a part was given over goes on with the rest.
func TestOutboxGoesOn(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "base")
	var text strings.Builder
	for i := range 1200 {
		fmt.Fprintf(&text, "{\"Src\":\"%d\"}\n", i)
	}
	os.WriteFile(path+".sending", []byte(text.String()), 0o644)
	os.WriteFile(path+".sent", []byte("500"), 0o644)
	db := &base{}
	w := NewWriter(dir, "", DefaultConfig(), func(err error) { t.Error(err) })
	w.Start()
	o := NewOutbox(w, path, db, func(err error) { t.Error(err) })
	o.Start()
	eventually(t, "the rest written", db.has(700))
	w.Close()
	o.Close()
	if db.got[0] != "500" {
		t.Errorf("it begins with %s", db.got[0])
	}
}
