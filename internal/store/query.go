package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

// queryPatience and queryRows bound a question.
const (
	queryPatience = 10 * time.Second
	queryRows     = 100_000
)

// ErrQuery is a question that is none.
var ErrQuery = errors.New("only SELECT is answered")

// Query answers one SELECT of SQLite about the table astdb(key, value). It is asked of a copy
// in memory: what has not been written yet is there too, and nothing can be changed.
func (d *DB) Query(text string, row func(columns, values []string)) error {
	text = strings.TrimSuffix(strings.TrimSpace(text), ";")
	if first, _, _ := strings.Cut(text, " "); !strings.EqualFold(first, "select") {
		return ErrQuery
	}
	ctx, cancel := context.WithTimeout(context.Background(), queryPatience)
	defer cancel()
	copied, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return err
	}
	defer copied.Close()
	copied.SetMaxOpenConns(1) // another one would have a memory of its own
	if err := d.fill(ctx, copied); err != nil {
		return err
	}
	rows, err := copied.QueryContext(ctx, text)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	cells, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range cells {
		into[i] = &cells[i]
	}
	for n := 0; rows.Next() && n < queryRows; n++ {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		values := make([]string, len(cells))
		for i, c := range cells {
			switch v := c.(type) {
			case nil:
			case []byte:
				values[i] = string(v)
			default:
				values[i] = fmt.Sprint(v)
			}
		}
		row(columns, values)
	}
	return rows.Err()
}

// fill copies all rows.
func (d *DB) fill(ctx context.Context, to *sql.DB) error {
	tx, err := to.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, table); err != nil {
		return err
	}
	for _, e := range d.List("") {
		if _, err := tx.ExecContext(ctx, "INSERT INTO astdb(key, value) VALUES(?, ?)", e.Key, e.Value); err != nil {
			return err
		}
	}
	return tx.Commit()
}
