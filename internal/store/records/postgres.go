package records

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"obelisk/internal/printable"
	"obelisk/internal/store/realtime"
	"obelisk/pbx/cdr"
)

// Postgres is cdr_pgsql.conf: a table that has the fields of a record for columns, those
// that the user wants and of the types that he wants; calldate is start. CDR(name) of a
// name that is a column is written too.
type Postgres struct {
	db     *sql.DB
	schema string
	table  string
	utc    bool

	// Owned by the goroutine that writes.
	columns  []column
	nameless bool // it cannot tell the name of a transaction
}

// column is one of the table.
type column struct {
	name   string // lower case
	quoted string
	kind   kind
}

// kind of a column: what times and numbers are written as.
type kind int

const (
	text     kind = iota
	whole         // integers
	fraction      // floating point, numeric
	moment        // dates and times
)

// NewPostgres writes into a table of a database, "" for the schema being the usual one.
func NewPostgres(src realtime.Source, schema, table string, utc bool) (*Postgres, error) {
	src.Driver = "pgsql"
	db, err := src.Open()
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(2)
	return &Postgres{db: db, schema: schema, table: table, utc: utc}, nil
}

// Name implements cdr.Sink.
func (p *Postgres) Name() string { return "pgsql" }

// Close implements cdr.Sink.
func (p *Postgres) Close() error { return p.db.Close() }

func (p *Postgres) from() string {
	if p.schema != "" {
		return quote(p.schema) + "." + quote(p.table)
	}
	return quote(p.table)
}

// Write implements cdr.Sink.
func (p *Postgres) Write(list []cdr.Entry, note func(tx string) error) error {
	if err := p.prepare(); err != nil {
		return err
	}
	var marks, quoted []string
	for i, c := range p.columns {
		marks, quoted = append(marks, "$"+strconv.Itoa(i+1)), append(quoted, c.quoted)
	}
	err := insert(p.db, "INSERT INTO "+p.from()+" ("+strings.Join(quoted, ",")+") VALUES ("+strings.Join(marks, ",")+")", list,
		func(e *cdr.Entry) (args []any) {
			for _, c := range p.columns {
				args = append(args, p.value(e, c))
			}
			return args
		}, p.transaction, note)
	if errors.Is(err, errNameless) {
		p.nameless = true
		return p.Write(list, note)
	}
	if err != nil && !errors.Is(err, cdr.ErrAway) {
		p.columns = nil // they may be others now
	}
	return err
}

// errNameless says that what the table is kept in is no PostgreSQL of version 10 or later.
var errNameless = errors.New("transactions have no names")

// transaction is the number of one of PostgreSQL.
func (p *Postgres) transaction(ctx context.Context, tx *sql.Tx) (name string, err error) {
	if p.nameless {
		return "", nil
	}
	err = tx.QueryRowContext(ctx, "SELECT txid_current()").Scan(&name)
	if err != nil && !realtime.Unreachable(err) {
		return "", errNameless
	}
	return name, err
}

// Taken implements cdr.Sink. Of a transaction that is too old, and of one that this server has not had (it follows another one, which
// has died), nothing is known: then the records are written again.
func (p *Postgres) Taken(tx string) (bool, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	status := ""
	switch err := p.db.QueryRowContext(ctx, "SELECT coalesce(txid_status($1::bigint), '')", tx).Scan(&status); {
	case err != nil && realtime.Unreachable(err):
		return false, away(err)
	case err != nil:
		return false, nil
	case status == "in progress": // the server has not seen yet that the connection is gone
		return false, fmt.Errorf("%w: a transaction goes on", cdr.ErrAway)
	}
	return status == "committed", nil
}

// prepare asks for the columns of the table.
func (p *Postgres) prepare() error {
	if p.columns != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	rows, err := p.db.QueryContext(ctx, "SELECT * FROM "+p.from()+" LIMIT 0")
	if err != nil {
		// A table that is not there yet is waited for, as a database is.
		return fmt.Errorf("%w: %w", cdr.ErrAway, err)
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		return away(err)
	}
	var out []column
	for _, t := range types {
		c := column{strings.ToLower(t.Name()), quote(t.Name()), kindOf(t.DatabaseTypeName())}
		out = append(out, c)
	}
	p.columns, err = p.written(ctx, out)
	return away(err)
}

// written leaves out the columns that fill themselves: those that are no field of a record
// and have a default.
func (p *Postgres) written(ctx context.Context, list []column) (out []column, err error) {
	rows, err := p.db.QueryContext(ctx, "SELECT column_name FROM information_schema.columns WHERE table_name = $1 AND ($2 = '' OR "+
		"table_schema = $2) AND (column_default IS NOT NULL OR is_identity = 'YES')", p.table, p.schema)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	self := map[string]bool{}
	for rows.Next() {
		var n string
		if err := rows.Scan(&n); err != nil {
			return nil, err
		}
		self[strings.ToLower(n)] = true
	}
	for _, c := range list {
		if _, known := field(&cdr.Entry{}, c.name); known || !self[c.name] {
			out = append(out, c)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("the table '%s' has no column that is a field of a call record", p.table)
	}
	return out, rows.Err()
}

func kindOf(t string) kind {
	switch t = strings.ToUpper(t); {
	case strings.HasPrefix(t, "INT"):
		return whole
	case strings.HasPrefix(t, "FLOAT"), t == "NUMERIC":
		return fraction
	case strings.HasPrefix(t, "TIMESTAMP"), t == "DATE", strings.HasPrefix(t, "TIME"):
		return moment
	}
	return text
}

// field is one of a record: a text, a time.Time, a time.Duration or an int. known is false
// for a name of the user's own.
func field(e *cdr.Entry, name string) (value any, known bool) {
	r := &e.Record
	switch name {
	case "calldate", "start":
		return r.Start, true
	case "answer":
		return r.Answer, true
	case "end":
		return r.End, true
	case "duration":
		return r.End.Sub(r.Start), true
	case "billsec":
		if r.Answer.IsZero() {
			return time.Duration(0), true
		}
		return r.End.Sub(r.Answer), true
	case "sequence":
		return r.Sequence, true
	}
	texts := map[string]string{"accountcode": r.AccountCode, "src": r.Src, "dst": r.Dst, "dcontext": r.DContext, "clid": r.CLID,
		"channel": r.Channel, "dstchannel": r.DstChannel, "lastapp": r.LastApp, "lastdata": r.LastData, "disposition": r.Disposition,
		"amaflags": r.AMAFlags, "uniqueid": r.UniqueID, "userfield": r.UserField, "linkedid": r.LinkedID,
		"peeraccount": r.PeerAccount}
	if v, ok := texts[name]; ok {
		return v, true
	}
	for _, v := range e.Vars {
		if strings.EqualFold(v[0], name) {
			return v[1], false
		}
	}
	return nil, false
}

// numbers of texts, in columns of numbers.
var numbers = map[string]int{cdr.NoAnswer: 1, cdr.Failed: 2, cdr.Busy: 4, cdr.Answered: 8, cdr.Congestion: 16, "OMIT": 1, "BILLING": 2,
	"DOCUMENTATION": 3}

// value is a field as its column takes it; nil is NULL.
func (p *Postgres) value(e *cdr.Entry, c column) any {
	v, _ := field(e, c.name)
	switch v := v.(type) {
	case time.Time:
		return p.time(v, c.kind)
	case time.Duration:
		if c.kind == fraction {
			return strconv.FormatFloat(v.Seconds(), 'f', 6, 64)
		}
		return strconv.Itoa(int(v / time.Second))
	case int:
		return strconv.Itoa(v)
	case string:
		n, number := numbers[v]
		switch {
		case c.kind == text:
			return printable.Text(v) // a NUL would be refused
		case v == "":
			return nil
		case number && (c.name == "disposition" || c.name == "amaflags"):
			return strconv.Itoa(n)
		}
		return v
	}
	return nil
}

func (p *Postgres) time(t time.Time, k kind) any {
	if t.IsZero() {
		return nil
	}
	switch k {
	case whole:
		return strconv.FormatInt(t.Unix(), 10)
	case fraction:
		return fmt.Sprintf("%d.%06d", t.Unix(), t.Nanosecond()/1000)
	}
	if p.utc {
		return t.UTC().Format(time.DateTime)
	}
	return t.Local().Format(time.DateTime)
}
