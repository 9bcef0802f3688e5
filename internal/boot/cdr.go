package boot

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"obelisk/dialplan"
	"obelisk/internal/config"
	"obelisk/internal/store/realtime"
	"obelisk/internal/store/records"
	"obelisk/internal/store/spare"
	"obelisk/pbx"
	"obelisk/pbx/cdr"
)

// recordFiles are the files that say where call records go.
type recordFiles struct {
	cdr.Config
	custom [][2]string // file and text, cdr_custom.conf
	sqlite sqliteRecords
	pgsql  pgsqlRecords
}

// sqliteRecords is cdr_sqlite3_custom.conf; without a table there is none.
type sqliteRecords struct {
	table           string
	columns, values []string
}

// pgsqlRecords is cdr_pgsql.conf; without a table there is none.
type pgsqlRecords struct {
	realtime.Source
	schema, table string
	utc           bool
}

// cdrModule is call records: cdr.conf and the files of what gets them.
func (s *System) cdrModule() pbx.Module {
	return own{name: "cdr", synopsis: "CDR Engine", measure: func(m *pbx.Measures) { s.recordMetrics(m) }, read: func(r *reading) step {
		f := r.records()
		return step{commit: func() { s.setRecords(f) }}
	}}
}

// records reads the files of call records.
func (r *reading) records() (out recordFiles) {
	var d []config.Diagnostic
	out.Config, d = cdr.ReadConfig(r.file("cdr.conf"))
	r.note(d)
	out.custom = cdr.ReadCustom(r.file("cdr_custom.conf"))
	out.sqlite, d = readSQLiteRecords(r.file("cdr_sqlite3_custom.conf"))
	r.note(d)
	out.pgsql, d = readPGSQLRecords(r.file("cdr_pgsql.conf"))
	r.note(d)
	return out
}

func readSQLiteRecords(f *config.File) (out sqliteRecords, diags []config.Diagnostic) {
	if f == nil || f.Section("master") == nil {
		return out, nil
	}
	var table string
	for _, v := range f.Section("master").Vars {
		switch strings.ToLower(v.Name) {
		case "table":
			table = v.Value
		case "columns":
			out.columns = texts(v.Value)
		case "values":
			out.values = texts(v.Value)
		case "busy_timeout": // who holds the database is waited for, however long
		default:
			diags = append(diags, config.Unsupported(v, "master"))
		}
	}
	pos := f.Section("master").Pos
	switch {
	case table == "" && out.columns == nil && out.values == nil: // the sample, with all commented out
	case table == "" || len(out.columns) == 0:
		diags = append(diags, config.Diagnostic{Pos: pos, Severity: config.Error, Text: "[master] needs 'table' and 'columns'"})
	case len(out.columns) != len(out.values):
		diags = append(diags, config.Diagnostic{Pos: pos, Severity: config.Error, Text: fmt.Sprintf("[master] has %d columns and %d values",
			len(out.columns), len(out.values))})
	default:
		out.table = table
	}
	return out, diags
}

// texts parts a list at its commas, but not within quotes or ${}; quotes around a text are
// taken off.
func texts(list string) (out []string) {
	var quoted bool
	depth, from := 0, 0
	add := func(s string) {
		if s = strings.TrimSpace(s); len(s) > 1 && s[0] == '\'' && s[len(s)-1] == '\'' {
			s = s[1 : len(s)-1]
		}
		out = append(out, s)
	}
	for i := range len(list) {
		switch c := list[i]; {
		case c == '\'':
			quoted = !quoted
		case c == '{':
			depth++
		case c == '}':
			depth--
		case c == ',' && !quoted && depth <= 0:
			add(list[from:i])
			from = i + 1
		}
	}
	add(list[from:])
	return out
}

func readPGSQLRecords(f *config.File) (out pgsqlRecords, diags []config.Diagnostic) {
	if f == nil || f.Section("global") == nil {
		return out, nil
	}
	out.Source = realtime.Source{Driver: "pgsql", Host: "localhost", Port: "5432", Database: "asterisk", User: "asterisk"}
	out.table = "cdr"
	for _, v := range f.Section("global").Vars {
		switch strings.ToLower(v.Name) {
		case "hostname":
			out.Host = v.Value
		case "port":
			out.Port = v.Value
		case "dbname":
			out.Database = v.Value
		case "user":
			out.User = v.Value
		case "password":
			out.Password = v.Value
		case "table":
			out.table = v.Value
		case "schema":
			out.schema = v.Value
		case "timezone":
			out.utc = strings.EqualFold(v.Value, "UTC") || strings.EqualFold(v.Value, "GMT")
		case "encoding", "appname": // texts are UTF-8, and the name is ours
		default:
			diags = append(diags, config.Unsupported(v, "global"))
		}
	}
	if len(f.Section("global").Vars) == 0 { // the sample, with all commented out
		out.table = ""
	}
	if strings.HasPrefix(out.Host, "/") {
		out.Socket = out.Host
	}
	return out, diags
}

// recordStores are the databases that get call records.
type recordStores struct {
	files   recordFiles
	outlets []*cdr.Outbox // in the order of their names
}

// openRecords begins the writing of records, which any file of the log may use.
func (s *System) openRecords() *cdr.Writer {
	dirs := s.conf.ast.Dirs
	waiting := filepath.Join(dirs.Spool, "cdr")
	s.records = cdr.NewWriter(filepath.Join(dirs.Log, "cdr-csv"), waiting, cdr.DefaultConfig(),
		func(err error) { s.log.Error().Msg(err.Error()) })
	if room := s.conf.ast.SpareRoom; room > 0 {
		file, err := spare.Open(filepath.Join(waiting, "reserve"), room)
		if err != nil {
			s.log.Warn().Msgf("there is no reserve on disk for call records: %v", err)
		} else {
			s.records.SetSpare(file)
		}
	}
	s.records.Start()
	return s.records
}

// setRecords puts the files in force. Databases that are the same stay open.
func (s *System) setRecords(f recordFiles) {
	s.records.SetConfig(f.Config)
	var copies []pbx.RecordCopy
	for _, m := range f.custom {
		copies = append(copies, pbx.RecordCopy{Texts: []*dialplan.Text{dialplan.CompileText(m[1])},
			Put: func(e cdr.Entry) { s.records.SubmitLine("cdr-custom", m[0], e.Values[0]) }})
	}
	if !slices.Equal(s.stores.files.sqlite.columns, f.sqlite.columns) || s.stores.files.sqlite.table != f.sqlite.table {
		s.closeOutlet("cdr_sqlite3_custom")
	}
	if s.stores.files.pgsql != f.pgsql {
		s.closeOutlet("pgsql")
	}
	s.stores.files = f
	if q := f.sqlite; q.table != "" {
		c := pbx.RecordCopy{Put: s.outlet("cdr_sqlite3_custom", func() (cdr.Sink, error) {
			return records.NewSQLite(filepath.Join(s.conf.ast.Dirs.Log, "master.db"), q.table, q.columns)
		})}
		for _, v := range q.values {
			c.Texts = append(c.Texts, dialplan.CompileText(v))
		}
		copies = append(copies, c)
	}
	if q := f.pgsql; q.table != "" {
		copies = append(copies,
			pbx.RecordCopy{Put: s.outlet("pgsql", func() (cdr.Sink, error) { return records.NewPostgres(q.Source, q.schema, q.table, q.utc) })})
	}
	if s.house.Watches() {
		copies = append(copies, pbx.RecordCopy{Put: func(e cdr.Entry) { s.house.Record(e.Record) }})
	}
	s.core.SetRecordCopies(copies)
}

// DebugRecords implements cli.Operation.
func (o operation) DebugRecords(on bool) (was bool) { return o.records.SetDebug(on) }

// outlet opens a database for records, if it is not open. They wait in the spool until the
// database has them.
func (s *System) outlet(name string, open func() (cdr.Sink, error)) (put func(cdr.Entry)) {
	for _, o := range s.stores.outlets {
		if o.Name() == name {
			return o.Put
		}
	}
	report := func(err error) { s.log.Warn().Msg(err.Error()) }
	sink, err := open()
	if err != nil {
		report(fmt.Errorf("no call records for %s: %w", name, err))
		return func(cdr.Entry) {}
	}
	o := cdr.NewOutbox(s.records, filepath.Join(s.conf.ast.Dirs.Spool, "cdr", name), sink, report)
	o.Start()
	s.stores.outlets = append(s.stores.outlets, o)
	return o.Put
}

func (s *System) closeOutlet(name string) {
	s.stores.outlets = slices.DeleteFunc(s.stores.outlets, func(o *cdr.Outbox) bool {
		if o.Name() != name {
			return false
		}
		o.Close()
		return true
	})
}

func (s *System) recordMetrics(m *pbx.Measures) {
	m.Gauge("obelisk_records_waiting", "Lines of call records and events that are not on disk yet", float64(s.records.Waiting()))
	s.reloading.Lock()
	defer s.reloading.Unlock()
	for _, o := range s.stores.outlets {
		away := 0.0
		if o.Away() {
			away = 1
		}
		m.Gauge("obelisk_records_store_away", "1 while a database that gets call records cannot be reached", away, "store", o.Name())
		m.Count("obelisk_records_stored_total", "Call records that a database took", float64(o.Wrote()), "store", o.Name())
	}
}

// closeRecords writes what waits: to the files, and to the databases that answer. The rest
// stays in the spool for the next start.
func (s *System) closeRecords() error {
	s.records.Close()
	var all error
	for _, o := range s.stores.outlets {
		all = errors.Join(all, o.Close())
	}
	return all
}
