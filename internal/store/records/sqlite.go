// Package records writes call records into databases.
package records

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"obelisk/internal/store/realtime"
	"obelisk/pbx/cdr"
)

// patience of one transaction.
const patience = 10 * time.Second

// SQLite is cdr_sqlite3_custom.conf: a table whose columns are the user's, as are the texts
// that are written into them. It is made when it is not there, with a column AcctId that
// counts.
type SQLite struct {
	db      *sql.DB
	table   string
	columns []string
	ready   bool // owned by the goroutine that writes
}

// NewSQLite writes into a table of a file.
func NewSQLite(file, table string, columns []string) (*SQLite, error) {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return nil, err
	}
	s := realtime.Source{Driver: "sqlite3", File: file}
	db, err := s.Open()
	return &SQLite{db: db, table: table, columns: columns}, err
}

// Name implements cdr.Sink.
func (s *SQLite) Name() string { return "cdr_sqlite3_custom" }

// Close implements cdr.Sink.
func (s *SQLite) Close() error { return s.db.Close() }

// Write implements cdr.Sink.
func (s *SQLite) Write(list []cdr.Entry, note func(tx string) error) error {
	err := s.prepare()
	if err == nil {
		err = s.insert(list, note)
	}
	if err != nil && !strings.Contains(err.Error(), "constraint") { // a file that is locked, full, gone
		return fmt.Errorf("%w: %w", cdr.ErrAway, err)
	}
	return err
}

// Taken implements cdr.Sink: a file has the number of the last transaction of records in its header.
func (s *SQLite) Taken(tx string) (bool, error) {
	n := ""
	if err := s.db.QueryRow("PRAGMA user_version").Scan(&n); err != nil {
		return false, fmt.Errorf("%w: %w", cdr.ErrAway, err)
	}
	return n == tx, nil
}

// number gives a transaction the next number.
func number(ctx context.Context, tx *sql.Tx) (string, error) {
	n := 0
	if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&n); err != nil {
		return "", err
	}
	n = n%math.MaxInt32 + 1
	_, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", n))
	return strconv.Itoa(n), err
}

func (s *SQLite) insert(list []cdr.Entry, note func(string) error) error {
	return insert(s.db, "INSERT INTO "+quote(s.table)+" ("+names(s.columns)+") VALUES (?"+strings.Repeat(",?", len(s.columns)-1)+")", list,
		func(e *cdr.Entry) (args []any) {
			for i := range s.columns {
				if i >= len(e.Values) { // the columns were others when it was put down
					args = append(args, "")
					continue
				}
				args = append(args, e.Values[i])
			}
			return args
		}, number, note)
}

// prepare makes the table, or the columns that it lacks.
func (s *SQLite) prepare() error {
	if s.ready {
		return nil
	}
	if _, err := s.db.Exec("CREATE TABLE IF NOT EXISTS " + quote(s.table) + " (AcctId INTEGER PRIMARY KEY," + names(s.columns) +
		")"); err != nil {
		return err
	}
	rows, err := s.db.Query("SELECT * FROM " + quote(s.table) + " LIMIT 0")
	if err != nil {
		return err
	}
	have, err := rows.Columns()
	rows.Close()
	for _, c := range s.columns {
		if err == nil && !slices.ContainsFunc(have, func(h string) bool { return strings.EqualFold(h, c) }) {
			_, err = s.db.Exec("ALTER TABLE " + quote(s.table) + " ADD COLUMN " + quote(c))
		}
	}
	s.ready = err == nil
	return err
}

// insert runs one statement for each entry, in one transaction, whose name is noted before it takes effect.
func insert(db *sql.DB, text string, list []cdr.Entry, values func(*cdr.Entry) []any, name func(context.Context, *sql.Tx) (string, error),
	note func(string) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return away(err)
	}
	defer tx.Rollback()
	st, err := tx.PrepareContext(ctx, text)
	if err != nil {
		return away(err)
	}
	defer st.Close()
	for i := range list {
		if _, err := st.ExecContext(ctx, values(&list[i])...); err != nil {
			return away(err)
		}
	}
	called, err := name(ctx, tx)
	if err != nil {
		return away(err)
	}
	if err := note(called); err != nil {
		return err
	}
	return away(tx.Commit())
}

// away marks the errors of a database that cannot be reached now.
func away(err error) error {
	if err != nil && realtime.Unreachable(err) {
		return fmt.Errorf("%w: %w", cdr.ErrAway, err)
	}
	return err
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func names(list []string) string {
	out := make([]string, len(list))
	for i, n := range list {
		out[i] = quote(n)
	}
	return strings.Join(out, ",")
}
