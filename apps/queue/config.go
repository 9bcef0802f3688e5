package queue

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"obelisk/internal/config"
)

// General is queues.conf's section of that name.
type General struct {
	Persistent         bool // persistentmembers
	Autofill           bool
	MixMonitor         bool // monitor-type=mixmonitor
	SharedLastCall     bool
	NameAsAgent        bool // log_membername_as_agent
	NegativePenalty    bool // negative_penalty_invalid
	LongestFirst       longestFirst
	UnpauseOnNewReason bool // log_unpause_on_reason_change
	LogCallerName      bool // log-caller-id-name
}

// longestFirst is force_longest_waiting_caller.
type longestFirst uint8

const (
	longestNo longestFirst = iota
	longestYes
	longestPrio // among callers of one priority
)

// Config is queues.conf and queuerules.conf.
type Config struct {
	General
	Queues []*section
	Rules  []*ruleList
}

// section is one queue of the file.
type section struct {
	name    string
	s       *settings
	members []memberLine
}

// memberLine is a static member.
type memberLine struct {
	face, name, state string
	penalty           int
	ringInUse         string // "yes", "no", "": as the queue has it
	wrapup            int64
	paused            bool
}

// ReadConfig reads both files, each of which may be nil.
func ReadConfig(queues, rules *config.File) (c *Config, diags []config.Diagnostic) {
	c = &Config{}
	c.Rules, diags = readRules(rules)
	if queues == nil {
		return c, diags
	}
	list := queues.Visible()
	for _, s := range list {
		if strings.EqualFold(s.Name, "general") {
			diags = append(diags, c.General.read(s)...)
		}
	}
	for _, s := range list {
		if strings.EqualFold(s.Name, "general") {
			continue
		}
		if slices.ContainsFunc(c.Queues, func(o *section) bool { return strings.EqualFold(o.name, s.Name) }) {
			diags = append(diags, config.Diagnostic{Pos: s.Pos, Text: "Queue '" + s.Name + "' already defined! Skipping!"})
			continue
		}
		q, found := c.General.section(s)
		c.Queues, diags = append(c.Queues, q), append(diags, found...)
	}
	return c, diags
}

// read takes [general].
func (g *General) read(s *config.Section) (diags []config.Diagnostic) {
	truths := map[string]*bool{"persistentmembers": &g.Persistent, "autofill": &g.Autofill, "shared_lastcall": &g.SharedLastCall, "log_membername_as_agent": &g.NameAsAgent,
		"negative_penalty_invalid": &g.NegativePenalty, "log_unpause_on_reason_change": &g.UnpauseOnNewReason, "log-caller-id-name": &g.LogCallerName}
	for _, v := range s.Vars {
		name := strings.ToLower(v.Name)
		on, _ := config.Bool(v.Value)
		switch p := truths[name]; {
		case p != nil:
			*p = on
		case name == "monitor-type":
			g.MixMonitor = strings.EqualFold(v.Value, "mixmonitor")
		case name == "force_longest_waiting_caller" && strings.EqualFold(v.Value, "prio"):
			g.LongestFirst = longestPrio
		case name == "force_longest_waiting_caller":
			if g.LongestFirst = longestNo; on {
				g.LongestFirst = longestYes
			}
		default:
			diags = append(diags, config.Unsupported(v, s.Name))
		}
	}
	return diags
}

// section reads a queue.
func (g *General) section(s *config.Section) (q *section, diags []config.Diagnostic) {
	q = &section{name: s.Name, s: defaults(g)}
	note := func(v config.Var, text string) {
		if text != "" {
			diags = append(diags, config.Diagnostic{Pos: v.Pos, Text: "queue '" + s.Name + "': " + text})
		}
	}
	for _, v := range s.Vars {
		name := strings.ToLower(v.Name)
		_, prompt := soundNames[name]
		switch o := byName[name]; {
		case name == "member":
		case prompt:
			q.s.sounds[name] = v.Value
		case o == nil:
			note(v, "Unknown keyword: "+v.Name)
		default:
			note(v, o.set(q.s, v.Value))
		}
	}
	for _, v := range s.Vars {
		if strings.EqualFold(v.Name, "member") {
			m, wrong := readMember(v.Value)
			if note(v, wrong); m.face != "" {
				q.add(m)
			}
		}
	}
	return q, diags
}

// add takes a member; one of the same interface gives way.
func (q *section) add(m memberLine) {
	q.members = append(slices.DeleteFunc(q.members, func(o memberLine) bool { return strings.EqualFold(o.face, m.face) }), m)
}

// readMember reads "interface[,penalty[,name[,state interface[,ringinuse[,wrapuptime[,paused]]]]]]".
func readMember(text string) (m memberLine, wrong string) {
	f := strings.Split(text, ",")
	for i := range f {
		f[i] = strings.TrimSpace(f[i])
	}
	f = append(f, "", "", "", "", "", "")
	if m.face = f[0]; m.face == "" {
		return m, "Empty queue member definition. Moving on!"
	}
	if !strings.Contains(m.face, "/") {
		wrong = "No location at interface '" + m.face + "'"
	}
	m.penalty, m.name, m.state, m.wrapup = max(atoi(f[1]), 0), f[2], f[3], max(int64(atoi(f[5])), 0)
	if on, ok := config.Bool(f[4]); ok {
		m.ringInUse = map[bool]string{true: "yes", false: "no"}[on]
	} else if f[4] != "" {
		wrong = fmt.Sprintf("Member %s has an invalid ringinuse value", m.face)
	}
	on, ok := config.Bool(f[6])
	if m.paused = on; !ok && f[6] != "" {
		wrong = fmt.Sprintf("Member %s has an invalid paused value", m.face)
	}
	return m, wrong
}

// rings says whether he rings while his device is in use.
func (l memberLine) rings(s *settings) bool {
	return l.ringInUse == "yes" || l.ringInUse == "" && s.ringInUse
}

// changes tells what another reading would change, one line each.
func (c *Config) changes(next *Config) (out []string) {
	was := map[string]*section{}
	for _, q := range c.Queues {
		was[strings.ToLower(q.name)] = q
	}
	for _, q := range next.Queues {
		old := was[strings.ToLower(q.name)]
		delete(was, strings.ToLower(q.name))
		switch {
		case old == nil:
			out = append(out, "+ queue "+q.name)
		case !reflect.DeepEqual(old, q):
			out = append(out, "~ queue "+q.name)
		}
	}
	for _, q := range c.Queues {
		if was[strings.ToLower(q.name)] != nil {
			out = append(out, "- queue "+q.name)
		}
	}
	if !reflect.DeepEqual(c.Rules, next.Rules) {
		out = append(out, "queuerules.conf changes")
	}
	return out
}
