// Package store is the astdb: families of keys and values in a SQLite file
// with Asterisk's layout (astdb.sqlite3, table astdb), so that an existing file
// opens. Reads are answered from memory; writes are noted in a journal, which
// outlives the process, collected and written behind in one transaction, so
// that a REGISTER never waits for a disk.
package store

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"time"

	"obelisk/internal/store/spare"

	_ "modernc.org/sqlite" // the driver; pure Go
)

// How long a change may wait for others before the database has it: an ordinary one, and one
// of PutLater while the journal is no longer than laterRoom (bytes). The journal has it at
// once, one of PutLater after noteAfter or when noteRoom (bytes) are full.
const (
	flushAfter = 200 * time.Millisecond
	laterAfter = 5 * time.Minute
	laterRoom  = 8 << 20
	noteAfter  = 100 * time.Millisecond
	noteRoom   = 64 << 10
)

// DB is an open database. It is safe for use by several goroutines.
type DB struct {
	sql    *sql.DB // nil: memory only
	report func(error)

	mu      sync.Mutex // guards all below
	rows    map[string]string
	dirty   map[string]bool
	journal *journal    // nil: memory only
	spare   *spare.File // room for changes that the journal cannot take; nil: none
	sparing bool        // changes go there as well, until all is in the database
	silent  bool        // neither has taken a change, which was reported
	closed  bool
	later   *time.Timer         // wakes the writer for PutLater; nil: nothing waits for it
	noting  *time.Timer         // writes the journal for PutLater; nil likewise
	marks   map[string]string   // of what nodes have in common; in the table astdb_common
	common  *following          // nil: this node is alone
	watches map[string][]*watch // by family
	kick    chan struct{}
	done    chan struct{}
}

// Memory makes a database that is forgotten at the end.
func Memory() *DB {
	return &DB{rows: map[string]string{}, marks: map[string]string{}, dirty: map[string]bool{}}
}

// Open reads dir/astdb.sqlite3, made when missing. report is told of failed writes, which
// are repeated. Of the disk room bytes are allocated beforehand, for changes that come while
// it is full; 0: none.
func Open(dir string, room int64, report func(error)) (*DB, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("astdb: %w", err)
	}
	path := filepath.Join(dir, "astdb.sqlite3")
	s, err := sql.Open("sqlite", path+"?_pragma=busy_timeout(2000)&_pragma=journal_mode(wal)&_pragma=synchronous(normal)")
	if err != nil {
		return nil, fmt.Errorf("astdb %s: %w", path, err)
	}
	s.SetMaxOpenConns(1)
	d := Memory()
	d.sql, d.report = s, report
	d.kick, d.done = make(chan struct{}, 1), make(chan struct{})
	d.journal = &journal{dir: dir}
	if err := d.load(s); err != nil {
		if d.loadUnchanged(path) != nil {
			s.Close()
			return nil, fmt.Errorf("astdb %s: %w", path, err)
		}
		report(fmt.Errorf("astdb %s can be read only, writing will be tried again: %w", path, err))
	}
	if room > 0 {
		if d.spare, err = spare.Open(filepath.Join(dir, "astdb.reserve"), room); err != nil {
			report(fmt.Errorf("astdb: there is no reserve on disk: %w", err))
		}
	}
	d.recover()
	go d.writer()
	return d, nil
}

// recover takes over what an earlier process could not write any more.
func (d *DB) recover() {
	j := d.journal
	for _, n := range j.files() {
		j.n = n
		err := j.replay(n, func(key, value string, gone bool) {
			d.restore(key, value, gone)
		})
		if err != nil {
			d.report(fmt.Errorf("astdb: what was not written at the last end: %w", err))
		}
	}
	d.recall()
	j.use(j.open())
	if len(d.dirty) > 0 {
		d.kick <- struct{}{}
	} else {
		j.forget(j.n - 1)
	}
}

// restore takes over a change that the database does not have.
func (d *DB) restore(key, value string, gone bool) {
	in, k := d.place(key)
	if gone {
		delete(in, k)
	} else {
		in[k] = value
	}
	d.dirty[key] = true
}

// place is where a row is, and its key there.
func (d *DB) place(key string) (map[string]string, string) {
	if k, mark := strings.CutPrefix(key, markPrefix); mark {
		return d.marks, k
	}
	return d.rows, key
}

// row is one as it is now; gone: there is none.
func (d *DB) row(key string) (value string, gone bool) {
	in, k := d.place(key)
	value, ok := in[k]
	return value, !ok
}

// table makes the table where it is missing.
const table = "CREATE TABLE IF NOT EXISTS astdb(key VARCHAR(256), value VARCHAR(256), PRIMARY KEY(key))"

func (d *DB) load(s *sql.DB) error {
	if _, err := s.Exec(table); err != nil {
		return err
	}
	return d.read(s)
}

// loadUnchanged reads the file as it is, without those beside it that SQLite makes: on a disk
// that is full. A file that is not there yet has no rows.
func (d *DB) loadUnchanged(path string) error {
	if info, err := os.Stat(path); errors.Is(err, os.ErrNotExist) || err == nil && info.Size() == 0 {
		return nil
	}
	s, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?mode=ro&immutable=1")
	if err != nil {
		return err
	}
	defer s.Close()
	return d.read(s)
}

func (d *DB) read(s *sql.DB) error {
	if err := scan(s, "astdb", d.rows); err != nil {
		return err
	}
	err := scan(s, "astdb_common", d.marks)
	if err != nil && strings.Contains(err.Error(), "no such table") {
		return nil // it was never one of several
	}
	return err
}

// scan reads all rows of a table.
func scan(s *sql.DB, table string, into map[string]string) error {
	rows, err := s.Query("SELECT key, value FROM " + table)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var k, v string
		if err := rows.Scan(&k, &v); err != nil {
			return err
		}
		into[k] = v
	}
	return rows.Err()
}

func path(family, key string) string {
	if key == "" {
		return "/" + family
	}
	return "/" + family + "/" + key
}

// Get reads one value.
func (d *DB) Get(family, key string) (string, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	v, ok := d.rows[path(family, key)]
	return v, ok
}

// Put writes one value.
func (d *DB) Put(family, key, value string) { d.put(path(family, key), value, false) }

// PutLater writes one value that changes often, and that nobody reads in the file: it
// outlives a kill of the process after noteAfter (100 ms), and the file has it some minutes
// later. A write and a transaction for each of many small changes cost more than what they
// tell.
func (d *DB) PutLater(family, key, value string) { d.put(path(family, key), value, true) }

func (d *DB) put(key, value string, later bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if old, ok := d.rows[key]; ok && old == value {
		return
	}
	d.rows[key] = value
	d.changed(key, later)
	d.common.wrote(key)
}

// Delete removes one value and says whether it was there.
func (d *DB) Delete(family, key string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	k := path(family, key)
	if _, ok := d.rows[k]; !ok {
		return false
	}
	delete(d.rows, k)
	d.changed(k, false)
	d.common.wrote(k)
	return true
}

// DeleteTree removes a family, or the part of it below a key, and counts.
func (d *DB) DeleteTree(family, key string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	p, n := path(family, key), 0
	for k := range d.rows {
		if k == p || strings.HasPrefix(k, p+"/") {
			delete(d.rows, k)
			d.changed(k, false)
			d.common.wrote(k)
			n++
		}
	}
	return n
}

// Entry is one row; Key is "/family/key".
type Entry struct{ Key, Value string }

// List returns the rows of a family, or all for "", in order of their keys.
func (d *DB) List(family string) []Entry {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []Entry
	for k, v := range d.rows {
		if family == "" || strings.HasPrefix(k, "/"+family+"/") {
			out = append(out, Entry{k, v})
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Key < out[j].Key })
	return out
}

// changed marks a row for writing, which may be some minutes later; mu is held.
func (d *DB) changed(key string, later bool) {
	if d.sql == nil || d.closed {
		return
	}
	d.dirty[key] = true
	value, gone := d.row(key)
	d.journal.note(key, value, gone)
	if !later || len(d.journal.buf) > noteRoom {
		d.secure()
	} else if d.noting == nil {
		d.noting = d.after(noteAfter, d.secure)
	}
	if !later || d.journal.size > laterRoom {
		d.wake()
	} else if d.later == nil {
		d.later = d.after(laterAfter, d.wake)
	}
}

// after calls f, with mu held, unless the timer is stopped.
func (d *DB) after(wait time.Duration, f func()) *time.Timer {
	return time.AfterFunc(wait, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		f()
	})
}

// stop stops a timer that after made.
func stop(t **time.Timer) {
	if *t != nil {
		(*t).Stop()
		*t = nil
	}
}

// secure gives what is noted to the kernel, in the journal or else in the reserve on disk;
// mu is held.
func (d *DB) secure() {
	stop(&d.noting)
	if len(d.journal.buf) == 0 {
		return
	}
	err := d.journal.write()
	if err != nil || d.sparing {
		err = d.save(err)
	}
	d.journal.buf = d.journal.buf[:0]
	if err == nil {
		return
	}
	d.wake()
	if !d.silent {
		d.silent = true
		go d.report(fmt.Errorf("astdb: changes of the last moment do not outlive a crash: %w", err))
	}
}

// wake has the writer write what is marked; mu is held.
func (d *DB) wake() {
	if d.closed {
		return
	}
	select {
	case d.kick <- struct{}{}:
	default:
	}
}

// writer waits for changes and writes them in batches.
func (d *DB) writer() {
	defer close(d.done)
	for range d.kick {
		time.Sleep(flushAfter)
		for wait := flushAfter; ; wait = min(2*wait, 30*time.Second) {
			err := d.flush()
			if err == nil {
				break
			}
			d.report(fmt.Errorf("astdb: writing failed, will be repeated: %w", err))
			d.mu.Lock()
			closed := d.closed
			d.mu.Unlock()
			if closed {
				return
			}
			time.Sleep(wait)
		}
	}
}

// change is a row as it is now, or that it is gone.
type change struct {
	key, value string
	gone       bool
}

// commit writes changes in one transaction.
func (d *DB) commit(all []change) error {
	tx, err := d.sql.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.Exec(table); err != nil {
		return err
	}
	put, err := tx.Prepare("INSERT OR REPLACE INTO astdb(key, value) VALUES(?, ?)")
	if err != nil {
		return err
	}
	defer put.Close()
	for _, c := range all {
		if key, mark := strings.CutPrefix(c.key, markPrefix); mark {
			err = writeMark(tx, key, c)
		} else if c.gone {
			_, err = tx.Exec("DELETE FROM astdb WHERE key=?", c.key)
		} else {
			_, err = put.Exec(c.key, c.value)
		}
		if err != nil {
			return err
		}
	}
	return tx.Commit()
}

// flush writes what has changed; on an error the changes stay marked.
func (d *DB) flush() error {
	next := d.journal.open() // not while others wait for the lock
	d.mu.Lock()
	var all []change
	for k := range d.dirty {
		v, gone := d.row(k)
		all = append(all, change{k, v, gone})
	}
	stop(&d.later)
	d.secure() // into the old file, which goes when the database has it
	clear(d.dirty)
	noted := d.journal.use(next)
	d.mu.Unlock()
	if len(all) == 0 {
		return nil
	}
	if err := d.commit(all); err != nil {
		d.mu.Lock()
		for _, c := range all {
			d.dirty[c.key] = true
		}
		d.mu.Unlock()
		return err
	}
	d.journal.forget(noted)
	return d.emptySpare()
}

// Close writes what is left and closes the file.
func (d *DB) Close() error {
	d.Unfollow()
	if d.sql == nil {
		return nil
	}
	d.mu.Lock()
	if d.closed {
		d.mu.Unlock()
		return nil
	}
	d.closed = true
	close(d.kick)
	d.mu.Unlock()
	<-d.done
	err := d.flush()
	if err == nil {
		d.journal.forget(d.journal.n)
	} else if e := d.saveAll(); e == nil {
		err = fmt.Errorf("%w; what is not written is in the reserve on disk for the next start", err)
	}
	if d.spare != nil {
		d.spare.Sync()
		d.spare.Close()
	}
	if e := d.sql.Close(); err == nil {
		err = e
	}
	return err
}
