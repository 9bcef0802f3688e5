package realtime

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// Source is a database that a mapping may name.
type Source struct {
	Driver string // sqlite3 or pgsql
	Name   string // the database of the mapping; "" fits all of the driver
	// SQLite.
	File string
	// PostgreSQL.
	Host, Port, Database, User, Password string
	Socket                               string // directory of its socket, in place of Host
}

// Connections to one database.
const connections = 8

// Open makes tables of mappings. Nothing is asked of a database yet, so that one that is
// away does not keep the switchboard from starting. report is told of what a person
// should know. problems say for each mapping why it cannot be used, nil for those that can.
func Open(mappings []Mapping, sources []Source, report func(text string, bad bool)) (t *Tables, problems []error) {
	t = &Tables{families: map[string]*family{}, engines: map[string]*engine{}, report: report}
	t.queue = queue{t: t, changes: map[string]*change{}, kick: make(chan struct{}, 1), done: make(chan struct{})}
	problems = make([]error, len(mappings))
	for i, m := range mappings {
		if m.Table == "" {
			m.Table = m.Family
		}
		e, err := t.engine(m, sources)
		switch {
		case err != nil:
			problems[i] = fmt.Errorf("%s: %w", m.Family, err)
		case !identifier(m.Table):
			problems[i] = fmt.Errorf("%s: '%s' is not the name of a table", m.Family, m.Table)
		case t.families[strings.ToLower(m.Family)] == nil:
			t.families[strings.ToLower(m.Family)] = &family{m, e}
		}
	}
	return t, problems
}

// engine finds or opens the database of a mapping.
func (t *Tables) engine(m Mapping, sources []Source) (*engine, error) {
	kind := strings.ToLower(m.Driver)
	switch kind {
	case "sqlite":
		kind = "sqlite3"
	case "postgres", "postgresql":
		kind = "pgsql"
	case "sqlite3", "pgsql":
	default:
		return nil, fmt.Errorf("there is no driver '%s'; sqlite3 and pgsql are", m.Driver)
	}
	key := kind + "/" + m.Database
	if e := t.engines[key]; e != nil {
		return e, nil
	}
	for _, s := range sources {
		if s.Driver != kind || s.Name != "" && !strings.EqualFold(s.Name, m.Database) {
			continue
		}
		db, err := s.Open()
		if err != nil {
			return nil, err
		}
		e := &engine{driver: kind, name: m.Database, db: db, numbered: kind == "pgsql", report: t.report}
		t.engines[key] = e
		return e, nil
	}
	return nil, fmt.Errorf("the database '%s' is not in %s", m.Database, map[string]string{"sqlite3": "res_config_sqlite3.conf",
		"pgsql": "res_pgsql.conf"}[kind])
}

// Open makes the connections of a database, without asking anything of it yet.
func (s *Source) Open() (*sql.DB, error) {
	if s.Driver == "sqlite3" {
		db, err := sql.Open("sqlite", s.File+"?_pragma=busy_timeout(2000)&_pragma=journal_mode(wal)&_pragma=synchronous(normal)")
		if err == nil {
			db.SetMaxOpenConns(1)
		}
		return db, err
	}
	u := url.URL{Scheme: "postgres", Host: net.JoinHostPort(s.Host, s.Port), Path: "/" + s.Database,
		User: url.UserPassword(s.User, s.Password)}
	q := url.Values{"connect_timeout": {"2"}, "sslmode": {"prefer"}, "application_name": {"obelisk"}}
	if s.Socket != "" {
		u.Host = ""
		q.Set("host", s.Socket)
		q.Set("port", s.Port)
	}
	u.RawQuery = q.Encode()
	db, err := sql.Open("pgx", u.String())
	if err == nil {
		db.SetMaxOpenConns(connections)
		db.SetMaxIdleConns(connections)
		db.SetConnMaxIdleTime(5 * time.Minute)
	}
	return db, err
}

// Unreachable tells a database that is away from one that refuses a statement.
func Unreachable(err error) bool {
	var refused *pgconn.PgError
	if errors.As(err, &refused) { // 57P: it is being shut down; 08: connection; 53: no resources
		return strings.HasPrefix(refused.Code, "57P") || strings.HasPrefix(refused.Code, "08") || strings.HasPrefix(refused.Code, "53")
	}
	var failed net.Error
	var connect *pgconn.ConnectError
	return errors.As(err, &failed) || errors.As(err, &connect) || errors.Is(err, driver.ErrBadConn) ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrDown) ||
		strings.Contains(err.Error(), "unable to open database") || strings.Contains(err.Error(), "database is locked") ||
		strings.Contains(err.Error(), "conn closed") || strings.Contains(err.Error(), "EOF")
}
