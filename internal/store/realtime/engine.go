package realtime

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib" // PostgreSQL
	_ "modernc.org/sqlite"             // SQLite, pure Go
)

// engine is one database.
type engine struct {
	driver, name string // of extconfig.conf
	db           *sql.DB
	numbered     bool // parameters are $1, $2 ...; else ?
	report       func(text string, bad bool)
	columns      columns

	mu   sync.Mutex // guards all below
	down time.Time  // since when it cannot be reached; zero: it can
	last time.Time  // of the last failure
	err  error      // of the last failure
}

func (e *engine) mark(n int) string {
	if e.numbered {
		return "$" + strconv.Itoa(n)
	}
	return "?"
}

// identifier says whether a text may be the name of a table or column.
func identifier(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") == ""
}

// quote writes a name; schema.table becomes "schema"."table".
func quote(name string) string { return `"` + strings.ReplaceAll(name, ".", `"."`) + `"` }

var operators = []string{"", "=", "<", ">", "<=", ">=", "<>", "!=", "LIKE"}

// where writes the conditions behind that many values; an error names what cannot be one.
func (e *engine) where(list []Condition, behind int) (text string, args []any, err error) {
	for i, c := range list {
		if !identifier(c.Field) || !slices.Contains(operators, c.Op) {
			return "", nil, fmt.Errorf("'%s %s' is not a condition", c.Field, c.Op)
		}
		op := c.Op
		if op == "" {
			op = "="
		}
		column := quote(c.Field)
		if op == "LIKE" && e.numbered {
			column += "::text" // whatever its type
		}
		text += []string{" WHERE ", " AND "}[min(i, 1)] + column + " " + op + " " + e.mark(behind+i+1)
		args = append(args, c.Value)
	}
	return text, args, nil
}

// update writes an UPDATE; "" when the table has none of the columns.
func (e *engine) update(f *family, where []Condition, set Row) (text string, args []any, err error) {
	if set, err = f.known(set); err != nil || len(set) == 0 {
		return "", nil, err
	}
	var parts []string
	for i, c := range set {
		parts, args = append(parts, quote(c.Name)+" = "+e.mark(i+1)), append(args, c.Value)
	}
	which, values, err := e.where(where, len(args))
	if err != nil {
		return "", nil, err
	}
	return "UPDATE " + quote(f.Table) + " SET " + strings.Join(parts, ", ") + which, append(args, values...), nil
}

func (f *family) update(where []Condition, set Row) (string, []any, error) {
	return f.engine.update(f, where, set)
}

// known leaves out the columns that the table does not have.
func (f *family) known(set Row) (Row, error) {
	have, err := f.columnsOf(f.Table)
	if err != nil {
		return nil, err
	}
	out := make(Row, 0, len(set))
	for _, c := range set {
		if slices.ContainsFunc(have, func(h string) bool { return strings.EqualFold(h, c.Name) }) {
			out = append(out, c)
		}
	}
	return out, nil
}

func (e *engine) columnsOf(table string) ([]string, error) {
	e.columns.mu.Lock()
	list := e.columns.of[table]
	e.columns.mu.Unlock()
	if list != nil {
		return list, nil
	}
	err := e.asked(func(ctx context.Context) error {
		rows, err := e.db.QueryContext(ctx, "SELECT * FROM "+quote(table)+" LIMIT 0")
		if err != nil {
			return err
		}
		defer rows.Close()
		list, err = rows.Columns()
		return err
	})
	if err != nil {
		return nil, err
	}
	e.columns.mu.Lock()
	defer e.columns.mu.Unlock()
	if e.columns.of == nil {
		e.columns.of = map[string][]string{}
	}
	e.columns.of[table] = list
	return list, nil
}

func (e *engine) forgetColumns() {
	e.columns.mu.Lock()
	defer e.columns.mu.Unlock()
	e.columns.of = nil
}

// rows asks a question.
func (e *engine) rows(text string, args []any) (out []Row, err error) {
	if e.resting() {
		return nil, ErrDown
	}
	err = e.asked(func(ctx context.Context) error {
		rows, err := e.db.QueryContext(ctx, text, args...)
		if err == nil {
			out, err = scan(rows)
		}
		return err
	})
	return out, err
}

// asked asks within the limit and judges. A question that was prepared before a column was
// added is refused, on each connection once, and is asked again.
func (e *engine) asked(question func(context.Context) error) (err error) {
	ctx, cancel := timeLimit()
	defer cancel()
	for range connections + 1 {
		if err = question(ctx); !outdated(err) {
			break
		}
		e.forgetColumns()
	}
	e.judge(err)
	return err
}

// outdated says whether the columns have changed since PostgreSQL prepared a question
// (feature_not_supported, "cached plan must not change result type").
func outdated(err error) bool {
	var refused *pgconn.PgError
	return errors.As(err, &refused) && refused.Code == "0A000"
}

func scan(rows *sql.Rows) (out []Row, err error) {
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	values, to := make([]sql.NullString, len(names)), make([]any, len(names))
	for i := range values {
		to[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(to...); err != nil {
			return nil, err
		}
		r := make(Row, len(names))
		for i, v := range values {
			r[i] = Field{names[i], v.String}
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

// exec runs a statement and counts the rows.
func (e *engine) exec(text string, args []any) (int64, error) {
	if e.resting() {
		return 0, ErrDown
	}
	ctx, cancel := timeLimit()
	defer cancel()
	r, err := e.db.ExecContext(ctx, text, args...)
	if e.judge(err); err != nil {
		return 0, err
	}
	n, err := r.RowsAffected()
	return n, err
}

// resting says that the database failed a moment ago and is left alone.
func (e *engine) resting() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return !e.down.IsZero() && time.Since(e.last) < retryAfter
}

// judge notes how a question ended, and says when the database goes and comes back.
func (e *engine) judge(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.err = err
	switch {
	case err == nil && !e.down.IsZero():
		e.report(fmt.Sprintf("The database '%s' (%s) is back after %.0f s", e.name, e.driver, time.Since(e.down).Seconds()), false)
		e.down = time.Time{}
	case err == nil:
	case Unreachable(err):
		e.last = time.Now()
		if e.down.IsZero() {
			e.down = e.last
			e.report(fmt.Sprintf("The database '%s' (%s) cannot be reached: %v", e.name, e.driver, err), true)
		}
	default:
		e.forgetColumns()
		e.report(fmt.Sprintf("The database '%s' (%s): %v", e.name, e.driver, err), true)
	}
}
