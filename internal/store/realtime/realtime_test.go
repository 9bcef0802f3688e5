package realtime

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// words are what was reported.
type words struct {
	mu   sync.Mutex
	list []string
}

func (w *words) say(text string, _ bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.list = append(w.list, text)
}

func (w *words) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Join(w.list, "\n")
}

func lite(t *testing.T) (*Tables, *words, string) {
	t.Helper()
	file, w := filepath.Join(t.TempDir(), "x.db"), &words{}
	tables, problems := Open([]Mapping{{"sippeers", "sqlite3", "main", "peers"}, {"other", "SQLite", "main", ""}},
		[]Source{{Driver: "sqlite3", Name: "main", File: file}}, w.say)
	if err := errors.Join(problems...); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tables.Close)
	if err := tables.Exec("sippeers",
		"CREATE TABLE peers (name VARCHAR(40) PRIMARY KEY, host TEXT, port INTEGER, regseconds INTEGER)"); err != nil {
		t.Fatal(err)
	}
	return tables, w, file
}

func text(r Row) string {
	var out []string
	for _, f := range r {
		if f.Value != "" {
			out = append(out, f.Name+"="+f.Value)
		}
	}
	return strings.Join(out, " ")
}

func TestRows(t *testing.T) {
	tables, _, _ := lite(t)
	for _, r := range []Row{{{"name", "a"}, {"host", "dynamic"}, {"port", "5060"}}, {{"name", "b'\"%"}, {"host", "10.0.0.1"},
		{"notthere", "x"}}, {{"name", "c"}, {"host", "10.0.0.1"}, {"port", "7"}}} {
		if err := tables.Insert("SIPpeers", r); err != nil {
			t.Fatal(err)
		}
	}
	expect := func(what, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
	}
	all := func(where ...Condition) string {
		rows, err := tables.LoadAll("sippeers", where...)
		if err != nil {
			return err.Error()
		}
		var out []string
		for _, r := range rows {
			out = append(out, text(r))
		}
		return strings.Join(out, "; ")
	}
	row, ok, err := tables.Load("sippeers", Condition{Field: "name", Value: "a"})
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	expect("one", text(row), "name=a host=dynamic port=5060")
	expect("a name that SQL would choke on", all(Condition{Field: "name", Value: "b'\"%"}), "name=b'\"% host=10.0.0.1")
	expect("two conditions", all(Condition{"host", "", "10.0.0.1"}, ParseCondition("port >", "5")), "name=c host=10.0.0.1 port=7")
	expect("LIKE", all(ParseCondition("name LIKE", "%c%")), "name=c host=10.0.0.1 port=7")
	expect("no condition that is one", all(Condition{"name; DROP TABLE peers", "", "x"}), "'name; DROP TABLE peers ' is not a condition")
	expect("no operator", all(Condition{"name", "OR 1=1", "x"}), "'name OR 1=1' is not a condition")
	if n, err := tables.Update("sippeers", Condition{Field: "host", Value: "10.0.0.1"}, Row{{"port", "9"}, {"nothere", "1"}}); n != 2 ||
		err != nil {
		t.Error(n, err)
	}
	if n, err := tables.UpdateAll("sippeers", []Condition{{Field: "host", Value: "10.0.0.1"}, {Field: "name", Value: "c"}},
		Row{{"port", "11"}}); n != 1 || err != nil {
		t.Error(n, err)
	}
	expect("a row of two conditions", all(Condition{"port", "", "11"}), "name=c host=10.0.0.1 port=11")
	if n, err := tables.UpdateAll("sippeers", nil, Row{{"port", "11"}}); n != 0 || err == nil {
		t.Error("all rows were changed")
	}
	rows, err := tables.LoadNamed("sippeers", "name", []string{"a", "c", "nobody"})
	if len(rows) != 2 || err != nil {
		t.Error(rows, err)
	}
	if n, err := tables.Delete("sippeers", Condition{Field: "name", Value: "a"}); n != 1 || err != nil {
		t.Error(n, err)
	}
	if _, err := tables.Delete("sippeers"); err == nil {
		t.Error("all rows were removed")
	}
	if _, _, err := tables.Load("queues", Condition{Field: "name", Value: "a"}); !errors.Is(err, ErrNoFamily) {
		t.Error(err)
	}
	var none *Tables
	if _, _, err := none.Load("x"); !errors.Is(err, ErrNoFamily) || none.Has("x") {
		t.Error(err)
	}
	if _, err := tables.LoadAll("other", Condition{Field: "a", Value: "b"}); err == nil {
		t.Error("a table that is not there")
	}
}

// Writes that come late are merged by row, and none is lost while the database is away.
func TestLaterWrites(t *testing.T) {
	tables, said, file := lite(t)
	for _, n := range []string{"a", "b"} {
		tables.Insert("sippeers", Row{{"name", n}})
	}
	set := func(name string, pairs ...string) {
		var r Row
		for i := 0; i < len(pairs); i += 2 {
			r = append(r, Field{pairs[i], pairs[i+1]})
		}
		tables.Later("sippeers", Condition{Field: "name", Value: name}, r)
	}
	eventually := func(what, name, want string) {
		t.Helper()
		var got string
		for range 100 {
			row, _, err := tables.Load("sippeers", Condition{Field: "name", Value: name})
			if got = text(row); err == nil && got == want {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
		t.Errorf("%s: %s, want %s; %s", what, got, want, said)
	}
	set("a", "port", "1", "regseconds", "5")
	set("a", "port", "2")
	set("b", "host", "x")
	eventually("merged", "a", "name=a port=2 regseconds=5")
	eventually("the other", "b", "name=b host=x")

	// The file goes away: a folder is in its place.
	tables.engines["sqlite3/main"].db.SetMaxIdleConns(0)
	for _, end := range []string{"", "-wal", "-shm"} {
		os.Rename(file+end, file+".away"+end)
	}
	os.Mkdir(file, 0o755)
	set("a", "port", "3")
	set("b", "port", "4", "nothere", "1")
	for range 100 {
		if _, n := tables.Status(); n == 2 && strings.Contains(said.String(), "cannot be reached") {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	set("a", "host", "later")
	if s, n := tables.Status(); n != 2 || s[0].Since.IsZero() {
		t.Errorf("%d writes wait, %+v", n, s)
	}
	os.Remove(file)
	for _, end := range []string{"", "-wal", "-shm"} {
		os.Rename(file+".away"+end, file+end)
	}
	eventually("afterwards", "a", "name=a host=later port=3 regseconds=5")
	eventually("afterwards", "b", "name=b host=x port=4")
	if !strings.Contains(said.String(), "is back after") {
		t.Error(said)
	}
}

func TestMappingsThatCannotBeUsed(t *testing.T) {
	_, problems := Open([]Mapping{{"a", "odbc", "x", ""}, {"b", "sqlite3", "nofile", ""}, {"c", "pgsql", "x", ""},
		{"d", "sqlite3", "main", "x;y"}},
		[]Source{{Driver: "sqlite3", Name: "main", File: "x"}}, func(string, bool) {})
	var got []string
	for _, p := range problems {
		got = append(got, p.Error())
	}
	want := "a: there is no driver 'odbc'; sqlite3 and pgsql are\nb: the database 'nofile' is not in res_config_sqlite3.conf\nc: the " +
		"database 'x' is not in res_pgsql.conf\nd: 'x;y' is not the name of a table"
	if strings.Join(got, "\n") != want {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
}
