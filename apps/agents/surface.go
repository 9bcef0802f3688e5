package agents

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"obelisk/internal/printable"
	"obelisk/pbx"
)

// row is an agent as lists show him.
type row struct {
	id, name, beep, music string
	record, on            bool
	device                pbx.DeviceState
	ch, with              *pbx.Channel
	login, since          string // Unix seconds, "": there is none
}

// rows are all agents by id, or with one that of an id.
func (m *Module) rows(id string) (out []row) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, a := range m.sorted() {
		if id != "" && a.s.id != id {
			continue
		}
		r := row{id: a.s.id, name: a.s.name, beep: a.s.beep, music: a.s.music, record: a.s.record, device: a.state.device()}
		if r.on = a.on(); r.on {
			r.ch, r.login = a.ch, epoch(a.login)
			if r.with = a.talksTo(); r.with != nil {
				r.since = epoch(a.call.since)
			}
		}
		out = append(out, r)
	}
	return out
}

// Actions implements pbx.Actor.
func (m *Module) Actions() []pbx.Action {
	return []pbx.Action{
		{Name: "Agents", Synopsis: "Lists agents and their status.", Classes: "agent", Run: m.actAgents},
		{Name: "AgentLogoff", Synopsis: "Sets an agent as no longer logged in.", Classes: "agent", Run: m.actLogoff},
	}
}

func (m *Module) actAgents(q pbx.Asked) {
	var rows [][]pbx.Field
	for _, r := range m.rows("") {
		f := []pbx.Field{{Name: "Event", Value: "Agents"}, {Name: "Agent", Value: r.id}, {Name: "Name", Value: r.name},
			{Name: "Status", Value: r.status()}}
		if r.with != nil {
			f = append(f, pbx.Field{Name: "TalkingToChan", Value: r.with.Name()}, pbx.Field{Name: "CallStarted", Value: r.since})
		}
		if r.on {
			f = append(f, pbx.Field{Name: "LoggedInTime", Value: r.login})
			f = append(f, r.ch.Snapshot().Fields("")...)
		}
		rows = append(rows, f)
	}
	q.IDLast()
	q.List("Agents will follow", "AgentsComplete", rows)
}

func (r row) status() string {
	switch {
	case !r.on:
		return "AGENT_LOGGEDOFF"
	case r.with != nil:
		return "AGENT_ONCALL"
	}
	return "AGENT_IDLE"
}

func (m *Module) actLogoff(q pbx.Asked) {
	id := q.Get("Agent")
	soft := strings.ToLower(q.Get("Soft"))
	switch {
	case id == "":
		q.Fail("No agent specified")
	case !m.dismiss(id, soft == "true" || soft == "yes" || soft == "1" || soft == "on"):
		q.Fail("No such agent")
	default:
		q.OK("Agent logged out")
	}
}

// Commands implements pbx.Commander.
func (m *Module) Commands() []pbx.Command {
	return []pbx.Command{
		{Name: "agent show all", Usage: "list the agents", Run: m.showAll},
		{Name: "agent show online", Usage: "list those who are logged in", Run: m.showOnline},
		{Name: "agent show", Usage: "<agent-id>: what is known of one", Complete: m.ids, Run: m.show},
		{Name: "agent logoff", Usage: "<agent-id> [soft]: log one off, soft when his call is over", Complete: m.ids, Run: m.logoff},
	}
}

const line = "%-8s %-20s %-11s %-30s %s\n"

func (m *Module) showAll(w io.Writer, args []string) bool {
	if len(args) > 0 {
		return pbx.Misused(w, "agent show all\n       Provides summary information for all agents.")
	}
	return m.list(w, false)
}

func (m *Module) showOnline(w io.Writer, args []string) bool {
	if len(args) > 0 {
		return pbx.Misused(w, "agent show online\n       Provides summary information for logged in agents.")
	}
	return m.list(w, true)
}

func (m *Module) list(w io.Writer, online bool) bool {
	printable.Fprintf(w, line, "Agent-ID", "Name", "State", "Channel", "Talking with")
	all := m.rows("")
	in, talk := 0, 0
	for _, r := range all {
		if r.on {
			in++
		}
		if r.with != nil {
			talk++
		}
		if online && !r.on {
			continue
		}
		printable.Fprintf(w, line, r.id, r.name, r.device, nameOf(r.ch), nameOf(r.with))
	}
	printable.Fprintf(w, "\nDefined agents: %d, Logged in: %d, Talking: %d\n", len(all), in, talk)
	return true
}

// Boards implements pbx.Boarded: there is one where there are agents.
func (m *Module) Boards() []pbx.Board {
	b := pbx.Board{Name: "agents", Columns: []string{"agent", "name", "state", "channel", "with"}}
	for _, r := range m.rows("") {
		b.Rows = append(b.Rows, []string{r.id, r.name, r.device.String(), nameOf(r.ch), nameOf(r.with)})
	}
	if len(b.Rows) == 0 {
		return nil
	}
	return []pbx.Board{b}
}

func nameOf(c *pbx.Channel) string {
	if c == nil {
		return ""
	}
	return c.Name()
}

// ids completes an agent, and then the word soft.
func (m *Module) ids(args []string) []string {
	switch len(args) {
	case 0:
		m.mu.Lock()
		defer m.mu.Unlock()
		return slices.Sorted(maps.Keys(m.agents))
	case 1:
		return []string{"soft"}
	}
	return nil
}

const showUsage = "agent show <agent-id>\n       Show information about the <agent-id> agent"

func (m *Module) show(w io.Writer, args []string) bool {
	if len(args) != 1 {
		return pbx.Misused(w, showUsage)
	}
	rows := m.rows(args[0])
	if len(rows) == 0 {
		printable.Fprintf(w, "Agent '%s' not found\n", args[0])
		return true
	}
	r := rows[0]
	record := "No"
	if r.record {
		record = "Yes"
	}
	printable.Fprintf(w, "Id: %s\nName: %s\nBeep: %s\nMOH: %s\nRecordCalls: %s\nState: %s\n", r.id, r.name, r.beep, r.music, record, r.device)
	if r.on {
		printable.Fprintf(w, "LoggedInChannel: %s\nLoggedInTime: %s\n", r.ch.Name(), r.login)
	}
	if r.with != nil {
		printable.Fprintf(w, "TalkingWith: %s\nCallStarted: %s\n", r.with.Name(), r.since)
	}
	return true
}

const logoffUsage = "agent logoff <agent-id> [soft]\n       Sets an agent as no longer logged in.\n       If 'soft' is specified, do " +
	"not hangup existing calls."

func (m *Module) logoff(w io.Writer, args []string) bool {
	soft := len(args) == 2 && strings.EqualFold(args[1], "soft")
	if len(args) != 1 && !soft {
		return pbx.Misused(w, logoffUsage)
	}
	if m.dismiss(args[0], soft) { // of one that is not there Asterisk says nothing
		printable.Fprintf(w, "Logging out %s\n", args[0])
	}
	return true
}

// Words implements pbx.Rehearsed.
func (m *Module) Words() []pbx.Word {
	return []pbx.Word{{Name: "agent", Usage: "agent ID = logged off, or settling, ready, presented, talking, wrapping up", Look: m.look}}
}

func (m *Module) look(id string) string {
	a := m.find(id)
	if a == nil {
		return fmt.Sprintf("there is no agent '%s'", id)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return a.state.String()
}
