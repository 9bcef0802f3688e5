// Package history keeps in a SQLite file what an administrator looks back at: every version of a
// file that the console wrote, who changed what, and the figures of the hours of the last 30 days.
// All of it is bounded: the oldest goes.
package history

import (
	"bytes"
	"compress/gzip"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"obelisk/internal/store/realtime"
)

// What is kept at most.
const (
	mostVersions = 200      // of one file
	mostText     = 32 << 20 // bytes of all versions, packed
	mostDeeds    = 10_000   // lines of the log of changes
	mostSize     = 4 << 20  // bytes of one version
	mostNames    = 200      // phones and trunks of one hour
	span         = 30 * 24  // hours
)

// ErrNone is what is not kept, or not any more.
var ErrNone = errors.New("there is no such version any more")

// DB is an open file. It is safe for use by several goroutines.
type DB struct{ db *sql.DB }

const tables = `
CREATE TABLE IF NOT EXISTS version(id INTEGER PRIMARY KEY AUTOINCREMENT, file TEXT NOT NULL, at INTEGER NOT NULL, user TEXT NOT NULL, note TEXT NOT NULL, size INTEGER NOT NULL, text BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS version_file ON version(file, id);
CREATE TABLE IF NOT EXISTS deed(id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, user TEXT NOT NULL, source TEXT NOT NULL, what TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS hour(at INTEGER NOT NULL, name TEXT NOT NULL, figures BLOB NOT NULL, PRIMARY KEY(at, name)) WITHOUT ROWID;`

// Open opens a file, made where it is missing; its owner alone may read it, since versions have the
// secrets that their files have.
func Open(file string) (*DB, error) {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	f.Close()
	s := realtime.Source{Driver: "sqlite3", File: file}
	db, err := s.Open()
	if err == nil {
		_, err = db.Exec(tables)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return &DB{db}, nil
}

// Close closes the file.
func (d *DB) Close() error { return d.db.Close() }

// Version is a file as it was at a time.
type Version struct {
	ID   int64
	File string
	At   time.Time
	User string // who wrote it; "" for nobody of the console
	Note string
	Size int    // bytes
	Text []byte // of Version alone
}

// Add keeps a version and returns its number. What is over the bounds goes, the oldest first.
func (d *DB) Add(v Version) (id int64, err error) {
	if len(v.Text) > mostSize {
		return 0, fmt.Errorf("%s has %d bytes; versions of %d and less are kept", v.File, len(v.Text), mostSize)
	}
	tx, err := d.db.Begin()
	if err != nil {
		return 0, err
	}
	defer tx.Rollback()
	r, err := tx.Exec("INSERT INTO version(file,at,user,note,size,text) VALUES(?,?,?,?,?,?)", v.File, v.At.UnixMilli(), v.User, v.Note,
		len(v.Text), packed(v.Text))
	if err != nil {
		return 0, err
	}
	if id, err = r.LastInsertId(); err != nil {
		return 0, err
	}
	if _, err = tx.Exec("DELETE FROM version WHERE file=? AND id NOT IN (SELECT id FROM version WHERE file=? ORDER BY id DESC LIMIT ?)",
		v.File, v.File, mostVersions); err != nil {
		return 0, err
	}
	for {
		var sum, oldest int64
		if err = tx.QueryRow("SELECT coalesce(sum(length(text)),0), coalesce(min(id),0) FROM version").Scan(&sum, &oldest); err != nil {
			return 0, err
		}
		if sum <= mostText || oldest == id {
			return id, tx.Commit()
		}
		if _, err = tx.Exec("DELETE FROM version WHERE id=?", oldest); err != nil {
			return 0, err
		}
	}
}

// Versions are those of a file, the newest first, without their texts.
func (d *DB) Versions(file string) (out []Version, err error) {
	rows, err := d.db.Query("SELECT id,at,user,note,size FROM version WHERE file=? ORDER BY id DESC", file)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		v, at := Version{File: file}, int64(0)
		if err := rows.Scan(&v.ID, &at, &v.User, &v.Note, &v.Size); err != nil {
			return nil, err
		}
		v.At = time.UnixMilli(at)
		out = append(out, v)
	}
	return out, rows.Err()
}

// Version is one with its text; ErrNone where the file has none of that number.
func (d *DB) Version(file string, id int64) (Version, error) {
	v, at, text := Version{ID: id, File: file}, int64(0), []byte(nil)
	err := d.db.QueryRow("SELECT at,user,note,size,text FROM version WHERE file=? AND id=?", file, id).Scan(&at, &v.User, &v.Note, &v.Size,
		&text)
	if errors.Is(err, sql.ErrNoRows) {
		return v, ErrNone
	}
	if err != nil {
		return v, err
	}
	v.At = time.UnixMilli(at)
	v.Text, err = unpacked(text)
	return v, err
}

// Deed is something that a user did.
type Deed struct {
	At                 time.Time
	User, Source, What string
}

// Note keeps one.
func (d *DB) Note(x Deed) error {
	_, err := d.db.Exec("INSERT INTO deed(at,user,source,what) VALUES(?,?,?,?)", x.At.UnixMilli(), x.User, x.Source, x.What)
	if err == nil {
		_, err = d.db.Exec("DELETE FROM deed WHERE id <= (SELECT max(id) FROM deed) - ?", mostDeeds)
	}
	return err
}

// Deeds are the last n, the newest first.
func (d *DB) Deeds(n int) (out []Deed, err error) {
	rows, err := d.db.Query("SELECT at,user,source,what FROM deed ORDER BY id DESC LIMIT ?", n)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		x, at := Deed{}, int64(0)
		if err := rows.Scan(&at, &x.User, &x.Source, &x.What); err != nil {
			return nil, err
		}
		x.At = time.UnixMilli(at)
		out = append(out, x)
	}
	return out, rows.Err()
}

// Hour is what was measured in an hour, of a name: "" is the switchboard. What the figures are is
// the business of who measures.
type Hour struct {
	At      time.Time // when it began
	Name    string
	Figures []byte
}

// Put keeps the figures of hours, in place of those that there were. Those over 30 days old go, and
// names over the bound of an hour are left out.
func (d *DB) Put(list []Hour) error {
	tx, err := d.db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	count, newest := map[int64]int{}, int64(0)
	for _, h := range list {
		at := h.At.Unix() / 3600
		if newest = max(newest, at); h.Name != "" {
			if count[at]++; count[at] > mostNames {
				continue
			}
		}
		if _, err := tx.Exec("INSERT INTO hour(at,name,figures) VALUES(?,?,?) ON CONFLICT(at,name) DO UPDATE SET figures=excluded.figures", at,
			h.Name, h.Figures); err != nil {
			return err
		}
	}
	if _, err := tx.Exec("DELETE FROM hour WHERE at <= ?", newest-span); err != nil {
		return err
	}
	return tx.Commit()
}

// Hours are those since a time, of all names, the oldest first.
func (d *DB) Hours(since time.Time) (out []Hour, err error) {
	rows, err := d.db.Query("SELECT at,name,figures FROM hour WHERE at >= ? ORDER BY at,name", since.Unix()/3600)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		h, at := Hour{}, int64(0)
		if err := rows.Scan(&at, &h.Name, &h.Figures); err != nil {
			return nil, err
		}
		h.At = time.Unix(at*3600, 0)
		out = append(out, h)
	}
	return out, rows.Err()
}

func packed(text []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write(text)
	z.Close()
	return b.Bytes()
}

func unpacked(text []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(z, mostSize))
}
