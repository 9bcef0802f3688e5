package queue

import (
	"cmp"
	"fmt"
	"strings"

	"obelisk/internal/config"
	"obelisk/internal/store/realtime"
	"obelisk/pbx"
)

// Rules of a database: with realtime_rules=yes each row of the table queue_rules is a step of the rule
// that it names, beside those of queuerules.conf. They are read when the file is.

// ruleTable is the family of extconfig.conf.
const ruleTable = "queue_rules"

// ruleOptions are of [general] of queuerules.conf.
var ruleOptions = config.Table[Config]{File: "queuerules.conf", Section: "general", Options: []config.Option[Config]{
	{Name: "realtime_rules", Takes: "yes|no", Default: "no", Help: "steps of the table queue_rules too: rule_name, time, min_penalty, max_penalty, raise_penalty",
		Set: config.SetBool(func(c *Config) *bool { return &c.TableRules })},
}}

// addStored adds the rules of the table to those of the file. When the database does not say, what it
// said last stays.
func (m *Module) addStored(c *Config) (diags []config.Diagnostic) {
	if !c.TableRules || m.tables == nil {
		return nil
	}
	if !m.tables.Has(ruleTable) {
		return []config.Diagnostic{{Pos: c.tableAt, Text: `Missing "queue_rules" in extconfig.conf`}}
	}
	rows, err := m.tables.LoadAll(ruleTable)
	m.mu.Lock()
	if err == nil {
		m.ruleRows = rows
	} else {
		rows = m.ruleRows
	}
	m.mu.Unlock()
	if err != nil {
		diags = append(diags, config.Diagnostic{Pos: c.tableAt, Text: fmt.Sprintf("the rules of the table cannot be read, those that were stay: %v", err)})
	}
	for _, row := range rows {
		name := row.Get("rule_name")
		if name == "" {
			continue
		}
		l := c.ruleOf(name)
		r, ok := storedRule(row)
		if !ok {
			diags = append(diags, config.Diagnostic{Pos: c.tableAt, Severity: config.Note,
				Text: fmt.Sprintf("Failed to parse time (%s) for one of the %s rules, skipping it", cmp.Or(row.Get("time"), "invalid value"), name)})
			continue
		}
		l.add(r)
	}
	return diags
}

// ruleOf is the rule of a name, any case; one that is not there is made.
func (c *Config) ruleOf(name string) *ruleList {
	for _, l := range c.Rules {
		if strings.EqualFold(l.name, name) {
			return l
		}
	}
	l := &ruleList{name: name}
	c.Rules = append(c.Rules, l)
	return l
}

// storedRule is the step of a row; false when its time is no number. What else is none changes
// nothing.
func storedRule(row realtime.Row) (r rule, ok bool) {
	after, ok := number(row.Get("time"))
	raise, within := strings.CutPrefix(row.Get("raise_penalty"), "r")
	return rule{after: int64(after), max: storedChange(row.Get("max_penalty")), min: storedChange(row.Get("min_penalty")), raise: storedChange(raise), raiseWithin: within}, ok
}

// storedChange reads a column.
func storedChange(text string) change {
	n, ok := number(text)
	return change{by: !ok || strings.ContainsAny(text[:1], "+-"), value: n}
}

// prepared are the files as they will be in force.
func (m *Module) prepared(src pbx.Files) (*Config, []config.Diagnostic) {
	c, diags := ReadConfig(src.File("queues.conf"), src.File("queuerules.conf"))
	return c, append(diags, m.addStored(c)...)
}
