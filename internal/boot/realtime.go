package boot

import (
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"time"

	"obelisk/dialplan"
	"obelisk/internal/config"
	"obelisk/internal/store/realtime"
	"obelisk/pbx"

	"github.com/rs/zerolog"
)

// realtimeModule is extconfig.conf and the files of its databases, which are opened at a start.
func (s *System) realtimeModule() pbx.Module {
	var later []string
	return own{name: "extconfig", synopsis: "Configuration", later: func() []string { return later }, close: func() {
		s.queueTable.close()
		s.tables.Close()
	}, read: func(r *reading) step {
		if s == nil || !s.up() {
			return step{}
		}
		mappings, _, sources := r.mappings()
		return step{commit: func() {
			later = nil
			if !reflect.DeepEqual(s.mapped, mapped{mappings, sources}) {
				later = []string{"extconfig.conf: the tables and their databases"}
			}
		}}
	}}
}

// mapped is what extconfig.conf and the files of its databases say.
type mapped struct {
	mappings []realtime.Mapping
	sources  []realtime.Source
}

// mappings reads extconfig.conf and the files that say where its databases are.
func (r *reading) mappings() (mappings []realtime.Mapping, at []config.Pos, sources []realtime.Source) {
	f := r.file("extconfig.conf")
	if f == nil {
		return nil, nil, nil
	}
	if s := f.Section("settings"); s != nil {
		for _, v := range s.Vars {
			p := strings.Split(v.Value, ",")
			if strings.HasSuffix(v.Name, ".conf") {
				r.note([]config.Diagnostic{{Pos: v.Pos,
					Text: fmt.Sprintf("whole files in tables (static Realtime) are not supported: '%s' is read as a file", v.Name)}})
				continue
			}
			if len(p) < 2 {
				r.note([]config.Diagnostic{{Pos: v.Pos, Text: fmt.Sprintf("'%s' must be driver,database[,table]; the line is left out", v.Value)}})
				continue
			}
			m := realtime.Mapping{Family: v.Name, Driver: strings.TrimSpace(p[0]), Database: strings.Trim(strings.TrimSpace(p[1]), `"`)}
			if len(p) > 2 {
				m.Table = strings.TrimSpace(p[2])
			}
			mappings, at = append(mappings, m), append(at, v.Pos)
		}
	}
	if len(mappings) == 0 {
		return nil, nil, nil
	}
	return mappings, at, append(r.sqliteSources(), r.postgresSources()...)
}

// sqliteSources are the sections of res_config_sqlite3.conf: [name] with dbfile.
func (r *reading) sqliteSources() (out []realtime.Source) {
	f := r.file("res_config_sqlite3.conf")
	if f == nil {
		return nil
	}
	for _, s := range f.Visible() {
		if file := s.Get("dbfile"); file != "" {
			out = append(out, realtime.Source{Driver: "sqlite3", Name: s.Name, File: file})
		}
	}
	return out
}

// postgresSources is [general] of res_pgsql.conf.
func (r *reading) postgresSources() []realtime.Source {
	f := r.file("res_pgsql.conf")
	if f == nil {
		return nil
	}
	s := f.Section("general")
	or := func(key, usual string) string {
		if v := s.Get(key); v != "" {
			return v
		}
		return usual
	}
	socket := s.Get("dbsock")
	if s.Get("dbhost") != "" {
		socket = ""
	} else if strings.Contains(filepath.Base(socket), ".s.PGSQL.") { // Asterisk takes the socket itself too
		socket = filepath.Dir(socket)
	}
	return []realtime.Source{{Driver: "pgsql", Host: or("dbhost", "127.0.0.1"), Port: or("dbport", "5432"),
		Database: or("dbname", "asterisk"), User: or("dbuser", "asterisk"), Password: s.Get("dbpass"), Socket: socket}}
}

// openTables opens the databases of extconfig.conf, of which none is asked anything yet;
// nil without mappings.
func (c *configuration) openTables(report func(text string, bad bool)) (*realtime.Tables, []config.Diagnostic) {
	r := &reading{configuration: c}
	mappings, at, sources := r.mappings()
	if len(mappings) == 0 {
		return nil, r.diags
	}
	tables, problems := realtime.Open(mappings, sources, report)
	for i, p := range problems {
		if p != nil {
			r.note([]config.Diagnostic{{Pos: at[i], Severity: loss(mappings[i].Family), Text: p.Error()}})
		}
	}
	return tables, r.diags
}

// loss is how much is lost when the table of a family cannot be used: endpoints and
// extensions, or what only the dialplan's own words (REALTIME) may ask for, or what
// Asterisk's other modules would keep there and nobody here asks for.
func loss(family string) config.Severity {
	switch family = strings.ToLower(family); {
	case family == "sippeers" || family == "sipregs" || family == "extensions":
		return config.Error
	case strings.HasPrefix(family, "ps_") || unasked[family]:
		return config.Note
	}
	return config.Warning
}

var unasked = map[string]bool{"queue_rules": true, "voicemail": true, "voicemail_data": true,
	"meetme": true, "iaxusers": true, "iaxpeers": true, "sipusers": true, "followme": true,
	"followme_numbers": true, "parkinglots": true, "sla_trunks": true, "sla_stations": true}

// useTables has the switchboard use them.
func (s *System) useTables() {
	mappings, _, sources := (&reading{configuration: s.conf}).mappings()
	s.mapped = mapped{mappings, sources}
	tables, diags := s.conf.openTables(func(text string, bad bool) {
		if bad {
			s.log.Error().Msg(text)
		} else {
			s.log.Info().Msg(text)
		}
	})
	s.report(diags)
	if tables != nil {
		s.tables, s.conf.tables = tables, tables
		s.queueTable = newQueueTable(tables, s.log)
		s.switches = &switches{tables: tables, log: s.log, known: map[string]*switched{}}
	}
}

// switches are the contexts of the table extensions (switch => Realtime). A lookup gets
// what was read last; what has become old is read again meanwhile.
type switches struct {
	tables *realtime.Tables
	log    zerolog.Logger

	mu    sync.Mutex // guards all below
	known map[string]*switched
}

// switched is one context of a table.
type switched struct {
	context *dialplan.Context // nil while nothing could be read
	read    time.Time
	reading bool
}

// switchFresh is how old a context may be that is used without reading it again.
const switchFresh = 5 * time.Second

// place reads "[context][@family]".
func place(s *dialplan.Switch, context string) (name, family string) {
	data, _, _ := strings.Cut(s.Data, "/")
	name, family, _ = strings.Cut(data, "@")
	if name == "" {
		name = context
	}
	if family == "" {
		family = "extensions"
	}
	return name, family
}

// find implements dialplan.Switcher.
func (w *switches) find(s *dialplan.Switch, context string) *dialplan.Context {
	name, family := place(s, context)
	w.mu.Lock()
	defer w.mu.Unlock()
	e := w.known[name+"@"+family]
	if e == nil {
		e = &switched{}
		w.known[name+"@"+family] = e
	}
	if !e.reading && time.Since(e.read) > switchFresh {
		e.reading = true
		go w.load(name, family, e)
	}
	return e.context
}

// load reads a context.
func (w *switches) load(name, family string, e *switched) {
	rows, err := w.tables.LoadAll(family, realtime.Condition{Field: "context", Value: name})
	var context *dialplan.Context
	if err == nil {
		var diags []config.Diagnostic
		context, diags = dialplan.CompileContext(name, lines(rows, family))
		for _, d := range diags {
			w.log.Warn().Msgf("table '%s', context '%s': %s", family, name, d.Text)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	e.reading, e.read = false, time.Now()
	if err == nil {
		e.context = context
	}
}

// lines are the rows as they would stand in extensions.conf.
func lines(rows []realtime.Row, family string) (out []config.Var) {
	for _, r := range rows {
		app := r.Get("app")
		if data := r.Get("appdata"); data != "" || !strings.EqualFold(r.Get("priority"), "hint") {
			app += "(" + data + ")"
		}
		out = append(out, config.Var{Name: "exten", Object: true, Value: r.Get("exten") + "," + r.Get("priority") + "," + app,
			Pos: config.Pos{File: "realtime " + family}})
	}
	return out
}

// prepare reads what a plan's switches lead to, so that the first call finds it, and has
// the plan ask here.
func (w *switches) prepare(p *dialplan.Plan) {
	if w == nil || p == nil {
		return
	}
	p.Switcher = w.find
	p.EachSwitch(func(context string, s *dialplan.Switch) {
		if s.Kind != dialplan.RealtimeSwitch {
			return
		}
		name, family := place(s, context)
		if !w.tables.Has(family) {
			w.log.Warn().Msgf("%s: switch '%s': '%s' is not in extconfig.conf", s.Pos, s, family)
			return
		}
		w.mu.Lock()
		e := w.known[name+"@"+family]
		if e == nil {
			e = &switched{}
			w.known[name+"@"+family] = e
		}
		e.reading = true
		w.mu.Unlock()
		w.load(name, family, e)
	})
}
