package queue

import (
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"obelisk/internal/store/realtime"
)

// memoryTables are tables in memory.
type memoryTables struct {
	mu   sync.Mutex // guards all below
	rows map[string][]realtime.Row
	away bool
}

func row(pairs ...string) (r realtime.Row) {
	for i := 0; i < len(pairs); i += 2 {
		r = append(r, realtime.Field{Name: pairs[i], Value: pairs[i+1]})
	}
	return r
}

func (m *memoryTables) set(family string, rows ...realtime.Row) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rows[family] = rows
}

func (m *memoryTables) Has(family string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.rows[family] != nil
}

func (m *memoryTables) LoadAll(family string, where ...realtime.Condition) (out []realtime.Row, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.away {
		return nil, errors.New("away")
	}
	for _, r := range m.rows[family] {
		if where[0].Op == "LIKE" || strings.EqualFold(r.Get(where[0].Field), where[0].Value) {
			out = append(out, r)
		}
	}
	return out, nil
}

func (m *memoryTables) Load(family string, where ...realtime.Condition) (realtime.Row, bool, error) {
	list, err := m.LoadAll(family, where...)
	if len(list) == 0 {
		return nil, false, err
	}
	return list[0], true, err
}

func (m *memoryTables) Update(family string, where realtime.Condition, set realtime.Row) (n int64, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, r := range m.rows[family] {
		if r.Get(where.Field) != where.Value {
			continue
		}
		for _, f := range set {
			for k := range r {
				if r[k].Name == f.Name {
					m.rows[family][i][k].Value = f.Value
				}
			}
		}
		n++
	}
	return n, nil
}

func (m *memoryTables) get(family string, i int, column string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.rows[family][i].Get(column)
}

func ann(penalty, paused string) realtime.Row {
	return row("uniqueid", "1", "queue_name", "stored", "interface", "Desk/ann", "membername", "Ann", "penalty", penalty, "paused", paused,
		"reason_paused", "", "wrapuptime", "")
}

// A list of all queues has those of the table that nobody has asked for; so has what changes a member.
// The manager is not told of members of a table, and calls them static in a list.
func TestTablesAreListed(t *testing.T) {
	tables := &memoryTables{rows: map[string][]realtime.Row{}}
	tables.set(queueTable, row("name", "stored", "strategy", "linear"), row("name", "other"))
	tables.set(memberTable, ann("2", "0"))
	inHouse(t, "", "[in]\n", func(h *house) {
		h.m.tables = tables
		if !h.m.setPenalty("stored", "Desk/ann", 7) {
			t.Error("she is no member")
		}
		h.m.cmdShow(io.Discard, []string{"stored"})
		var text strings.Builder
		if h.m.cmdShow(&text, nil); !strings.Contains(text.String(), "other has 0 calls") || !strings.Contains(text.String(),
			"Ann (Desk/ann) with penalty 7 (ringinuse enabled) (realtime)") {
			t.Errorf("%s", text.String())
		}
		if row := h.m.find("stored").member("Desk/ann").row(); row[5].Value != "static" {
			t.Errorf("%v", row)
		}
	})
}

// A queue and its members are as their rows say, when somebody asks; what is done to a member goes into
// his row. A database that is away changes nothing.
func TestTables(t *testing.T) {
	tables := &memoryTables{rows: map[string][]realtime.Row{}}
	tables.set(queueTable, row("name", "stored", "strategy", "linear", "timeout", "10", "announce_frequency", "30", "monitor-format", ""))
	tables.set(memberTable, ann("2", "0"), row("uniqueid", "2", "queue_name", "sales", "interface", "Desk/ben", "membername", "", "penalty",
		"0", "paused", "0", "reason_paused", "", "wrapuptime", ""))
	inHouse(t, "[sales]\nmember => Desk/a\n", "[in]\nexten => 1,1,Queue(stored,,,,20)\nexten => 2,1,Queue(sales,,,,20)\n", func(h *house) {
		h.m.tables = tables
		h.desks.acts["ann"] = agent{rings: time.Second, talks: 5 * time.Second}
		h.calls("1")
		time.Sleep(30 * time.Second)
		if got := strings.Join(h.logged(), " "); !strings.Contains(got, "stored|Desk/ann|ADDMEMBER") ||
			!strings.Contains(got, "stored|Ann|CONNECT") || !strings.Contains(got, "stored|Ann|COMPLETEAGENT") {
			t.Errorf("log: %s", got)
		}
		q := h.m.find("stored")
		if q == nil || q.s.strategy != Linear || q.s.timeout != 10 || q.s.announceFrequency != 30 || q.member("Desk/ann").penalty != 2 ||
			q.member("Desk/ann").membership() != "realtime" {
			t.Fatalf("queue: %+v", q)
		}
		if !h.m.paused("stored", "Desk/ann", "tea", true) || !h.m.setPenalty("stored", "Desk/ann", 7) {
			t.Error("she is no member")
		}
		if tables.get(memberTable, 0, "paused") != "1" || tables.get(memberTable, 0, "reason_paused") != "tea" ||
			tables.get(memberTable, 0, "penalty") != "7" {
			t.Errorf("her row: %v", tables.rows[memberTable][0])
		}
		h.m.refresh("sales")
		if x := h.m.find("sales").member("Desk/ben"); x == nil || !x.stored || x.name != "Desk/ben" {
			t.Errorf("a queue of the file has no member of the table: %+v", x)
		}
		h.read("[sales]\nmember => Desk/c\n", "")
		if h.m.find("stored") == nil || h.m.find("sales").member("Desk/ben") == nil || h.m.find("sales").member("Desk/a") != nil {
			t.Error("a reload of the file takes away what is of the tables")
		}
		tables.mu.Lock()
		tables.away = true
		tables.mu.Unlock()
		time.Sleep(2 * time.Second)
		if h.m.refresh("stored"); h.m.find("stored") == nil || h.m.find("stored").member("Desk/ann") == nil {
			t.Error("a database that is away takes them along")
		}
		tables.mu.Lock()
		tables.away = false
		tables.mu.Unlock()
		tables.set(memberTable, row())
		time.Sleep(2 * time.Second)
		if h.m.refresh("stored"); h.m.find("stored").member("Desk/ann") != nil || !strings.Contains(strings.Join(h.logged(), " "),
			"stored|Desk/ann|REMOVEMEMBER") {
			t.Error("a member stays whose row is gone")
		}
		tables.set(queueTable, row())
		time.Sleep(2 * time.Second)
		if h.m.refresh("stored"); h.m.find("stored") != nil {
			t.Error("a queue stays whose row is gone")
		}
	})
}

// The rules of a table come beside those of the file, and with a reload; what Asterisk 20 shows of
// such rows. A database that is away leaves those that were in force.
func TestStoredRules(t *testing.T) {
	tables := &memoryTables{rows: map[string][]realtime.Row{}}
	of := func(name, after, least, most string) realtime.Row {
		return row("rule_name", name, "time", after, "min_penalty", least, "max_penalty", most)
	}
	tables.set(ruleTable, of("a", "60", "+1", "10"), of("a", "10", "2", "-3"), of("b", "5", "", ""), of("d", "x", "1", "2"),
		of("FROMFILE", "77", "1", "1"), of("", "1", "1", "1"))
	const file = "[general]\nrealtime_rules=yes\n[fromfile]\npenaltychange => 30,+1\n"
	shown := func(h *house) string {
		var b strings.Builder
		h.m.cmdRules(&b, nil)
		return strings.NewReplacer("QUEUE_", "", "_PENALTY", "", "adjust ", "", " seconds", "", "\t", "").Replace(b.String())
	}
	const want = "Rule: fromfile\nAfter 30, MAX by 1, MIN by 0 and RAISE by 0\nAfter 77, MAX to 1, MIN to 1 and RAISE by 0\n" +
		"Rule: a\nAfter 10, MAX by -3, MIN to 2 and RAISE by 0\nAfter 60, MAX to 10, MIN by 1 and RAISE by 0\n" +
		"Rule: b\nAfter 5, MAX by 0, MIN by 0 and RAISE by 0\nRule: d\n"
	inHouse(t, "", "[in]\n", func(h *house) {
		h.m.tables = tables
		h.read("", file)
		if got := shown(h); got != want {
			t.Errorf("%s", got)
		}
		tables.away = true
		if h.read("", file); shown(h) != want {
			t.Errorf("while the database is away: %s", shown(h))
		}
		tables.away = false
		tables.set(ruleTable)
		h.read("", file)
		if got := shown(h); strings.Contains(got, "Rule: a") || strings.Contains(got, "77") {
			t.Errorf("rows that are gone: %s", got)
		}
		h.read("", "[general]\nrealtime_rules=no\n")
		if got := shown(h); got != "" {
			t.Errorf("none: %s", got)
		}
	})
}
