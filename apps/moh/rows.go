package moh

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"obelisk/internal/config"
	"obelisk/internal/store/realtime"
)

// Tables is what classes need of a database: *realtime.Tables.
type Tables interface {
	Has(family string) bool
	Load(family string, where ...realtime.Condition) (realtime.Row, bool, error)
	LoadAll(family string, where ...realtime.Condition) ([]realtime.Row, error)
}

// Families of extconfig.conf.
const (
	classTable = "musiconhold"
	entryTable = "musiconhold_entry"
)

// believed is how long the table's word on a name holds. Whoever is put on hold asks, and a busy house is
// not to ask its database for each.
const (
	believed = time.Second
	mostRows = 1000 // names that are remembered
)

// rows are the classes of the table. A nil one has none.
type rows struct {
	tables Tables
	data   string
	report func(format string, args ...any)

	mu   sync.Mutex // guards memo
	memo map[string]remembered
}

// remembered is what the table has said of a name; class is nil where there is none.
type remembered struct {
	class *class
	until time.Time
}

func newRows(tables Tables, data string) *rows {
	if tables == nil {
		return nil
	}
	return &rows{tables: tables, data: data, report: func(string, ...any) {}, memo: map[string]remembered{}}
}

// known are those that are remembered.
func (r *rows) known() (out []*class) {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range r.memo {
		if m.class != nil {
			out = append(out, m.class)
		}
	}
	return out
}

// forget has all be read anew.
func (r *rows) forget() {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for name, m := range r.memo {
		if m.class != nil && m.class.program != nil {
			m.class.program.close()
		}
		delete(r.memo, name)
	}
}

// forgetOne has one be read anew; false where none of that name is known.
func (r *rows) forgetOne(name string) bool {
	if r == nil {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	m := r.memo[name]
	if m.class == nil {
		return false
	}
	if m.class.program != nil {
		m.class.program.close()
	}
	delete(r.memo, name)
	return true
}

// find is the class of a name, nil for none; keep has it be remembered until the next reload.
func (r *rows) find(name string, keep bool) *class {
	if r == nil || name == "" || name == "default" || !r.tables.Has(classTable) {
		return nil
	}
	r.mu.Lock()
	m, ok := r.memo[name]
	r.mu.Unlock()
	if ok && (m.class != nil && keep || time.Now().Before(m.until)) {
		return m.class
	}
	c, err := r.read(name)
	if err != nil {
		r.report("music class '%s' cannot be looked up: %v", name, err)
		return m.class // as it was
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case c != nil && m.class != nil && c.same(m.class):
		c = m.class // those who hear it go on
	case m.class != nil && m.class.program != nil:
		m.class.program.close()
	}
	if len(r.memo) >= mostRows {
		clear(r.memo)
	}
	r.memo[name] = remembered{c, time.Now().Add(believed)}
	return c
}

// read asks the database.
func (r *rows) read(name string) (*class, error) {
	row, ok, err := r.tables.Load(classTable, realtime.Condition{Field: "name", Value: name})
	if !ok || err != nil {
		return nil, err
	}
	c := newClass(name)
	var s config.Section
	for _, f := range row {
		if f.Value != "" && f.Name != "name" && f.Name != "stamp" && f.Name != "id" {
			s.Vars = append(s.Vars, config.Var{Name: f.Name, Value: f.Value})
		}
	}
	for _, d := range options.Read(&s, c, nil) {
		r.report("music class '%s' of the table: %s", name, d.Text)
	}
	if c.Mode == "playlist" && r.tables.Has(entryTable) {
		list, err := r.tables.LoadAll(entryTable, realtime.Condition{Field: "name", Value: name})
		if err != nil {
			return nil, err
		}
		slices.SortStableFunc(list, func(a, b realtime.Row) int { return number(a.Get("position")) - number(b.Get("position")) })
		for _, e := range list {
			c.Files = append(c.Files, e.Get("entry"))
		}
	}
	if text, _ := c.complete(r.data); text != "" {
		r.report("music class '%s' of the table: %s", name, text)
	}
	if len(c.Files) == 0 && c.program == nil {
		return nil, nil
	}
	return c, nil
}

func number(text string) int {
	n, _ := strconv.Atoi(strings.TrimSpace(text))
	return n
}
