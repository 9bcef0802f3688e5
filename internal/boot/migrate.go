package boot

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"

	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/config"
	"obelisk/internal/store/realtime"
)

// Migrate makes the tables that extconfig.conf names, where they are missing, and puts
// the endpoints of sip.conf into the table sippeers. A row that is there already is left
// as it is. With dry nothing is done, only told. where is as for Check.
func Migrate(where, home string, dry bool, out io.Writer) error {
	conf, err := locateAny(where, home)
	if err != nil {
		return err
	}
	tables, diags := conf.openTables(func(string, bool) {})
	defer tables.Close()
	for _, d := range diags {
		fmt.Fprintln(out, d)
	}
	if !tables.Has("sippeers") {
		return errors.New("extconfig.conf maps no table to sippeers: write [settings] sippeers => sqlite3,database,table or " +
			"pgsql,database,table there, and say in res_config_sqlite3.conf or res_pgsql.conf where the database is")
	}
	m := migration{tables: tables, dry: dry, out: out}
	for _, x := range tables.Mappings() {
		if err := m.create(x); err != nil {
			return err
		}
	}
	f, err := config.Load(conf.src, "sip.conf", conf.opt)
	if err != nil {
		return err
	}
	return m.endpoints(f)
}

type migration struct {
	tables *realtime.Tables
	dry    bool
	out    io.Writer
}

// tableColumns are those of the families that we make tables for, in order. Those of
// registrations have types; options are texts.
func tableColumns(family string) (list []string) {
	location := []string{"ipaddr VARCHAR(45)", "port INTEGER", "regseconds BIGINT", "defaultuser VARCHAR(80)", "fullcontact TEXT",
		"regserver VARCHAR(80)", "useragent TEXT", "lastms INTEGER", "path TEXT"}
	switch strings.ToLower(family) {
	case "sippeers":
		list = append([]string{"name VARCHAR(80) NOT NULL UNIQUE"}, location...)
		var options []string
		for _, o := range sipconf.Options() {
			if strings.Contains(o.Where(), "peer") && !slices.ContainsFunc(list, func(c string) bool { return strings.HasPrefix(c, o.Name+" ") }) {
				options = append(options, quoted(o.Name)+" TEXT")
			}
		}
		sort.Strings(options) // deny before permit, disallow is read first anyway
		return append(list, options...)
	case "sipregs":
		return append([]string{"name VARCHAR(80) NOT NULL UNIQUE"}, location...)
	case "extensions":
		return []string{"context VARCHAR(40) NOT NULL", "exten VARCHAR(40) NOT NULL", "priority VARCHAR(10) NOT NULL",
			"app VARCHAR(40) NOT NULL", "appdata TEXT", "UNIQUE (context, exten, priority)"}
	}
	return nil
}

func quoted(name string) string { return `"` + name + `"` }

// create makes one table where it is missing.
func (m *migration) create(x realtime.Mapping) error {
	columns := tableColumns(x.Family)
	if columns == nil {
		return nil
	}
	if _, err := m.tables.Columns(x.Family); err == nil {
		return nil
	} else if s, _ := m.tables.Status(); slices.ContainsFunc(s, func(s realtime.Status) bool { return !s.Since.IsZero() }) {
		return err
	}
	fmt.Fprintf(m.out, "table %s of %s, %s: made\n", x.Table, x.Driver, x.Database)
	if m.dry {
		return nil
	}
	id := "id INTEGER PRIMARY KEY"
	if m.tables.Numbered(x.Family) {
		id = "id SERIAL PRIMARY KEY"
	}
	return m.tables.Exec(x.Family, "CREATE TABLE "+strings.ReplaceAll(quoted(x.Table), ".", `"."`)+" ("+id+", "+strings.Join(columns, ", ")+
		")")
}

// endpoints puts the sections of sip.conf into rows.
func (m *migration) endpoints(f *config.File) error {
	have, err := m.tables.Columns("sippeers")
	if err != nil && !m.dry {
		return err
	}
	added, left := 0, 0
	for _, s := range f.Visible() {
		if _, ok := s.Lookup("type"); !ok || strings.EqualFold(s.Name, "general") || strings.EqualFold(s.Name, "authentication") {
			continue
		}
		if err == nil {
			if _, there, err := m.tables.Load("sippeers", realtime.Condition{Field: "name", Value: s.Name}); err != nil {
				return err
			} else if there {
				left++
				continue
			}
		}
		row := sipconf.RowOf(s)
		if !m.dry {
			if have, err = m.widen(have, row); err != nil {
				return err
			}
			if err := m.tables.Insert("sippeers", row); err != nil {
				return fmt.Errorf("%s: %w", s.Name, err)
			}
		}
		added++
	}
	fmt.Fprintf(m.out, "%d endpoints of sip.conf put into the table, %d were there already\n", added, left)
	if added > 0 {
		fmt.Fprintln(m.out, "sip.conf comes first: a row counts once its section is taken out there")
	}
	return nil
}

// widen adds the columns that a row needs and the table lacks.
func (m *migration) widen(have []string, row realtime.Row) ([]string, error) {
	for _, c := range row {
		if slices.ContainsFunc(have, func(h string) bool { return strings.EqualFold(h, c.Name) }) {
			continue
		}
		if err := m.tables.AddColumn("sippeers", c.Name); err != nil {
			return nil, err
		}
		fmt.Fprintf(m.out, "column %s: added\n", c.Name)
		have = append(have, c.Name)
	}
	return have, nil
}
