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

	storedRules bool // there are some in a table, too
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
	c.Rules, c.storedRules, diags = readRules(rules)
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
	for _, v := range s.Vars {
		at := slices.IndexFunc(generalOptions, func(o generalOption) bool { return strings.EqualFold(o.name, v.Name) })
		if at < 0 {
			diags = append(diags, config.Unsupported(v, s.Name))
			continue
		}
		generalOptions[at].set(g, v.Value)
	}
	return diags
}

// generalOption is one of queues.conf's section of that name.
type generalOption struct {
	name, help string
	set        func(g *General, value string)
}

var generalOptions = []generalOption{
	{"persistentmembers", "dynamic members outlive a restart", generalTruth(func(g *General) *bool { return &g.Persistent })},
	{"autofill", "for queues that do not say", generalTruth(func(g *General) *bool { return &g.Autofill })},
	{"shared_lastcall", "a call in one queue counts for the wrapuptime of all",
		generalTruth(func(g *General) *bool { return &g.SharedLastCall })},
	{"log_membername_as_agent", "queue_log has names also where members are added",
		generalTruth(func(g *General) *bool { return &g.NameAsAgent })},
	{"negative_penalty_invalid", "a member of a penalty below 0 cannot be called",
		generalTruth(func(g *General) *bool { return &g.NegativePenalty })},
	{"log_unpause_on_reason_change", "a new reason of a pause ends the old one in queue_log",
		generalTruth(func(g *General) *bool { return &g.UnpauseOnNewReason })},
	{"log-caller-id-name", "ENTERQUEUE has the caller's name too", generalTruth(func(g *General) *bool { return &g.LogCallerName })},
	{"monitor-type", "mixmonitor, for queues that do not say",
		func(g *General, v string) { g.MixMonitor = strings.EqualFold(v, "mixmonitor") }},
	{"force_longest_waiting_caller", "a member of several queues goes to who has waited longest in any: yes, no, prio (who goes first by " +
		"QUEUE_PRIO)", func(g *General, v string) {
		on, _ := config.Bool(v)
		switch {
		case strings.EqualFold(v, "prio"):
			g.LongestFirst = longestPrio
		case on:
			g.LongestFirst = longestYes
		default:
			g.LongestFirst = longestNo
		}
	}},
}

func generalTruth(to func(*General) *bool) func(*General, string) {
	return func(g *General, v string) { *to(g), _ = config.Bool(v) }
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
