// Package realtime keeps configuration and state in tables, as Asterisk's Realtime
// does: families of extconfig.conf, each a table of a SQLite file or of PostgreSQL.
//
// Reads wait for the database, for a few seconds at most; writes that may come late are
// collected and written behind (Later), and kept for as long as the database is away.
package realtime

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"strings"
	"sync"
	"time"
)

// Field is a column of a row; NULL is read as "".
type Field struct{ Name, Value string }

// Row is a row of a table, in the order of its columns.
type Row []Field

// Get returns a column, "" when it is not there.
func (r Row) Get(name string) string {
	for _, f := range r {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

// Condition is what a row must fulfil. Op is one of =, <, >, <=, >=, <>, LIKE; "" is =.
type Condition struct{ Field, Op, Value string }

// ParseCondition reads a field with its operator, as "name LIKE".
func ParseCondition(field, value string) Condition {
	name, op, _ := strings.Cut(strings.TrimSpace(field), " ")
	return Condition{name, strings.ToUpper(strings.TrimSpace(op)), value}
}

// ErrNoFamily: extconfig.conf has no such family.
var ErrNoFamily = errors.New("no table is mapped to it in extconfig.conf")

// ErrDown: the database cannot be reached; it was tried a moment ago.
var ErrDown = errors.New("the database cannot be reached")

// Patience of one question to a database.
const Patience = 3 * time.Second

// retryAfter is how long a database that has failed is not asked again.
const retryAfter = time.Second

// Mapping says where a family is.
type Mapping struct {
	Family, Driver, Database, Table string
}

// Tables are the families of a configuration. They are safe for use by several
// goroutines.
type Tables struct {
	families map[string]*family // by lower-case name
	engines  map[string]*engine // by driver and database
	report   func(text string, bad bool)
	queue    queue
}

type family struct {
	Mapping
	*engine
}

// Has says whether a family is mapped. No Tables have none.
func (t *Tables) Has(name string) bool { return t != nil && t.families[strings.ToLower(name)] != nil }

// Mappings lists the families by name.
func (t *Tables) Mappings() (out []Mapping) {
	if t == nil {
		return nil
	}
	for _, f := range t.families {
		out = append(out, f.Mapping)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Family < out[j].Family })
	return out
}

func (t *Tables) family(name string) (*family, error) {
	if t == nil {
		return nil, fmt.Errorf("'%s': %w", name, ErrNoFamily)
	}
	if f := t.families[strings.ToLower(name)]; f != nil {
		return f, nil
	}
	return nil, fmt.Errorf("'%s': %w", name, ErrNoFamily)
}

// Load returns the first row that fulfils all conditions; false when there is none.
func (t *Tables) Load(name string, where ...Condition) (Row, bool, error) {
	rows, err := t.load(name, where, " LIMIT 1")
	if err != nil || len(rows) == 0 {
		return nil, false, err
	}
	return rows[0], true, nil
}

// LoadAll returns every row that fulfils all conditions, ordered by the first one's
// field.
func (t *Tables) LoadAll(name string, where ...Condition) ([]Row, error) {
	tail := ""
	if len(where) > 0 {
		tail = " ORDER BY " + quote(where[0].Field)
	}
	return t.load(name, where, tail)
}

func (t *Tables) load(name string, where []Condition, tail string) ([]Row, error) {
	f, err := t.family(name)
	if err != nil {
		return nil, err
	}
	text, args, err := f.where(where, 0)
	if err != nil {
		return nil, err
	}
	return f.rows("SELECT * FROM "+quote(f.Table)+text+tail, args)
}

// LoadNamed returns the rows whose field is one of the values.
func (t *Tables) LoadNamed(name, field string, values []string) (out []Row, err error) {
	f, err := t.family(name)
	if err != nil {
		return nil, err
	}
	const most = 500 // values in one question
	for len(values) > 0 {
		some := values[:min(most, len(values))]
		values = values[len(some):]
		var marks []string
		var args []any
		for i, v := range some {
			marks, args = append(marks, f.mark(i+1)), append(args, v)
		}
		rows, err := f.rows("SELECT * FROM "+quote(f.Table)+" WHERE "+quote(field)+" IN ("+strings.Join(marks, ",")+")", args)
		if err != nil {
			return nil, err
		}
		out = append(out, rows...)
	}
	return out, nil
}

// Update sets columns of the rows that fulfil the condition, and counts them. Columns
// that the table lacks are left out.
func (t *Tables) Update(name string, where Condition, set Row) (int64, error) {
	f, err := t.family(name)
	if err != nil {
		return 0, err
	}
	text, args, err := f.update([]Condition{where}, set)
	if err != nil || text == "" {
		return 0, err
	}
	return f.exec(text, args)
}

// UpdateAll is Update for the rows that fulfil all conditions, of which there must be one.
func (t *Tables) UpdateAll(name string, where []Condition, set Row) (int64, error) {
	f, err := t.family(name)
	if err != nil {
		return 0, err
	}
	if len(where) == 0 {
		return 0, errors.New("nothing says which rows")
	}
	text, args, err := f.update(where, set)
	if err != nil || text == "" {
		return 0, err
	}
	return f.exec(text, args)
}

// Insert adds a row.
func (t *Tables) Insert(name string, set Row) error {
	f, err := t.family(name)
	if err != nil {
		return err
	}
	if set, err = f.known(set); err != nil || len(set) == 0 {
		return err
	}
	var names, marks []string
	var args []any
	for i, c := range set {
		names, marks, args = append(names, quote(c.Name)), append(marks, f.mark(i+1)), append(args, c.Value)
	}
	_, err = f.exec("INSERT INTO "+quote(f.Table)+" ("+strings.Join(names, ", ")+") VALUES ("+strings.Join(marks, ", ")+")", args)
	return err
}

// Delete removes the rows that fulfil all conditions, of which there must be one, and
// counts them.
func (t *Tables) Delete(name string, where ...Condition) (int64, error) {
	f, err := t.family(name)
	if err != nil {
		return 0, err
	}
	if len(where) == 0 {
		return 0, errors.New("nothing says which rows")
	}
	text, args, err := f.where(where, 0)
	if err != nil {
		return 0, err
	}
	return f.exec("DELETE FROM "+quote(f.Table)+text, args)
}

// Exec runs a statement in the database of a family, for who makes tables.
func (t *Tables) Exec(name, statement string) error {
	f, err := t.family(name)
	if err == nil {
		_, err = f.exec(statement, nil)
	}
	return err
}

// Numbered says whether the database of a family is PostgreSQL, whose statements differ.
func (t *Tables) Numbered(name string) bool {
	f, err := t.family(name)
	return err == nil && f.numbered
}

// AddColumn adds a column of text to a family's table.
func (t *Tables) AddColumn(name, column string) error {
	f, err := t.family(name)
	if err != nil {
		return err
	}
	if !identifier(column) {
		return fmt.Errorf("'%s' cannot be a column", column)
	}
	_, err = f.exec("ALTER TABLE "+quote(f.Table)+` ADD COLUMN "`+column+`" TEXT`, nil)
	f.forgetColumns()
	return err
}

// Columns are those of a family's table.
func (t *Tables) Columns(name string) ([]string, error) {
	f, err := t.family(name)
	if err != nil {
		return nil, err
	}
	return f.columnsOf(f.Table)
}

// Close writes what is left, if the database takes it within a moment, and closes all.
func (t *Tables) Close() {
	if t == nil {
		return
	}
	t.queue.close()
	for _, e := range t.engines {
		e.db.Close()
	}
}

// Status is how a database does.
type Status struct {
	Driver, Database string
	Since            time.Time // it cannot be reached; the zero value when it can
	Error            string
}

// Status lists the databases, and how many writes wait.
func (t *Tables) Status() (list []Status, waiting int) {
	if t == nil {
		return nil, 0
	}
	for _, e := range t.engines {
		e.mu.Lock()
		s := Status{Driver: e.driver, Database: e.name, Since: e.down}
		if e.err != nil {
			s.Error = e.err.Error()
		}
		e.mu.Unlock()
		list = append(list, s)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Driver+list[i].Database < list[j].Driver+list[j].Database })
	return list, t.queue.waiting()
}

// Idle closes the connections that nobody uses; further ones are opened as needed.
func (t *Tables) Idle() {
	for _, e := range t.engines {
		e.db.SetMaxIdleConns(0)
		e.db.SetMaxIdleConns(connections)
	}
}

func timeLimit() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), Patience)
}

// columns that tables have, kept until a statement fails.
type columns struct {
	mu sync.Mutex
	of map[string][]string
}
