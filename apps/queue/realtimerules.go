package queue

import (
	"slices"
	"strings"

	"obelisk/internal/store/realtime"
)

// addStoredRules adds the penalty rules of the table, where [general] of queuerules.conf asks for them. They are
// read when the file is. A name that the file has gets more steps. When the database is away they are
// what they were.
func (m *Module) addStoredRules(c *Config) {
	if !c.storedRules || m.tables == nil || !m.tables.Has(ruleTable) {
		return
	}
	rows, err := m.tables.LoadAll(ruleTable, realtime.Condition{Field: "rule_name", Op: "LIKE", Value: "%"})
	m.mu.Lock()
	if err == nil {
		m.ruleRows = rows
	}
	rows = m.ruleRows
	m.mu.Unlock()
	if err != nil {
		m.core.Log().Warn().Msgf("the rules of the table cannot be listed: %v", err)
	}
	for _, row := range rows {
		name := row.Get("rule_name")
		if name == "" {
			continue
		}
		l := c.rules(name)
		if l == nil {
			l = &ruleList{name: name}
			c.Rules = append(c.Rules, l)
		}
		after, ok := number(row.Get("time"))
		if !ok {
			m.core.Log().Warn().Msgf("a step of rule '%s' has no time ('%s') and is left out", name, row.Get("time"))
			continue
		}
		l.add(rule{after: int64(after), max: readChange(row.Get("max_penalty")), min: readChange(row.Get("min_penalty")),
			raise: readChange("")})
	}
}

// rules are those of a name, in any case; nil: there are none.
func (c *Config) rules(name string) *ruleList {
	at := slices.IndexFunc(c.Rules, func(l *ruleList) bool { return strings.EqualFold(l.name, name) })
	if at < 0 {
		return nil
	}
	return c.Rules[at]
}
